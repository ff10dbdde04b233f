// Reference values by scipy 1.17, scikit-learn 1.9 and numpy, from the formulas cited beside the
// code.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "phase/audit/stats/confident.h"
#include "phase/diagnose/calibration.h"
#include "phase/diagnose/slices.h"
#include "phase/diagnose/statistics.h"
#include "phase/diagnose/width.h"
#include "phase/power_law.h"
#include "support/layers.h"

namespace dlwork::phase::diagnose {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;

artefact::Metric share(std::int64_t hits, std::int64_t count) {
  artefact::Metric metric;
  metric.value = static_cast<double>(hits) / static_cast<double>(count);
  const Interval interval = wilson(hits, count);
  metric.low = interval.low;
  metric.high = interval.high;
  return metric;
}

TEST(Statistics, DifferenceOfSharesIsNewcombes) {
  // Newcombe 1998, table II, example (a), 56/70 against 48/80, method 10: 0.0524 to 0.3339.
  const Difference difference = difference_of(share(56, 70), share(48, 80));
  EXPECT_NEAR(difference.value, 0.2, 1e-12);
  EXPECT_NEAR(difference.low, 0.0524, 5e-5);
  EXPECT_NEAR(difference.high, 0.3339, 5e-5);
}

TEST(Statistics, StudentQuantilesAreScipys) {
  EXPECT_NEAR(student_quantile(0.975, 1), 12.706204736174694, 1e-9);
  EXPECT_NEAR(student_quantile(0.975, 2), 4.302652729749462, 1e-10);
  EXPECT_NEAR(student_quantile(0.975, 9), 2.262157162798205, 1e-10);
  EXPECT_NEAR(student_quantile(0.9, 4.5), 1.5008853175085577, 1e-10);
  EXPECT_NEAR(student_quantile(0.025, 3), -3.1824463052837086, 1e-10);
}

TEST(Statistics, MeanOfPairsHasStudentsInterval) {
  const Difference mean = mean_of_pairs({1, 2, 4});
  const double half = 4.302652729749462 * std::sqrt(7.0 / 3.0) / std::sqrt(3.0);
  EXPECT_NEAR(mean.value, 7.0 / 3, 1e-12);
  EXPECT_NEAR(mean.high - mean.value, half, 1e-9);
  EXPECT_EQ(mean_of_pairs({1}).low, -std::numeric_limits<double>::infinity());
}

TEST(Statistics, TestsAreScipys) {
  EXPECT_NEAR(fisher_greater(7, 10, 10, 90), 0.00010812434062544614, 1e-12);
  EXPECT_NEAR(fisher_greater(0, 5, 3, 23), 1, 1e-12);
  EXPECT_NEAR(fisher_greater(120, 300, 400, 5700) / 2.479525111145696e-53, 1, 1e-8);
  EXPECT_NEAR(mann_whitney_greater({1, 2.5, 2.5, 4, 7, 7.5}, {0.5, 1, 2.5, 3, 3.5}),
              0.13390723385946612, 1e-12);
  EXPECT_NEAR(ks_distance({1, 2.5, 2.5, 4, 7, 7.5}, {0.5, 1, 2.5, 3, 3.5}), 0.5, 1e-12);
  EXPECT_NEAR(rank_correlation({1, 2.5, 2.5, 4, 7}, {0.5, 1, 2.5, 3, 3.5}), 0.9746794344808963,
              1e-12);
}

TEST(Statistics, FalseDiscoveryRatesAreScipys) {
  const auto q = false_discovery({0.01, 0.04, 0.03, 0.2, 0.0005});
  const auto near = [](double value) { return DoubleNear(value, 1e-12); };
  EXPECT_THAT(q, ElementsAre(near(0.025), near(0.05), near(0.05), near(0.2), near(0.0025)));
}

std::vector<CurvePoint> curve() {
  return {{250, .2811, .006},  {500, .2391, .005},   {1000, .2102, .0045},
          {2000, .1861, .004}, {4000, .1676, .0038}, {8000, .1532, .0035}};
}

TEST(PowerLawFit, AgreesWithScipysLeastSquares) {
  // scipy.optimize.curve_fit with bounds, and weighted normal equations of the logarithms.
  const PowerLaw with = fit_with_floor(curve());
  EXPECT_NEAR(with.scale, 1.3797936833365818, 1e-4);
  EXPECT_NEAR(with.rate, 0.3742016282433463, 1e-5);
  EXPECT_NEAR(with.floor, 0.1055921773432995, 1e-5);
  const PowerLaw without = fit_without_floor(curve());
  EXPECT_NEAR(without.scale, 0.7160418491087555, 1e-10);
  EXPECT_NEAR(without.rate, 0.17466326276918426, 1e-10);
  EXPECT_NEAR(*with.reaches(0.14), 19240.05318472343, 5);
  EXPECT_NEAR(*without.reaches(0.14), 11432.829348174602, 1e-3);
  EXPECT_FALSE(with.reaches(0.10).has_value()) << "below the floor";
}

TEST(PowerLawFit, FindsTheLawThatMadeThePoints) {
  std::vector<CurvePoint> points;
  for (double n = 100; n < 1e4; n *= 2) points.push_back({n, 3 * std::pow(n, -0.5) + 0.05, 0.001});
  const PowerLaw law = fit_with_floor(points);
  EXPECT_NEAR(law.scale, 3, 1e-3);
  EXPECT_NEAR(law.rate, 0.5, 1e-4);
  EXPECT_NEAR(law.floor, 0.05, 1e-4);
  // A curve that rises has no rate: the floor takes all.
  const PowerLaw flat = fit_with_floor({{10, 0.2, 0.01}, {20, 0.2, 0.01}, {40, 0.2, 0.01}});
  EXPECT_NEAR(flat.at(1e6), 0.2, 1e-6);
}

TEST(PowerLawFit, ProjectsABracketThatHoldsBothForms) {
  const CurveProjection projection = project_curve(curve(), 16000, 0.14, 1);
  EXPECT_LT(projection.low, projection.without_floor.at(16000));
  EXPECT_GT(projection.high, projection.with_floor.at(16000));
  EXPECT_LT(projection.rate.low, 0.1747);
  EXPECT_GT(projection.rate.high, 0.1747);
  ASSERT_TRUE(projection.fewest.has_value());
  EXPECT_LT(*projection.fewest, 11433);
  EXPECT_NEAR(*projection.expected, 19240.05318472343, 5) << "the larger of both forms'";
  EXPECT_LT(*projection.fewest, *projection.expected);
  const auto below_floor = project_curve(curve(), 16000, 0.10, 1);
  // (0.7160418491087555 / 0.1)^(1 / 0.17466326276918426): the form without a floor.
  EXPECT_NEAR(*below_floor.expected, 78483.9615797285, 1e-2);
  EXPECT_FALSE(project_curve(curve(), 16000, 1e-6, 1).most.has_value());
  const CurveProjection again = project_curve(curve(), 16000, 0.14, 1);
  EXPECT_EQ(again.low, projection.low) << "the same seed gives the same draws";
}

/// Probabilities by formula, in float32: three classes, 200 samples.
training::Outputs probabilities() {
  training::Outputs outputs{200, 3, {}};
  for (int i = 0; i < 200; ++i) {
    double z[3], most = -1e9, sum = 0;
    for (int k = 0; k < 3; ++k) {
      z[k] = 3 * std::sin(0.7 * i + 1.3 * k) + ((i * 7) % 3 == k ? 2.0 : 0);
      most = std::max(most, z[k]);
    }
    for (double& value : z) sum += value = std::exp(value - most);
    for (const double value : z) outputs.values.push_back(static_cast<float>(value / sum));
  }
  return outputs;
}

std::vector<std::int32_t> labels() {
  std::vector<std::int32_t> labels;
  for (int i = 0; i < 200; ++i) labels.push_back(i % 4 ? (i * 7) % 3 : (i / 4) % 3);
  return labels;
}

TEST(Calibration, ErrorAndTemperatureAreNumpys) {
  EXPECT_NEAR(calibration_error(reliability(probabilities(), labels())), 0.3725049145519733, 1e-6);
  const double temperature = best_temperature(probabilities(), labels());
  EXPECT_NEAR(temperature, 2.6444049205671627, 1e-4);
  const auto mended = with_temperature(probabilities(), temperature);
  EXPECT_NEAR(
      training::compute_metric("log-loss", mended, {"y", true, labels(), {"a", "b", "c"}, {}},
                               [] {
                                 std::vector<std::int64_t> rows(200);
                                 for (int i = 0; i < 200; ++i) rows[i] = i;
                                 return rows;
                               }()),
      0.8698198845196217, 1e-5);
}

TEST(Calibration, RightProbabilitiesAreWithinChance) {
  // Labels drawn from the probabilities: confidences 0.1 .. 0.9 of two classes.
  training::Outputs outputs{900, 2, {}};
  std::vector<std::int32_t> drawn;
  for (int i = 0; i < 900; ++i) {
    const double p = 0.55 + 0.05 * (i % 9);
    outputs.values.push_back(static_cast<float>(p));
    outputs.values.push_back(static_cast<float>(1 - p));
    drawn.push_back(i / 9 < std::lround(100 * p) ? 0 : 1);
  }
  const double error = calibration_error(reliability(outputs, drawn));
  EXPECT_LT(error, 0.011);
  EXPECT_GT(calibration_noise(outputs, 1), error);
  EXPECT_NEAR(best_temperature(outputs, drawn), 1, 0.05);
}

TEST(Thresholds, AveragePrecisionAndLeastCostAreScikitLearns) {
  const auto p = probabilities();
  const auto y = labels();
  std::vector<double> scores;
  std::vector<bool> positive;
  for (int i = 0; i < 200; ++i) {
    scores.push_back(std::round(100.0 * p.row(i)[1]) / 100);
    positive.push_back(y[i] == 1);
  }
  const auto all = thresholds(scores, positive);
  EXPECT_NEAR(average_precision(all), 0.7728702342126212, 1e-9);
  const Threshold& best = cheapest(all, 5, 1);
  EXPECT_NEAR(best.cost(5, 1), 0.115, 1e-12);
  EXPECT_NEAR(best.threshold, 0.18, 1e-9);
  EXPECT_EQ(all.front().true_positive + all.front().false_positive, 0);
  EXPECT_EQ(all.back().false_negative + all.back().true_negative, 0);
}

TEST(ConfidentLearning, AgreesWithNumpy) {
  const auto issues = audit::find_label_issues(labels(), probabilities().values, 3);
  EXPECT_THAT(issues.joint, ElementsAre(25, 20, 22, 25, 26, 16, 22, 0, 44));
  ASSERT_EQ(issues.samples.size(), 102u);
  const std::vector<std::int64_t> first(issues.samples.begin(), issues.samples.begin() + 8);
  EXPECT_THAT(first, ElementsAre(195, 186, 177, 191, 168, 182, 173, 159));
}

TEST(ConfidentLearning, LeavesGoodLabelsAlone) {
  training::Outputs outputs{40, 2, {}};
  std::vector<std::int32_t> good;
  for (int i = 0; i < 40; ++i) {
    outputs.values.push_back(i % 2 ? 0.1f : 0.9f);
    outputs.values.push_back(i % 2 ? 0.9f : 0.1f);
    good.push_back(i % 2);
  }
  EXPECT_TRUE(audit::find_label_issues(good, outputs.values, 2).samples.empty());
  good[7] = 0;
  const auto issues = audit::find_label_issues(good, outputs.values, 2);
  ASSERT_EQ(issues.samples.size(), 1u);
  EXPECT_EQ(issues.samples.front(), 7);
  EXPECT_EQ(issues.suggested.front(), 1);
}

TEST(Slices, CutColumnsAndJudgeThem) {
  data::Dataset dataset;
  auto& table = dataset.samples.table;
  data::Column x{"x", data::ColumnType::kNumber, {}, {}, {}},
      site{"site", data::ColumnType::kCategory, {}, {}, {"A", "B"}};
  std::vector<std::int64_t> rows;
  std::vector<double> errors;
  for (int i = 0; i < 200; ++i) {
    x.numbers.push_back(i);
    site.codes.push_back(i % 4 == 0 ? 1 : 0);
    rows.push_back(i);
    errors.push_back(i % 4 == 0 && i % 8 == 0 ? 1 : i % 50 == 1 ? 1 : 0);
  }
  table.columns = {x, site};
  const auto slices = slices_of(dataset, rows, rows);
  ASSERT_EQ(slices.size(), 7u);
  EXPECT_EQ(slices[0].name, "x up to 39.8");
  EXPECT_EQ(slices[0].members.size(), 40u);
  EXPECT_EQ(slices[6].name, "site = B");
  const auto judged = judge_slices(slices, errors);
  // 25 of 50 wrong in site B, 4 of 150 elsewhere.
  EXPECT_NEAR(judged[6].inside, 0.5, 1e-12);
  EXPECT_NEAR(judged[6].outside, 4.0 / 150, 1e-12);
  EXPECT_NEAR(judged[6].p, fisher_greater(25, 50, 4, 150), 1e-20);
  EXPECT_NEAR(judged[6].explains, (25 - 50 * 4.0 / 150) / 29, 1e-12);
  EXPECT_LT(judged[6].q, 1e-10);
  for (int i = 0; i < 5; ++i) EXPECT_GT(judged[i].q, 0.05) << judged[i].slice->name;
  const auto pairs = crossed(slices, rows.size());
  EXPECT_EQ(pairs.size(), 10u) << "five fifths by two sites";
}

TEST(Width, ScalesUnitsAndChannels) {
  const auto wide =
      scaled_width(dlwork::testing::layers("[{conv2d: {channels: 8, groups: 4}}, relu, {residual: "
                                           "{layers: [{linear: 5}]}}, {linear: 1}]"),
                   0.5);
  EXPECT_EQ(std::get<spec::Conv2d>(wide[0].options).channels, 4);
  EXPECT_EQ(
      std::get<spec::Linear>(std::get<spec::Residual>(wide[2].options).layers[0].options).units, 3);
  EXPECT_EQ(std::get<spec::Linear>(wide[3].options).units, 1) << "at least 1";
}

}  // namespace
}  // namespace dlwork::phase::diagnose
