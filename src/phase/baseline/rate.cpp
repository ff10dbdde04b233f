#include "phase/baseline/rate.h"

#include "dlwork/base/text.h"
#include "phase/baseline/set_by.h"
#include "phase/profile.h"

namespace dlwork::phase {
namespace {

using artefact::Severity;

constexpr char kRateKey[] = "training.learning_rate";
/// A rate below this share of the one with the lowest loss wastes steps.
constexpr double kTimid = 0.01;

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
  double rate;  ///< to train with
  Severity severity;
  std::string message;
};

/// What is wrong with a rate, or "".
std::string fault_of(double rate, double lowest_at) {
  if (rate > lowest_at) return "its steps are too long for this network";
  if (rate < kTimid * lowest_at) return "it will learn slowly";
  return "";
}

Judgement judge_rate(const training::RangeTest& test, double rate, SetBy by) {
  if (!test.lowest_at) {
    return {rate, Severity::kWarn,
            "the training loss fell at no learning rate from 1e-7 to 10; " + pretty_number(rate) +
                " is in use"};
  }
  const std::string where = "the training loss is lowest at a learning rate of " +
                            pretty_number(*test.lowest_at, 2) + "; a tenth of it is " +
                            pretty_number(*test.rate, 2);
  const std::string fault = fault_of(rate, *test.lowest_at);
  switch (by) {
    case SetBy::kNobody:
      return {*test.rate, Severity::kInfo,
              where + ", which is in use, since the project sets none"};
    case SetBy::kAnalogy:
      if (fault.empty()) {
        return {rate, Severity::kInfo,
                where + ", and the analogy's " + pretty_number(rate) + " is in use"};
      }
      // The project as it stands, which later phases train, still has the analogy's.
      return {*test.rate, Severity::kWarn,
              where + ", which is in use in place of the analogy's " + pretty_number(rate) + ": " +
                  fault};
    case SetBy::kProject:
      break;
  }
  const std::string now = where + ", and " + pretty_number(rate) + " is set";
  if (fault.empty()) return {rate, Severity::kInfo, now};
  return {rate, Severity::kWarn, now + ": " + fault};
}

}  // namespace

std::optional<RateChoice> choose_learning_rate(Context& context, training::Learner& learner,
                                               const training::FitOptions& options) {
  const auto test = range_test(context, learner, options);
  if (test.points.empty()) return std::nullopt;
  RateChoice choice;
  const auto [rate, severity, message] =
      judge_rate(test, options.training.learning_rate, set_by(context.project, kRateKey));
  choice.rate = rate;
  choice.values = {{"in_use", choice.rate},
                   {"lowest_at", test.lowest_at ? Json(*test.lowest_at) : Json(nullptr)},
                   {"advised", test.rate ? Json(*test.rate) : Json(nullptr)}};
  choice.finding =
      artefact::make_finding("baseline-learning-rate", severity, message, choice.values);
  choice.finding.key = kRateKey;
  choice.figure = rate_curve(test, choice.rate);
  return choice;
}

}  // namespace dlwork::phase
