#include "dlwork/base/stats.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace dlwork {
namespace {

void expect_close(double value, double expected) {
  EXPECT_NEAR(value, expected, 1e-12 * std::fabs(expected)) << expected;
}

// scipy.stats.norm.ppf
TEST(Stats, NormalQuantileAgreesWithScipy) {
  expect_close(normal_quantile(1e-300), -37.0470962993612);
  expect_close(normal_quantile(1e-10), -6.361340902404056);
  expect_close(normal_quantile(0.001), -3.090232306167813);
  expect_close(normal_quantile(0.02425), -1.972961051311885);
  expect_close(normal_quantile(0.3), -0.5244005127080409);
  EXPECT_NEAR(normal_quantile(0.5), 0, 1e-16);
  expect_close(normal_quantile(0.975), 1.959963984540054);
  expect_close(normal_quantile(0.999), 3.090232306167813);
  expect_close(normal_quantile(1 - 1e-10), 6.361340889697422);
}

TEST(Stats, NormalQuantileAtItsEnds) {
  EXPECT_EQ(normal_quantile(0), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(normal_quantile(1), std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(normal_quantile(1.5)));
  EXPECT_NEAR(normal_quantile(5e-324), -38.4674, 1e-3);
}

// scipy.stats.norm.cdf
TEST(Stats, NormalDistributionAgreesWithScipy) {
  expect_close(normal_cdf(-10), 7.61985302416047e-24);
  expect_close(normal_cdf(-1.96), 0.024997895148220435);
  expect_close(normal_cdf(0), 0.5);
  expect_close(normal_cdf(0.5), 0.6914624612740131);
  expect_close(normal_cdf(3), 0.9986501019683699);
}

// scipy.stats.chi2.sf
TEST(Stats, ChiSquareTailAgreesWithScipy) {
  expect_close(chi_square_tail(0.5, 1), 0.47950012218695337);
  expect_close(chi_square_tail(3.841458820694124, 1), 0.04999999999999989);
  expect_close(chi_square_tail(10, 3), 0.01856613546304325);
  expect_close(chi_square_tail(100, 10), 5.4497019829205215e-17);
  expect_close(chi_square_tail(50, 100), 0.9999930466947524);
  expect_close(chi_square_tail(130, 100), 0.02351239780980871);
  expect_close(chi_square_tail(1e-3, 5), 0.9999999983185123);
  EXPECT_NEAR(chi_square_tail(1000, 900), 0.010994608942135844, 1e-13);
}

TEST(Stats, ChiSquareTailAtItsEnds) {
  EXPECT_EQ(chi_square_tail(0, 3), 1);
  EXPECT_EQ(chi_square_tail(std::numeric_limits<double>::infinity(), 3), 0);
  EXPECT_TRUE(std::isnan(chi_square_tail(1, 0)));
}

// scipy.stats.binomtest(k, n).proportion_ci(method="wilson")
TEST(Stats, WilsonAgreesWithScipy) {
  const auto expect = [](Interval interval, double low, double high) {
    EXPECT_NEAR(interval.low, low, 1e-14);
    EXPECT_NEAR(interval.high, high, 1e-14);
  };
  expect(wilson(0, 10), 0, 0.27753279986288926);
  expect(wilson(9, 10), 0.5958499732047615, 0.9821237869049271);
  expect(wilson(10, 10), 0.7224672001371109, 1);
  expect(wilson(915, 1000), 0.8960871089966437, 0.9307366814603454);
  expect(wilson(1, 3), 0.06149194472039626, 0.7923403991979523);
  expect(wilson(70, 100, 0.99), 0.572572381123576, 0.8025393437900948);
  expect(wilson(0, 0), 0, 1);
}

// numpy.quantile, numpy.mean, numpy.std(ddof=1)
TEST(Stats, SummariesAgreeWithNumpy) {
  const std::vector<double> values{3.5, -1, 2, 8, 0.25, 7};
  EXPECT_DOUBLE_EQ(quantile(values, 0), -1);
  EXPECT_DOUBLE_EQ(quantile(values, 0.025), -0.84375);
  EXPECT_DOUBLE_EQ(quantile(values, 0.3), 1.125);
  EXPECT_DOUBLE_EQ(quantile(values, 0.5), 2.75);
  EXPECT_DOUBLE_EQ(quantile(values, 0.9), 7.5);
  EXPECT_DOUBLE_EQ(quantile(values, 1), 8);
  EXPECT_DOUBLE_EQ(mean(values), 3.2916666666666665);
  EXPECT_DOUBLE_EQ(standard_deviation(values), 3.613919847847579);
}

TEST(Stats, SummariesOfNothing) {
  EXPECT_TRUE(std::isnan(mean({})));
  EXPECT_TRUE(std::isnan(quantile({}, 0.5)));
  EXPECT_EQ(standard_deviation({3}), 0);
}

TEST(Stats, BootstrapOfAMeanAgreesWithItsStandardError) {
  Rng source(1, "data");
  std::vector<double> values(400);
  for (double& value : values) value = source.normal();
  const auto average = [&](const std::vector<std::int64_t>& rows) {
    double sum = 0;
    for (const std::int64_t row : rows) sum += values[static_cast<size_t>(row)];
    return sum / static_cast<double>(rows.size());
  };
  Rng rng(2, "bootstrap");
  const Interval interval = bootstrap(400, average, 4000, rng);
  const double half = 1.96 * standard_deviation(values) / 20;
  EXPECT_NEAR(interval.low, mean(values) - half, 0.1 * half);
  EXPECT_NEAR(interval.high, mean(values) + half, 0.1 * half);
  Rng again(2, "bootstrap");
  EXPECT_EQ(bootstrap(400, average, 4000, again).low, interval.low);
}

TEST(Stats, BootstrapLeavesOutWhatIsNoNumber) {
  Rng rng(3, "bootstrap");
  int calls = 0;
  const auto odd = [&](const std::vector<std::int64_t>&) {
    return ++calls % 2 == 0 ? 5.0 : std::nan("");
  };
  const Interval interval = bootstrap(10, odd, 100, rng);
  EXPECT_EQ(interval.low, 5);
  EXPECT_EQ(interval.high, 5);
  EXPECT_TRUE(std::isnan(bootstrap(0, odd, 100, rng).low));
}

}  // namespace
}  // namespace dlwork
