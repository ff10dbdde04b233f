#include "phase/diagnose/study.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "dlwork/base/text.h"
#include "phase/deal_groups.h"
#include "phase/profile.h"
#include "phase/training_key.h"

namespace dlwork::phase::diagnose {

using artefact::Metric;

namespace {

/// Training samples the training figure is measured on, at most.
constexpr std::int64_t kMeasuredTrainRows = 10000;
/// A sample without its backward pass, as a share of one with it (three passes of like cost).
constexpr double kForwardShare = 1.0 / 3;
/// Of the smallest subset that says something.
constexpr std::int64_t kFewestSamples = 20, kFewestOfClass = 2;
/// Epochs after which the spread of the layers' values is kept, at most.
constexpr std::int64_t kSpreadEpochs = 20;

/// Findings that the optimisation fails, causes first.
constexpr const char* kFailedOptimisations[] = {
    "diagnosis-dead-at-start",  "diagnosis-learning-rate-high", "diagnosis-learning-rate-low",
    "diagnosis-diverged",       "diagnosis-gradient-exploding", "diagnosis-gradient-vanishing",
    "diagnosis-not-converging", "diagnosis-dead-units"};

/// Seconds of one sample in one epoch, validation counted by its share.
double seconds_per_sample(const Study& study) {
  const auto epochs = static_cast<double>(study.report.history.size());
  const double samples = static_cast<double>(study.options.train_rows.size()) +
                         kForwardShare * static_cast<double>(study.validation_rows().size());
  return epochs > 0 ? study.report.history.back().seconds / (epochs * samples) : 0;
}

std::string key_of(const Study& study) {
  return training_key(study.context, study.project(),
                      {study.epochs(), study.seed, &study.options.train_rows});
}

/// Keeps the network's checkpoint in the cache. Where the last diagnosis looked into the same one,
/// its finished checkpoint, gone on with, gives the same weights and report without training.
void keep_checkpoint(Study& study) {
  auto& options = study.options;
  const std::string key = key_of(study);
  const auto folder = study.context.workspace.cache_folder() / "diagnosed";
  if (std::filesystem::exists(folder)) {
    for (const auto& other : std::filesystem::directory_iterator(folder)) {
      if (other.path().filename() != key) std::filesystem::remove_all(other.path());
    }
  }
  options.checkpoint_folder = folder / key;
  const auto last = last_diagnosis(study.context);
  if (study.context.force || !last || last->key != key ||
      !std::filesystem::exists(options.checkpoint_folder)) {
    return;
  }
  options.resume = true;
  study.context.run.reporter.info("diagnose: the network of the last diagnosis, which is the same");
}

void fit(Study& study) {
  auto& options = study.options;
  const auto log = options.after_epoch;
  options.after_epoch = [&study, log](const training::EpochRecord& epoch) {
    log(epoch);
    study.report.history.push_back(epoch);
    return training::AfterEpoch::kGoOn;
  };
  study.divergence = train_or_diverge([&] {
    const auto report = fit(study.context, *study.learner, options);
    // Of the last diagnosis's network no epoch was trained here: this run's log tells them too.
    const bool taken = study.report.history.empty() && !study.context.resume;
    if (taken) std::for_each(report.history.begin(), report.history.end(), log);
    study.report = report;
  });
  if (study.trained()) return;
  study.learner = study.context.task.make_learner(
      study.project(), study.dataset(), study.project().model, study.seed, study.context.run);
}

void measure(Study& study) {
  auto& context = study.context;
  const auto& samples = study.dataset().samples;
  study.train = study.learner->predict(samples, study.train_rows);
  study.validation = study.learner->predict(samples, study.validation_rows());
  study.result.metrics = measure_all(context, study.validation, data::Part::kValidation,
                                     study.validation_rows(), "network");
  study.validation_metric = study.result.metrics.front();
  study.train_metric =
      measure_goal(context, study.train, data::Part::kTrain, study.train_rows, "network");
  study.result.metrics.push_back(study.train_metric);
}

/// Halved again and again, so that few groups still make two halves.
std::vector<std::vector<std::int64_t>> deal_whole_groups(const std::vector<std::int64_t>& keys,
                                                         const std::vector<std::int64_t>& rows,
                                                         std::int64_t parts, std::uint64_t seed,
                                                         std::string_view purpose) {
  if (parts == 1) return {rows};
  std::vector<std::int64_t> groups;
  for (const auto row : rows) groups.push_back(keys[row]);
  const auto half_of = deal_groups(groups, 2, seed, purpose);
  std::vector<std::vector<std::int64_t>> dealt;
  for (const std::int32_t half : {0, 1}) {
    std::vector<std::int64_t> own;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (half_of[i] == half) own.push_back(rows[i]);
    }
    for (auto& part : deal_whole_groups(keys, own, parts / 2, seed, purpose)) {
      dealt.push_back(std::move(part));
    }
  }
  return dealt;
}

}  // namespace

