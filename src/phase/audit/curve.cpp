#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "dlwork/base/stats.h"
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
constexpr double kLooksAhead = 10;

/// Errors of the fast model at growing numbers of training samples.
struct Curve {
  std::vector<double> counts, errors, deviations;
  std::vector<CurvePoint> points;
  std::string model;
  std::int64_t held_out = 0;
};

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

Curve measure_curve(Audit& audit, const classical::Problem& problem) {
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
  if (least * 4 > most || curve.held_out < 20) return curve;
  const auto model = problem.is_class ? classical::make_logistic() : classical::make_ridge();
  curve.model = model->name();
  std::vector<Rows> draws;
  for (int draw = 0; draw < kDraws; ++draw) draws.push_back(stratified_order(problem, train, rng));
  for (const auto size : sizes_between(least, most)) {
    std::vector<double> errors;
    for (const Rows& draw : draws) {
      const Rows some(draw.begin(), draw.begin() + static_cast<std::ptrdiff_t>(size));
      model->fit(part_of(problem, some, limits.seed), limits);
      errors.push_back(error_of(model->predict(checked.features, limits), checked));
    }
    const double error = mean(errors), spread = standard_deviation(errors);
    const double noise = problem.is_class
                             ? error * (1 - error) / static_cast<double>(curve.held_out)
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
std::optional<double> allowed_error(const Audit& audit) {
  const auto& goal = audit.context.project.goal;
  if (!goal.target) return std::nullopt;
  const std::string metric = audit.context.metric();
  if (metric == "accuracy" && *goal.target < 1) return 1 - *goal.target;
  if (metric == "rmse") return *goal.target;
  return std::nullopt;
}

void add_figure(Audit& audit, const Curve& curve, const PowerLaw& line, const PowerLaw& floored) {
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
                 {"y_label", "error"},
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
  const Curve curve = measure_curve(audit, audit.facts.sampled().problem);
  if (curve.counts.size() < 4 || *std::min_element(curve.errors.begin(), curve.errors.end()) <= 0) {
    return;
  }
  const std::int64_t samples = audit.population(data::Part::kTrain);
  const auto n = static_cast<double>(samples);
  const auto allowed = allowed_error(audit);
  const CurveProjection ahead = project_curve(curve.points, kLooksAhead * n, allowed,
                                              derive_seed(audit.seed(), "audit curve"));
  add_figure(audit, curve, ahead.without_floor, ahead.with_floor);
  Json evidence = {{"model", curve.model},
                   {"counts", curve.counts},
                   {"errors", curve.errors},
                   {"exponent", ahead.without_floor.rate},
                   {"exponent_interval", {ahead.rate.low, ahead.rate.high}},
                   {"floor", ahead.with_floor.floor},
                   {"held_out", curve.held_out},
                   {"at_ten_times", {ahead.low, ahead.high}}};
  const bool met = allowed && curve.errors.back() <= *allowed;
  if (!allowed || met) {
    audit.add("train-size-curve", Severity::kInfo,
              "error of " + curve.model + " falls as the number of samples to the power of " +
                  pretty_number(-ahead.without_floor.rate, 2) +
                  "; ten times the samples would bring it from " +
                  pretty_number(curve.errors.back(), 3) + " to between " +
                  pretty_number(ahead.low, 3) + " and " + pretty_number(ahead.high, 3),
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
