#include "report/figure_json.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "report/figure_data.h"
#include "report/text_layout.h"

namespace dlwork::report {
namespace {

constexpr size_t kMostJsonPoints = 5000;  // of a series

/// What a reader sees of a number: 7 digits; JSON's shortest form of more would be noise.
Json number(double value) {
  if (std::isnan(value)) return nullptr;
  char text[40];
  std::snprintf(text, sizeof text, "%.7g", value);
  const double rounded = std::strtod(text, nullptr);
  if (rounded == std::floor(rounded) && std::fabs(rounded) < 1e15) {
    return static_cast<std::int64_t>(rounded);
  }
  return rounded;
}

/// Every nth of the values, where there are too many.
Json numbers(const std::vector<double>& values, size_t step) {
  Json list = Json::array();
  for (size_t i = 0; i < values.size(); i += step) list.push_back(number(values[i]));
  return list;
}

Json texts(const std::vector<std::string>& values, size_t step) {
  Json list = Json::array();
  for (size_t i = 0; i < values.size(); i += step) list.push_back(one_line(values[i]));
  return list;
}

/// Every how many'th point of a series is written.
size_t step_of(const Series& series) {
  return std::max<size_t>(1, (series.x.size() + kMostJsonPoints - 1) / kMostJsonPoints);
}

Json xy_series(const Series& series) {
  const size_t step = step_of(series);
  Json json = {{"name", one_line(series.name)},
               {"x", numbers(series.x, step)},
               {"y", numbers(series.y, step)}};
  if (!series.low.empty()) {
    json["low"] = numbers(series.low, step);
    json["high"] = numbers(series.high, step);
  }
  if (!series.labels.empty()) json["labels"] = texts(series.labels, step);
  if (!series.tiles.empty()) json["tiles"] = numbers(series.tiles, step);
  return json;
}

Json xy(const XyData& data, const std::string& kind) {
  Json json = {{"kind", kind},
               {"x_label", one_line(data.x_label)},
               {"y_label", one_line(data.y_label)},
               {"log_x", data.log_x},
               {"diagonal", data.diagonal},
               {"series", Json::array()},
               {"marks", Json::array()}};
  for (const Series& series : data.series) json["series"].push_back(xy_series(series));
  for (const Mark& mark : data.marks) {
    json["marks"].push_back(
        {{"x", number(mark.x)}, {"y", number(mark.y)}, {"label", one_line(mark.label)}});
  }
  return json;
}

Json bars(const BarsData& data) {
  Json json = {{"kind", "bars"},
               {"y_label", one_line(data.y_label)},
               {"labels", texts(data.labels, 1)},
               {"series", Json::array()}};
  for (const Series& series : data.series) {
    json["series"].push_back({{"name", one_line(series.name)}, {"y", numbers(series.y, 1)}});
  }
  return json;
}

Json histogram(const HistogramData& data) {
  Json json = {{"kind", "histogram"},
               {"x_label", one_line(data.x_label)},
               {"y_label", one_line(data.y_label)},
               {"edges", numbers(data.edges, 1)},
               {"series", Json::array()}};
  for (const Series& series : data.series) {
    json["series"].push_back({{"name", one_line(series.name)}, {"y", numbers(series.y, 1)}});
  }
  return json;
}

Json embedding(const EmbeddingData& data) {
  Json json = xy(data.map, "embedding");
  json["method"] = one_line(data.method);
  for (size_t s = 0; s < data.space.size(); ++s) {
    const size_t step = step_of(data.map.series[s]);
    for (const auto& axis : data.space[s])
      json["series"][s]["space"].push_back(numbers(axis, step));
    json["space_method"] = one_line(data.space_method);
  }
  if (!data.sprite.empty()) {
    json["tile"] = {
        {"width", data.tile_width}, {"height", data.tile_height}, {"columns", data.columns}};
  }
  return json;
}

Json matrix(const MatrixData& data) {
  Json json = {{"kind", "matrix"},
               {"row_label", one_line(data.row_label)},
               {"column_label", one_line(data.column_label)},
               {"rows", texts(data.rows, 1)},
               {"columns", texts(data.columns, 1)},
               {"values", Json::array()}};
  for (const auto& row : data.values) json["values"].push_back(numbers(row, 1));
  return json;
}

/// Within JSON these characters stand in strings alone.
std::string escaped(const std::string& json) {
  std::string text;
  for (size_t i = 0; i < json.size(); ++i) {
    const bool quote = json[i] == '\\' && i + 1 < json.size() && json[i + 1] == '"';
    if (json[i] == '\\' && !quote) {
      text += json[i++];
      text += json[i];
    } else if (quote) {
      text += "\\u0022";
      ++i;
    } else if (json[i] == '<' || json[i] == '>' || json[i] == '&' || json[i] == '\'') {
      char code[8];
      std::snprintf(code, sizeof code, "\\u%04x", static_cast<unsigned>(json[i]));
      text += code;
    } else {
      text += json[i];
    }
  }
  return text;
}

}  // namespace

std::string figure_json(const artefact::Figure& figure) {
  Json json;
  if (figure.kind == "lines" || figure.kind == "scatter") {
    json = xy(read_xy(figure.data), figure.kind);
  } else if (figure.kind == "bars") {
    json = bars(read_bars(figure.data));
  } else if (figure.kind == "histogram") {
    json = histogram(read_histogram(figure.data));
  } else if (figure.kind == "matrix") {
    json = matrix(read_matrix(figure.data));
  } else if (figure.kind == "embedding") {
    json = embedding(read_embedding(figure.data));
  } else {
    return "";
  }
  json["title"] = one_line(figure.title);
  return escaped(json_text(json));
}

}  // namespace dlwork::report
