// Narrower and wider networks on the same samples: whether size is what holds the network back.
#include <algorithm>
#include <cmath>
#include <map>

#include "dlwork/base/text.h"
#include "phase/diagnose/study.h"
#include "phase/diagnose/width.h"

namespace dlwork::phase::diagnose {

using artefact::Severity;

namespace {

constexpr char kFigure[] = "capacity";
constexpr char kTimeEnded[] = "diagnose.time ended";
/// Widths, as multiples of the project's, in the order in which they are worth their time.
constexpr double kWidths[] = {1, 2, 0.5, 4};
constexpr std::int64_t kSeeds = 3;
constexpr std::int64_t kCapacityRows = 2000;
/// Of the training part, to the share that the widths are compared on.
constexpr std::int64_t kMostHalvings = 6;

/// One width, by seed.
struct Width {
  double factor = 1;
  std::int64_t parameters = 0;
  std::vector<double> training, validation;  ///< errors
  std::string note;                          ///< why it was not measured
};

std::string times_as_wide(double factor) {
  return factor == 1 ? "as it is" : pretty_number(factor, 3) + " times as wide";
}

spec::Project widened(const Study& study, double factor) {
  spec::Project project = study.project();
  if (factor != 1) project.model.layers = scaled_width(project.model.layers, factor);
  return project;
}

/// Rows that both the narrow and the next wider network can be trained on for all seeds; none where
/// the time does not allow the fewest.
std::vector<std::int64_t> affordable_rows(Study& study) {
  const auto& all = study.options.train_rows;
  double least = 0;
  for (std::int64_t halvings = 0; halvings <= kMostHalvings; ++halvings) {
    const auto rows =
        deal(study.dataset(), all, std::int64_t{1} << halvings, study.seed, "capacity").front();
    const auto samples = static_cast<std::int64_t>(rows.size());
    if (halvings > 0 && samples < fewest_to_train_on(study)) break;
    // Once as it is and once twice as wide, which takes up to 4 times as long.
    least = (1 + 4) * kSeeds * study.work_of(samples);
    if (study.time->allows(least)) return rows;
  }
  study.leave_for_time("capacity", least);
  return {};
}

/// Fills in a width's errors, or why there are none.
void train_width(Study& study, const spec::Project& project, const std::vector<std::int64_t>& rows,
                 Width& width) {
  const auto own = some_rows(rows, kCapacityRows, study.seed, "capacity rows");
  const auto& samples = study.dataset().samples;
  for (std::int64_t seed = 0; seed < kSeeds && width.note.empty(); ++seed) {
    FitPlan plan;
    plan.label = "capacity, " + times_as_wide(width.factor);
    plan.project = &project;
    plan.train_rows = rows;
    plan.seed = derive_seed(study.seed, "capacity " + std::to_string(seed));
    plan.cost = std::max(1.0, width.factor * width.factor);
    const auto fitted = study.train_if_time(plan);
    if (!fitted) width.note = kTimeEnded;
    if (fitted && fitted->failed) width.note = fitted->note;
    if (!width.note.empty()) break;
    const auto network = study.fits.load(*fitted);
    width.parameters = network->parameter_count();
    width.validation.push_back(as_error(study.context, fitted->value));
    width.training.push_back(
        as_error(study.context,
                 training::compute_metric(study.context.metric(), network->predict(samples, own),
                                          samples.target, own)));
  }
}

/// All widths; a network that another factor gives too is trained once.
std::vector<Width> train_widths(Study& study, const std::vector<std::int64_t>& rows) {
  std::map<std::string, double> known;  // layers -> the factor that gave them first
  std::vector<Width> widths;
  for (const double factor : kWidths) {
    Width width{factor, 0, {}, {}, ""};
    const spec::Project project = widened(study, factor);
    const auto [same, is_new] = known.emplace(spec::dump_json(project).at("model").dump(), factor);
    if (is_new) {
      train_width(study, project, rows, width);
    } else {
      width.note = same->second == 1 ? "the same network"
                                     : "the same network as " + times_as_wide(same->second);
    }
    widths.push_back(std::move(width));
    if (widths.back().note == kTimeEnded) break;
  }
  return widths;
}

artefact::Table capacity_table(const Study& study, const std::vector<Width>& widths) {
  const std::string error = error_name(study.context);
  artefact::Table table{kFigure, "Error by size of the network", {}, {}, {}, ""};
  table.columns = {"network", "parameters", "training " + error, "validation " + error,
                   "not measured"};
  table.right = {false, true, true, true, false};
  for (const auto& width : widths) {
    const bool measured = width.note.empty();
    table.rows.push_back({times_as_wide(width.factor), measured ? grouped(width.parameters) : "-",
                          measured ? pretty_number(mean(width.training), 3) : "-",
                          measured ? pretty_number(mean(width.validation), 3) : "-", width.note});
  }
  table.note = "means over " + std::to_string(kSeeds) + " seeds";
  return table;
}

Json series_of(const std::string& name, const std::vector<Width>& widths,
               std::vector<double> Width::*errors) {
  Json x = Json::array(), y = Json::array(), low = Json::array(), high = Json::array();
  for (const auto& width : widths) {
    const auto& values = width.*errors;
    x.push_back(width.parameters);
    y.push_back(mean(values));
    low.push_back(*std::min_element(values.begin(), values.end()));
    high.push_back(*std::max_element(values.begin(), values.end()));
  }
  return {{"name", name}, {"x", x}, {"y", y}, {"low", low}, {"high", high}};
}

artefact::Figure capacity_figure(const Study& study, std::vector<Width> widths,
                                 std::size_t samples) {
  std::sort(widths.begin(), widths.end(),
            [](const Width& a, const Width& b) { return a.factor < b.factor; });
  artefact::Figure figure{kFigure, "Error by size of the network", "lines", {}, ""};
  figure.data = {{"x_label", "parameters"},
                 {"y_label", error_name(study.context)},
                 {"log_x", true},
                 {"series", Json::array({series_of("validation", widths, &Width::validation),
                                         series_of("training", widths, &Width::training)})}};
  figure.caption = "Widths of a half to 4 times the project's on " +
                   grouped(static_cast<std::int64_t>(samples)) + " samples; bars span 3 seeds.";
  return figure;
}

/// By how much the error falls from `from` to `to`, seed by seed.
Difference fall(const std::vector<double>& from, const std::vector<double>& to) {
  std::vector<double> falls;
  for (std::size_t i = 0; i < from.size(); ++i) falls.push_back(from[i] - to[i]);
  return mean_of_pairs(falls);
}

/// True where a wider network is named.
bool judge(Study& study, const Width& own, const Width& other, std::size_t samples) {
  const double scale = tolerance_scale(study);
  const Difference training = fall(own.training, other.training);
  const Difference validation = fall(own.validation, other.validation);
  const Json evidence = {{"factor", other.factor},
                         {"parameters", own.parameters},
                         {"other_parameters", other.parameters},
                         {"samples", samples},
                         {"training_fall", training.value},
                         {"interval", training.interval()},
                         {"validation_fall", validation.value},
                         {"validation_interval", validation.interval()}};
  const std::string what = pretty_number(other.factor, 2) + " times as wide (" +
                           grouped(other.parameters) + " in place of " + grouped(own.parameters) +
                           " parameters)";
  if (other.factor > 1 && study.misses_training && training.low > 0 &&
      training.value > study.settings().bias_tolerance * scale && validation.value > 0) {
    const std::string failed = study.failed_optimisation();
    auto& finding = study.add(
        "diagnosis-too-small", failed.empty() ? Severity::kWarn : Severity::kInfo,
        "a network " + what + " has a training error lower by " + difference_text(training) +
            " and a validation error lower by " + difference_text(validation) +
            (failed.empty() ? "" : "; the optimisation fails (" + failed + ")"),
        evidence, kFigure);
    if (!failed.empty()) finding.advice = mend_first(failed);
    return true;
  }
  if (other.factor < 1 && study.found("diagnosis-high-variance") && validation.low > 0) {
    study.add(
        "diagnosis-too-large", Severity::kInfo,
        "a network " + what + " has a validation error lower by " + difference_text(validation),
        evidence, kFigure);
  }
  return false;
}

}  // namespace

void draw_capacity(Study& study) {
  const auto& project = study.project();
  if (!study.settings().capacity || project.model.layers.empty()) return;
  if (!study.context.task.learns_from_rows()) return;
  const auto rows = affordable_rows(study);
  if (rows.empty()) return;
  auto widths = train_widths(study, rows);
  study.result.tables.push_back(capacity_table(study, widths));
  std::erase_if(widths, [](const Width& width) { return !width.note.empty(); });
  if (widths.size() < 2 || widths.front().factor != 1) return;
  study.result.figures.push_back(capacity_figure(study, widths, rows.size()));
  for (std::size_t i = 1; i < widths.size(); ++i) {
    if (judge(study, widths.front(), widths[i], rows.size())) break;
  }
}

}  // namespace dlwork::phase::diagnose
