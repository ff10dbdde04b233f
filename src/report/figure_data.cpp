#include "report/figure_data.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "dlwork/base/text.h"
#include "report/heat.h"

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

std::vector<double> numbers_of(const Json& list) {
  std::vector<double> values;
  if (!list.is_array()) return values;
  for (const Json& item : list) values.push_back(number(item));
  return values;
}

std::vector<double> numbers_at(const Json& json, const char* key) {
  return numbers_of(list_at(json, key));
}

std::vector<std::string> texts_at(const Json& json, const char* key) {
  std::vector<std::string> values;
  for (const Json& item : list_at(json, key)) values.push_back(text(item));
  return values;
}

}  // namespace

std::string read_group(const Json& data) { return text_at(data, "group"); }

XyData read_xy(const Json& data) {
  XyData xy;
  xy.x_label = text_at(data, "x_label");
  xy.y_label = text_at(data, "y_label");
  xy.log_x = truth_at(data, "log_x");
  xy.diagonal = truth_at(data, "diagonal") && !xy.log_x;
  for (const Json& item : list_at(data, "series")) {
    Series series{text_at(item, "name"),    numbers_at(item, "x"),    numbers_at(item, "y"),
                  numbers_at(item, "low"),  numbers_at(item, "high"), texts_at(item, "labels"),
                  numbers_at(item, "tiles")};
    const size_t count = std::min(series.x.size(), series.y.size());
    series.x.resize(count);
    series.y.resize(count);
    if (series.labels.size() != count) series.labels.clear();
    if (series.tiles.size() != count) series.tiles.clear();
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

HistogramData read_histogram(const Json& data) {
  HistogramData histogram{
      text_at(data, "x_label"), text_at(data, "y_label"), numbers_at(data, "edges"), {}};
  if (histogram.y_label.empty()) histogram.y_label = "count";
  const auto& edges = histogram.edges;
  for (size_t e = 0; e < edges.size(); ++e) {
    if (std::isnan(edges[e]) || (e > 0 && edges[e] <= edges[e - 1])) histogram.edges.clear();
  }
  if (edges.size() < 2) return histogram;
  for (const Json& item : list_at(data, "series")) {
    Series series{text_at(item, "name"), {}, numbers_at(item, "counts"), {}, {}};
    series.y.resize(edges.size() - 1, kNan);
    histogram.series.push_back(std::move(series));
  }
  return histogram;
}

namespace {

/// Places in three dimensions, where every series has one for each of its points.
std::vector<std::vector<std::vector<double>>> space_of(const Json& data, const XyData& map) {
  std::vector<std::vector<std::vector<double>>> space;
  for (const Json& item : list_at(data, "series")) {
    std::vector<std::vector<double>> axes;
    for (const Json& axis : list_at(item, "space")) {
      axes.push_back(numbers_of(axis));
      if (axes.back().size() != map.series[space.size()].x.size()) return {};
    }
    if (axes.size() != 3) return {};
    space.push_back(std::move(axes));
  }
  return space;
}

}  // namespace

EmbeddingData read_embedding(const Json& data) {
  constexpr double kMostPixels = 1024;
  EmbeddingData embedding{text_at(data, "method"), read_xy(data), "", 0, 0, 0, "", {}};
  embedding.space_method = text_at(data, "space_method");
  embedding.space = space_of(data, embedding.map);
  const Json* sprite = find(data, "sprite");
  if (sprite == nullptr) return embedding;
  const auto whole = [&](const char* key) {
    const double value = number_at(*sprite, key);
    return value >= 1 && value <= kMostPixels ? static_cast<int>(value) : 0;
  };
  embedding.tile_width = whole("width");
  embedding.tile_height = whole("height");
  embedding.columns = whole("columns");
  if (embedding.tile_width > 0 && embedding.tile_height > 0 && embedding.columns > 0) {
    embedding.sprite = text_at(*sprite, "file");
  }
  return embedding;
}

XyData outline_of(const HistogramData& data) {
  XyData outline;
  outline.x_label = data.x_label;
  outline.y_label = data.y_label;
  for (const Series& bins : data.series) {
    Series series{bins.name, {}, {}, {}, {}};
    const auto add = [&](double x, double y) {
      series.x.push_back(x);
      series.y.push_back(y);
      series.low.push_back(0);
      series.high.push_back(y);
    };
    add(data.edges.front(), 0);
    for (size_t b = 0; b < bins.y.size(); ++b) {
      const double count = std::isnan(bins.y[b]) ? 0 : bins.y[b];
      add(data.edges[b], count);
      add(data.edges[b + 1], count);
    }
    add(data.edges.back(), 0);
    outline.series.push_back(std::move(series));
  }
  return outline;
}

BarsData bars_of(const HistogramData& data) {
  BarsData bars{data.y_label, {}, data.series};
  for (size_t e = 0; e + 1 < data.edges.size(); ++e) {
    bars.labels.push_back(pretty_number(data.edges[e], 3) + " to " +
                          pretty_number(data.edges[e + 1], 3));
  }
  return bars;
}

std::vector<Picture> read_pictures(const Json& data) {
  std::vector<Picture> pictures;
  for (const Json& item : list_at(data, "items")) {
    pictures.push_back({text_at(item, "file"), text_at(item, "caption")});
  }
  return pictures;
}

double Heat::of(double value) const {
  if (std::isnan(value) || largest == 0) return 0;
  const double share = std::fabs(value) / largest;
  return is_signed ? share : std::sqrt(share);
}

Heat heat_of(const MatrixData& data) {
  Heat heat;
  for (const auto& row : data.values) {
    for (const double value : row) {
      if (std::isnan(value)) continue;
      heat.largest = std::max(heat.largest, std::fabs(value));
      heat.is_signed = heat.is_signed || value < 0;
    }
  }
  return heat;
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
