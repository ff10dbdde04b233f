// The overfit-a-batch test: a failure to optimise told apart from bias.
#include <iterator>

#include "dlwork/base/text.h"
#include "phase/diagnose/probe.h"
#include "phase/diagnose/width.h"

namespace dlwork::phase::diagnose {

using artefact::Severity;

namespace {

constexpr char kByHeart[] = "overfit-batch";
constexpr double kWider = 4;
/// Of the project's learning rate, in the order in which they are tried.
constexpr double kRateFactors[] = {1.0, 0.1, 10.0, 0.01, 100.0};

/// What was tried, with the losses that came of it.
struct Tried {
  std::string name;
  ByHeart outcome;
};

artefact::Figure by_heart_figure(const std::vector<Tried>& all, double ratio) {
  Json series = Json::array();
  for (const auto& [name, outcome] : all) {
    Json x = Json::array();
    for (std::size_t step = 1; step <= outcome.losses.size(); ++step) x.push_back(step);
    series.push_back({{"name", name}, {"x", x}, {"y", outcome.losses}});
  }
  artefact::Figure figure{kByHeart, "Loss on a few samples learned by heart", "lines", {}, ""};
  figure.data = {{"x_label", "step"}, {"y_label", "training loss"}, {"series", series}};
  figure.caption = "Learned by heart: below " + pretty_number(ratio) + " of the first step's loss.";
  return figure;
}

/// A network kWider times as wide, or why there is none.
struct Wider {
  std::optional<ByHeart> outcome;
  std::string note;
};

Wider learn_wider(Study& study, double rate) {
  spec::Project project = study.project();
  project.model.layers = scaled_width(project.model.layers, kWider);
  if (spec::dump_json(project).at("model") == spec::dump_json(study.project()).at("model")) {
    return {std::nullopt, "no layer has a width that could be larger"};
  }
  const double work = kWider * kWider * work_by_heart(study);
  if (!study.time->allows(work)) {
    study.leave_for_time("a batch by heart, by a wider network", work);
    return {std::nullopt, "diagnose.time ended before one 4 times as wide"};
  }
  try {
    return {learn_by_heart(study, project.model, rate), ""};
  } catch (const Error& error) {
    if (!is_misbuilt(error)) throw;
    return {std::nullopt,
            "one " + pretty_number(kWider) + " times as wide " + misbuilt_text(error)};
  }
}

/// Rates, from the project's own on, up to the first at which the samples are learned, as far as
/// the time goes beyond the first.
std::vector<Tried> try_rates(Study& study, double own, double& rate) {
  std::vector<Tried> all;
  for (const double factor : kRateFactors) {
    if (!all.empty() && !study.time->allows(work_by_heart(study))) {
      study.leave_for_time("a batch by heart, at other learning rates", work_by_heart(study));
      break;
    }
    rate = own * factor;
    all.push_back({"learning rate " + pretty_number(rate),
                   learn_by_heart(study, study.project().model, rate)});
    if (all.back().outcome.learned) break;
  }
  return all;
}

/// What the test says.
struct ByHeartVerdict {
  Severity severity = Severity::kInfo;
  std::string message, advice, key;
};

ByHeartVerdict learned_by_heart(const std::string& samples, const ByHeart& outcome, double rate,
                                double own, Severity gravity) {
  if (rate == own) {
    return {Severity::kInfo,
            "the network learns " + samples + " by heart in " +
                std::to_string(outcome.losses.size()) +
                " steps, so the optimisation works: what it misses on the training part is bias",
            "Work on the bias, not on the optimisation: search a larger network.", ""};
  }
  return {gravity,
          "the network learns " + samples + " by heart at learning rate " + pretty_number(rate) +
              " but not at training.learning_rate " + pretty_number(own),
          "Set training.learning_rate: " + number_text(rate) + " and run dlwork diagnose again.",
          "training.learning_rate"};
}

ByHeartVerdict not_learned_in_time(const std::string& samples, std::size_t rates) {
  return {Severity::kInfo,
          "the network does not learn " + samples + " by heart at " +
              (rates == 1 ? "training.learning_rate"
                          : "any of " + std::to_string(rates) + " learning rates") +
              "; diagnose.time ended before others were tried",
          "Set a larger diagnose.time and run dlwork diagnose again.", "diagnose.time"};
}

ByHeartVerdict not_learned(const std::string& samples, const Wider& wider, Severity gravity) {
  const std::string message =
      "the network does not learn " + samples + " by heart at any of 5 learning rates; ";
  if (wider.outcome && wider.outcome->learned) {
    return {Severity::kInfo, message + "one 4 times as wide does, so it is too small",
            "Widen the layers 4 times.", ""};
  }
  const std::string neither = "nor does one 4 times as wide: something keeps it from learning";
  return {gravity, message + (wider.outcome ? neither : wider.note),
          "Run dlwork test and mend what it names.", ""};
}

}  // namespace

/// Karpathy, A Recipe for Training Neural Networks (2019): a network that cannot learn a few
/// samples by heart at any rate is cut off or too small, and a wider one tells which. One that can
/// is able to learn: what misses on the training part is bias.
void check_by_heart(Study& study, Severity gravity) {
  const double own = study.options.training.learning_rate;
  double rate = own;
  auto all = try_rates(study, own, rate);
  const ByHeart last = all.back().outcome;
  const auto& test = study.project().test;
  Json evidence = {
      {"samples", test.overfit_samples}, {"first", last.first()}, {"last", last.last()},
      {"steps", last.losses.size()},     {"learning_rate", rate}, {"learned", last.learned}};
  const std::string samples = std::to_string(test.overfit_samples) + " samples";
  ByHeartVerdict verdict;
  if (last.learned) {
    verdict = learned_by_heart(samples, last, rate, own, gravity);
  } else if (all.size() < std::size(kRateFactors)) {
    verdict = not_learned_in_time(samples, all.size());
  } else {
    const Wider wider = learn_wider(study, own);
    verdict = not_learned(samples, wider, gravity);
    if (wider.outcome) {
      evidence["wider_learned"] = wider.outcome->learned;
      all.push_back({"4 times as wide", *wider.outcome});
    }
  }
  study.result.figures.push_back(by_heart_figure(all, test.overfit_loss_ratio));
  auto& finding = study.add("diagnosis-overfit-batch", verdict.severity, verdict.message,
                            std::move(evidence), kByHeart);
  finding.advice = verdict.advice;
  finding.key = verdict.key;
}

}  // namespace dlwork::phase::diagnose
