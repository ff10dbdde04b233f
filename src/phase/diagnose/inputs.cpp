// What no network can learn: a class it never sees, an input that never changes.
#include <algorithm>
#include <cmath>
#include <optional>

#include "dlwork/base/text.h"
#include "phase/diagnose/study.h"
#include "phase/measuring.h"

namespace dlwork::phase::diagnose {

using artefact::Severity;

namespace {

void check_classes(Study& study) {
  const auto& target = study.dataset().samples.target;
  if (!target.is_class) return;
  const auto train = class_counts(target, study.options.train_rows);
  const auto validation = class_counts(target, study.validation_rows());
  std::vector<std::string> missing;
  std::int64_t lost = 0;
  for (std::size_t c = 0; c < train.size(); ++c) {
    if (train[c] > 0) continue;
    missing.push_back("'" + target.classes[c] + "'");
    lost += validation[c];
  }
  if (missing.empty()) return;
  study.result.figures.push_back(bars("class-counts", "Training samples by class", "samples",
                                      target.classes, {train.begin(), train.end()},
                                      "A class without training samples cannot be learned."));
  const auto all = static_cast<std::int64_t>(study.validation_rows().size());
  const Interval share = wilson(lost, all);
  study.add("diagnosis-class-missing", Severity::kError,
            join_words(missing) + (missing.size() == 1 ? " has" : " have") +
                " no training sample; " + grouped(lost) + " of " + grouped(all) +
                " validation samples (" + percent(share.low) + " to " + percent(share.high) +
                ") are lost to it",
            {{"classes", missing}, {"lost", lost}, {"interval", {share.low, share.high}}},
            "class-counts");
}

bool is_constant(const data::Column& column, const std::vector<std::int64_t>& rows) {
  if (rows.empty()) return true;
  const bool first_missing = column.is_missing(rows.front());
  return std::all_of(rows.begin(), rows.end(), [&](std::int64_t row) {
    if (column.is_missing(row) || first_missing) return column.is_missing(row) && first_missing;
    return column.type == data::ColumnType::kNumber
               ? column.numbers[row] == column.numbers[rows.front()]
               : column.codes[row] == column.codes[rows.front()];
  });
}

bool is_constant(const data::Pictures& pictures, std::int64_t channel,
                 const std::vector<std::int64_t>& rows) {
  const std::int64_t area = pictures.height * pictures.width;
  const std::uint8_t first = pictures.at(rows.front())[channel * area];
  return std::all_of(rows.begin(), rows.end(), [&](std::int64_t row) {
    const std::uint8_t* pixels = pictures.at(row) + channel * area;
    return std::all_of(pixels, pixels + area, [&](std::uint8_t pixel) { return pixel == first; });
  });
}

/// A value that is missing in all steps of all series is one value too.
bool is_constant(const data::Sequences& series, std::int64_t channel,
                 const std::vector<std::int64_t>& rows) {
  std::optional<float> first;
  for (const auto row : rows) {
    const float* values = series.at(row);
    for (std::int64_t step = 0; step < series.lengths[row]; ++step) {
      const float value = values[step * series.channels + channel];
      if (!first) first = value;
      const bool same = std::isnan(value) ? std::isnan(*first) : value == *first;
      if (!same) return false;
    }
  }
  return true;
}

bool is_constant(const std::vector<std::string>& texts, const std::vector<std::int64_t>& rows) {
  return std::all_of(rows.begin(), rows.end(),
                     [&](std::int64_t row) { return texts[row] == texts[rows.front()]; });
}

/// Names of inputs with one value in the training part, and of those that vary elsewhere.
struct Constants {
  std::vector<std::string> names, vary_in_validation;
  std::size_t inputs = 0;
};

Constants constants_of(const Study& study) {
  const auto& samples = study.dataset().samples;
  const auto& rows = study.options.train_rows;
  const auto& others = study.validation_rows();
  Constants found;
  if (rows.empty()) return found;
  const auto add = [&](const std::string& name, bool constant, bool constant_elsewhere) {
    ++found.inputs;
    if (!constant) return;
    found.names.push_back("'" + name + "'");
    if (!constant_elsewhere) found.vary_in_validation.push_back("'" + name + "'");
  };
  for (const auto& column : samples.table.columns) {
    add(column.name, is_constant(column, rows), is_constant(column, others));
  }
  for (std::int64_t c = 0; c < samples.sequences.channels; ++c) {
    add("channel " + std::to_string(c + 1), is_constant(samples.sequences, c, rows),
        is_constant(samples.sequences, c, others));
  }
  if (samples.kind == data::Kind::kText) {
    add("text", is_constant(samples.texts, rows), is_constant(samples.texts, others));
  }
  for (std::int64_t c = 0; c < samples.pictures.channels && !others.empty(); ++c) {
    add("channel " + std::to_string(c + 1), is_constant(samples.pictures, c, rows),
        is_constant(samples.pictures, c, others));
  }
  return found;
}

void check_constants(Study& study) {
  const Constants found = constants_of(study);
  if (found.names.empty()) return;
  const bool all = found.names.size() == found.inputs;
  std::string message = join_words(found.names) + (found.names.size() == 1 ? " has" : " have") +
                        " one value in all " +
                        grouped(static_cast<std::int64_t>(study.options.train_rows.size())) +
                        " training samples";
  if (all) message += ": the network sees nothing of its samples";
  if (!found.vary_in_validation.empty()) {
    message += "; in the validation part " + join_words(found.vary_in_validation) +
               (found.vary_in_validation.size() == 1 ? " varies" : " vary");
  }
  study.result.figures.push_back(bars("constant-inputs", "Inputs by whether they vary", "inputs",
                                      {"constant", "varying"},
                                      {static_cast<double>(found.names.size()),
                                       static_cast<double>(found.inputs - found.names.size())},
                                      "Inputs with one value in the training part tell nothing."));
  // What varies nowhere is only idle; what varies elsewhere was lost on its way to training.
  const Severity severity = all                                ? Severity::kError
                            : found.vary_in_validation.empty() ? Severity::kInfo
                                                               : Severity::kWarn;
  study.add("diagnosis-input-constant", severity, message,
            {{"inputs", found.names},
             {"of", found.inputs},
             {"vary_in_validation", found.vary_in_validation}},
            "constant-inputs");
}

}  // namespace

void check_inputs(Study& study) {
  check_classes(study);
  check_constants(study);
}

}  // namespace dlwork::phase::diagnose
