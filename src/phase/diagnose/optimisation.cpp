// Failures to optimise: neither bias nor variance, and often taken for one of them.
#include <algorithm>
#include <cmath>

#include "dlwork/base/text.h"
#include "phase/diagnose/probe.h"

namespace dlwork::phase::diagnose {

using artefact::Severity;

namespace {

/// A network counts as not converging when its training loss ends above this share of its start.
constexpr double kNotConverged = 0.9;
/// The project's rate is at fault where another gains this many times as much in the probe.
constexpr double kClearlyMore = 2;
/// What is learned in the probe above chance, as a share of the loss of knowing nothing.
constexpr double kLearns = 0.1;
/// Gradients this many times as large as the weights they change explode.
constexpr double kExploding = 100;
/// Rises of the training loss above this share of its fall are an oscillation.
constexpr double kOscillating = 0.5;
/// The last half of the epochs lowers the training loss by less than this share of its start.
constexpr double kPlateau = 0.01;
constexpr std::size_t kEpochsToJudge = 6;

constexpr char kLoss[] = "loss-curve";
constexpr char kRates[] = "learning-rates";
constexpr char kDead[] = "dead-units";
constexpr char kGradients[] = "gradients-by-layer";

bool converged(const Study& study) {
  const auto& history = study.report.history;
  if (history.size() < 2) return study.trained();  // one epoch shows no fall to judge
  return !study.context.task.loss_tells() ||
         history.back().train_loss < kNotConverged * history.front().train_loss ||
         study.report.best_epoch > 1;
}

/// What keeps a network from learning at all is as grave as that it does not.
Severity gravity(const Study& study) {
  return study.trained() && converged(study) ? Severity::kWarn : Severity::kError;
}

/// `rates`: the picture of what other rates do will be there.
void check_convergence(Study& study, bool rates) {
  const auto& history = study.report.history;
  if (!study.trained()) {
    study.add(
        "diagnosis-diverged", Severity::kError, study.divergence,
        {{"good_epochs", history.size()}, {"learning_rate", study.options.training.learning_rate}},
        !history.empty() ? kLoss
        : rates          ? kRates
                         : "");
    return;
  }
  if (converged(study)) return;
  study.add("diagnosis-not-converging", Severity::kError,
            "the training loss did not fall: " + pretty_number(history.front().train_loss) +
                " in the first epoch, " + pretty_number(history.back().train_loss) + " in the last",
            {{"first", history.front().train_loss},
             {"last", history.back().train_loss},
             {"epochs", history.size()}},
            kLoss);
}

std::vector<std::string> names_of(const std::vector<training::LayerReport>& layers) {
  std::vector<std::string> names;
  for (const auto& layer : layers) names.push_back(layer.name);
  return names;
}

/// The layer with the largest share of dead or saturated units.
const training::LayerReport& worst_layer(const std::vector<training::LayerReport>& layers) {
  return *std::max_element(layers.begin(), layers.end(), [](const auto& a, const auto& b) {
    return std::max(a.dead_fraction, a.saturated_fraction) <
           std::max(b.dead_fraction, b.saturated_fraction);
  });
}

void check_dead_units(Study& study, const std::vector<training::LayerReport>& start,
                      const std::vector<training::LayerReport>& end) {
  const double tolerance = study.settings().dead_tolerance;
  const auto judge = [&](const std::string& id, const std::vector<training::LayerReport>& layers,
                         const std::string& when) {
    const auto& worst = worst_layer(layers);
    const double share = std::max(worst.dead_fraction, worst.saturated_fraction);
    if (share <= tolerance) return false;
    const bool dead = worst.dead_fraction >= worst.saturated_fraction;
    study.add(id, gravity(study),
              percent(share) + " of " + (dead ? "the units" : "the outputs") + " of layer " +
                  worst.name + (dead ? " are 0 for every sample looked at " : " are at a bound ") +
                  when,
              {{"layer", worst.name}, {"share", share}, {"tolerance", tolerance}}, kDead);
    return true;
  };
  const bool at_start = judge("diagnosis-dead-at-start", start, "before the first step");
  const bool at_end = !at_start && judge("diagnosis-dead-units", end, "after training");
  if (!at_start && !at_end) return;
  std::vector<double> before, after;
  for (const auto& layer : start) before.push_back(layer.dead_fraction);
  for (const auto& layer : end) after.push_back(layer.dead_fraction);
  artefact::Figure figure =
      bars(kDead, "Units that are never active", "share", names_of(end), after,
           "Rectifiers that give 0 for every sample of a batch get no "
           "gradient and do not learn.");
  figure.data["series"] = Json::array({{{"name", "at the start"}, {"values", before}},
                                       {{"name", "after training"}, {"values", after}}});
  study.result.figures.push_back(figure);
}

/// At the start, where gradients are what the layers' depth and weights make them.
void check_gradients(Study& study, const std::vector<training::LayerReport>& start) {
  std::vector<std::string> names;
  std::vector<double> relative;
  for (const auto& layer : start) {
    if (layer.parameters == 0 || !(layer.weight_deviation > 0)) continue;
    names.push_back(layer.name);
    relative.push_back(layer.gradient_deviation / layer.weight_deviation);
  }
  if (relative.size() < 2) return;
  const auto least = std::min_element(relative.begin(), relative.end());
  const auto most = std::max_element(relative.begin(), relative.end());
  const double ratio = *most > 0 ? *least / *most : 0;
  const Json evidence = {{"layers", names}, {"relative_gradients", relative}, {"ratio", ratio}};
  const bool vanishing = ratio < study.settings().gradient_ratio;
  if (!vanishing && *most <= kExploding) return;
  study.result.figures.push_back(
      bars(kGradients, "Gradients before the first step", "gradient / weight", names, relative,
           "Deviation of each layer's gradients over that of its weights."));
  if (vanishing) {
    study.add("diagnosis-gradient-vanishing", gravity(study),
              "before the first step the gradient of layer " + names[least - relative.begin()] +
                  " is " + pretty_number(ratio, 3) + " of that of layer " +
                  names[most - relative.begin()] + ", each relative to its weights",
              evidence, kGradients);
  }
  if (*most > kExploding) {
    study.add("diagnosis-gradient-exploding", gravity(study),
              "before the first step the gradient of layer " + names[most - relative.begin()] +
                  " is " + pretty_number(*most, 3) + " times as large as its weights",
              evidence, kGradients);
  }
}

artefact::Figure rate_figure(const Probe& probe) {
  Json x = Json::array(), y = Json::array();
  for (const auto& probed : probe.rates) {
    x.push_back(probed.rate);
    y.push_back(std::isfinite(probed.loss) ? Json(probed.loss) : Json(nullptr));
  }
  artefact::Figure figure{kRates, "Loss after a few steps by learning rate", "lines", {}, ""};
  figure.data = {{"x_label", "learning rate"},
                 {"y_label", "training loss"},
                 {"log_x", true},
                 {"series", Json::array({{{"name", "loss"}, {"x", x}, {"y", y}}})},
                 {"marks", Json::array({{{"x", probe.own}, {"label", "training.learning_rate"}},
                                        {{"y", probe.start}, {"label", "knowing nothing"}}})}};
  figure.caption = "From the same start at constant rates; a gap is a divergence.";
  return figure;
}

/// A rate beyond the range test's end (Smith, Cyclical Learning Rates, 2017, section 3.3): held
/// constant it learns nothing, and a smaller one does.
bool is_beyond_range(const Probe& probe) {
  const auto& best = probe.best();
  return probe.gain(probe.at_own()) == 0 && best.rate < probe.own &&
         probe.gain(best) > kLearns * probe.start;
}

/// True when the rate is at fault. `reached`: training reached what it should, so only a rate
/// beyond the range is: schedules that warm up carry more than is best for a constant rate.
bool check_rate(Study& study, bool reached) {
  const Probe probe = probe_rates(study);
  study.result.figures.push_back(rate_figure(probe));
  const auto& best = probe.best();
  if (probe.gain(best) <= kClearlyMore * probe.gain(probe.at_own())) return false;
  if (reached && !is_beyond_range(probe)) return false;
  const Difference more = gain_over_own(study, probe, best.rate);
  if (!(more.low > 0)) return false;
  const bool low = best.rate > probe.own;
  auto& finding = study.add(
      low ? "diagnosis-learning-rate-low" : "diagnosis-learning-rate-high", gravity(study),
      "in " + grouped(probe.steps) + " steps the training loss falls by " +
          pretty_number(probe.gain(probe.at_own()), 3) + " at training.learning_rate " +
          pretty_number(probe.own) + " and by " + pretty_number(probe.gain(best), 3) + " at " +
          pretty_number(best.rate) + ", which is " + difference_text(more) + " more" +
          (reached ? "; this training got over it, another seed may not" : ""),
      {{"learning_rate", probe.own},
       {"better", best.rate},
       {"gain", probe.gain(probe.at_own())},
       {"better_gain", probe.gain(best)},
       {"interval", more.interval()}},
      kRates);
  finding.key = "training.learning_rate";
  finding.advice =
      "Set training.learning_rate: " + number_text(std::stod(pretty_number(best.rate, 2))) +
      " and run dlwork diagnose again.";
  return true;
}

/// Rises and standstill of the training loss over the epochs, of a training that converged and
/// misses `best`.
void check_course(Study& study, const Attainable& best) {
  const auto& history = study.report.history;
  if (history.size() < kEpochsToJudge) return;
  double rises = 0;
  for (std::size_t i = 1; i < history.size(); ++i) {
    rises += std::max(0.0, history[i].train_loss - history[i - 1].train_loss);
  }
  const double first = history.front().train_loss, last = history.back().train_loss;
  if (last >= first) return;  // converged by the validation part's figure alone
  const double fall = first - last;
  if (rises > kOscillating * fall) {
    study.add("diagnosis-oscillating", Severity::kWarn,
              "the training loss rises by " + pretty_number(rises, 3) +
                  " in all between epochs while it falls by " + pretty_number(fall, 3),
              {{"rises", rises}, {"fall", fall}, {"epochs", history.size()}}, kLoss);
  }
  const double middle = history[history.size() / 2].train_loss;
  if (middle - last < kPlateau * first) {
    auto& finding =
        study.add("diagnosis-plateau", Severity::kWarn,
                  "the training loss stands at " + pretty_number(last) + " since epoch " +
                      std::to_string(history.size() / 2 + 1) + " of " +
                      std::to_string(history.size()) + " and misses the " + best.from,
                  {{"loss", last}, {"middle", middle}, {"first", first}}, kLoss);
    if (study.options.training.schedule != "one-cycle")
      finding.advice = "Set training.schedule: one-cycle.";
  }
}

}  // namespace

void check_optimisation(Study& study) {
  const auto untrained = study.context.task.make_learner(
      study.project(), study.dataset(), study.project().model, study.seed, study.context.run);
  const auto start = untrained->inspect(study.train_rows);
  const bool probes =
      !start.empty() && study.context.task.loss_tells() && study.settings().probe_steps > 0;
  check_convergence(study, probes);
  const auto best = attainable(study.context);
  bool misses = !study.trained() || !converged(study);
  if (study.trained() && best) {
    const Difference bias = worse_by(study.context, study.train_metric, best->value);
    misses = misses || (bias.low > 0 &&
                        bias.value > study.settings().bias_tolerance * tolerance_scale(study));
  }
  study.misses_training = misses;
  if (start.empty()) return;
  const auto& end = study.trained() ? study.layers() : start;
  check_dead_units(study, training::with_inner(start), training::with_inner(end));
  check_gradients(study, start);
  if (!study.context.task.loss_tells()) return;  // the rest goes by it
  // Without a figure to reach, a rate is only at fault when the probe says so.
  const bool reached = !misses && best.has_value();
  const bool rate_at_fault = probes && check_rate(study, reached);
  if (!misses || rate_at_fault) return;
  if (study.context.task.learns_by_heart()) check_by_heart(study, gravity(study));
  if (best && study.trained() && converged(study)) check_course(study, *best);
}

}  // namespace dlwork::phase::diagnose
