#include "phase/measuring.h"

#include <algorithm>

#include "dlwork/base/text.h"

namespace dlwork::phase {

using artefact::Figure;
using artefact::Metric;

const training::MetricInfo& goal_metric(const Context& context) {
  return training::find_metric(context.metric(), context.task.name());
}

double better_by(const Context& context, double value, double than) {
  return goal_metric(context).higher_is_better ? value - than : than - value;
}

std::optional<bool> goal_reached(const Context& context, double value) {
  if (!context.project.goal.target) return std::nullopt;
  return better_by(context, value, *context.project.goal.target) >= 0;
}

Metric measure_goal(Context& context, const training::Outputs& outputs, data::Part part,
                    const std::vector<std::int64_t>& rows, const std::string& of) {
  Metric metric = training::measure(context.metric(), outputs, context.dataset().samples.target,
                                    rows, derive_seed(context.project.seed, "bootstrap"));
  metric.part = data::to_string(part);
  metric.of = of;
  return metric;
}

std::vector<Metric> measure_all(Context& context, const training::Outputs& outputs, data::Part part,
                                const std::vector<std::int64_t>& rows, const std::string& of) {
  std::vector<Metric> measured{measure_goal(context, outputs, part, rows, of)};
  for (const std::string& name : context.task.metrics()) {
    if (name == context.metric()) continue;
    Metric metric = training::measure(name, outputs, context.dataset().samples.target, rows,
                                      derive_seed(context.project.seed, "bootstrap"));
    metric.part = data::to_string(part);
    metric.of = of;
    measured.push_back(metric);
  }
  return measured;
}

std::string metric_text(const Metric& metric) {
  std::string text = metric.name + " " + pretty_number(metric.value);
  if (metric.low && metric.high) {
    text += " [" + pretty_number(*metric.low) + ", " + pretty_number(*metric.high) + "]";
  }
  return text;
}

std::string goal_text(const Context& context) {
  const auto& target = context.project.goal.target;
  return target ? ", goal " + pretty_number(*target) : "";
}

std::vector<std::int64_t> class_counts(const data::Target& target,
                                       const std::vector<std::int64_t>& rows) {
  if (!target.given() || !target.is_class) return {};
  std::vector<std::int64_t> counts(target.classes.size(), 0);
  for (const auto row : rows) ++counts[static_cast<std::size_t>(target.codes[row])];
  return counts;
}

std::vector<std::int64_t> some_rows(const std::vector<std::int64_t>& rows, std::int64_t count,
                                    std::uint64_t seed, std::string_view purpose) {
  if (count <= 0 || count >= static_cast<std::int64_t>(rows.size())) return rows;
  std::vector<std::int64_t> drawn = rows;
  Rng(seed, purpose).shuffle(drawn);
  drawn.resize(count);
  std::sort(drawn.begin(), drawn.end());
  return drawn;
}

training::FitOptions fit_options(Context& context, const spec::Training& training,
                                 const std::string& label, std::uint64_t seed) {
  training::FitOptions options;
  options.training = training;
  options.seed = seed;
  options.train_rows = context.dataset().part(data::Part::kTrain);
  options.validation_rows = context.dataset().part(data::Part::kValidation);
  options.metric = context.metric();
  options.checkpoint_folder = context.folder.file("checkpoint");
  options.resume = context.resume;
  options.events_folder = context.folder.path();
  options.label = label;
  options.after_epoch = log_epochs(context, label, training.epochs);
  return options;
}

std::function<training::AfterEpoch(const training::EpochRecord&)> log_epochs(
    Context& context, const std::string& label, std::int64_t epochs) {
  return [&context, label, epochs](const training::EpochRecord& epoch) {
    Json line = {
        {"event", "epoch"}, {"label", label}, {"epochs", epochs}, {"metric", context.metric()}};
    line.update(to_json(epoch));
    context.folder.log(line);
    return training::AfterEpoch::kGoOn;
  };
}

namespace {

Figure curve(const training::FitReport& report, const std::string& id, const std::string& title,
             const std::string& y_label, double training::EpochRecord::*train,
             double training::EpochRecord::*validation) {
  Json x = Json::array(), train_y = Json::array(), validation_y = Json::array();
  for (const auto& epoch : report.history) {
    x.push_back(epoch.epoch);
    train_y.push_back(epoch.*train);
    validation_y.push_back(epoch.*validation);
  }
  Figure figure{id, title, "lines", {}, ""};
  figure.data = {
      {"x_label", "epoch"},
      {"y_label", y_label},
      {"series", Json::array({{{"name", "training"}, {"x", x}, {"y", train_y}},
                              {{"name", "validation"}, {"x", x}, {"y", validation_y}}})}};
  return figure;
}

}  // namespace

std::vector<Figure> learning_curves(const Context& context, const training::FitReport& report) {
  using Record = training::EpochRecord;
  Figure loss = curve(report, "loss-curve", "Loss by epoch", "loss", &Record::train_loss,
                      &Record::validation_loss);
  loss.caption =
      "Training figures are taken while the network learns, with dropout and "
      "augmentation, so they may be worse than the validation's.";
  Figure metric = curve(report, "metric-curve", "The goal's metric by epoch", context.metric(),
                        &Record::train_metric, &Record::validation_metric);
  if (context.project.goal.target) {
    metric.data["marks"] = Json::array({{{"y", *context.project.goal.target}, {"label", "goal"}}});
  }
  return {loss, metric};
}

Json to_json(const training::EpochRecord& epoch) {
  return {{"epoch", epoch.epoch},
          {"steps", epoch.steps},
          {"train_loss", epoch.train_loss},
          {"train_metric", epoch.train_metric},
          {"validation_loss", epoch.validation_loss},
          {"validation_metric", epoch.validation_metric},
          {"learning_rate", epoch.learning_rate},
          {"seconds", epoch.seconds}};
}

Json to_json(const training::FitReport& report) {
  Json history = Json::array();
  for (const auto& epoch : report.history) history.push_back(to_json(epoch));
  return {{"path", report.path},
          {"processes", report.processes},
          {"stopped", report.stopped},
          {"best_epoch", report.best_epoch},
          {"best_metric", report.best_metric},
          {"seconds", report.seconds},
          {"samples_per_second", report.samples_per_second},
          {"history", history}};
}

}  // namespace dlwork::phase