Study::Study(Context& context_)
    : context(context_), seed(diagnosed_seed(context_.project)), fits(context_) {
  const auto& project = context.project;
  learner = context.task.make_learner(project, context.dataset(), project.model, seed, context.run);
  spec::Training training = project.training;
  training.epochs = diagnosed_epochs(project);
  options = fit_options(context, training, "diagnose", seed);
  options.spreads = kSpreadEpochs;
  if (context.task.says_shares()) options.label_epochs = (training.epochs + 1) / 2;
  keep_checkpoint(*this);
  fit(*this);
  if (trained()) result.values["training_key"] = key_of(*this);
  time.emplace(project.diagnose.time.seconds, seconds_per_sample(*this));
  train_rows = some_rows(options.train_rows, kMeasuredTrainRows,
                         static_cast<std::uint64_t>(project.seed), "diagnose rows");
  if (trained()) measure(*this);
}

artefact::Finding& Study::add(const std::string& id, artefact::Severity severity,
                              const std::string& message, Json evidence,
                              const std::string& figure) {
  if (!figure.empty()) evidence["figure"] = figure;
  result.findings.push_back(artefact::make_finding(id, severity, message, std::move(evidence)));
  return result.findings.back();
}

bool Study::found(const std::string& id) const {
  return std::any_of(result.findings.begin(), result.findings.end(), [&](const auto& finding) {
    return finding.id == id && finding.severity != artefact::Severity::kInfo;
  });
}

const std::vector<training::LayerReport>& Study::layers() {
  if (!layers_) layers_ = learner->inspect(train_rows);
  return *layers_;
}

std::string Study::failed_optimisation() const {
  for (const char* id : kFailedOptimisations) {
    if (found(id)) return id;
  }
  return "";
}

Fitted Study::train_granted(const FitPlan& plan) {
  const bool known = fits.known(plan);
  const Fitted fitted = fits.run(plan);
  if (!known) time->spend(fitted.seconds);
  return fitted;
}

std::optional<Fitted> Study::train_if_time(const FitPlan& plan) {
  if (fits.known(plan)) return fits.run(plan);
  const auto samples = static_cast<std::int64_t>(plan.train_rows.size());
  const double work = plan.on_validation
                          ? work_of(samples)
                          : static_cast<double>(samples) * static_cast<double>(epochs());
  if (!time->allows(plan.cost * work)) return std::nullopt;
  return train_granted(plan);
}

double Study::work_of(std::int64_t samples) const {
  const double validated = kForwardShare * static_cast<double>(validation_rows().size());
  return static_cast<double>(epochs()) * (static_cast<double>(samples) + validated);
}

void Study::leave_for_time(const std::string& part, double least_work) {
  left_out.push_back({part, "diagnose.time ended", time->seconds_of(least_work)});
}

std::string mend_first(const std::string& failed_optimisation) {
  return "Mend what " + failed_optimisation + " names before the network's size is judged.";
}

std::int64_t fewest_to_train_on(const Study& study) {
  const auto classes = static_cast<std::int64_t>(study.dataset().samples.target.classes.size());
  return std::max(kFewestSamples, kFewestOfClass * classes);
}

double two_digits_up(double value) {
  const double digits = std::floor(std::log10(std::max(1.0, value)));
  const double unit = std::pow(10, std::max(0.0, digits - 1));
  return std::ceil(value / unit) * unit;
}

