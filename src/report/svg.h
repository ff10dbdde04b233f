#pragma once

#include <string>
#include <string_view>

#include "report/figure_data.h"

/// Plots as inline SVG. Colours, fonts and strokes are classes that page.css defines for the light
/// and the dark theme; lengths are in user units, about CSS pixels at full width.
namespace dlwork::report {

inline constexpr double kPlotWidth = 480;

/// "12.3": a length with at most one decimal.
std::string px(double value);
/// Estimated length of text in the plots' font.
double text_length(std::string_view text);
/// Text cut to a length, with an ellipsis.
std::string cut_to_length(std::string_view text, double length);

std::string svg_open(double width, double height, const std::string& title);
enum class Anchor { kStart, kMiddle, kEnd };
std::string svg_text(double x, double y, Anchor anchor, const std::string& text_class,
                     const std::string& text);
std::string svg_line(double x1, double y1, double x2, double y2, const std::string& line_class);
/// A rectangle; `title` (may be empty) shows while the pointer is over it.
std::string svg_rect(double x, double y, double width, double height, const std::string& attributes,
                     const std::string& title);

/// Class of the nth series' colour and dashes: "s0" to "s7".
std::string series_class(size_t index);
/// Names of two or more series with their colour and mark, as HTML.
std::string legend(const std::vector<Series>& series);
/// The nth series' point: circle, square, triangle or diamond, so that colour is not alone.
std::string marker(size_t index, double x, double y, const std::string& title);

/// Each "" where there is nothing to draw.
std::string svg_lines(const XyData& data, const std::string& title);
std::string svg_scatter(const XyData& data, const std::string& title);
std::string svg_histogram(const HistogramData& data, const std::string& title);
std::string svg_embedding(const EmbeddingData& data, const std::string& title);
std::string svg_bars(const BarsData& data, const std::string& title);
std::string svg_matrix(const MatrixData& data, const std::string& title);

/// A small bar of a metric's interval on a common scale.
std::string svg_interval(double low, double high, double value, double scale_low,
                         double scale_high);

}  // namespace dlwork::report
