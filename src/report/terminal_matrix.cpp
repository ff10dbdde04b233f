#include <algorithm>
#include <cmath>

#include "dlwork/base/text.h"
#include "report/figure_data.h"
#include "report/terminal_writer.h"
#include "report/text_layout.h"

namespace dlwork::report {
namespace {

constexpr size_t kMostLettered = 26;
constexpr size_t kMostShaded = 60;

std::string letter(size_t index) { return std::string(1, static_cast<char>('a' + index)); }

std::string cell_text(double value) {
  if (std::isnan(value)) return "-";
  if (value == 0) return "·";
  return pretty_number(value, 3);
}

struct Shape {
  int label = 0;  ///< columns of a row's name
  int cell = 1;   ///< columns of a number
};

Shape shape_of(const MatrixData& data) {
  Shape shape;
  for (const std::string& row : data.rows) {
    shape.label = std::max(shape.label, display_width(one_line(row)));
  }
  for (const auto& row : data.values) {
    for (const double value : row) {
      shape.cell = std::max(shape.cell, display_width(cell_text(value)));
    }
  }
  return shape;
}

/// Columns stand under letters; a row that bears a column's name carries its letter, other columns'
/// names follow below.
std::vector<std::string> numbered(const MatrixData& data, const Shape& shape, int label,
                                  Colour colour) {
  std::vector<std::string> lines;
  const bool same = data.rows == data.columns;
  const std::string margin(static_cast<size_t>(label + (same ? 2 : 0)), ' ');
  std::string header = margin;
  for (size_t c = 0; c < data.columns.size(); ++c) header += "  " + pad_left(letter(c), shape.cell);
  lines.push_back(painted(header, Style::kDim, colour));
  for (size_t r = 0; r < data.rows.size(); ++r) {
    std::string line = pad_right(cut(one_line(data.rows[r]), label), label);
    if (same) line += " " + letter(r);
    for (size_t c = 0; c < data.columns.size(); ++c) {
      const std::string text = pad_left(cell_text(data.values[r][c]), shape.cell);
      line += "  " + painted(text, same && r == c ? Style::kBold : Style::kPlain, colour);
    }
    lines.push_back(line);
  }
  return lines;
}

std::vector<std::string> shaded(const MatrixData& data, int label) {
  constexpr const char* kShades[]{"·", "░", "▒", "▓", "█"};
  double largest = 0;
  for (const auto& row : data.values) {
    for (const double value : row) {
      if (!std::isnan(value)) largest = std::max(largest, std::fabs(value));
    }
  }
  std::vector<std::string> lines;
  for (size_t r = 0; r < data.rows.size(); ++r) {
    std::string line = pad_right(cut(one_line(data.rows[r]), label), label) + " ";
    for (const double value : data.values[r]) {
      // The square root lets small shares show beside a strong diagonal.
      const double share =
          std::isnan(value) || largest == 0 ? 0 : std::sqrt(std::fabs(value) / largest);
      line += kShades[static_cast<int>(std::ceil(share * 4))];
    }
    lines.push_back(line);
  }
  return lines;
}

std::string axes_note(const MatrixData& data) {
  std::string note;
  if (!data.row_label.empty()) note = "rows: " + one_line(data.row_label);
  if (!data.column_label.empty()) {
    note += (note.empty() ? "columns: " : ", columns: ") + one_line(data.column_label);
  }
  if (data.rows != data.columns && data.columns.size() <= kMostLettered) {
    for (size_t c = 0; c < data.columns.size(); ++c) {
      note += (note.empty() ? "" : ", ") + letter(c) + " " + one_line(data.columns[c]);
    }
  }
  return note;
}

}  // namespace

std::vector<std::string> plot_matrix(const artefact::Figure& figure, int width, Colour colour) {
  const MatrixData data = read_matrix(figure.data);
  const auto columns = static_cast<int>(data.columns.size());
  if (columns == 0 || data.rows.empty()) return {};
  const Shape shape = shape_of(data);
  const int label = std::min(shape.label, width / 3);
  std::vector<std::string> lines;
  const bool numbers_fit = data.columns.size() <= kMostLettered &&
                           data.rows.size() <= kMostLettered &&
                           label + 2 + columns * (shape.cell + 2) <= width;
  if (numbers_fit) {
    lines = numbered(data, shape, label, colour);
  } else if (label + 1 + columns <= width && data.rows.size() <= kMostShaded) {
    lines = shaded(data, label);
  } else {
    return {};
  }
  for (const std::string& line : wrap(axes_note(data), width)) {
    if (!line.empty()) lines.push_back(painted(line, Style::kDim, colour));
  }
  return lines;
}

}  // namespace dlwork::report