std::optional<Attainable> attainable(const Context& context) {
  const auto& goal = context.project.goal;
  std::optional<Attainable> best;
  if (goal.target) best = Attainable{*goal.target, "goal"};
  if (goal.incumbent && (!best || better_by(context, *goal.incumbent, best->value) > 0)) {
    best = Attainable{*goal.incumbent, "incumbent"};
  }
  return best;
}

double as_error(const Context& context, double value) {
  const auto& metric = goal_metric(context);
  if (!metric.higher_is_better) return value;
  return metric.best.value_or(context.project.goal.target.value_or(0)) - value;
}

std::string error_name(const Context& context) {
  const auto& metric = goal_metric(context);
  if (!metric.higher_is_better) return context.metric();
  if (metric.best) return pretty_number(*metric.best) + " - " + context.metric();
  return context.project.goal.target ? "goal - " + context.metric() : "-" + context.metric();
}

double tolerance_scale(const Study& study) {
  const auto& metric = goal_metric(study.context);
  return metric.higher_is_better && metric.best ? 1.0 : std::abs(study.train_metric.value);
}

Difference worse_by(const Context& context, const Metric& a, const Metric& b) {
  return goal_metric(context).higher_is_better ? difference_of(b, a) : difference_of(a, b);
}

Difference worse_by(const Context& context, const Metric& a, double b) {
  const Difference more = difference_of(a, b);
  if (!goal_metric(context).higher_is_better) return more;
  return {-more.value, -more.high, -more.low};
}

std::string interval_text(double low, double high) {
  return "[" + pretty_number(low, 3) + ", " + pretty_number(high, 3) + "]";
}

std::string difference_text(const Difference& difference) {
  return pretty_number(difference.value, 3) + " " + interval_text(difference.low, difference.high);
}

std::string sample_text(const Study& study, const training::Outputs& outputs, std::int64_t place,
                        std::int64_t row) {
  const auto& target = study.dataset().samples.target;
  const float* values = outputs.row(place);
  if (!target.is_class) {
    return pretty_number(target.values[row]) + " (predicted " + pretty_number(values[0]) + ")";
  }
  if (!study.context.task.says_shares()) return target.classes[target.codes[row]];
  const auto likely = std::max_element(values, values + outputs.columns) - values;
  return target.classes[target.codes[row]] + " (" + target.classes[likely] + " " +
         pretty_number(values[likely], 3) + ")";
}

artefact::Figure bars(const std::string& id, const std::string& title, const std::string& y_label,
                      const std::vector<std::string>& labels, const std::vector<double>& values,
                      const std::string& caption) {
  artefact::Figure figure{id, title, "bars", {}, caption};
  figure.data = {{"y_label", y_label},
                 {"labels", labels},
                 {"series", Json::array({{{"name", y_label}, {"values", values}}})}};
  return figure;
}

std::vector<double> present(const data::Column& column, const std::vector<std::int64_t>& rows) {
  std::vector<double> values;
  for (const auto row : rows) {
    if (!column.is_missing(row)) values.push_back(column.numbers[row]);
  }
  return values;
}

std::vector<std::vector<std::int64_t>> deal(const data::Dataset& dataset,
                                            const std::vector<std::int64_t>& rows,
                                            std::int64_t parts, std::uint64_t seed,
                                            std::string_view purpose) {
  if (dataset.split_method == "group") {
    return deal_whole_groups(dataset.split_keys, rows, parts, seed, purpose);
  }
  std::vector<std::int64_t> order = rows;
  Rng(seed, purpose).shuffle(order);
  const auto& target = dataset.samples.target;
  if (target.given() && target.is_class) {
    std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
      return target.codes[a] < target.codes[b];
    });
  }
  std::vector<std::vector<std::int64_t>> dealt(parts);
  for (std::size_t i = 0; i < order.size(); ++i) dealt[i % parts].push_back(order[i]);
  for (auto& part : dealt) std::sort(part.begin(), part.end());
  return dealt;
}

}  // namespace dlwork::phase::diagnose
