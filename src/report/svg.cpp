#include "report/svg.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "dlwork/base/text.h"
#include "report/escape.h"
#include "report/scale.h"
#include "report/text_layout.h"

namespace dlwork::report {
namespace {

constexpr size_t kColours = 10;       // of series, in page.css
constexpr double kDigitLength = 6.6;  // a digit's advance at the plots' font size, 12

const char* anchor_name(Anchor anchor) {
  return anchor == Anchor::kStart ? "start" : anchor == Anchor::kMiddle ? "middle" : "end";
}

}  // namespace

std::string px(double value) {
  std::array<char, 64> buffer;
  double rounded = std::round(std::clamp(value, -1e6, 1e6) * 10) / 10;
  if (rounded == 0) rounded = 0;  // no "-0"
  const auto written = std::to_chars(buffer.data(), buffer.data() + buffer.size(), rounded,
                                     std::chars_format::fixed, 1);
  std::string text(buffer.data(), written.ptr);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

double text_length(std::string_view text) { return kDigitLength * display_width(text); }

std::string cut_to_length(std::string_view text, double length) {
  return cut(one_line(text), std::max(1, static_cast<int>(length / kDigitLength)));
}

std::string svg_open(double width, double height, const std::string& title) {
  return "<svg class=\"plot\" viewBox=\"0 0 " + px(width) + " " + px(height) +
         "\" role=\"img\" aria-label=\"" + xml_text(title) + "\">";
}

std::string svg_text(double x, double y, Anchor anchor, const std::string& text_class,
                     const std::string& text) {
  return "<text x=\"" + px(x) + "\" y=\"" + px(y) + "\" text-anchor=\"" + anchor_name(anchor) +
         "\" class=\"" + text_class + "\">" + xml_text(text) + "</text>";
}

std::string svg_line(double x1, double y1, double x2, double y2, const std::string& line_class) {
  return "<line x1=\"" + px(x1) + "\" y1=\"" + px(y1) + "\" x2=\"" + px(x2) + "\" y2=\"" + px(y2) +
         "\" class=\"" + line_class + "\"/>";
}

std::string svg_rect(double x, double y, double width, double height, const std::string& attributes,
                     const std::string& title) {
  std::string rect = "<rect x=\"" + px(x) + "\" y=\"" + px(y) + "\" width=\"" + px(width) +
                     "\" height=\"" + px(height) + "\" " + attributes;
  if (title.empty()) return rect + "/>";
  return rect + "><title>" + xml_text(title) + "</title></rect>";
}

std::string series_class(size_t index) { return "s" + std::to_string(index % kColours); }

std::string legend(const std::vector<Series>& series) {
  if (series.size() < 2) return "";
  std::string html = "<ul class=\"legend\">";
  for (size_t s = 0; s < series.size(); ++s) {
    html += "<li><svg class=\"key\" viewBox=\"0 0 26 12\" aria-hidden=\"true\"><g class=\"" +
            series_class(s) + "\">" + svg_line(1, 6, 25, 6, "line") + marker(s, 13, 6, "") +
            "</g></svg>" + xml_text(one_line(series[s].name)) + "</li>";
  }
  return html + "</ul>";
}

std::string marker(size_t index, double x, double y, const std::string& title) {
  std::string open, name;
  // Where colours begin again, other shapes.
  switch ((index + index / kColours) % 4) {
    case 0:
      name = "circle";
      open = "<circle cx=\"" + px(x) + "\" cy=\"" + px(y) + "\" r=\"3\"";
      break;
    case 1:
      name = "rect";
      open =
          "<rect x=\"" + px(x - 2.7) + "\" y=\"" + px(y - 2.7) + "\" width=\"5.4\" height=\"5.4\"";
      break;
    case 2:
      name = "path";
      open = "<path d=\"M" + px(x) + " " + px(y - 3.6) + "l3.4 6.2h-6.8z\"";
      break;
    default:
      name = "path";
      open = "<path d=\"M" + px(x) + " " + px(y - 3.8) + "l3.8 3.8l-3.8 3.8l-3.8 -3.8z\"";
  }
  open += " class=\"point\"";
  if (title.empty()) return open + "/>";
  return open + "><title>" + xml_text(title) + "</title></" + name + ">";
}

std::string svg_interval(double low, double high, double value, double scale_low,
                         double scale_high) {
  constexpr double kWidth = 120, kHeight = 14, kEdge = 5;
  Range range;
  range.add(scale_low);
  range.add(scale_high);
  const Scale scale(range, Axis::kLinear);
  const auto at = [&](double v) {
    return kEdge + std::clamp(scale.place(v), 0.0, 1.0) * (kWidth - 2 * kEdge);
  };
  std::string svg = "<svg class=\"interval\" viewBox=\"0 0 " + px(kWidth) + " " + px(kHeight) +
                    "\" aria-hidden=\"true\">";
  svg += svg_line(0, kHeight / 2, kWidth, kHeight / 2, "grid");
  svg += svg_line(at(low), kHeight / 2, at(high), kHeight / 2, "reach");
  svg += "<circle cx=\"" + px(at(value)) + "\" cy=\"" + px(kHeight / 2) +
         "\" r=\"3.5\" class=\"figure\"/>";
  return svg + "</svg>";
}

}  // namespace dlwork::report
