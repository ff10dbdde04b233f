#include <algorithm>
#include <cmath>

#include "dlwork/base/text.h"
#include "report/escape.h"
#include "report/heat.h"
#include "report/svg.h"
#include "report/text_layout.h"

namespace dlwork::report {
namespace {

constexpr size_t kMostCells = 60;  // rows or columns
constexpr double kMostCell = 48;
constexpr double kLeastLabelled = 11;  // smaller cells have no room for a label beside them
constexpr double kMostLabel = 120;
constexpr double kEdge = 22;  // for the axis labels

struct MatrixLayout {
  double left, top, cell_width, cell_height;
  bool has_labels, has_numbers, turned;
};

double longest(const std::vector<std::string>& names) {
  double length = 0;
  for (const std::string& name : names) length = std::max(length, text_length(one_line(name)));
  return std::min(length, kMostLabel);
}

double longest_number(const MatrixData& data) {
  double length = 0;
  for (const auto& row : data.values) {
    for (const double value : row) length = std::max(length, text_length(pretty_number(value, 3)));
  }
  return length;
}

MatrixLayout lay_out_matrix(const MatrixData& data) {
  MatrixLayout layout;
  const auto columns = static_cast<double>(data.columns.size());
  const double names = longest(data.rows), heads = longest(data.columns);
  layout.left = kEdge + names + 8;
  layout.cell_width = std::min(kMostCell, (kPlotWidth - layout.left - 4) / columns);
  layout.cell_height = std::min(layout.cell_width, 34.0);
  layout.has_labels = layout.cell_width >= kLeastLabelled;
  layout.has_numbers = layout.cell_width >= longest_number(data) * 0.9;
  layout.turned = heads > layout.cell_width - 4;
  layout.top = kEdge + (!layout.has_labels ? 4 : layout.turned ? heads + 10 : 20);
  return layout;
}

std::string axis_labels(const MatrixData& data, const MatrixLayout& layout) {
  std::string svg;
  const double width = layout.cell_width * static_cast<double>(data.columns.size());
  const double height = layout.cell_height * static_cast<double>(data.rows.size());
  if (!data.column_label.empty()) {
    svg += svg_text(layout.left + width / 2, 13, Anchor::kMiddle, "label",
                    one_line(data.column_label));
  }
  if (!data.row_label.empty()) {
    const std::string x = px(13), y = px(layout.top + height / 2);
    svg += "<text x=\"" + x + "\" y=\"" + y +
           "\" text-anchor=\"middle\" class=\"label\" "
           "transform=\"rotate(-90 " +
           x + " " + y + ")\">" + xml_text(one_line(data.row_label)) + "</text>";
  }
  return svg;
}

std::string names(const MatrixData& data, const MatrixLayout& layout) {
  std::string svg;
  if (!layout.has_labels) return svg;
  for (size_t r = 0; r < data.rows.size(); ++r) {
    const double middle = layout.top + (static_cast<double>(r) + 0.5) * layout.cell_height;
    svg += svg_text(layout.left - 6, middle + 4, Anchor::kEnd, "tick strong",
                    cut_to_length(data.rows[r], kMostLabel));
  }
  for (size_t c = 0; c < data.columns.size(); ++c) {
    const double middle = layout.left + (static_cast<double>(c) + 0.5) * layout.cell_width;
    const std::string name = cut_to_length(data.columns[c], kMostLabel);
    if (!layout.turned) {
      svg += svg_text(middle, layout.top - 7, Anchor::kMiddle, "tick strong", name);
      continue;
    }
    const std::string x = px(middle + 4), y = px(layout.top - 6);
    svg += "<text x=\"" + x + "\" y=\"" + y + "\" class=\"tick strong\" transform=\"rotate(-90 " +
           x + " " + y + ")\">" + xml_text(name) + "</text>";
  }
  return svg;
}

std::string title_of(const MatrixData& data, size_t r, size_t c) {
  const auto named = [](const std::string& label, const std::string& name) {
    return label.empty() ? one_line(name) : one_line(label) + " " + one_line(name);
  };
  std::string title =
      named(data.row_label, data.rows[r]) + ", " + named(data.column_label, data.columns[c]) + ": ";
  title += std::isnan(data.values[r][c]) ? "none" : pretty_number(data.values[r][c], 6);
  const double share = share_of_row(data, r, c);
  if (!std::isnan(share)) title += " (" + pretty_number(100 * share, 3) + " % of the row)";
  return title;
}

std::string cell(const MatrixData& data, const MatrixLayout& layout, const Heat& heat, size_t r,
                 size_t c) {
  const double x = layout.left + static_cast<double>(c) * layout.cell_width;
  const double y = layout.top + static_cast<double>(r) * layout.cell_height;
  const double value = data.values[r][c];
  const double fill = std::round(heat.of(value) * 100) / 100;
  const double gap = layout.cell_width > 12 ? 1 : 0;
  std::string svg = svg_rect(x, y, layout.cell_width - gap, layout.cell_height - gap,
                             std::string("class=\"") + (value < 0 ? "heat minus" : "heat") +
                                 "\" fill-opacity=\"" + pretty_number(fill, 2) + "\"",
                             title_of(data, r, c));
  if (!layout.has_numbers || std::isnan(value)) return svg;
  const char* ink = fill > 0.55 ? "cell on" : value == 0 ? "cell none" : "cell";
  return svg + svg_text(x + (layout.cell_width - gap) / 2, y + layout.cell_height / 2 + 4,
                        Anchor::kMiddle, ink, pretty_number(value, 3));
}

}  // namespace

std::string svg_matrix(const MatrixData& data, const std::string& title) {
  const size_t rows = data.rows.size(), columns = data.columns.size();
  if (rows == 0 || columns == 0 || rows > kMostCells || columns > kMostCells) return "";
  const MatrixLayout layout = lay_out_matrix(data);
  const Heat heat = heat_of(data);
  const double width = layout.left + layout.cell_width * static_cast<double>(columns) + 4;
  const double height = layout.top + layout.cell_height * static_cast<double>(rows) + 4;
  std::string svg = svg_open(std::max(width, kPlotWidth), height, title);
  svg += axis_labels(data, layout) + names(data, layout);
  for (size_t r = 0; r < rows; ++r) {
    for (size_t c = 0; c < columns; ++c) svg += cell(data, layout, heat, r, c);
  }
  return svg + "</svg>";
}

}  // namespace dlwork::report
