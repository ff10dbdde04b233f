#include "dlwork/base/ranks.h"

#include <gmock/gmock.h>

#include <cmath>

#include "dlwork/base/rng.h"

namespace dlwork {
namespace {

const std::vector<double> kA{3.5, -1, 2, 8, 0.25, 7, 2};
const std::vector<double> kB{1, 2, 2.5, -3, 4, 9, 11};

// scipy.stats.rankdata, pearsonr, spearmanr
TEST(Ranks, AgreeWithScipy) {
  EXPECT_THAT(ranks(kA), ::testing::ElementsAre(5, 1, 3.5, 7, 2, 6, 3.5));
  EXPECT_NEAR(pearson(kA, kB), -0.144251062611489, 1e-14);
  EXPECT_NEAR(spearman(kA, kB), -0.2702812388086677, 1e-14);
  EXPECT_EQ(pearson({1, 1, 1}, {1, 2, 3}), 0);
  EXPECT_EQ(pearson({}, {}), 0);
}

// sklearn.metrics.roc_auc_score
TEST(Ranks, AreaUnderTheCurveAgreesWithScikitLearn) {
  EXPECT_DOUBLE_EQ(
      area_under_curve({.9, .9, .8, .2, .1, .3, .7}, {true, false, true, true, false, false, true}),
      0.625);
  EXPECT_TRUE(std::isnan(area_under_curve({1, 2}, {true, true})));
}

// scipy.stats.skew and kurtosis
TEST(Shape, AgreesWithScipy) {
  const Shape shape = shape_of(kA);
  EXPECT_NEAR(shape.skewness, 0.39249425913308295, 1e-14);
  EXPECT_NEAR(shape.excess_kurtosis, -1.1813021740016185, 1e-14);
  EXPECT_EQ(shape_of({5, 5, 5}).skewness, 0);
}

// Of ++--+: three runs of three and two; mean 3.4, variance 0.84 (Wald and Wolfowitz 1940).
TEST(RunsTest, AgreesWithItsFormulaAndIsNormalWithoutOrder) {
  EXPECT_NEAR(runs_z({0, 0, 1, 1, 0}, 2), (3 - 3.4) / std::sqrt(0.84), 1e-12);
  Rng rng(1, "runs");
  double sum = 0, squares = 0;
  for (int i = 0; i < 400; ++i) {
    std::vector<std::int32_t> codes(300);
    for (auto& code : codes) code = static_cast<std::int32_t>(rng.below(4));
    const double z = runs_z(codes, 4);
    sum += z;
    squares += z * z;
  }
  EXPECT_NEAR(sum / 400, 0, 0.2);
  EXPECT_NEAR(squares / 400, 1, 0.25);
}

}  // namespace
}  // namespace dlwork
