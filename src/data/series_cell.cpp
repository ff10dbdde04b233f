#include "data/series_cell.h"

#include <algorithm>
#include <array>
#include <limits>

#include "data/arrays.h"
#include "data/problem.h"
#include "data/records.h"
#include "data/series.h"
#include "dlwork/base/text.h"

namespace dlwork::data {
namespace {

constexpr float kNoValue = std::numeric_limits<float>::quiet_NaN();
constexpr std::string_view kBetweenValues = " \t\r\n,;";
constexpr std::array kNoValues{"?", "NA", "null", "None"};

/// A number, or NaN for a missing one; false where the text is neither.
bool parse_value(std::string_view text, float& value) {
  value = kNoValue;
  if (text.empty() || std::find(kNoValues.begin(), kNoValues.end(), text) != kNoValues.end()) {
    return true;
  }
  double number;
  if (!parse_cell(text, number)) return false;
  value = static_cast<float>(number);
  return true;
}

/// The text from one value or bracket to the next.
class SeriesScanner {
 public:
  explicit SeriesScanner(std::string_view text) : text_(text) {}

  bool at_end() {
    skip_blanks();
    return at_ == text_.size();
  }
  bool takes(char letter) {
    skip_blanks();
    if (at_ == text_.size() || text_[at_] != letter) return false;
    ++at_;
    return true;
  }
  /// Values up to a bracket or the end; what is wrong, or "".
  std::string take_values(std::vector<float>& values) {
    const std::size_t first = values.size();
    bool after_comma = true;
    for (skip_blanks(); at_ < text_.size() && !is_bracket(text_[at_]); skip_blanks()) {
      if (text_[at_] == ',' || text_[at_] == ';') {
        if (after_comma) values.push_back(kNoValue);
        after_comma = true;
        ++at_;
        continue;
      }
      const std::size_t begin = at_;
      while (at_ < text_.size() && !is_bracket(text_[at_]) &&
             kBetweenValues.find(text_[at_]) == std::string_view::npos) {
        ++at_;
      }
      const std::string_view word = text_.substr(begin, at_ - begin);
      float value;
      if (!parse_value(word, value)) {
        return "value " + std::to_string(values.size() - first + 1) + ": " + shown_text(word) +
               " is no number";
      }
      values.push_back(value);
      after_comma = false;
    }
    return "";
  }

 private:
  static bool is_bracket(char letter) { return letter == '[' || letter == ']'; }
  void skip_blanks() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }

  std::string_view text_;
  std::size_t at_ = 0;
};

/// Steps in brackets of their own, up to the end of the outer one.
std::string take_steps(SeriesScanner& scanner, LoneSeries& series) {
  series.channels = 0;
  for (std::int64_t step = 1; scanner.takes('['); ++step) {
    const std::size_t before = series.values.size();
    const std::string wrong = scanner.take_values(series.values);
    const std::string where = "step " + std::to_string(step);
    if (!wrong.empty()) return where + ": " + wrong;
    if (!scanner.takes(']')) return where + " has a bracket that is not closed";
    scanner.takes(',');
    const auto channels = static_cast<std::int64_t>(series.values.size() - before);
    if (step == 1) series.channels = channels;
    if (channels == 0 || channels != series.channels) {
      return where + " has " + std::to_string(channels) + " values, the first has " +
             std::to_string(series.channels);
    }
  }
  return "";
}

/// What a value of a file is; false where it is a text.
bool number_of(const Value& value, float& number) {
  number = kNoValue;
  if (value.kind == Value::Kind::kNumber) number = static_cast<float>(value.number);
  return value.kind != Value::Kind::kText || parse_value(value.text, number);
}

[[noreturn]] void too_long(const std::string& path) {
  input_error(path, 0, 0,
              "holds a series of more than " +
                  grouped(static_cast<std::int64_t>(kMostSeriesValues)) + " values",
              "cut it into windows");
}

LoneSeries from_series_file(const std::string& path) {
  SeriesReader reader(path);
  SeriesRecord record, second;
  if (!reader.next(record)) input_error(path, reader.line(), 0, "the file has no series");
  if (reader.next(second)) {
    input_error(path, reader.line(), 0, "holds more than one series",
                "name it as data.train, or give each series a file of its own");
  }
  return {static_cast<std::int64_t>(record.values.size()) / record.steps, std::move(record.values)};
}

LoneSeries from_table(const std::string& path) {
  const TableFile table = find_table(path, {});
  if (table.format == TableFormat::kArrays &&
      kind_of(*open_arrays(path, "").inputs) != Kind::kTable) {
    input_error(path, 0, 0, "holds no array of steps x channels");
  }
  LoneSeries series;
  series.channels = static_cast<std::int64_t>(table.names.size());
  const auto records = open_table(table);
  while (records->next()) {
    if (series.values.size() > kMostSeriesValues) too_long(path);
    for (std::size_t c = 0; c < table.names.size(); ++c) {
      const Value value = records->value(c);
      float number;
      if (!number_of(value, number)) {
        records->fail(c,
                      "column " + table.names[c] + ": " + shown_text(value.text) + " is no number",
                      "a file of one series holds numbers alone, a row for each step");
      }
      series.values.push_back(number);
    }
  }
  return series;
}

}  // namespace

bool holds_series(std::string_view text) {
  const auto begin = text.find_first_not_of(kBetweenValues);
  if (begin == std::string_view::npos) return true;
  if (text[begin] == '[') return true;
  const auto end = std::min(text.find_first_of(kBetweenValues, begin), text.size());
  float unused;
  return parse_value(text.substr(begin, end - begin), unused);
}

std::string parse_series(std::string_view text, LoneSeries& series) {
  series = LoneSeries();
  SeriesScanner scanner(text);
  std::string wrong;
  const bool brackets = scanner.takes('[');
  SeriesScanner steps = scanner;
  if (brackets && steps.takes('[')) {
    wrong = take_steps(scanner, series);
  } else {
    wrong = scanner.take_values(series.values);
  }
  if (!wrong.empty()) return wrong;
  if (brackets && !scanner.takes(']')) return "a bracket is not closed";
  return scanner.at_end() ? "" : "there is more behind the last bracket";
}

LoneSeries read_series_file(const std::string& path) {
  return is_series_file(path) ? from_series_file(path) : from_table(path);
}

std::string add_channels(const LoneSeries& more, LoneSeries& series) {
  if (more.steps() != series.steps()) {
    return "has " + std::to_string(more.steps()) + " steps, the column before has " +
           std::to_string(series.steps());
  }
  LoneSeries both;
  both.channels = series.channels + more.channels;
  both.values.reserve(series.values.size() + more.values.size());
  for (std::int64_t step = 0; step < series.steps(); ++step) {
    const auto old = series.values.begin() + step * series.channels;
    const auto added = more.values.begin() + step * more.channels;
    both.values.insert(both.values.end(), old, old + series.channels);
    both.values.insert(both.values.end(), added, added + more.channels);
  }
  series = std::move(both);
  return "";
}

}  // namespace dlwork::data
