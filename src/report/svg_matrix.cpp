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
constexpr double kNameRoom = 11;  // a name's line; where cells are smaller not each is named
constexpr double kMostLabel = 120;
constexpr double kEdge = 22;  // for the axis labels

struct MatrixLayout {
  double left, top, cell_width, cell_height;
  double number_room;  ///< the least width of a cell that shows its number
  bool turned;         ///< the names of the columns
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
  layout.number_room = longest_number(data) * 0.9;
  layout.turned = heads > layout.cell_width - 4;
  layout.top = kEdge + (layout.turned ? heads + 10 : 20);
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

/// The nth name's text; hidden where those before it take its room. matrix.js shows it once there
/// is some.
std::string axis_name(size_t n, double cell, const std::string& attributes,
                      const std::string& text) {
  const bool has_room = n % static_cast<size_t>(std::ceil(kNameRoom / cell)) == 0;
  return "<text " + attributes + " class=\"tick strong\"" + (has_room ? "" : " hidden") + ">" +
         xml_text(cut_to_length(text, kMostLabel)) + "</text>";
}

std::string row_names(const MatrixData& data, const MatrixLayout& layout) {
  std::string svg = "<g class=\"rows\" data-room=\"" + px(kNameRoom) + "\">";
  for (size_t r = 0; r < data.rows.size(); ++r) {
    const double middle = layout.top + (static_cast<double>(r) + 0.5) * layout.cell_height;
    const std::string x = px(layout.left - 6), y = px(middle + 4);
    svg += axis_name(r, layout.cell_height, "x=\"" + x + "\" y=\"" + y + "\" text-anchor=\"end\"",
                     data.rows[r]);
  }
  return svg + "</g>";
}

std::string column_names(const MatrixData& data, const MatrixLayout& layout) {
  std::string svg = "<g class=\"columns\" data-room=\"" + px(kNameRoom) + "\">";
  for (size_t c = 0; c < data.columns.size(); ++c) {
    const double middle = layout.left + (static_cast<double>(c) + 0.5) * layout.cell_width;
    const std::string x = px(layout.turned ? middle + 4 : middle);
    const std::string y = px(layout.top - (layout.turned ? 6 : 7));
    svg += axis_name(c, layout.cell_width,
                     "x=\"" + x + "\" y=\"" + y + "\" " +
                         (layout.turned ? "transform=\"rotate(-90 " + x + " " + y + ")\""
                                        : "text-anchor=\"middle\""),
                     data.columns[c]);
  }
  return svg + "</g>";
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
  const double x = static_cast<double>(c) * layout.cell_width;
  const double y = static_cast<double>(r) * layout.cell_height;
  const double value = data.values[r][c];
  const double fill = std::round(heat.of(value) * 100) / 100;
  const double gap = layout.cell_width > 12 ? 1 : 0;
  std::string svg = svg_rect(x, y, layout.cell_width - gap, layout.cell_height - gap,
                             std::string("class=\"") + (value < 0 ? "heat minus" : "heat") +
                                 "\" fill-opacity=\"" + pretty_number(fill, 2) + "\"",
                             title_of(data, r, c));
  if (std::isnan(value)) return svg;
  const char* ink = fill > 0.55 ? "cell on" : value == 0 ? "cell none" : "cell";
  return svg + svg_text(x + (layout.cell_width - gap) / 2, y + layout.cell_height / 2 + 4,
                        Anchor::kMiddle, ink, pretty_number(value, 3));
}

/// By rows, each with its number, which is not shown while cells are too small. A drawing of its
/// own, so that what matrix.js moves out of it is cut off.
std::string cells(const MatrixData& data, const MatrixLayout& layout, double width, double height) {
  const Heat heat = heat_of(data);
  const bool crowded = layout.cell_width < layout.number_room;
  std::string svg = "<svg class=\"cells" + std::string(crowded ? " crowded" : "") +
                    "\" data-room=\"" + px(layout.number_room) + "\" x=\"" + px(layout.left) +
                    "\" y=\"" + px(layout.top) + "\" width=\"" + px(width) + "\" height=\"" +
                    px(height) + "\">";
  for (size_t r = 0; r < data.rows.size(); ++r) {
    for (size_t c = 0; c < data.columns.size(); ++c) svg += cell(data, layout, heat, r, c);
  }
  return svg + "</svg>";
}

}  // namespace

std::string svg_matrix(const MatrixData& data, const std::string& title) {
  const size_t rows = data.rows.size(), columns = data.columns.size();
  if (rows == 0 || columns == 0 || rows > kMostCells || columns > kMostCells) return "";
  const MatrixLayout layout = lay_out_matrix(data);
  const double width = layout.cell_width * static_cast<double>(columns);
  const double height = layout.cell_height * static_cast<double>(rows);
  return svg_open(std::max(layout.left + width + 4, kPlotWidth), layout.top + height + 4, title) +
         axis_labels(data, layout) + row_names(data, layout) + column_names(data, layout) +
         cells(data, layout, width, height) + "</svg>";
}

}  // namespace dlwork::report
