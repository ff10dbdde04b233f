#include "dlwork/base/contingency.h"

#include <gmock/gmock.h>

namespace dlwork {
namespace {

Contingency table(const std::vector<std::vector<double>>& counts) {
  Contingency result(counts.size(), counts.front().size());
  for (std::size_t r = 0; r < counts.size(); ++r) {
    for (std::size_t c = 0; c < counts[r].size(); ++c) result.add(r, c, counts[r][c]);
  }
  return result;
}

// scipy.stats.chi2_contingency(correction=False), contingency.association(method="cramer")
TEST(Contingency, AgreesWithScipy) {
  const auto even = table({{10, 20, 30}, {6, 9, 17}});
  EXPECT_NEAR(chi_square(even).statistic, 0.27157465150403504, 1e-13);
  EXPECT_EQ(chi_square(even).degrees, 2);
  EXPECT_NEAR(chi_square(even).p, 0.873028283380073, 1e-13);
  EXPECT_NEAR(cramers_v(even), 0.05433137570422292, 1e-14);
  const auto strong = table({{10, 20, 0}, {0, 3, 40}});
  EXPECT_NEAR(chi_square(strong).statistic, 62.22345803842265, 1e-11);
  EXPECT_NEAR(chi_square(strong).p / 3.078561008273959e-14, 1, 1e-9);
  EXPECT_NEAR(cramers_v(strong), 0.9232421878968915, 1e-14);
}

// Bergsma 2013, computed with numpy
TEST(Contingency, CorrectsTheBias) {
  EXPECT_NEAR(cramers_v_corrected(table({{10, 20, 0}, {0, 3, 40}})), 0.9144465108138242, 1e-14);
  EXPECT_EQ(cramers_v_corrected(table({{10, 20, 30}, {6, 9, 17}})), 0);
}

TEST(Contingency, LeavesEmptyRowsAndColumnsOut) {
  const auto padded = table({{10, 0, 20, 30}, {0, 0, 0, 0}, {6, 0, 9, 17}});
  EXPECT_NEAR(chi_square(padded).p, 0.873028283380073, 1e-13);
  EXPECT_EQ(chi_square(table({{3, 4}, {0, 0}})).p, 1);
  EXPECT_EQ(cramers_v(table({{3, 4}, {0, 0}})), 0);
}

// scipy.stats.false_discovery_control; Holm 1979 by hand: 5, 4, 3, 2 and 1 times the ordered p.
TEST(ManyTests, AdjustTheirP) {
  const std::vector<double> p{0.01, 0.04, 0.03, 0.005, 0.6};
  using ::testing::DoubleNear;
  EXPECT_THAT(adjust_false_discovery(p),
              ::testing::ElementsAre(DoubleNear(0.025, 1e-15), DoubleNear(0.05, 1e-15),
                                     DoubleNear(0.05, 1e-15), DoubleNear(0.025, 1e-15),
                                     DoubleNear(0.6, 1e-15)));
  EXPECT_THAT(adjust_holm(p),
              ::testing::ElementsAre(DoubleNear(0.04, 1e-15), DoubleNear(0.09, 1e-15),
                                     DoubleNear(0.09, 1e-15), DoubleNear(0.025, 1e-15),
                                     DoubleNear(0.6, 1e-15)));
}

}  // namespace
}  // namespace dlwork
