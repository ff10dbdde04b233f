// How the error falls with the number of training samples, and how many more reach the goal.
#include <algorithm>
#include <cmath>

#include "dlwork/base/text.h"
#include "phase/diagnose/study.h"
#include "phase/power_law.h"

namespace dlwork::phase::diagnose {

using artefact::Metric;
using artefact::Severity;

namespace {

constexpr char kCurveFigure[] = "learning-curve-data";
constexpr std::int64_t kMeasuredRows = 2000;
/// Points that three numbers are fitted to, at least.
constexpr std::size_t kFewestPoints = 4;
/// Subsets that short time makes smaller than are set are no smaller than a 64th: of a few samples
/// of many the law does not hold yet.
constexpr std::int64_t kMostCurveHalvings = 6;
/// Projections beyond this many times the samples at hand are a guess, and beyond these no help.
constexpr double kFar = 30, kOutOfReach = 1e3;
/// Fewer samples than this many times those at hand cannot be told from none more.
constexpr double kLeastMore = 1.1;
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

/// All sizes measured, ascending, and why there are not more.
struct Curve {
  std::vector<Size> sizes;
  bool cut = false;     ///< the time ended
  double least = 0;     ///< work of the fewest trainings that make a curve
  std::string failure;  ///< of a training
};

/// One training on a subset.
void add_subset(Study& study, const std::vector<std::int64_t>& rows, std::int64_t repeat,
                Size& size, Curve& curve) {
  auto& context = study.context;
  FitPlan plan;
  plan.label = "learning curve, " + grouped(size.samples) + " samples";
  plan.project = &study.project();
  plan.train_rows = rows;
  plan.seed = derive_seed(study.seed, "curve " + std::to_string(repeat));
  const auto fitted = study.train_if_time(plan);
  curve.cut = !fitted;
  if (fitted && fitted->failed) curve.failure = fitted->note;
  if (!fitted || fitted->failed) return;
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
}

/// A size below the whole training part, and how many subsets of it are drawn.
struct Step {
  std::int64_t halvings = 1;
  std::int64_t repeats = 1;
};

/// From the subset after so many halvings up; the size that the held-out halves have is theirs.
std::vector<Step> steps_from(const Study& study, std::int64_t smallest, std::int64_t most_repeats) {
  const auto all = static_cast<double>(study.options.train_rows.size());
  const std::int64_t halved =
      study.out_of_fold
          ? std::llround(std::log2(all / static_cast<double>(study.out_of_fold->trained_on)))
          : 0;
  std::vector<Step> steps;
  for (std::int64_t halvings = smallest; halvings >= 1; --halvings) {
    if (halvings == halved) continue;
    const std::int64_t most = halvings == 1 ? 1 : std::int64_t{1} << halvings;
    steps.push_back({halvings, std::min(most, most_repeats)});
  }
  return steps;
}

/// Work of the first steps, as many as a curve needs beside the halves and the diagnosed network.
double work_of_fewest(const Study& study, const std::vector<Step>& steps) {
  const std::size_t needed = kFewestPoints - (study.out_of_fold ? 2 : 1);
  const auto all = static_cast<std::int64_t>(study.options.train_rows.size());
  double work = 0;
  for (std::size_t i = 0; i < std::min(needed, steps.size()); ++i) {
    work += static_cast<double>(steps[i].repeats) * study.work_of(all >> steps[i].halvings);
  }
  return work;
}

/// The steps of the curve, from the smallest up: as many as are set; where the time does not allow
/// the points that a law takes, smaller subsets come first, at last drawn once each. `least`: the
/// work of the cheapest curve.
std::vector<Step> plan_steps(const Study& study, double& least) {
  const auto all = static_cast<std::int64_t>(study.options.train_rows.size());
  const std::int64_t set = study.settings().curve_points;
  std::int64_t deepest = 0;
  while (all >> (deepest + 1) >= fewest_to_train_on(study)) ++deepest;
  deepest = std::min(deepest, std::max(set, kMostCurveHalvings));
  least = work_of_fewest(study, steps_from(study, deepest, 1));
  const std::int64_t repeats = study.settings().curve_repeats;
  for (std::int64_t smallest = std::min(set, deepest);; ++smallest) {
    auto steps = steps_from(study, smallest, repeats);
    if (study.time->allows(work_of_fewest(study, steps))) return steps;
    if (smallest >= deepest) return steps_from(study, smallest, 1);
  }
}

/// Subsets as far as the time allows, the two halves, and the diagnosed network.
Curve measure_curve(Study& study) {
  const auto& context = study.context;
  const auto& rows = study.options.train_rows;
  const auto all = static_cast<std::int64_t>(rows.size());
  Curve curve;
  auto& sizes = curve.sizes;
  for (const Step& step : plan_steps(study, curve.least)) {
    if (curve.cut) break;
    const std::int64_t parts = std::int64_t{1} << step.halvings;
    auto pieces = deal(study.dataset(), rows, parts, study.seed, "curve " + std::to_string(parts));
    // Whole groups may be too large or too few for a subset of this size.
    std::erase_if(pieces, [&](const auto& piece) {
      const auto samples = static_cast<std::int64_t>(piece.size());
      return 2 * std::abs(samples * parts - all) > all;
    });
    pieces.resize(std::min(pieces.size(), static_cast<std::size_t>(step.repeats)));
    if (pieces.empty()) continue;
    Size size;
    for (const auto& piece : pieces) size.samples += static_cast<std::int64_t>(piece.size());
    size.samples /= static_cast<std::int64_t>(pieces.size());
    for (std::size_t i = 0; i < pieces.size() && !curve.cut; ++i) {
      add_subset(study, pieces[i], static_cast<std::int64_t>(i), size, curve);
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
  return curve;
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
                              const std::vector<CurvePoint>& points,
                              const CurveProjection* projection) {
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

std::string count_text(double samples) { return grouped(std::llround(two_digits_up(samples))); }

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
  if (!projection.expected || *projection.expected > kOutOfReach * samples) {
    return {false,
            "the goal's error " + pretty_number(as_error(study.context, *target), 3) +
                " is out of reach by more data alone; " + twice,
            "Do not collect more of the same data."};
  }
  // What the curve itself says, since the optimistic end is missed by nearly all who collect it.
  const double wanted = std::max(*projection.expected, kLeastMore * samples);
  const double least = std::max(projection.fewest.value_or(samples), samples);
  const std::string range =
      projection.most ? count_text(least) + " to " + count_text(std::max(*projection.most, wanted))
                      : "at least " + count_text(least);
  Outlook found{true,
                "the goal's error " + pretty_number(as_error(study.context, *target), 3) +
                    " (now " + pretty_number(now, 3) + ") takes about " + count_text(wanted) +
                    " training samples (95 %: " + range + ")",
                "Collect about " + count_text(wanted - samples) + " more training samples (" +
                    count_text(wanted) + " in all), then diagnose again."};
  if (wanted > kFar * samples) found.text += ", a guess that far out";
  return found;
}

/// Notes why no law can be fitted to the sizes.
void leave_out_curve(Study& study, const Curve& curve) {
  constexpr char kPart[] = "learning curve";
  if (curve.cut) {
    study.leave_for_time(kPart, curve.least);
  } else if (!curve.failure.empty()) {
    study.left_out.push_back({kPart, "a training on a subset failed: " + curve.failure, {}});
  } else {
    study.left_out.push_back({kPart,
                              std::to_string(curve.sizes.size()) +
                                  " usable sizes of the training part, a law takes " +
                                  std::to_string(kFewestPoints),
                              {}});
  }
}

}  // namespace

void draw_learning_curve(Study& study) {
  if (study.settings().curve_points == 0 || !study.context.task.learns_from_rows()) return;
  const Curve curve = measure_curve(study);
  const auto& sizes = curve.sizes;
  const auto points = points_of(sizes);
  const bool usable = points.size() >= kFewestPoints &&
                      std::all_of(points.begin(), points.end(),
                                  [](const auto& p) { return std::isfinite(p.error); });
  if (!usable) {
    if (sizes.size() > 1) {
      study.result.figures.push_back(curve_figure(study, sizes, points, nullptr));
    }
    leave_out_curve(study, curve);
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
          (curve.cut ? " (diagnose.time ended the curve early)" : ""),
      {{"points", measured},
       {"rate", projection.without_floor.rate},
       {"interval", {projection.rate.low, projection.rate.high}},
       {"floor", projection.with_floor.floor},
       {"residual", residual_of(projection.with_floor, points)},
       {"error_with_twice", {projection.low, projection.high}},
       {"expected_samples", projection.expected ? Json(*projection.expected) : Json(nullptr)},
       {"fewest_samples", projection.fewest ? Json(*projection.fewest) : Json(nullptr)},
       {"most_samples", projection.most ? Json(*projection.most) : Json(nullptr)},
       {"cut", curve.cut}},
      kCurveFigure);
  finding.advice = found.advice;
}

}  // namespace dlwork::phase::diagnose
