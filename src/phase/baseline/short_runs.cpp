#include "phase/baseline/short_runs.h"

#include <algorithm>

#include "dlwork/base/text.h"
#include "phase/profile.h"

namespace dlwork::phase {
namespace {

using artefact::Metric;
using artefact::Severity;

constexpr std::int64_t kFirstRows = 500;
/// Of a training step the forward pass is a third: the backward pass has the gradients of inputs
/// and of weights.
constexpr double kPassesOfAStep = 3;
/// Rows that the work of one is measured on.
constexpr std::size_t kMeasuredRows = 2;

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

}  // namespace

ShortRun short_run(Context& context, const MakeLearner& make, training::FitOptions options,
                   const std::string& of) {
  options.label = "baseline: " + of;
  options.checkpoint_folder.clear();
  options.events_folder.clear();
  options.resume = false;
  options.after_epoch = log_epochs(context, options.label, options.training.epochs);
  const auto learner = make();
  const auto report = fit(context, *learner, options);
  ShortRun run;
  run.validation_loss = report.history.front().validation_loss;
  for (const auto& epoch : report.history) {
    run.validation_loss = std::min(run.validation_loss, epoch.validation_loss);
  }
  const auto outputs = learner->predict(context.dataset().samples, options.validation_rows);
  run.metric = measure_goal(context, outputs, data::Part::kValidation, options.validation_rows, of);
  return run;
}

double work_of(const MakeLearner& make, const training::FitOptions& options) {
  auto few = options.train_rows;
  few.resize(std::min(few.size(), kMeasuredRows));
  double multiply_adds = 0;
  for (const auto& layer : make()->inspect(few)) {
    multiply_adds += static_cast<double>(layer.multiply_adds);
  }
  return 1e-9 * multiply_adds * kPassesOfAStep * static_cast<double>(options.train_rows.size()) *
         static_cast<double>(options.training.epochs);
}

std::optional<SubsetChoice> choose_subset(Context& context, const MakeLearner& make,
                                          const training::FitOptions& options) {
  const auto all = static_cast<std::int64_t>(options.train_rows.size());
  if (all <= kFirstRows) return std::nullopt;
  const double most = context.project.baseline.trial_work;
  const double work = work_of(make, options) / static_cast<double>(all);  // of a row
  const auto is_too_much = [&](std::int64_t size) {
    return most > 0 && work * static_cast<double>(size) > most;
  };
  std::vector<std::int64_t> sizes;
  std::vector<Metric> metrics;
  bool settled = false;
  for (std::int64_t size = kFirstRows; !settled; size = std::min(2 * size, all)) {
    if (!sizes.empty() && is_too_much(size)) break;
    auto some = options;
    some.train_rows =
        some_rows(options.train_rows, size, static_cast<std::uint64_t>(context.project.seed),
                  "baseline subset");
    sizes.push_back(size);
    metrics.push_back(short_run(context, make, some, grouped(size) + " rows").metric);
    settled =
        metrics.size() > 1 && has_settled(context, metrics[metrics.size() - 2], metrics.back());
    if (size == all) break;
  }
  SubsetChoice choice;
  choice.rows = sizes.back();
  const std::string told = context.metric() + " goes from " + pretty_number(metrics.front().value) +
                           " with " + grouped(sizes.front()) + " training rows to " +
                           metric_text(metrics.back()) + " with " + grouped(sizes.back());
  const std::string why = settled ? "; twice the rows no longer tell apart"
                          : sizes.back() < all
                              ? "; more might help, but twice the rows are more work than "
                                "baseline.trial_work allows"
                              : "; these are all, and more might help";
  Json evidence = Json::array();
  for (std::size_t i = 0; i < sizes.size(); ++i) evidence.push_back({sizes[i], metrics[i].value});
  choice.finding = artefact::make_finding("baseline-subset", Severity::kInfo, told + why,
                                          {{"rows", choice.rows}, {"curve", evidence}});
  choice.figure = subset_curve(context, sizes, metrics);
  return choice;
}

}  // namespace dlwork::phase
