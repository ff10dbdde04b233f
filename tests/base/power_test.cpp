#include "dlwork/base/power.h"

#include <gtest/gtest.h>

#include <cmath>

namespace dlwork {
namespace {

// Connor 1987's formula with scipy.stats.norm.ppf, solved with scipy.optimize.brentq
TEST(Power, OfMcNemarsTestAgreesWithItsFormula) {
  EXPECT_NEAR(samples_for_gain(0.01, 0.05), 3922.0811679678563, 1e-6);
  EXPECT_NEAR(samples_for_gain(0.02, 0.1), 1959.8604071253721, 1e-6);
  EXPECT_NEAR(samples_for_gain(0.01, 0.2), 15695.40138884597, 1e-5);
  EXPECT_NEAR(detectable_gain(1000, 0.05), 0.019786853307726338, 1e-12);
  EXPECT_EQ(detectable_gain(3, 0.05), 0.05);
  EXPECT_TRUE(std::isinf(samples_for_gain(0.2, 0.1)));
}

TEST(Power, SamplesForAWilsonInterval) {
  EXPECT_EQ(samples_for_half_width(0.9, 0.02), 868);  // by search with numpy
}

TEST(PowerLaw, IsFoundAgainWithAndWithoutFloor) {
  const std::vector<double> counts{100, 200, 400, 800, 1600, 3200};
  std::vector<double> errors, with_floor;
  const std::vector<double> weights(counts.size(), 1.0);
  for (const double n : counts) {
    errors.push_back(0.9 * std::pow(n, -0.25));
    with_floor.push_back(2 * std::pow(n, -0.5) + 0.05);
  }
  const PowerLaw plain = fit_power_law(counts, errors, weights);
  EXPECT_NEAR(plain.scale, 0.9, 1e-9);
  EXPECT_NEAR(plain.exponent, 0.25, 1e-9);
  EXPECT_NEAR(plain.count_for(0.05), std::pow(18.0, 4), 1);
  const PowerLaw floored = fit_power_law_with_floor(counts, with_floor, weights);
  EXPECT_NEAR(floored.floor, 0.05, 1e-4);
  EXPECT_NEAR(floored.exponent, 0.5, 1e-3);
  EXPECT_TRUE(std::isinf(floored.count_for(0.04)));
  EXPECT_NEAR(floored.at(12800), 2 / std::sqrt(12800) + 0.05, 1e-4);
}

}  // namespace
}  // namespace dlwork
