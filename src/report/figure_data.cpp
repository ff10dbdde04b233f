#include "report/figure_data.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "dlwork/base/text.h"

namespace dlwork::report {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
// Beyond these, ratios and differences of two values overflow.
constexpr double kLargest = 1e150;
constexpr double kSmallest = 1e-150;

const Json* find(const Json& json, const char* key) {
  if (!json.is_object()) return nullptr;
  const auto found = json.find(key);
  return found == json.end() ? nullptr : &*found;
}

double number(const Json& json) {
  if (!json.is_number()) return kNan;
  const double value = json.get<double>();
  if (std::fabs(value) < kSmallest) return 0;
  return std::fabs(value) <= kLargest ? value : kNan;
}

std::string text(const Json& json) {
  if (json.is_string()) return json.get<std::string>();
  if (json.is_number()) return pretty_number(json.get<double>(), 6);
  return json.is_null() ? "" : json_text(json);
}

double number_at(const Json& json, const char* key) {
  const Json* found = find(json, key);
  return found != nullptr ? number(*found) : kNan;
}

std::string text_at(const Json& json, const char* key) {
  const Json* found = find(json, key);
  return found != nullptr ? text(*found) : "";
}

bool truth_at(const Json& json, const char* key) {
  const Json* found = find(json, key);
  return found != nullptr && found->is_boolean() && found->get<bool>();
}

/// The items of an array, or nothing.
const Json& list_at(const Json& json, const char* key) {
  static const Json kNothing = Json::array();
  const Json* found = find(json, key);
  return found != nullptr && found->is_array() ? *found : kNothing;
}

std::vector<double> numbers_at(const Json& json, const char* key) {
  std::vector<double> values;
  for (const Json& item : list_at(json, key)) values.push_back(number(item));
  return values;
}

std::vector<std::string> texts_at(const Json& json, const char* key) {
  std::vector<std::string> values;
  for (const Json& item : list_at(json, key)) values.push_back(text(item));
  return values;
}

}  // namespace

XyData read_xy(const Json& data) {
  XyData xy;
  xy.x_label = text_at(data, "x_label");
  xy.y_label = text_at(data, "y_label");
  xy.log_x = truth_at(data, "log_x");
  xy.diagonal = truth_at(data, "diagonal");
  for (const Json& item : list_at(data, "series")) {
    Series series{text_at(item, "name"), numbers_at(item, "x"), numbers_at(item, "y"),
                  numbers_at(item, "low"), numbers_at(item, "high")};
    const size_t count = std::min(series.x.size(), series.y.size());
    series.x.resize(count);
    series.y.resize(count);
    if (series.low.size() != count || series.high.size() != count) {
      series.low.clear();
      series.high.clear();
    }
    if (xy.log_x) {
      for (double& x : series.x) x = x > 0 ? x : kNan;
    }
    xy.series.push_back(std::move(series));
  }
  for (const Json& item : list_at(data, "marks")) {
    xy.marks.push_back({number_at(item, "x"), number_at(item, "y"), text_at(item, "label")});
  }
  return xy;
}

BarsData read_bars(const Json& data) {
  BarsData bars{text_at(data, "y_label"), texts_at(data, "labels"), {}};
  for (const Json& item : list_at(data, "series")) {
    Series series{text_at(item, "name"), {}, numbers_at(item, "values"), {}, {}};
    series.y.resize(bars.labels.size(), kNan);
    bars.series.push_back(std::move(series));
  }
  return bars;
}

MatrixData read_matrix(const Json& data) {
  MatrixData matrix{text_at(data, "row_label"),
                    text_at(data, "column_label"),
                    texts_at(data, "rows"),
                    texts_at(data, "columns"),
                    {}};
  for (const Json& row : list_at(data, "values")) {
    std::vector<double> values;
    if (row.is_array()) {
      for (const Json& item : row) values.push_back(number(item));
    }
    values.resize(matrix.columns.size(), kNan);
    matrix.values.push_back(std::move(values));
  }
  matrix.values.resize(matrix.rows.size(), std::vector<double>(matrix.columns.size(), kNan));
  return matrix;
}

std::vector<Picture> read_pictures(const Json& data) {
  std::vector<Picture> pictures;
  for (const Json& item : list_at(data, "items")) {
    pictures.push_back({text_at(item, "file"), text_at(item, "caption")});
  }
  return pictures;
}

double share_of_row(const MatrixData& matrix, size_t row, size_t column) {
  double sum = 0;
  for (const double value : matrix.values[row]) {
    if (!(value >= 0) || value != std::floor(value)) return kNan;
    sum += value;
  }
  return sum > 0 ? matrix.values[row][column] / sum : kNan;
}

}  // namespace dlwork::report
