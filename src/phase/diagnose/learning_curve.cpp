// How the error falls with the number of training samples, and how many more reach the goal.
#include <algorithm>
#include <cmath>

#include "dlwork/base/text.h"
#include "phase/power_law.h"
#include "phase/diagnose/study.h"

namespace dlwork::phase::diagnose {

using artefact::Metric;
using artefact::Severity;

namespace {

constexpr char kCurveFigure[] = "learning-curve-data";
/// Of a curve's smallest subset.
constexpr std::int64_t kFewestSamples = 20, kFewestOfClass = 2;
constexpr std::int64_t kMeasuredRows = 2000;
/// Points that three numbers are fitted to, at least.
constexpr std::size_t kFewestPoints = 4;
/// Projections beyond this many times the samples at hand are a guess.
constexpr double kFar = 30;
constexpr double kZ = 1.959963984540054;  ///< of a 95 % interval

/// Networks trained on so many samples.
struct Size {
  std::int64_t samples = 0;
  std::vector<double> training, validation;  ///< errors
  double sampling_deviation = 0;             ///< of an error, from the validation part's size
};

double half_width(const Metric& metric) {
  return (metric.high.value_or(metric.value) - metric.low.value_or(metric.value)) / 2;
}

/// One training on a subset, or false where the time did not allow it.
bool add_subset(Study& study, const std::vector<std::int64_t>& rows, std::int64_t repeat,
                Size& size) {
  auto& context = study.context;
  FitPlan plan;
  plan.label = "learning curve, " + grouped(size.samples) + " samples";
  plan.project = &study.project();
  plan.train_rows = rows;
  plan.seed = derive_seed(study.seed, "curve " + std::to_string(repeat));
  const auto fitted = study.train_if_time(plan);
  if (!fitted) return false;
  if (fitted->failed) return true;
  const auto network = study.fits.load(*fitted);
  const auto& samples = study.dataset().samples;
  const Metric validation =
      measure_goal(context, network->predict(samples, study.validation_rows()),
                   data::Part::kValidation, study.validation_rows(), "curve");
  const auto own = some_rows(rows, kMeasuredRows, study.seed, "curve rows");
  size.validation.push_back(as_error(context, validation.value));
  size.training.push_back(
      as_error(context, training::compute_metric(context.metric(), network->predict(samples, own),
                                                 samples.target, own)));
  size.sampling_deviation = half_width(validation) / kZ;
  return true;
}

std::int64_t fewest_samples(const Study& study) {
  const auto classes = static_cast<std::int64_t>(study.dataset().samples.target.classes.size());
  return std::max(kFewestSamples, kFewestOfClass * classes);
}

/// The sizes measured, ascending: subsets from the smallest up as far as the time allows, the two
/// halves, and the diagnosed network.
std::vector<Size> measure_sizes(Study& study, bool& cut) {
  const auto& context = study.context;
  const auto& rows = study.options.train_rows;
  const auto all = static_cast<std::int64_t>(rows.size());
  std::vector<Size> sizes;
  for (std::int64_t halvings = study.settings().curve_points; halvings >= 1 && !cut; --halvings) {
    const std::int64_t parts = std::int64_t{1} << halvings;
    if (all / parts < fewest_samples(study)) continue;
    if (halvings == 1 && study.out_of_fold && study.out_of_fold->trained_on >= all / 2) break;
    const auto pieces =
        deal(study.dataset(), rows, parts, study.seed, "curve " + std::to_string(parts));
    Size size;
    size.samples = static_cast<std::int64_t>(pieces.front().size());
    const std::int64_t repeats =
        std::min(parts, halvings == 1 ? 1 : study.settings().curve_repeats);
    for (std::int64_t repeat = 0; repeat < repeats && !cut; ++repeat) {
      cut = !add_subset(study, pieces[repeat], repeat, size);
    }
    if (!size.validation.empty()) sizes.push_back(size);
  }
  if (study.out_of_fold) {
    Size size{study.out_of_fold->trained_on, {}, {}, 0};
    for (const auto& metric : study.out_of_fold->validation) {
      size.validation.push_back(as_error(context, metric.value));
      size.sampling_deviation = half_width(metric) / kZ;
    }
    for (const double value : study.out_of_fold->training)
      size.training.push_back(as_error(context, value));
    sizes.push_back(size);
  }
  sizes.push_back({all,
                   {as_error(context, study.train_metric.value)},
                   {as_error(context, study.validation_metric.value)},
                   half_width(study.validation_metric) / kZ});
  std::stable_sort(sizes.begin(), sizes.end(),
                   [](const Size& a, const Size& b) { return a.samples < b.samples; });
  return sizes;
}

/// Deviation between trainings of like size, pooled over the sizes that have several.
double deviation_between(const std::vector<Size>& sizes) {
  double squares = 0, degrees = 0;
  for (const auto& size : sizes) {
    const double deviation = standard_deviation(size.validation);
    const auto n = static_cast<double>(size.validation.size());
    squares += deviation * deviation * (n - 1);
    degrees += n - 1;
  }
  return degrees > 0 ? std::sqrt(squares / degrees) : 0;
}

std::vector<CurvePoint> points_of(const std::vector<Size>& sizes) {
  const double between = deviation_between(sizes);
  std::vector<CurvePoint> points;
  for (const auto& size : sizes) {
    const double own = between / std::sqrt(static_cast<double>(size.validation.size()));
    points.push_back({static_cast<double>(size.samples), mean(size.validation),
                      std::hypot(size.sampling_deviation, own)});
  }
  return points;
}

artefact::Figure curve_figure(const Study& study, const std::vector<Size>& sizes,
                              const std::vector<CurvePoint>& points, const CurveProjection* projection) {
  Json x = Json::array(), y = Json::array(), low = Json::array(), high = Json::array(),
       own = Json::array();
  for (std::size_t i = 0; i < points.size(); ++i) {
    x.push_back(points[i].samples);
    y.push_back(points[i].error);
    low.push_back(points[i].error - kZ * points[i].deviation);
    high.push_back(points[i].error + kZ * points[i].deviation);
    own.push_back(mean(sizes[i].training));
  }
  Json series =
      Json::array({{{"name", "validation"}, {"x", x}, {"y", y}, {"low", low}, {"high", high}},
                   {{"name", "training"}, {"x", x}, {"y", own}}});
  if (projection) {
    Json to = Json::array(), with = Json::array(), without = Json::array();
    for (double n = points.front().samples; n <= 4.001 * points.back().samples; n *= 2) {
      to.push_back(n);
      with.push_back(projection->with_floor.at(n));
      without.push_back(projection->without_floor.at(n));
    }
    series.push_back({{"name", "power law"}, {"x", to}, {"y", without}});
    series.push_back({{"name", "with a floor"}, {"x", to}, {"y", with}});
  }
  artefact::Figure figure{kCurveFigure, "Error by number of training samples", "lines", {}, ""};
  figure.data = {{"x_label", "training samples"},
                 {"y_label", error_name(study.context)},
                 {"log_x", true},
                 {"series", series}};
  if (const auto& target = study.project().goal.target) {
    figure.data["marks"] =
        Json::array({{{"y", as_error(study.context, *target)}, {"label", "goal"}}});
  }
  figure.caption = "Bars: 95 % of sampling and of repeated training together.";
  return figure;
}

std::string count_text(double samples) {
  const double unit =
      std::pow(10, std::max(0.0, std::floor(std::log10(std::max(1.0, samples))) - 1));
  return grouped(std::llround(std::ceil(samples / unit) * unit));
}

/// What the curve says about more data, in words, and whether it would help.
struct Outlook {
  bool helps = true;
  std::string text, advice;
};

Outlook outlook(const Study& study, const CurveProjection& projection, double samples) {
  const auto& target = study.project().goal.target;
  const std::string twice =
      "with twice the samples it is expected at " + interval_text(projection.low, projection.high);
  const double now = as_error(study.context, study.validation_metric.value);
  if (!target) {
    const bool helps = projection.rate.low > 0;
    return {helps, twice, "Set goal.target, so that the samples to reach it can be told."};
  }
  if (goal_reached(study.context, study.validation_metric.value).value_or(false)) {
    return {true, "the goal is met; " + twice,
            "Spend on more data only where the gain is worth it."};
  }
  if (!projection.fewest || *projection.fewest > 1e3 * samples) {
    return {false,
            "the goal's error " + pretty_number(as_error(study.context, *target), 3) +
                " is out of reach by more data alone; " + twice,
            "Do not collect more of the same data."};
  }
  const double least = std::max(*projection.fewest, samples);
  std::string range = "at least " + count_text(least);
  if (projection.most) range = count_text(least) + " to " + count_text(*projection.most);
  Outlook found{true,
                "the goal's error " + pretty_number(as_error(study.context, *target), 3) +
                    " (now " + pretty_number(now, 3) + ") takes " + range + " training samples",
                "Collect about " + count_text(least) + " training samples (" +
                    pretty_number(least / samples, 2) +
                    " times what is there), then diagnose again."};
  if (least > kFar * samples) found.text += ", a guess that far out";
  return found;
}

}  // namespace

void draw_learning_curve(Study& study) {
  if (study.settings().curve_points == 0 || !study.context.task.learns_from_rows()) return;
  bool cut = false;
  const auto sizes = measure_sizes(study, cut);
  if (sizes.size() < 2) return;
  const auto points = points_of(sizes);
  const bool usable = points.size() >= kFewestPoints &&
                      std::all_of(points.begin(), points.end(),
                                  [](const auto& p) { return std::isfinite(p.error); });
  if (!usable) {
    study.result.figures.push_back(curve_figure(study, sizes, points, nullptr));
    return;
  }
  const auto samples = points.back().samples;
  const auto& target = study.project().goal.target;
  const std::optional<double> wanted =
      target ? std::optional(as_error(study.context, *target)) : std::nullopt;
  const CurveProjection projection = project_curve(points, 2 * samples, wanted, study.seed);
  study.result.figures.push_back(curve_figure(study, sizes, points, &projection));
  const Outlook found = outlook(study, projection, samples);
  Json measured = Json::array();
  for (const auto& point : points)
    measured.push_back({point.samples, point.error, point.deviation});
  auto& finding = study.add(
      found.helps ? "diagnosis-more-data-helps" : "diagnosis-more-data-futile", Severity::kInfo,
      "the error falls with the number of samples to the power of -" +
          pretty_number(projection.without_floor.rate, 2) + " " +
          interval_text(projection.rate.low, projection.rate.high) + "; " + found.text +
          (cut ? " (diagnose.time ended the curve early)" : ""),
      {{"points", measured},
       {"rate", projection.without_floor.rate},
       {"interval", {projection.rate.low, projection.rate.high}},
       {"floor", projection.with_floor.floor},
       {"residual", residual_of(projection.with_floor, points)},
       {"error_with_twice", {projection.low, projection.high}},
       {"fewest_samples", projection.fewest ? Json(*projection.fewest) : Json(nullptr)},
       {"most_samples", projection.most ? Json(*projection.most) : Json(nullptr)},
       {"cut", cut}},
      kCurveFigure);
  finding.advice = found.advice;
}

}  // namespace dlwork::phase::diagnose
