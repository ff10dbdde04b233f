#include <algorithm>

#include "dlwork/artefact/fingerprint.h"
#include "dlwork/base/text.h"
#include "phase/baseline/rate.h"
#include "phase/baseline/short_runs.h"
#include "phase/baseline/weight_decay.h"
#include "phase/measuring.h"
#include "phase/profile.h"

namespace dlwork::phase {

using artefact::Finding;
using artefact::Metric;
using artefact::PhaseResult;
using artefact::Severity;

namespace {

/// A loss that falls by less than this share of its start has not moved.
constexpr double kLossMoved = 0.05;

/// Why a network that does not beat the trivial predictor does not, from its own curves.
std::string why_not(const Context& context, const training::FitReport& report,
                    double learning_rate) {
  if (!context.task.loss_tells()) {
    return "it may need more baseline.epochs, or another training.learning_rate (now " +
           pretty_number(learning_rate) + ")";
  }
  const double first = report.history.front().train_loss;
  const double last = report.history.back().train_loss;
  if (report.history.size() < 2 || first - last < kLossMoved * first) {
    return "its training loss went only from " + pretty_number(first) + " to " +
           pretty_number(last) + ": it does not learn; try another training.learning_rate (now " +
           pretty_number(learning_rate) + ") or more baseline.epochs";
  }
  return "its training loss fell from " + pretty_number(first) + " to " + pretty_number(last) +
         " but the validation part does not follow: the inputs may not carry the target, or "
         "baseline.subset is too small";
}

Finding beats_trivial(Context& context, const Metric& network, const Metric& trivial,
                      const training::FitReport& report, double learning_rate) {
  const auto& info = goal_metric(context);
  // The end of the interval that is nearer to the trivial figure has to clear it.
  const double worst_end = info.higher_is_better ? network.low.value_or(network.value)
                                                 : network.high.value_or(network.value);
  const double gain = better_by(context, worst_end, trivial.value);
  const Json evidence = {
      {"network", network.value},
      {"network_interval",
       {network.low.value_or(network.value), network.high.value_or(network.value)}},
      {"trivial", trivial.value},
      {"required_gain", context.project.baseline.min_gain}};
  if (gain > context.project.baseline.min_gain) {
    return artefact::make_finding("baseline-beats-trivial", Severity::kInfo,
                                  "the network's " + metric_text(network) +
                                      " is better than the trivial predictor's " +
                                      pretty_number(trivial.value),
                                  evidence);
  }
  return artefact::make_finding(
      "baseline-beats-trivial", Severity::kError,
      "the network's " + metric_text(network) + " is not better than the trivial predictor's " +
          pretty_number(trivial.value) + ": " + why_not(context, report, learning_rate),
      evidence);
}

/// Figures of classical models, and what the reader is to know of them.
struct Classical {
  std::vector<Metric> figures;
  std::string note;
};

/// Whether the readiness phase measured on the samples that there are now, parted as now.
bool readiness_is_of_these_data(const Context& context) {
  const auto states = context.workspace.states();
  const auto ran = states.find("readiness");
  if (ran == states.end()) return false;
  const auto now = artefact::phase_inputs("", "data task seed", "", context.project, states,
                                          context.dataset_fingerprint);
  return std::all_of(now.begin(), now.end(), [&](const auto& input) {
    const auto then = ran->second.inputs.find(input.first);
    return then != ran->second.inputs.end() && then->second == input.second;
  });
}

/// What the classical models of the readiness phase reached by the same metric, if it ran.
Classical classical_figures(const Context& context, const std::string& metric) {
  Classical classical;
  const auto readiness = context.workspace.latest("readiness");
  if (!readiness) return {{}, "Classical models beside it: run dlwork readiness first."};
  for (const Metric& each : readiness->metrics) {
    if (each.name == metric && each.of != "trivial") classical.figures.push_back(each);
  }
  if (classical.figures.empty()) return classical;
  if (readiness_is_of_these_data(context)) {
    return {classical.figures, "Classical models: from the readiness phase."};
  }
  return {{},
          "Classical models are left out: data, task or seed have changed since the readiness "
          "phase; run dlwork readiness again."};
}

artefact::Table beside_others(const Metric& network, const Metric& trivial,
                              const Classical& classical) {
  artefact::Table table{"baseline", "Baseline beside other predictors", {}, {}, {}, ""};
  table.columns = {"predictor", network.name, "95 % interval"};
  table.right = {false, true, true};
  std::vector<Metric> all{network, trivial};
  all.insert(all.end(), classical.figures.begin(), classical.figures.end());
  for (const Metric& metric : all) {
    std::string interval = "-";
    if (metric.low && metric.high) {
      interval = pretty_number(*metric.low) + " to " + pretty_number(*metric.high);
    }
    table.rows.push_back({metric.of, pretty_number(metric.value), interval});
  }
  table.note = classical.note;
  return table;
}

/// What is settled before the baseline is trained: learning rate, rows, weight decay.
void prepare(Context& context, const MakeLearner& make, training::Learner& learner,
             training::FitOptions& options, PhaseResult& result) {
  const auto& baseline = context.project.baseline;
  if (baseline.range_test) {
    if (auto choice = choose_learning_rate(context, learner, options)) {
      options.training.learning_rate = choice->rate;
      result.findings.push_back(std::move(choice->finding));
      result.figures.push_back(std::move(choice->figure));
      result.values["learning_rate"] = std::move(choice->values);
    }
  }
  std::int64_t rows = baseline.subset;
  if (rows == 0 && context.task.learns_from_rows()) {
    if (auto choice = choose_subset(context, make, options)) {
      rows = choice->rows;
      result.findings.push_back(std::move(choice->finding));
      result.figures.push_back(std::move(choice->figure));
    }
  }
  options.train_rows =
      some_rows(options.train_rows, rows, static_cast<std::uint64_t>(context.project.seed),
                "baseline subset");
  if (baseline.decay_grid) {
    DecayChoice choice = choose_weight_decay(context, make, options);
    options.training.weight_decay = choice.decay;
    result.findings.push_back(std::move(choice.finding));
    if (choice.table) result.tables.push_back(std::move(*choice.table));
  }
}

}  // namespace

PhaseResult run_baseline(Context& context) {
  const auto& project = context.project;
  const auto& dataset = context.dataset();
  const spec::Model& model =
      project.baseline.model.layers.empty() ? project.model : project.baseline.model;
  const MakeLearner make = [&] {
    return context.task.make_learner(project, dataset, model, derive_seed(project.seed, "baseline"),
                                     context.run);
  };
  spec::Training training = project.training;
  training.epochs = project.baseline.epochs;
  auto options = fit_options(context, training, "baseline", derive_seed(project.seed, "baseline"));
  PhaseResult result;
  auto learner = make();
  prepare(context, make, *learner, options, result);
  const auto report = fit(context, *learner, options);
  learner->save(context.folder.file("model.safetensors"));

  const auto& rows = options.validation_rows;
  const auto outputs = learner->predict(dataset.samples, rows);
  const auto without_learning = context.task.trivial(project, dataset, options.train_rows, rows);
  result.metrics = measure_all(context, outputs, data::Part::kValidation, rows, "network");
  const Metric trivial =
      measure_goal(context, without_learning.outputs, data::Part::kValidation, rows, "trivial");
  const Metric network = result.metrics.front();
  result.metrics.push_back(trivial);
  result.findings.insert(result.findings.begin(), beats_trivial(context, network, trivial, report,
                                                                options.training.learning_rate));
  result.tables.insert(result.tables.begin(),
                       beside_others(network, trivial, classical_figures(context, network.name)));
  const auto curves = learning_curves(context, report);
  result.figures.insert(result.figures.begin(), curves.begin(), curves.end());
  result.artefacts.push_back(
      {"model", "model.safetensors", grouped(learner->parameter_count()) + " parameters"});
  result.values["metric"] = network.value;
  result.values["weight_decay"] = options.training.weight_decay;
  result.values["train_rows"] = options.train_rows.size();
  result.values["fit"] = to_json(report);
  result.headline = metric_text(network) + " on the validation part from " +
                    grouped(static_cast<std::int64_t>(options.train_rows.size())) +
                    " training samples; trivial " + pretty_number(trivial.value) +
                    goal_text(context);
  const bool passed = result.findings.front().severity != Severity::kError;
  result.next =
      passed ? artefact::NextStep{"dlwork diagnose", "find where the error comes from"}
             : artefact::NextStep{"dlwork baseline", "change what the finding names, then again"};
  return result;
}

}  // namespace dlwork::phase
