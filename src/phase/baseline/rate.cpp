#include "phase/baseline/rate.h"

#include "dlwork/base/text.h"

namespace dlwork::phase {
namespace {

using artefact::Severity;

constexpr char kKey[] = "training.learning_rate";
/// A rate below this share of the one with the lowest loss wastes steps.
constexpr double kTimid = 0.01;

bool is_set(const spec::Project& project) {
  const auto origin = project.origins.find(kKey);
  return origin != project.origins.end() && origin->second != "default";
}

artefact::Figure rate_curve(const training::RangeTest& test, double rate) {
  Json x = Json::array(), loss = Json::array(), smoothed = Json::array();
  for (const auto& point : test.points) {
    x.push_back(point.rate);
    loss.push_back(point.loss);
    smoothed.push_back(point.smoothed);
  }
  artefact::Figure figure{
      "learning-rate-range", "Training loss over learning rates", "lines", {}, ""};
  figure.data = {{"x_label", "learning rate"},
                 {"y_label", "loss"},
                 {"log_x", true},
                 {"series", Json::array({{{"name", "each step"}, {"x", x}, {"y", loss}},
                                         {{"name", "smoothed"}, {"x", x}, {"y", smoothed}}})},
                 {"marks", Json::array({{{"x", rate}, {"label", "in use"}}})}};
  if (test.lowest_at) {
    figure.data["marks"].push_back({{"x", *test.lowest_at}, {"label", "lowest"}});
  }
  figure.caption = "The rate grows from step to step; past the lowest loss steps are too long.";
  return figure;
}

struct Judgement {
  Severity severity;
  std::string message;
};

Judgement judge_rate(const training::RangeTest& test, double rate, bool set) {
  if (!test.lowest_at) {
    return {Severity::kWarn, "the training loss fell at no learning rate from 1e-7 to 10; " +
                                 pretty_number(rate) + " is in use"};
  }
  const std::string where = "the training loss is lowest at a learning rate of " +
                            pretty_number(*test.lowest_at, 2) + "; a tenth of it is " +
                            pretty_number(*test.rate, 2);
  if (!set) return {Severity::kInfo, where + ", which is in use, since the project sets none"};
  const std::string now = where + ", and " + pretty_number(rate) + " is set";
  if (rate > *test.lowest_at) {
    return {Severity::kWarn, now + ": its steps are too long for this network"};
  }
  if (rate < kTimid * *test.lowest_at) {
    return {Severity::kWarn, now + ": it will learn slowly"};
  }
  return {Severity::kInfo, now};
}

}  // namespace

std::optional<RateChoice> choose_learning_rate(Context& context, training::Learner& learner,
                                               const training::FitOptions& options) {
  const auto test = learner.range_test(options, context.run);
  if (test.points.empty()) return std::nullopt;
  const bool set = is_set(context.project);
  RateChoice choice;
  choice.rate = set || !test.rate ? options.training.learning_rate : *test.rate;
  const auto [severity, message] = judge_rate(test, choice.rate, set);
  choice.values = {{"in_use", choice.rate},
                   {"lowest_at", test.lowest_at ? Json(*test.lowest_at) : Json(nullptr)},
                   {"advised", test.rate ? Json(*test.rate) : Json(nullptr)}};
  choice.finding =
      artefact::make_finding("baseline-learning-rate", severity, message, choice.values);
  choice.finding.key = kKey;
  choice.figure = rate_curve(test, choice.rate);
  return choice;
}

}  // namespace dlwork::phase
