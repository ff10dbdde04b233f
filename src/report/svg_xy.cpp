#include <algorithm>
#include <cmath>

#include "dlwork/base/text.h"
#include "report/escape.h"
#include "report/scale.h"
#include "report/svg.h"
#include "report/text_layout.h"

namespace dlwork::report {
namespace {

constexpr double kHeight = 300;
constexpr double kTop = 14, kRight = 14;
constexpr size_t kMostPoints = 1500;  // of a series; more would only overlap
constexpr size_t kMostMarkers = 60;   // of a line; more would hide it

enum class Kind { kLines, kScatter, kOutline, kMap };

/// The field of a plot and how values map into it.
struct Frame {
  Scale x, y;
  double left, right, top, bottom;
  double at_x(double value) const { return left + x.place(value) * (right - left); }
  double at_y(double value) const { return bottom - y.place(value) * (bottom - top); }
};

bool is_point(const Series& series, size_t i) {
  return !std::isnan(series.x[i]) && !std::isnan(series.y[i]);
}

/// Every nth point, where there are too many to tell apart; the last one always.
Series thinned(const Series& series) {
  if (series.x.size() <= kMostPoints) return series;
  Series kept{series.name, {}, {}, {}, {}};
  const size_t step = (series.x.size() + kMostPoints - 1) / kMostPoints;
  for (size_t i = 0; i < series.x.size(); ++i) {
    if (i % step != 0 && i + 1 != series.x.size()) continue;
    kept.x.push_back(series.x[i]);
    kept.y.push_back(series.y[i]);
    if (!series.low.empty()) {
      kept.low.push_back(series.low[i]);
      kept.high.push_back(series.high[i]);
    }
    if (!series.labels.empty()) kept.labels.push_back(series.labels[i]);
  }
  return kept;
}

struct Ranges {
  Range x, y;
  bool whole_x = true;
};

Ranges ranges_of(const XyData& data) {
  Ranges ranges;
  for (const Series& series : data.series) {
    for (size_t i = 0; i < series.x.size(); ++i) {
      if (!is_point(series, i)) continue;
      ranges.x.add(series.x[i]);
      ranges.y.add(series.y[i]);
      ranges.whole_x = ranges.whole_x && series.x[i] == std::floor(series.x[i]);
      if (!series.low.empty()) {
        ranges.y.add(series.low[i]);
        ranges.y.add(series.high[i]);
      }
    }
  }
  if (ranges.y.is_empty()) return ranges;
  for (const Mark& mark : data.marks) {
    ranges.y.add(mark.y);
    if (!data.log_x || mark.x > 0) ranges.x.add(mark.x);
  }
  if (data.diagonal) {
    for (const double value : {ranges.x.low, ranges.x.high}) ranges.y.add(value);
    for (const double value : {ranges.y.low, ranges.y.high}) ranges.x.add(value);
  }
  return ranges;
}

std::string axes(const Frame& frame, const XyData& data, const std::vector<Tick>& x_ticks,
                 const std::vector<Tick>& y_ticks) {
  std::string svg;
  for (const Tick& tick : y_ticks) {
    const double y = frame.at_y(tick.value);
    svg += svg_line(frame.left, y, frame.right, y, "grid");
    svg += svg_text(frame.left - 6, y + 4, Anchor::kEnd, "tick", tick.text);
  }
  double free_from = -1e9;
  for (const Tick& tick : x_ticks) {
    const double x = frame.at_x(tick.value), half = text_length(tick.text) / 2;
    svg += svg_line(x, frame.bottom, x, frame.bottom + 4, "axis");
    if (x - half < free_from) continue;
    svg += svg_text(x, frame.bottom + 17, Anchor::kMiddle, "tick", tick.text);
    free_from = x + half + 6;
  }
  svg += svg_line(frame.left, frame.bottom, frame.right, frame.bottom, "axis");
  const double middle = (frame.left + frame.right) / 2;
  if (!data.x_label.empty()) {
    svg += svg_text(middle, frame.bottom + 34, Anchor::kMiddle, "label",
                    cut_to_length(data.x_label, frame.right - frame.left));
  }
  return svg;
}

std::string marks(const Frame& frame, const XyData& data) {
  std::string svg;
  if (data.diagonal) {
    svg += svg_line(frame.at_x(frame.x.range().low), frame.at_y(frame.x.range().low),
                    frame.at_x(frame.x.range().high), frame.at_y(frame.x.range().high), "mark");
  }
  for (const Mark& mark : data.marks) {
    const std::string label = cut_to_length(mark.label, (frame.right - frame.left) / 2);
    if (!std::isnan(mark.y)) {
      const double y = frame.at_y(mark.y);
      svg += svg_line(frame.left, y, frame.right, y, "mark");
      // At the left, where learning curves are still far off; above the line if that is inside.
      svg += svg_text(frame.left + 4, y - 5 < frame.top + 8 ? y + 13 : y - 5, Anchor::kStart,
                      "mark-label", label);
    } else if (!std::isnan(mark.x) && (!data.log_x || mark.x > 0)) {
      const double x = frame.at_x(mark.x);
      svg += svg_line(x, frame.top, x, frame.bottom, "mark");
      const bool fits = x + 5 + text_length(label) <= frame.right;
      svg += svg_text(fits ? x + 5 : x - 5, frame.top + 10, fits ? Anchor::kStart : Anchor::kEnd,
                      "mark-label", label);
    }
  }
  return svg;
}

/// The area between `low` and `high`, in pieces between gaps.
std::string band(const Frame& frame, const Series& series) {
  std::string svg, upper, lower;
  const auto close = [&] {
    if (!upper.empty()) {
      svg += "<path d=\"M" + upper.substr(1) + lower + "z\" class=\"band\"/>";
    }
    upper.clear();
    lower.clear();
  };
  for (size_t i = 0; i < series.low.size(); ++i) {
    if (std::isnan(series.x[i]) || std::isnan(series.low[i]) || std::isnan(series.high[i])) {
      close();
      continue;
    }
    const std::string x = px(frame.at_x(series.x[i]));
    upper += "L" + x + " " + px(frame.at_y(series.high[i]));
    lower = "L" + x + " " + px(frame.at_y(series.low[i])) + lower;
  }
  close();
  return svg;
}

std::string path(const Frame& frame, const Series& series) {
  std::string steps;
  bool drawing = false;
  for (size_t i = 0; i < series.x.size(); ++i) {
    if (!is_point(series, i)) {
      drawing = false;
      continue;
    }
    steps +=
        (drawing ? "L" : "M") + px(frame.at_x(series.x[i])) + " " + px(frame.at_y(series.y[i]));
    drawing = true;
  }
  return "<path d=\"" + steps + "\" class=\"line\"/>";
}

/// Points of a map, whose coordinates mean nothing: without a word each, which would be most of
/// the page.
std::string bare_points(const Frame& frame, const Series& series, size_t index) {
  std::string svg;
  for (size_t i = 0; i < series.x.size(); ++i) {
    if (is_point(series, i))
      svg += marker(index, frame.at_x(series.x[i]), frame.at_y(series.y[i]), "");
  }
  return svg;
}

std::string points(const Frame& frame, const XyData& data, const Series& series, size_t index,
                   size_t step) {
  std::string svg;
  const std::string name = series.name.empty() ? "" : series.name + "\n";
  const std::string x_name = data.x_label.empty() ? "x" : data.x_label;
  const std::string y_name = data.y_label.empty() ? "y" : data.y_label;
  for (size_t i = 0; i < series.x.size(); i += step) {
    if (!is_point(series, i)) continue;
    const std::string label = series.labels.empty() ? "" : one_line(series.labels[i]) + "\n";
    svg += marker(index, frame.at_x(series.x[i]), frame.at_y(series.y[i]),
                  name + label + x_name + " " + pretty_number(series.x[i], 6) + ", " + y_name +
                      " " + pretty_number(series.y[i], 6));
  }
  return svg;
}

std::string svg_xy(const XyData& data, const std::string& title, Kind kind) {
  const Ranges ranges = ranges_of(data);
  if (ranges.y.is_empty()) return "";
  const Scale x(ranges.x, data.log_x ? Axis::kLogarithmic : Axis::kLinear, 0.02);
  const Scale y(ranges.y, Axis::kLinear, 0.05);
  const bool is_map = kind == Kind::kMap;
  std::vector<Tick> y_ticks, x_ticks;
  if (!is_map) {
    y_ticks = ticks(y, 6);
    x_ticks = ticks(x, 7, ranges.whole_x ? Values::kWhole : Values::kReal);
  }
  double gutter = 10;
  for (const Tick& tick : y_ticks) gutter = std::max(gutter, text_length(tick.text));
  const double top = data.y_label.empty() ? kTop : kTop + 16;
  const Frame frame{
      x, y, gutter + 10, kPlotWidth - kRight, top, kHeight - (data.x_label.empty() ? 26 : 42)};
  std::string svg = svg_open(kPlotWidth, kHeight, title);
  // Upright at the axis' head: easier to read than turned text.
  if (!data.y_label.empty()) {
    svg += svg_text(0, 12, Anchor::kStart, "label", cut_to_length(data.y_label, kPlotWidth));
  }
  svg += axes(frame, data, x_ticks, y_ticks) + marks(frame, data);
  for (size_t s = 0; s < data.series.size(); ++s) {
    const Series series = thinned(data.series[s]);
    const bool is_line = kind == Kind::kLines || kind == Kind::kOutline;
    const size_t step = is_line ? std::max<size_t>(1, series.x.size() / kMostMarkers) : 1;
    svg += "<g class=\"" + series_class(s) + (is_line ? "" : " cloud") + "\">";
    if (is_line) svg += band(frame, series) + path(frame, series);
    if (is_map) {
      svg += bare_points(frame, series, s);
    } else if (kind != Kind::kOutline) {
      svg += points(frame, data, series, s, step);
    }
    svg += "</g>";
  }
  return legend(data.series) + svg + "</svg>";
}

}  // namespace

std::string svg_lines(const XyData& data, const std::string& title) {
  return svg_xy(data, title, Kind::kLines);
}

std::string svg_scatter(const XyData& data, const std::string& title) {
  return svg_xy(data, title, Kind::kScatter);
}

std::string svg_histogram(const HistogramData& data, const std::string& title) {
  return svg_xy(outline_of(data), title, Kind::kOutline);
}

std::string svg_embedding(const EmbeddingData& data, const std::string& title) {
  return svg_xy(data.map, title, Kind::kMap);
}

}  // namespace dlwork::report
