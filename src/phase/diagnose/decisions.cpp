// Whether probabilities mean what they say, and which threshold costs least.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "dlwork/base/text.h"
#include "phase/diagnose/decisions.h"

namespace dlwork::phase::diagnose {

using artefact::Figure;
using artefact::Severity;

namespace {

constexpr char kReliability[] = "reliability";
constexpr int kResamples = 200;

/// Some rows of outputs, with their labels.
struct Some {
  training::Outputs outputs;
  std::vector<std::int32_t> labels;
};
Some take(const training::Outputs& outputs, const std::vector<std::int32_t>& labels,
          const std::vector<std::int64_t>& which) {
  Some some{{static_cast<std::int64_t>(which.size()), outputs.columns, {}}, {}};
  for (const auto i : which) {
    some.outputs.values.insert(some.outputs.values.end(), outputs.row(i),
                               outputs.row(i) + outputs.columns);
    some.labels.push_back(labels[i]);
  }
  return some;
}

Figure reliability_figure(const std::vector<ReliabilityBin>& bins,
                          const std::vector<ReliabilityBin>& mended) {
  const auto series = [](const std::string& name, const std::vector<ReliabilityBin>& all) {
    Json x = Json::array(), y = Json::array(), low = Json::array(), high = Json::array();
    for (const auto& bin : all) {
      if (bin.count == 0) continue;
      const Interval interval =
          wilson(std::llround(bin.accuracy * static_cast<double>(bin.count)), bin.count);
      x.push_back(bin.confidence);
      y.push_back(bin.accuracy);
      low.push_back(interval.low);
      high.push_back(interval.high);
    }
    return Json{{"name", name}, {"x", x}, {"y", y}, {"low", low}, {"high", high}};
  };
  Figure figure{kReliability, "Reliability diagram", "lines", {}, ""};
  figure.data = {{"x_label", "probability given to the likeliest class"},
                 {"y_label", "share right"},
                 {"series", Json::array({series("network", bins),
                                         series("with its temperature", mended),
                                         {{"name", "perfect"}, {"x", {0, 1}}, {"y", {0, 1}}}})}};
  figure.caption = "15 bins of probability; below the diagonal the network is too sure of itself.";
  return figure;
}

/// Each half with the temperature fitted on the other, so that what it mends is not flattered.
training::Outputs cross_fitted(const training::Outputs& outputs,
                               const std::vector<std::int32_t>& labels, std::uint64_t seed) {
  auto order = Rng(seed, "temperature").permutation(outputs.rows);
  const auto middle = order.begin() + static_cast<std::int64_t>(order.size() / 2);
  const std::vector<std::int64_t> first(order.begin(), middle), second(middle, order.end());
  training::Outputs mended = outputs;
  for (const auto& [fitted, used] : {std::pair(&first, &second), std::pair(&second, &first)}) {
    const Some on = take(outputs, labels, *fitted), to = take(outputs, labels, *used);
    const auto changed = with_temperature(to.outputs, best_temperature(on.outputs, on.labels));
    for (std::size_t i = 0; i < used->size(); ++i) {
      std::copy_n(changed.row(static_cast<std::int64_t>(i)), outputs.columns,
                  mended.values.begin() + (*used)[i] * outputs.columns);
    }
  }
  return mended;
}

/// The rarer class of the training part.
std::size_t rarer_class(const Study& study) {
  const auto& target = study.dataset().samples.target;
  std::vector<std::int64_t> counts(target.classes.size(), 0);
  for (const auto row : study.options.train_rows) ++counts[target.codes[row]];
  return std::min_element(counts.begin(), counts.end()) - counts.begin();
}

/// Costs of two kinds of errors say nothing where there are more kinds.
void tell_of_unused_costs(Study& study) {
  const auto& costs = study.settings().costs;
  if (costs.missed == costs.false_alarm) return;
  study.add("diagnosis-costs-unused", Severity::kInfo,
            "diagnose.costs are of decisions between two classes, and there are " +
                std::to_string(study.validation.columns) + "; diagnose.costs.positive names none",
            {{"missed", costs.missed},
             {"false_alarm", costs.false_alarm},
             {"classes", study.validation.columns}},
            "precision-recall");
}

std::string unquoted_threshold(double threshold) {
  return std::isfinite(threshold) ? pretty_number(threshold, 3) : "none (never call it)";
}

}  // namespace

bool has_probabilities(const Study& study) {
  return study.context.task.says_shares() && study.dataset().samples.target.is_class &&
         study.validation.columns > 1;
}

std::optional<std::size_t> named_class(Context& context) {
  constexpr char kKey[] = "diagnose.costs.positive";
  const auto& project = context.project;
  const std::string& named = project.diagnose.costs.positive;
  if (named.empty()) return std::nullopt;
  const auto& classes = context.dataset().samples.target.classes;
  const auto found = std::find(classes.begin(), classes.end(), named);
  if (found != classes.end()) return found - classes.begin();
  const auto place = project.places.find(kKey);
  throw Error(
      ExitStatus::kUsage,
      Diagnostic{
          place == project.places.end() ? Location{project.file, 0, 0} : place->second, kKey,
          "'" + named + "' is no class of the data",
          classes.empty() ? "the target has no classes" : "classes: " + join_words(classes)});
}

std::vector<std::int32_t> labels_of(const Study& study) {
  std::vector<std::int32_t> labels;
  for (const auto row : study.validation_rows()) {
    labels.push_back(study.dataset().samples.target.codes[row]);
  }
  return labels;
}

void check_calibration(Study& study) {
  if (!has_probabilities(study)) return;
  const auto labels = labels_of(study);
  const auto bins = reliability(study.validation, labels);
  const double error = calibration_error(bins);
  const double noise = calibration_noise(study.validation, study.seed);
  const double temperature = best_temperature(study.validation, labels);
  const auto mended = reliability(cross_fitted(study.validation, labels, study.seed), labels);
  const double mended_error = calibration_error(mended);
  Rng rng(study.seed, "calibration bootstrap");
  const Interval interval = bootstrap(
      study.validation.rows,
      [&](const std::vector<std::int64_t>& which) {
        const Some some = take(study.validation, labels, which);
        return calibration_error(reliability(some.outputs, some.labels));
      },
      kResamples, rng);
  study.result.figures.push_back(reliability_figure(bins, mended));
  const bool off = error > study.settings().calibration_tolerance && error > noise;
  auto& finding = study.add("diagnosis-miscalibrated", off ? Severity::kWarn : Severity::kInfo,
                            "expected calibration error " + pretty_number(error, 3) + " " +
                                interval_text(interval.low, interval.high) + " (" +
                                pretty_number(noise, 3) + " comes by chance); temperature " +
                                pretty_number(temperature, 3) + " brings it to " +
                                pretty_number(mended_error, 3) + " on samples it was not fitted to",
                            {{"error", error},
                             {"interval", {interval.low, interval.high}},
                             {"by_chance", noise},
                             {"temperature", temperature},
                             {"error_with_temperature", mended_error}},
                            kReliability);
  const double tolerance = study.settings().calibration_tolerance;
  if (!off && error > tolerance) {
    finding.advice = "Validate on more samples: of these, chance alone may give such an error.";
  } else if (!off) {
    finding.advice =
        "Nothing to do: probabilities mean what they say, within " + pretty_number(tolerance) + ".";
  }
}

void choose_threshold(Study& study) {
  if (!has_probabilities(study)) return;
  const auto named = named_class(study.context);
  if (study.validation.columns > 2) {
    hold_against_rest(study, named);
    if (!named) {
      tell_of_unused_costs(study);
      return;
    }
  }
  const auto labels = labels_of(study);
  const std::size_t positive = named ? *named : rarer_class(study);
  const std::string& name = study.dataset().samples.target.classes[positive];
  std::vector<double> scores;
  std::vector<bool> is_positive;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    scores.push_back(study.validation.row(static_cast<std::int64_t>(i))[positive]);
    is_positive.push_back(labels[i] == static_cast<std::int32_t>(positive));
  }
  const auto all = thresholds(scores, is_positive);
  if (std::count(is_positive.begin(), is_positive.end(), true) == 0) {
    study.left_out.push_back({"threshold", "no validation sample is of class '" + name + "'", {}});
    return;
  }
  const auto& costs = study.settings().costs;
  const Threshold& best = cheapest(all, costs.missed, costs.false_alarm);
  // What calls a sample positive now: more probable than not.
  const Threshold& now = *std::find_if(all.rbegin(), all.rend(),
                                       [](const Threshold& t) { return t.threshold >= 0.5; });
  show_decision_curves(study, {{"network", all}}, "'" + name + "'",
                       "One point for each threshold.");
  Rng rng(study.seed, "threshold bootstrap");
  const Interval saving = bootstrap(
      static_cast<std::int64_t>(scores.size()),
      [&](const std::vector<std::int64_t>& which) {
        double sum = 0;
        for (const auto i : which) {
          const auto cost_at = [&](double threshold) {
            const bool called = scores[i] >= threshold;
            if (called == is_positive[i]) return 0.0;
            return called ? costs.false_alarm : costs.missed;
          };
          sum += cost_at(0.5) - cost_at(best.threshold);
        }
        return sum / static_cast<double>(which.size());
      },
      kResamples, rng);
  const double gain =
      now.cost(costs.missed, costs.false_alarm) - best.cost(costs.missed, costs.false_alarm);
  study.result.tables.push_back(
      {"thresholds",
       "Thresholds for '" + name + "'",
       {"threshold", "precision", "recall", "false alarms", "cost of a decision"},
       {true, true, true, true, true},
       {},
       "cost: " + pretty_number(costs.missed) + " for a missed one, " +
           pretty_number(costs.false_alarm) + " for a false alarm (diagnose.costs)"});
  for (const Threshold* row : {&now, &best}) {
    study.result.tables.back().rows.push_back(
        {row == &now ? "0.5" : unquoted_threshold(best.threshold),
         pretty_number(row->precision(), 3), pretty_number(row->recall(), 3),
         percent(row->false_alarm_rate()),
         pretty_number(row->cost(costs.missed, costs.false_alarm), 3)});
  }
  auto& finding = study.add(
      "diagnosis-threshold", Severity::kInfo,
      "calling '" + name + "' at a probability of " + unquoted_threshold(best.threshold) +
          " costs " + pretty_number(best.cost(costs.missed, costs.false_alarm), 3) +
          " a decision, at 0.5 " + pretty_number(now.cost(costs.missed, costs.false_alarm), 3) +
          ": " + difference_text({gain, saving.low, saving.high}) +
          " less, on the samples it was chosen on; average precision " +
          pretty_number(average_precision(all), 4),
      {{"positive", name},
       {"threshold", std::isfinite(best.threshold) ? Json(best.threshold) : Json(nullptr)},
       {"saving", gain},
       {"interval", {saving.low, saving.high}},
       {"average_precision", average_precision(all)}},
      "precision-recall");
  if (!(saving.low > 0)) finding.advice = "Keep 0.5: the saving is not clear of chance.";
}

}  // namespace dlwork::phase::diagnose
