// Whether the validation part is like the training source, and whether it still tells the truth.
#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>

#include "dlwork/base/text.h"
#include "phase/diagnose/properties.h"
#include "phase/diagnose/scales.h"
#include "phase/diagnose/study.h"

namespace dlwork::phase::diagnose {

using artefact::Metric;
using artefact::Severity;

namespace {

constexpr char kMoved[] = "moved-inputs";
constexpr std::size_t kNamedInputs = 5;
/// Distances below this are no help in finding the cause.
constexpr double kSmallDistance = 0.1;
constexpr std::int64_t kMostCompared = 5000;

/// How far an input's values in the validation part are from those in training, 0 to 1.
struct Moved {
  std::string name;
  double distance = 0;
};

/// Total variation distance between the shares of categories, missing ones counted as one.
double category_distance(const data::Column& column, const std::vector<std::int64_t>& a,
                         const std::vector<std::int64_t>& b) {
  std::map<std::int32_t, double> shares;
  for (const auto row : a) shares[column.codes[row]] += 1.0 / static_cast<double>(a.size());
  for (const auto row : b) shares[column.codes[row]] -= 1.0 / static_cast<double>(b.size());
  double sum = 0;
  for (const auto& [code, share] : shares) sum += std::abs(share);
  return sum / 2;
}

/// Values that are there.
std::vector<double> finite(const std::vector<double>& values) {
  std::vector<double> kept;
  std::copy_if(values.begin(), values.end(), std::back_inserter(kept),
               [](double value) { return std::isfinite(value); });
  return kept;
}

/// Inputs by distance, the farthest first.
std::vector<Moved> moved_inputs(const Study& study) {
  const auto& samples = study.dataset().samples;
  const auto train = some_rows(study.options.train_rows, kMostCompared, study.seed, "shift");
  const auto other = some_rows(study.validation_rows(), kMostCompared, study.seed, "shift");
  std::vector<Moved> moved;
  for (const auto& column : samples.table.columns) {
    const double distance = column.type == data::ColumnType::kNumber
                                ? ks_distance(present(column, train), present(column, other))
                                : category_distance(column, train, other);
    moved.push_back({column.name, distance});
  }
  const auto before = properties_of(samples, train), after = properties_of(samples, other);
  for (std::size_t i = 0; i < before.size() && i < after.size(); ++i) {
    moved.push_back(
        {before[i].name, ks_distance(finite(before[i].values), finite(after[i].values))});
  }
  std::stable_sort(moved.begin(), moved.end(),
                   [](const Moved& a, const Moved& b) { return a.distance > b.distance; });
  return moved;
}

/// The two half networks' figure on the validation part; its interval rests on the same samples.
Metric validation_of(const OutOfFold& held) {
  Metric metric = held.validation.front();
  metric.of = "halves";
  double value = 0, low = 0, high = 0;
  const auto n = static_cast<double>(held.validation.size());
  for (const auto& one : held.validation) {
    value += one.value / n;
    low += one.low.value_or(one.value) / n;
    high += one.high.value_or(one.value) / n;
  }
  metric.value = value;
  metric.low = low;
  metric.high = high;
  return metric;
}

/// "times 3.4"; "plus 100" where the deviation is much the same.
std::string how_other(double factor, double offset) {
  if (OtherScales::is_scaled(factor)) return "times " + pretty_number(factor, 3);
  return (offset < 0 ? "minus " : "plus ") + pretty_number(std::abs(offset), 3);
}

/// Prepared in another way than the training part: a cause of its own, which can be mended.
void add_other_scales(Study& study, const OtherScales& scales, Json evidence) {
  std::vector<std::string> some;
  for (std::size_t i = 0; i < scales.inputs.size() && i < kNamedInputs; ++i) {
    some.push_back(scales.inputs[i] + " (" + how_other(scales.factors[i], scales.offsets[i]) + ")");
  }
  evidence["inputs"] = scales.inputs;
  evidence["factors"] = scales.factors;
  evidence["offsets"] = scales.offsets;
  evidence["mended"] = scales.mended.value;
  evidence["gain"] = scales.gain.value;
  evidence["interval"] = scales.gain.interval();
  study.add("diagnosis-preprocessing", Severity::kWarn,
            std::to_string(scales.inputs.size()) + " of " + std::to_string(scales.compared) +
                " inputs have another scale or offset in the validation part, but the same "
                "distribution: " +
                join_words(some) + "; brought to the training part's mean and deviation, " +
                metric_text(scales.mended) + " in place of " +
                metric_text(study.validation_metric) + ", better by " +
                difference_text(scales.gain),
            std::move(evidence), kMoved);
}

}  // namespace

/// Ng, Machine Learning Yearning (2018), ch. 40 to 42: the same network on samples held out of the
/// training source and on the validation part. Worse on validation is a shift between the two;
/// better on validation flatters, as where the epoch or the settings were chosen by it.
void check_shift(Study& study) {
  if (!study.out_of_fold) return;
  auto& context = study.context;
  const OutOfFold& held = *study.out_of_fold;
  Metric on_held = measure_goal(context, held.outputs, data::Part::kTrain, held.rows, "held out");
  const Metric on_validation = validation_of(held);
  study.result.metrics.push_back(on_held);
  const Difference shift = worse_by(context, on_validation, on_held);
  const double tolerance = study.settings().shift_tolerance * tolerance_scale(study);
  const std::string how = " on the validation part and " + metric_text(on_held) +
                          " on samples held out of the training source (networks trained on " +
                          grouped(held.trained_on) + ")";
  Json evidence = {{"validation", on_validation.value},
                   {"held", on_held.value},
                   {"shift", shift.value},
                   {"interval", shift.interval()},
                   {"trained_on", held.trained_on}};
  const bool worse = shift.low > 0 && shift.value > tolerance;
  const bool flatters = shift.high < 0 && -shift.value > tolerance;
  if (!worse && !flatters) return;
  const auto moved = moved_inputs(study);
  std::vector<std::string> names, named;
  std::vector<double> distances;
  for (const auto& input : moved) {
    if (names.size() >= kNamedInputs) break;
    names.push_back(input.name);
    distances.push_back(input.distance);
    if (input.distance > kSmallDistance)
      named.push_back(input.name + " (" + pretty_number(input.distance, 2) + ")");
  }
  evidence["moved"] = names;
  evidence["distances"] = distances;
  study.result.figures.push_back(
      bars(kMoved, "Inputs that differ most between training and validation", "distance", names,
           distances, "Kolmogorov-Smirnov distance of numbers, total variation of categories."));
  if (worse) {
    if (const auto scales = find_other_scales(study)) {
      add_other_scales(study, *scales, evidence);
      return;
    }
  }
  const std::string message =
      metric_text(on_validation) + how + ", " + (worse ? "worse" : "better") + " by " +
      (worse ? difference_text(shift) : difference_text({-shift.value, -shift.high, -shift.low})) +
      (named.empty() ? "" : "; farthest apart: " + join_words(named));
  study.add(worse ? "diagnosis-shift" : "diagnosis-validation-flatters", Severity::kWarn, message,
            evidence, kMoved);
}

}  // namespace dlwork::phase::diagnose
