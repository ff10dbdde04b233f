#include "dlwork/data/pca.h"

#include <gtest/gtest.h>

#include <cmath>

#include "dlwork/base/rng.h"

namespace dlwork::data {
namespace {

void expect_near(const std::vector<double>& values, const std::vector<double>& expected,
                 double tolerance) {
  ASSERT_GE(values.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(values[i], expected[i], tolerance) << i;
  }
}

const std::vector<float> kTall{2.5f, 2.4f, 0.5f, 0.5f, 0.7f, 1.5f,  2.2f, 2.9f, 0.1f,
                               1.9f, 2.2f, 0.9f, 3.1f, 3.0f, -0.4f, 2.3f, 2.7f, 0.3f};

// sklearn.decomposition.PCA().fit(X) on the same float32 numbers, signs by largest loading.
TEST(Pca, AgreesWithScikitLearn) {
  const Pca pca = fit_pca(kTall.data(), 6, 3, Scaling::kCentre);
  expect_near(pca.mean, {2.0833333134651184, 2.316666712363561, 0.4833333306014538}, 1e-12);
  expect_near(pca.variances, {1.8278252505924901, 0.04715937005249217, 0.03801537566946805}, 1e-12);
  expect_near(pca.components,
              {0.6336789874540972, 0.6143854629334866, -0.47008663435068576, 0.7361125888910308,
               -0.6657390516436009, 0.12218744449747367, 0.2378848404907177, 0.4234643055237175,
               0.8741217218511512},
              1e-10);
  EXPECT_NEAR(pca.explained().back(), 1, 1e-12);
  EXPECT_EQ(pca.components_for(0.95), 1);
  EXPECT_EQ(pca.components_for(0.97), 2);
  EXPECT_EQ(pca.components_for(1), 3);
}

/// The same numbers from sums of two runs of rows.
TEST(Pca, SumsOfRunsGiveTheSameComponents) {
  ComponentSums sums({2.5, 2.4, 0.5}), more({2.5, 2.4, 0.5});
  sums.add(kTall.data(), 4);
  more.add(kTall.data() + 12, 2);
  sums.add(more);
  EXPECT_EQ(sums.rows(), 6);
  for (const Scaling scaling : {Scaling::kCentre, Scaling::kStandardise}) {
    const Pca whole = fit_pca(kTall.data(), 6, 3, scaling), summed = sums.fit(scaling);
    expect_near(summed.mean, whole.mean, 1e-12);
    expect_near(summed.variances, whole.variances, 1e-12);
    expect_near(summed.components, whole.components, 1e-10);
    EXPECT_NEAR(summed.total_variance, whole.total_variance, 1e-12);
  }
  // (1.828 + 0.047 + 0.038)^2 / (1.828^2 + 0.047^2 + 0.038^2)
  EXPECT_NEAR(sums.fit(Scaling::kCentre).participation_ratio(), 1.0941677, 1e-6);
}

TEST(Pca, SumsKeepPrecisionFarFromZeroAndSurviveConstants) {
  std::vector<float> values;
  for (int i = 0; i < 1000; ++i) {
    values.push_back(1e6f + static_cast<float>(i % 2));
    values.push_back(5.3f);
  }
  ComponentSums sums({values[0], values[1]});
  sums.add(values.data(), 1000);
  EXPECT_NEAR(sums.fit(Scaling::kCentre).variances[0], 0.25 * 1000 / 999, 1e-12);
  EXPECT_EQ(sums.fit(Scaling::kCentre).variances[1], 0);
  EXPECT_NEAR(sums.fit(Scaling::kStandardise).total_variance, 1, 1e-12);
}

// numpy.linalg.eigh(numpy.corrcoef(X.T)).
TEST(Pca, StandardisedIsTheCorrelationMatrix) {
  const Pca pca = fit_pca(kTall.data(), 6, 3, Scaling::kStandardise);
  expect_near(pca.variances, {2.860394647016739, 0.07610243622561652, 0.0635029167576437}, 1e-12);
  EXPECT_NEAR(pca.total_variance, 3, 1e-12);
  // The signs are ours: the largest loading is positive.
  expect_near(pca.components, {0.5778220212941098, 0.5781683209835969, -0.5760582473314633}, 1e-10);
}

// sklearn.decomposition.PCA().fit(Y).
TEST(Pca, WideDataGoThroughTheRows) {
  const std::vector<float> wide{1, 2, 3, 4, 5, 2, 1, 0, 3, 8, 0, 5, 1, 2, 2};
  const Pca pca = fit_pca(wide.data(), 3, 5, Scaling::kCentre);
  expect_near(pca.variances, {14.565794507306608, 3.100872159360052, 0}, 1e-12);
  expect_near(pca.components,
              {0.2612661610788524, -0.5339922410537544, -0.10198328329930426, 0.1478229588834996,
               0.7837984832365581, -0.043019695281696836, -0.24088528022423125, 0.8388215246099112,
               0.46887715854058926, -0.12905908584509063, 0, 0, 0, 0, 0},
              1e-10);
}

TEST(Pca, KeepsPrecisionFarFromZeroAndSurvivesConstants) {
  std::vector<float> values;
  for (int i = 0; i < 1000; ++i) {
    values.push_back(1e6f + static_cast<float>(i % 2));
    values.push_back(5.0f);
  }
  const Pca pca = fit_pca(values.data(), 1000, 2, Scaling::kCentre);
  EXPECT_NEAR(pca.variances[0], 0.25 * 1000 / 999, 1e-12);
  EXPECT_EQ(pca.variances[1], 0);
  const Pca correlation = fit_pca(values.data(), 1000, 2, Scaling::kStandardise);
  EXPECT_NEAR(correlation.total_variance, 1, 1e-12);
  const std::vector<float> flat(20, 3.0f);
  const Pca none = fit_pca(flat.data(), 10, 2, Scaling::kCentre);
  EXPECT_EQ(none.components_for(0.9), 0);
  EXPECT_EQ(none.explained(), (std::vector<double>{0, 0}));
}

// Blocks must add up: more rows than one block, against the two-pass covariance.
TEST(Pca, BlocksAddUp) {
  Rng rng(3, "pca");
  const int rows = 1111, columns = 4;
  std::vector<float> values(rows * columns);
  for (int r = 0; r < rows; ++r) {
    const double common = rng.normal();
    for (int c = 0; c < columns; ++c) {
      values[r * columns + c] = static_cast<float>(100 + (c + 1) * common + rng.normal());
    }
  }
  const Pca pca = fit_pca(values.data(), rows, columns, Scaling::kCentre);
  for (int k = 0; k < columns; ++k) {
    // C v = lambda v, with C v computed row by row.
    std::vector<double> product(columns, 0);
    const double* v = pca.components.data() + k * columns;
    for (int r = 0; r < rows; ++r) {
      double score = 0;
      for (int c = 0; c < columns; ++c) score += (values[r * columns + c] - pca.mean[c]) * v[c];
      for (int c = 0; c < columns; ++c) {
        product[c] += score * (values[r * columns + c] - pca.mean[c]) / (rows - 1);
      }
    }
    for (int c = 0; c < columns; ++c) {
      EXPECT_NEAR(product[c], pca.variances[k] * v[c], 1e-9 * pca.variances[0]);
    }
  }
}

/// Normal columns whose deviation falls as 1 / (column + 1), turned into each other in pairs.
std::vector<float> falling(int rows, int columns) {
  Rng rng(5, "falling");
  std::vector<float> values(rows * columns);
  for (int r = 0; r < rows; ++r) {
    for (int c = 0; c < columns; ++c) {
      values[r * columns + c] = static_cast<float>(7 + 10 * rng.normal() / (c + 1));
    }
    for (int c = 0; c + 1 < columns; c += 2) {
      float &a = values[r * columns + c], &b = values[r * columns + c + 1];
      const float turned = 0.8f * a - 0.6f * b;
      b = 0.6f * a + 0.8f * b;
      a = turned;
    }
  }
  return values;
}

TEST(PrincipalScores, AreTheProjectionsOnTheComponents) {
  // Few columns are worked out exactly, many by the range finder.
  for (const int columns : {6, 200}) {
    constexpr int kRows = 300, kMost = 8;
    const auto values = falling(kRows, columns);
    const Pca pca = fit_pca(values.data(), kRows, columns, Scaling::kCentre);
    const Scores scores = principal_scores(values.data(), kRows, columns, kMost);
    ASSERT_EQ(scores.columns, std::min(kMost, columns));
    EXPECT_NEAR(scores.total_variance, pca.total_variance, 1e-9 * pca.total_variance);
    for (std::int64_t k = 0; k < scores.columns; ++k) {
      EXPECT_NEAR(scores.variances[k], pca.variances[k], 1e-6 * pca.variances[k]) << columns;
      EXPECT_NEAR(scores.explained(k + 1), pca.explained()[k], 1e-6) << columns;
      for (int r = 0; r < kRows; ++r) {
        double score = 0;
        for (int c = 0; c < columns; ++c) {
          score += (values[r * columns + c] - pca.mean[c]) * pca.components[k * columns + c];
        }
        ASSERT_NEAR(scores.values[r * scores.columns + k], score,
                    1e-2 * std::sqrt(pca.variances[k]))
            << columns << " columns, row " << r << ", component " << k;
      }
    }
  }
}

TEST(PrincipalScores, AreWideOnlyAsTheValues) {
  const std::vector<float> values{1, 2, 3, 4, 5, 6, 7, 8};
  EXPECT_EQ(principal_scores(values.data(), 2, 4, 9).columns, 2);
  EXPECT_EQ(principal_scores(values.data(), 4, 2, 9).columns, 2);
  const Scores one = principal_scores(values.data(), 1, 4, 9);
  EXPECT_EQ(one.values, std::vector<float>{0});
  EXPECT_EQ(one.explained(1), 0);
}

}  // namespace
}  // namespace dlwork::data
