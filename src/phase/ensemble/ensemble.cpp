#include <algorithm>
#include <cmath>

#include "dlwork/base/files.h"
#include "dlwork/base/rng.h"
#include "dlwork/base/text.h"
#include "phase/diagnose/study.h"
#include "phase/ensemble/average.h"
#include "phase/ensemble/members.h"

namespace dlwork::phase {

using artefact::Finding;
using artefact::Metric;
using artefact::PhaseResult;
using artefact::Severity;

namespace {

constexpr int kSelectionRounds = 20;

/// All that is compared on the test part.
struct Measured {
  std::vector<Metric> members;
  std::size_t best_single = 0;  ///< chosen on the validation part
  std::vector<double> weights;
  training::Outputs averaged, weighted;
  Metric averaged_metric, weighted_metric;
  bool use_weights = false;  ///< chosen on the validation part
  const training::Outputs& ensemble() const { return use_weights ? weighted : averaged; }
  const Metric& ensemble_metric() const { return use_weights ? weighted_metric : averaged_metric; }
};

/// Every choice is made on the validation part; the test part only measures.
Measured measure_members(Context& context, const std::vector<Member>& members) {
  Measured measured;
  const auto& samples = context.dataset().samples;
  const auto& validation_rows = context.dataset().part(data::Part::kValidation);
  const auto& test_rows = context.dataset().part(data::Part::kTest);
  Together validation(context, members, samples, validation_rows, &Member::validation);
  Together test(context, members, samples, test_rows, &Member::test);
  double best = 0;
  for (std::size_t m = 0; m < members.size(); ++m) {
    measured.members.push_back(measure_goal(context, members[m].test, data::Part::kTest, test_rows,
                                            "member " + std::to_string(m + 1)));
    const double value = training::compute_metric(context.metric(), members[m].validation,
                                                  samples.target, validation_rows);
    if (m == 0 || better_by(context, value, best) > 0) {
      best = value;
      measured.best_single = m;
    }
  }
  const std::vector<double> equal(members.size(), 1.0 / static_cast<double>(members.size()));
  measured.weights = greedy_weights(context, members.size(), validation, kSelectionRounds);
  // Weights were fitted to the validation part, so the plain average stays unless they are better
  // by more than chance there.
  measured.use_weights = gain_interval(goal_metric(context), validation.outputs(measured.weights),
                                       validation.outputs(equal), samples.target, validation_rows,
                                       Rng(context.project.seed, "ensemble weights"))
                             .low > 0;
  measured.averaged = test.outputs(equal);
  measured.weighted = test.outputs(measured.weights);
  measured.averaged_metric =
      measure_goal(context, measured.averaged, data::Part::kTest, test_rows, "ensemble, averaged");
  measured.weighted_metric =
      measure_goal(context, measured.weighted, data::Part::kTest, test_rows, "ensemble, weighted");
  if (!measured.use_weights) measured.weights = equal;
  return measured;
}

Finding gain_finding(double gain, const Interval& interval, std::size_t members) {
  const Json evidence = {{"gain", gain},
                         {"interval", {interval.low, interval.high}},
                         {"members", members},
                         {"resamples", kGainResamples}};
  const std::string figure = "gain over the best single network " + pretty_number(gain, 3) + " [" +
                             pretty_number(interval.low, 3) + ", " +
                             pretty_number(interval.high, 3) + "] at " + std::to_string(members) +
                             " times its cost";
  if (interval.low > 0) {
    return artefact::make_finding("ensemble-gain", Severity::kInfo, figure, evidence);
  }
  if (interval.high < 0) {
    return artefact::make_finding("ensemble-gain", Severity::kError,
                                  figure + ": the ensemble is worse", evidence);
  }
  return artefact::make_finding("ensemble-gain", Severity::kWarn,
                                figure + ": the interval holds 0, so the single network is enough",
                                evidence);
}

/// Test minus validation (Ng, Machine Learning Yearning, 2018, ch. 7), of the network that the
/// validation part chose.
void check_overfitting(Context& context, const Member& chosen, const Metric& test,
                       PhaseResult& result) {
  constexpr char kId[] = "validation-overfitted";
  const Metric validation = measure_goal(context, chosen.validation, data::Part::kValidation,
                                         context.dataset().part(data::Part::kValidation), test.of);
  const bool higher = goal_metric(context).higher_is_better;
  const diagnose::Difference worse = diagnose::worse_by(context, test, validation);
  const double scale = higher && goal_metric(context).best ? 1 : std::abs(validation.value);
  const bool overfitted =
      worse.low > 0 && worse.value > context.project.diagnose.variance_tolerance * scale;
  result.figures.push_back(diagnose::bars(kId, "The best single network on validation and test",
                                          context.metric(), {"validation", "test"},
                                          {validation.value, test.value},
                                          "The validation part chose the network, so that it may "
                                          "flatter; the test part chose nothing."));
  result.findings.push_back(
      artefact::make_finding(kId, overfitted ? Severity::kWarn : Severity::kInfo,
                             "the best single network has " + metric_text(test) +
                                 " on the test part and " + pretty_number(validation.value) +
                                 " on validation, worse by " + diagnose::difference_text(worse),
                             {{"test", test.value},
                              {"validation", validation.value},
                              {"worse", worse.value},
                              {"interval", worse.interval()},
                              {"figure", kId}}));
}

Finding goal_finding(Context& context, const Metric& metric) {
  const auto& goal = context.project.goal.target;
  if (!goal) {
    return artefact::make_finding(
        "goal-unknown", Severity::kWarn,
        "goal.target is not set, so " + metric_text(metric) + " on the test part cannot be judged");
  }
  const Json evidence = {{"value", metric.value}, {"goal", *goal}};
  const std::string figure = "test " + metric_text(metric) + ", goal " + pretty_number(*goal);
  if (better_by(context, metric.value, *goal) >= 0) {
    return artefact::make_finding("goal-met", Severity::kInfo, "the goal is met: " + figure,
                                  evidence);
  }
  const double best_end = goal_metric(context).higher_is_better ? metric.high.value_or(metric.value)
                                                                : metric.low.value_or(metric.value);
  const bool near = better_by(context, best_end, *goal) >= 0;
  return artefact::make_finding("goal-not-met", near ? Severity::kWarn : Severity::kError,
                                near ? "the goal is missed by less than the interval: " + figure
                                     : "the goal is not met: " + figure,
                                evidence);
}

artefact::Table member_table(Context& context, const std::vector<Member>& members,
                             const Measured& measured) {
  artefact::Table table{"members", "Members on the test part", {}, {}, {}, ""};
  table.columns = {"network", context.metric(), "95 % interval", "weight", "settings"};
  table.right = {false, true, true, true, false};
  auto add = [&](const Metric& metric, const std::string& weight, const std::string& settings) {
    table.rows.push_back({metric.of, pretty_number(metric.value),
                          pretty_number(metric.low.value_or(metric.value)) + " to " +
                              pretty_number(metric.high.value_or(metric.value)),
                          weight, settings});
  };
  for (std::size_t m = 0; m < members.size(); ++m) {
    add(measured.members[m], pretty_number(measured.weights[m], 3),
        settings_text(members[m].settings));
  }
  add(measured.averaged_metric, measured.use_weights ? "" : "chosen", "");
  add(measured.weighted_metric, measured.use_weights ? "chosen" : "", "");
  table.note =
      "best single network on the validation part: " + measured.members[measured.best_single].of +
      "; the test part chose nothing";
  return table;
}

/// What `predict` needs to use the ensemble.
void save_ensemble(Context& context, const std::vector<Member>& members,
                   const std::vector<double>& weights) {
  Json json = {{"schema", "dlwork/ensemble/1"}, {"members", Json::array()}};
  for (std::size_t m = 0; m < members.size(); ++m) {
    json["members"].push_back({{"model", members[m].file}, {"weight", weights[m]}});
  }
  write_file(context.folder.file("ensemble.json"), json.dump(2) + "\n");
}

void add_test_reading(Context& context, PhaseResult& result) {
  const auto readings = context.workspace.count_test_reading(context.dataset_fingerprint);
  result.values["test_readings"] = readings;
  if (readings > 1) {
    result.findings.push_back(artefact::make_finding(
        "test-part-reused", readings > 10 ? Severity::kError : Severity::kWarn,
        "the test part was read " + std::to_string(readings) +
            " times; each choice made after a reading makes its figures more flattering",
        {{"readings", readings}}));
  }
}

}  // namespace

PhaseResult run_ensemble(Context& context) {
  const Share share(context.run.group);
  const SharedWork train = [&](Context& own) { train_members(own, share); };
  if (!share.leads()) return share_along(context, train);
  lead_sharing(context, train);
  const auto members = read_members(context);
  const Measured measured = measure_members(context, members);
  const auto& dataset = context.dataset();
  const auto& rows = dataset.part(data::Part::kTest);
  const Metric& ensemble = measured.ensemble_metric();
  const Metric& single = measured.members[measured.best_single];
  const double gain = better_by(context, ensemble.value, single.value);
  const auto interval =
      gain_interval(goal_metric(context), measured.ensemble(), members[measured.best_single].test,
                    dataset.samples.target, rows, Rng(context.project.seed, "ensemble gain"));
  PhaseResult result;
  result.metrics = measure_all(context, measured.ensemble(), data::Part::kTest, rows, ensemble.of);
  result.metrics.insert(result.metrics.end(), measured.members.begin(), measured.members.end());
  result.figures = context.task.figures(measured.ensemble(), dataset, rows);
  result.findings.push_back(goal_finding(context, ensemble));
  result.findings.push_back(gain_finding(gain, interval, members.size()));
  check_overfitting(context, members[measured.best_single], single, result);
  result.tables.push_back(member_table(context, members, measured));
  save_ensemble(context, members, measured.weights);
  result.artefacts.push_back({"ensemble", "ensemble.json", "members and their weights"});
  for (const Member& member : members) {
    result.artefacts.push_back({"member", member.file, settings_text(member.settings)});
  }
  result.values = {{"metric", ensemble.value},
                   {"best_single", single.value},
                   {"gain", gain},
                   {"gain_interval", {interval.low, interval.high}},
                   {"weights", measured.weights}};
  add_test_reading(context, result);
  result.headline = "ensemble of " + std::to_string(members.size()) + ": test " +
                    metric_text(ensemble) + goal_text(context) + "; best single " +
                    pretty_number(single.value) + ", gain " + pretty_number(gain, 3) + " [" +
                    pretty_number(interval.low, 3) + ", " + pretty_number(interval.high, 3) + "]";
  const bool met = goal_reached(context, ensemble.value).value_or(true);
  result.next = met ? artefact::NextStep{"dlwork predict --input FILE --output FILE",
                                         "use the ensemble on new data"}
                    : artefact::NextStep{"dlwork tune",
                                         "the goal is not met: widen tune.space, or "
                                         "collect what diagnose asks for"};
  return result;
}

}  // namespace dlwork::phase
