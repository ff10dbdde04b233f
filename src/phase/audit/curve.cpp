#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

#include "dlwork/base/stats.h"
#include "dlwork/training/metrics.h"
#include "phase/audit/check.h"
#include "phase/measuring.h"
#include "phase/power_law.h"

namespace dlwork::phase::audit {

using artefact::Severity;

namespace {

constexpr int kPoints = 6;
constexpr int kDraws = 3;
constexpr std::int64_t kMostRows = 10000;
constexpr std::int64_t kFewestOfClass = 10;
constexpr double kHeldOut = 0.2;
constexpr std::int64_t kFewestHeldOut = 20;
/// A curve spans that from its first size to its last.
constexpr std::int64_t kSpan = 4;
constexpr double kLooksAhead = 10;

/// Errors of the fast model at growing numbers of training samples.
struct Curve {
  std::vector<double> counts, errors, deviations;
  std::vector<CurvePoint> points;
  std::string model;
  std::int64_t held_out = 0;
  std::int64_t samples = 0;  ///< there are, of at least so many
  std::int64_t fewest = 0;
};

/// What a curve is drawn of: how far a metric is from the best it can be.
struct Measure {
  std::string metric;
  double best = 0;  ///< 1 for shares, 0 for errors

  double error_at(double value) const { return std::abs(best - value); }
  std::string name() const {
    if (metric == "accuracy" || metric == "rmse") return "error";
    return best == 0 ? metric : "1 - " + metric;
  }
};

/// Metrics with a best value that a model comes nearer to with more samples. A miscalibrated model
/// may stay so, and one of means tells no quantile.
bool falls_with_samples(const training::MetricInfo& info) {
  constexpr std::array kOthers{"calibration-error", "pinball-10", "pinball-90"};
  return info.best && std::find(kOthers.begin(), kOthers.end(), info.name) == kOthers.end();
}

/// The goal's metric where a curve can be drawn of it.
Measure curve_measure(const Audit& audit) {
  const auto& metric = goal_metric(audit.context);
  if (falls_with_samples(metric)) return {metric.name, *metric.best};
  return audit.is_class() ? Measure{"accuracy", 1} : Measure{"rmse", 0};
}

/// Samples below which there is no curve.
std::int64_t fewest_samples(std::int64_t outputs) {
  const auto for_sizes = static_cast<double>(kSpan * kFewestOfClass * outputs) / (1 - kHeldOut);
  return std::llround(std::ceil(std::max(for_sizes, kFewestHeldOut / kHeldOut)));
}

std::vector<std::int64_t> sizes_between(std::int64_t least, std::int64_t most) {
  std::vector<std::int64_t> sizes;
  for (int i = 0; i < kPoints; ++i) {
    const double at = static_cast<double>(i) / (kPoints - 1);
    const auto size =
        std::llround(static_cast<double>(least) *
                     std::pow(static_cast<double>(most) / static_cast<double>(least), at));
    if (sizes.empty() || size > sizes.back()) sizes.push_back(size);
  }
  return sizes;
}

/// The first `size` rows of an order in which every class has its share from the start on.
Rows stratified_order(const classical::Problem& problem, const Rows& rows, Rng& rng) {
  Rows order = rows;
  rng.shuffle(order);
  if (!problem.is_class) return order;
  // Each row's place is its rank within its class, spread over the whole.
  std::vector<double> totals(problem.outputs, 0.0), seen(problem.outputs, 0.0);
  for (const auto row : order) totals[problem.classes[row]] += 1;
  std::vector<std::pair<double, std::int64_t>> places;
  for (const auto row : order) {
    const auto c = problem.classes[row];
    places.emplace_back((seen[c] + 0.5) / totals[c], row);
    seen[c] += 1;
  }
  std::stable_sort(places.begin(), places.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = places[i].second;
  return order;
}

Curve measure_curve(Audit& audit, const Sampled& sampled, const Measure& measure) {
  const classical::Problem& problem = sampled.problem;
  const auto limits = audit_limits(audit.context, "learning curve");
  Rng rng(limits.seed, "audit learning curve");
  Rows all(static_cast<std::size_t>(problem.features.rows()));
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::int64_t>(i);
  Rows order = stratified_order(problem, all, rng);
  const auto held = static_cast<std::ptrdiff_t>(kHeldOut * static_cast<double>(order.size()));
  const Rows test(order.begin(), order.begin() + held);
  const Rows train(order.begin() + held, order.end());
  const auto checked = part_of(problem, test, limits.seed);
  const auto most = std::min<std::int64_t>(kMostRows, static_cast<std::int64_t>(train.size()));
  const auto least = std::max(kFewestOfClass * problem.outputs, most / 64);
  Curve curve;
  curve.held_out = static_cast<std::int64_t>(test.size());
  curve.samples = static_cast<std::int64_t>(order.size());
  curve.fewest = fewest_samples(problem.outputs);
  if (least * kSpan > most || curve.held_out < kFewestHeldOut) return curve;
  Rows rows;
  for (const auto place : test) rows.push_back(sampled.rows[place]);
  const auto model = problem.is_class ? classical::make_logistic() : classical::make_ridge();
  curve.model = model->name();
  std::vector<Rows> draws;
  for (int draw = 0; draw < kDraws; ++draw) draws.push_back(stratified_order(problem, train, rng));
  for (const auto size : sizes_between(least, most)) {
    std::vector<double> errors;
    for (const Rows& draw : draws) {
      const Rows some(draw.begin(), draw.begin() + static_cast<std::ptrdiff_t>(size));
      model->fit(part_of(problem, some, limits.seed), limits);
      errors.push_back(measure.error_at(training::compute_metric(
          measure.metric, model->predict(checked.features, limits), audit.target(), rows)));
    }
    const double error = mean(errors), spread = standard_deviation(errors);
    const double noise = measure.best > 0
                             ? std::abs(error * (1 - error)) / static_cast<double>(curve.held_out)
                             : error * error / (2 * static_cast<double>(curve.held_out));
    curve.counts.push_back(static_cast<double>(size));
    curve.errors.push_back(error);
    curve.deviations.push_back(spread);
    curve.points.push_back(
        {static_cast<double>(size), error, std::sqrt(std::max(noise + spread * spread, 1e-12))});
  }
  return curve;
}

/// What the goal allows as error, where it is given in the curve's own measure.
std::optional<double> allowed_error(const Audit& audit, const Measure& measure) {
  const auto& goal = audit.context.project.goal;
  if (!goal.target || audit.context.metric() != measure.metric) return std::nullopt;
  if (measure.best > 0 && *goal.target >= measure.best) return std::nullopt;
  return measure.error_at(*goal.target);
}

/// Why a curve does not say how many samples the goal needs; "" where the goal is met.
std::string why_untold(const Audit& audit, const Measure& measure) {
  const auto& goal = audit.context.project.goal;
  const std::string metric = audit.context.metric();
  const std::string untold = "; how many the goal needs is not told, since ";
  if (!goal.target) return untold + "goal.target is not set";
  if (metric != measure.metric) return untold + metric + " need not improve with the samples";
  if (!allowed_error(audit, measure)) return untold + "no model is without an error";
  return "; the goal is met with those there are";
}

/// Why there is no curve; "" where there is one.
std::string why_no_curve(const Curve& curve) {
  if (curve.counts.size() < 4) return "few samples";
  const auto& errors = curve.errors;
  if (!std::all_of(errors.begin(), errors.end(), [](double e) { return std::isfinite(e); })) {
    return "no number";
  }
  return *std::min_element(errors.begin(), errors.end()) > 0 ? "" : "no error";
}

void report_no_curve(Audit& audit, const Measure& measure, const Curve& curve,
                     const std::string& reason) {
  const bool few = reason == "few samples";
  const std::string held = grouped(curve.held_out) + " samples that were held out";
  audit.add("train-size-unknown", Severity::kInfo,
            "whether more samples would help is not told: " +
                (few ? "a learning curve needs " + grouped(curve.fewest) +
                           " training samples or more, and there are " + grouped(curve.samples)
                 : reason == "no error" ? curve.model + " makes no error on " + held
                                        : "the " + measure.metric + " is no number on " + held),
            {{"samples", curve.samples},
             {"samples_needed", few ? Json(curve.fewest) : Json()},
             {"reason", reason}});
}

void add_figure(Audit& audit, const Measure& measure, const Curve& curve, const PowerLaw& line,
                const PowerLaw& floored) {
  Json measured = {{"name", curve.model}, {"x", curve.counts}, {"y", curve.errors}};
  Json low = Json::array(), high = Json::array();
  for (std::size_t i = 0; i < curve.errors.size(); ++i) {
    low.push_back(curve.errors[i] - curve.deviations[i]);
    high.push_back(curve.errors[i] + curve.deviations[i]);
  }
  measured["low"] = low;
  measured["high"] = high;
  Json x = Json::array(), straight = Json::array(), bent = Json::array();
  for (double n = curve.counts.front(); n <= kLooksAhead * curve.counts.back() * 1.01; n *= 1.5) {
    x.push_back(n);
    straight.push_back(line.at(n));
    bent.push_back(floored.at(n));
  }
  artefact::Figure figure{"learning-curve", "Error by number of training samples", "lines", {}, ""};
  figure.data = {{"x_label", "training samples"},
                 {"y_label", measure.name()},
                 {"log_x", true},
                 {"series", Json::array({measured,
                                         {{"name", "power law"}, {"x", x}, {"y", straight}},
                                         {{"name", "with a floor"}, {"x", x}, {"y", bent}}})}};
  figure.caption = "The truth usually lies between the two curves; a better model shifts both.";
  audit.result.figures.push_back(std::move(figure));
}

/// "would reach the goal with 2,000 to 9,000 training samples (95 %)".
std::string reach_text(double few, double many) {
  constexpr double kNever = 1e12;
  const auto count = [](double samples) { return grouped(std::llround(samples)); };
  if (!(few < kNever)) return "would not reach the goal with any number of training samples (95 %)";
  return "would reach the goal with " +
         (many < kNever ? count(few) + " to " + count(many) : count(few) + " or more") +
         " training samples (95 %)";
}

}  // namespace

void check_learning_curve(Audit& audit) {
  const Measure measure = curve_measure(audit);
  const Curve curve = measure_curve(audit, audit.facts.sampled(), measure);
  const std::string reason = why_no_curve(curve);
  if (!reason.empty()) return report_no_curve(audit, measure, curve, reason);
  const std::int64_t samples = audit.population(data::Part::kTrain);
  const auto n = static_cast<double>(samples);
  const auto allowed = allowed_error(audit, measure);
  const CurveProjection ahead = project_curve(curve.points, kLooksAhead * n, allowed,
                                              derive_seed(audit.seed(), "audit curve"));
  add_figure(audit, measure, curve, ahead.without_floor, ahead.with_floor);
  Json evidence = {{"model", curve.model},
                   {"measure", measure.name()},
                   {"counts", curve.counts},
                   {"errors", curve.errors},
                   {"exponent", ahead.without_floor.rate},
                   {"exponent_interval", {ahead.rate.low, ahead.rate.high}},
                   {"floor", ahead.with_floor.floor},
                   {"held_out", curve.held_out},
                   {"at_ten_times", {ahead.low, ahead.high}}};
  const bool met = allowed && curve.errors.back() <= *allowed;
  if (!allowed || met) {
    audit.add(
        "train-size-curve", Severity::kInfo,
        measure.name() + " of " + curve.model + " falls as the number of samples to the power of " +
            pretty_number(-ahead.without_floor.rate, 2) +
            "; ten times the samples would bring it from " + pretty_number(curve.errors.back(), 3) +
            " to between " + pretty_number(ahead.low, 3) + " and " + pretty_number(ahead.high, 3) +
            why_untold(audit, measure),
        evidence);
    return;
  }
  const double never = std::numeric_limits<double>::infinity();
  const double few = ahead.fewest.value_or(never), many = ahead.most.value_or(never);
  evidence["samples_for_goal"] = {ahead.fewest ? Json(few) : Json(),
                                  ahead.most ? Json(many) : Json()};
  const auto& limits = audit.limits();
  const bool hopeless = !(few <= limits.curve_more_most * n);
  audit.add("train-size-curve",
            few > limits.curve_more_warn * n ? Severity::kWarn : Severity::kInfo,
            curve.model + " " + reach_text(few, many) + ", there are " + grouped(samples) +
                (hopeless ? ": a better model or better inputs, not more samples" : ""),
            evidence);
}

}  // namespace dlwork::phase::audit
