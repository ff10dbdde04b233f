#include <algorithm>
#include <cmath>

#include "dlwork/base/text.h"
#include "phase/diagnose/mistakes.h"
#include "phase/measuring.h"

namespace dlwork::phase {

using artefact::Finding;
using artefact::Metric;
using artefact::PhaseResult;
using artefact::Severity;

namespace {

/// Training samples the training metric is measured on, at most.
constexpr std::int64_t kMeasuredTrainRows = 10000;
/// A network counts as not converging when its training loss ends above this share of its start.
constexpr double kNotConverged = 0.9;

struct Evidence {
  Metric train, validation;
  const training::FitReport& report;
};

bool converged(const training::FitReport& report) {
  if (report.history.size() < 2) return true;  // one epoch shows no fall to judge
  return report.history.back().train_loss < kNotConverged * report.history.front().train_loss ||
         report.best_epoch > 1;
}

/// Bias, variance and failure to optimise by their standard meaning (Ng, Machine Learning
/// Yearning, 2018, ch. 20-22): avoidable bias is training error above the goal's, variance is
/// validation error above training error; a loss that does not fall is neither.
std::vector<Finding> diagnose_errors(Context& context, const Evidence& seen) {
  const auto& options = context.project.diagnose;
  const auto& goal = context.project.goal.target;
  const double variance = better_by(context, seen.train.value, seen.validation.value);
  const double bias = goal ? better_by(context, *goal, seen.train.value) : 0;
  Json evidence = {{"train", seen.train.value},
                   {"validation", seen.validation.value},
                   {"goal", goal ? Json(*goal) : Json(nullptr)},
                   {"bias", goal ? Json(bias) : Json(nullptr)},
                   {"variance", variance}};
  std::vector<Finding> findings;
  if (!converged(seen.report)) {
    findings.push_back(artefact::make_finding(
        "diagnosis-not-converging", Severity::kError,
        "the training loss did not fall: " +
            pretty_number(seen.report.history.front().train_loss) + " in the first epoch, " +
            pretty_number(seen.report.history.back().train_loss) + " in the last",
        evidence));
    return findings;
  }
  // Tolerances are shares of the goal for unbounded metrics (rmse), points for those up to 1.
  const double scale = goal_metric(context).higher_is_better ? 1.0 : std::abs(seen.train.value);
  if (goal && bias > options.bias_tolerance * scale) {
    findings.push_back(artefact::make_finding(
        "diagnosis-high-bias", Severity::kWarn,
        "training " + metric_text(seen.train) + " misses the goal " + pretty_number(*goal) +
            " by " + pretty_number(bias, 3),
        evidence));
  }
  if (variance > options.variance_tolerance * scale) {
    findings.push_back(artefact::make_finding(
        "diagnosis-high-variance", Severity::kWarn,
        "validation " + metric_text(seen.validation) + " is worse than training " +
            pretty_number(seen.train.value) + " by " + pretty_number(variance, 3),
        evidence));
  }
  if (findings.empty()) {
    findings.push_back(artefact::make_finding(
        "diagnosis-balanced", Severity::kInfo,
        "training " + pretty_number(seen.train.value) + " and validation " +
            pretty_number(seen.validation.value) + " are close" +
            (goal ? " and training reaches the goal " + pretty_number(*goal) : ""),
        evidence));
  }
  return findings;
}

artefact::Table layer_table(training::Learner& learner, const std::vector<std::int64_t>& rows) {
  artefact::Table table{"layers", "Layers", {}, {}, {}, ""};
  table.columns = {"layer", "output", "parameters", "activation", "zeros", "gradient"};
  table.right = {false, false, true, true, true, true};
  for (const auto& layer : learner.inspect(rows)) {
    table.rows.push_back({layer.name, layer.output, grouped(layer.parameters),
                          pretty_number(layer.activation_mean, 3) + " ± " +
                              pretty_number(layer.activation_deviation, 3),
                          pretty_number(100 * layer.zero_fraction, 3) + " %",
                          layer.parameters > 0 ? pretty_number(layer.gradient_deviation, 3) : "-"});
  }
  table.note = "activation: mean ± deviation on a batch; zeros: share of activations that are 0; "
               "gradient: deviation over the layer's parameters";
  return table;
}

/// The diagnosis that decides what to do next is the first: failure to learn, bias, variance.
artefact::NextStep next_step(const std::string& id) {
  if (id == "diagnosis-not-converging") {
    return {"dlwork test", "the network does not learn; test it, then change the learning rate"};
  }
  if (id == "diagnosis-high-bias") {
    return {"dlwork tune", "high bias: search the learning rate, then a larger network"};
  }
  if (id == "diagnosis-high-variance") {
    return {"dlwork tune", "high variance: search dropout, weight decay and augmentation, or add data"};
  }
  return {"dlwork tune", "no single cause stands out; search the settings"};
}

}  // namespace

PhaseResult run_diagnose(Context& context) {
  const auto& project = context.project;
  const auto& dataset = context.dataset();
  auto learner = context.task.make_learner(project, dataset, project.model,
                                           derive_seed(project.seed, "diagnose"), context.run);
  spec::Training training = project.training;
  if (project.diagnose.epochs > 0) training.epochs = project.diagnose.epochs;
  auto options = fit_options(context, training, "diagnose", derive_seed(project.seed, "diagnose"));
  const auto report = learner->fit(options, context.run);
  learner->save(context.folder.file("model.safetensors"));

  const auto train_rows = some_rows(options.train_rows, kMeasuredTrainRows,
                                    static_cast<std::uint64_t>(project.seed), "diagnose rows");
  const auto& rows = options.validation_rows;
  const auto outputs = learner->predict(dataset.samples, rows);
  PhaseResult result;
  result.metrics = measure_all(context, outputs, data::Part::kValidation, rows, "network");
  const Metric validation = result.metrics.front();
  const Metric train = measure_goal(context, learner->predict(dataset.samples, train_rows),
                                    data::Part::kTrain, train_rows, "network");
  result.metrics.push_back(train);
  result.findings = diagnose_errors(context, {train, validation, report});

  result.figures = learning_curves(context, report);
  for (auto& figure : context.task.figures(outputs, dataset, rows)) result.figures.push_back(figure);
  show_mistakes(context, outputs, rows, result);
  result.tables.push_back(layer_table(*learner, train_rows));
  result.artefacts.push_back({"model", "model.safetensors",
                              grouped(learner->parameter_count()) + " parameters"});
  result.values = {{"metric", validation.value},
                   {"train_metric", train.value},
                   {"fit", to_json(report)}};
  const std::string name = result.findings.front().id.substr(std::string("diagnosis-").size());
  result.headline = name + ": training " + pretty_number(train.value) + ", validation " +
                    metric_text(validation) + goal_text(context);
  result.next = next_step(result.findings.front().id);
  return result;
}

}  // namespace dlwork::phase
