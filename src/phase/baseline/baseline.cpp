#include "dlwork/base/text.h"
#include "phase/measuring.h"

namespace dlwork::phase {

using artefact::Finding;
using artefact::Metric;
using artefact::PhaseResult;
using artefact::Severity;

namespace {

/// A loss that falls by less than this share of its start has not moved.
constexpr double kLossMoved = 0.05;

/// Why a network that does not beat the trivial predictor does not, from its own curves.
std::string why_not(const Context& context, const training::FitReport& report) {
  const double first = report.history.front().train_loss;
  const double last = report.history.back().train_loss;
  if (report.history.size() < 2 || first - last < kLossMoved * first) {
    return "its training loss went only from " + pretty_number(first) + " to " +
           pretty_number(last) + ": it does not learn; try another training.learning_rate (now " +
           pretty_number(context.project.training.learning_rate) + ") or more baseline.epochs";
  }
  return "its training loss fell from " + pretty_number(first) + " to " + pretty_number(last) +
         " but the validation part does not follow: the inputs may not carry the target, or "
         "baseline.subset is too small";
}

Finding beats_trivial(Context& context, const Metric& network, const Metric& trivial,
                      const training::FitReport& report) {
  const auto& info = goal_metric(context);
  // The end of the interval that is nearer to the trivial figure has to clear it.
  const double worst_end = info.higher_is_better ? network.low.value_or(network.value)
                                                 : network.high.value_or(network.value);
  const double gain = better_by(context, worst_end, trivial.value);
  const Json evidence = {{"network", network.value},
                         {"network_interval", {network.low.value_or(network.value),
                                               network.high.value_or(network.value)}},
                         {"trivial", trivial.value},
                         {"required_gain", context.project.baseline.min_gain}};
  if (gain > context.project.baseline.min_gain) {
    return artefact::make_finding("baseline-beats-trivial", Severity::kInfo,
                                  "the network's " + metric_text(network) +
                                      " is better than the trivial predictor's " +
                                      pretty_number(trivial.value),
                                  evidence);
  }
  return artefact::make_finding("baseline-beats-trivial", Severity::kError,
                                "the network's " + metric_text(network) +
                                    " is not better than the trivial predictor's " +
                                    pretty_number(trivial.value) + ": " + why_not(context, report),
                                evidence);
}

artefact::Table against_trivial(const Metric& network, const Metric& trivial) {
  artefact::Table table{"baseline", "Baseline against the trivial predictor", {}, {}, {}, ""};
  table.columns = {"predictor", network.name, "95 % interval"};
  table.right = {false, true, true};
  for (const Metric* metric : {&network, &trivial}) {
    std::string interval = "-";
    if (metric->low && metric->high) {
      interval = pretty_number(*metric->low) + " to " + pretty_number(*metric->high);
    }
    table.rows.push_back({metric->of, pretty_number(metric->value), interval});
  }
  return table;
}

}  // namespace

PhaseResult run_baseline(Context& context) {
  const auto& project = context.project;
  const auto& dataset = context.dataset();
  const spec::Model& model = project.baseline.model.layers.empty() ? project.model
                                                                   : project.baseline.model;
  auto learner = context.task.make_learner(project, dataset, model,
                                           derive_seed(project.seed, "baseline"), context.run);
  spec::Training training = project.training;
  training.epochs = project.baseline.epochs;
  auto options = fit_options(context, training, "baseline", derive_seed(project.seed, "baseline"));
  options.train_rows = some_rows(options.train_rows, project.baseline.subset,
                                 static_cast<std::uint64_t>(project.seed), "baseline subset");
  const auto report = learner->fit(options, context.run);
  learner->save(context.folder.file("model.safetensors"));

  const auto& rows = options.validation_rows;
  const auto outputs = learner->predict(dataset.samples, rows);
  const auto trivial_outputs = context.task.trivial(dataset, options.train_rows,
                                                    static_cast<std::int64_t>(rows.size()));
  PhaseResult result;
  result.metrics = measure_all(context, outputs, data::Part::kValidation, rows, "network");
  const Metric trivial = measure_goal(context, trivial_outputs, data::Part::kValidation, rows,
                                      "trivial");
  const Metric network = result.metrics.front();
  result.metrics.push_back(trivial);
  result.findings.push_back(beats_trivial(context, network, trivial, report));
  result.tables.push_back(against_trivial(network, trivial));
  result.figures = learning_curves(context, report);
  result.artefacts.push_back({"model", "model.safetensors",
                              grouped(learner->parameter_count()) + " parameters"});
  result.values = {{"metric", network.value},
                   {"train_rows", options.train_rows.size()},
                   {"fit", to_json(report)}};
  result.headline = metric_text(network) + " on the validation part from " +
                    grouped(static_cast<std::int64_t>(options.train_rows.size())) +
                    " training samples; trivial " + pretty_number(trivial.value) +
                    goal_text(context);
  const bool passed = result.findings.front().severity != Severity::kError;
  result.next = passed ? artefact::NextStep{"dlwork diagnose", "find where the error comes from"}
                       : artefact::NextStep{"dlwork baseline",
                                            "change what the finding names, then again"};
  return result;
}

}  // namespace dlwork::phase
