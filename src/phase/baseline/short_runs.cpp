#include "phase/baseline/short_runs.h"

#include <algorithm>

#include "dlwork/base/text.h"

namespace dlwork::phase {
namespace {

using artefact::Metric;
using artefact::Severity;

constexpr std::int64_t kFirstRows = 500;
/// Epochs of a decay's run, as a share of the baseline's.
constexpr double kShort = 0.5;

/// The goal's metric on the validation part after a fit of a fresh network, which leaves no trace.
Metric measure_run(Context& context, const MakeLearner& make, training::FitOptions options,
                   const std::string& of) {
  options.label = "baseline: " + of;
  options.checkpoint_folder.clear();
  options.resume = false;
  const auto learner = make();
  learner->fit(options, context.run);
  const auto outputs = learner->predict(context.dataset().samples, options.validation_rows);
  return measure_goal(context, outputs, data::Part::kValidation, options.validation_rows, of);
}

/// No better than the interval of the run with half the rows allows.
bool has_settled(const Context& context, const Metric& before, const Metric& now) {
  const double best_end = goal_metric(context).higher_is_better ? before.high.value_or(before.value)
                                                                : before.low.value_or(before.value);
  return better_by(context, now.value, best_end) <= 0;
}

artefact::Figure subset_curve(const Context& context, const std::vector<std::int64_t>& sizes,
                       const std::vector<Metric>& metrics) {
  Json y = Json::array(), low = Json::array(), high = Json::array();
  for (const Metric& metric : metrics) {
    y.push_back(metric.value);
    low.push_back(metric.low.value_or(metric.value));
    high.push_back(metric.high.value_or(metric.value));
  }
  artefact::Figure figure{"rows-curve", "The goal's metric over training rows", "lines", {}, ""};
  figure.data = {
      {"x_label", "training rows"},
      {"y_label", context.metric()},
      {"log_x", true},
      {"series",
       Json::array(
           {{{"name", "validation"}, {"x", sizes}, {"y", y}, {"low", low}, {"high", high}}})}};
  figure.caption = "Each point is a fresh network; rows are doubled from point to point.";
  return figure;
}

std::vector<double> decays_for(const std::string& optimizer) {
  const bool decoupled = optimizer == "adamw" || optimizer == "lion";
  return decoupled ? std::vector<double>{0, 1e-3, 1e-2, 1e-1}
                   : std::vector<double>{0, 1e-5, 1e-4, 1e-3};
}

}  // namespace

std::optional<SubsetChoice> choose_subset(Context& context, const MakeLearner& make,
                                          const training::FitOptions& options) {
  const auto all = static_cast<std::int64_t>(options.train_rows.size());
  if (all <= kFirstRows) return std::nullopt;
  std::vector<std::int64_t> sizes;
  std::vector<Metric> metrics;
  bool settled = false;
  for (std::int64_t size = kFirstRows; !settled; size = std::min(2 * size, all)) {
    auto some = options;
    some.train_rows =
        some_rows(options.train_rows, size, static_cast<std::uint64_t>(context.project.seed),
                  "baseline subset");
    sizes.push_back(size);
    metrics.push_back(measure_run(context, make, some, grouped(size) + " rows"));
    settled =
        metrics.size() > 1 && has_settled(context, metrics[metrics.size() - 2], metrics.back());
    if (size == all) break;
  }
  SubsetChoice choice;
  choice.rows = sizes.back();
  const std::string told = context.metric() + " goes from " + pretty_number(metrics.front().value) +
                           " with " + grouped(sizes.front()) + " training rows to " +
                           metric_text(metrics.back()) + " with " + grouped(sizes.back());
  const std::string why =
      settled ? "; twice the rows no longer tell apart" : "; these are all, and more might help";
  Json evidence = Json::array();
  for (std::size_t i = 0; i < sizes.size(); ++i) evidence.push_back({sizes[i], metrics[i].value});
  choice.finding = artefact::make_finding("baseline-subset", Severity::kInfo, told + why,
                                          {{"rows", choice.rows}, {"curve", evidence}});
  choice.figure = subset_curve(context, sizes, metrics);
  return choice;
}

DecayGrid try_weight_decays(Context& context, const MakeLearner& make,
                            const training::FitOptions& options) {
  DecayGrid grid;
  grid.table = {"weight-decays", "A short run with each weight decay", {}, {}, {}, ""};
  grid.table.columns = {"weight decay", context.metric(), "95 % interval"};
  grid.table.right = {true, true, true};
  auto run = options;
  run.training.epochs = std::max<std::int64_t>(
      1, static_cast<std::int64_t>(kShort * static_cast<double>(options.training.epochs)));
  std::optional<Metric> best;
  double best_decay = 0;
  Json evidence = Json::array();
  for (const double decay : decays_for(run.training.optimizer)) {
    run.training.weight_decay = decay;
    const Metric metric = measure_run(context, make, run, "weight decay " + pretty_number(decay));
    evidence.push_back({decay, metric.value});
    grid.table.rows.push_back({pretty_number(decay), pretty_number(metric.value),
                               pretty_number(metric.low.value_or(metric.value)) + " to " +
                                   pretty_number(metric.high.value_or(metric.value))});
    if (best && better_by(context, metric.value, best->value) <= 0) continue;
    best = metric;
    best_decay = decay;
  }
  grid.finding = artefact::make_finding(
      "baseline-weight-decay", Severity::kInfo,
      "of four weight decays " + pretty_number(best_decay) + " is best after " +
          std::to_string(run.training.epochs) + " epochs: " + metric_text(*best) + "; " +
          pretty_number(options.training.weight_decay) + " is set",
      {{"best", best_decay}, {"runs", evidence}});
  grid.finding.key = "training.weight_decay";
  return grid;
}

}  // namespace dlwork::phase
