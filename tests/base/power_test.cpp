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

}  // namespace
}  // namespace dlwork
