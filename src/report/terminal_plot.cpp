#include <algorithm>
#include <cmath>

#include "dlwork/base/text.h"
#include "report/figure_data.h"
#include "report/scale.h"
#include "report/terminal_writer.h"
#include "report/text_layout.h"

namespace dlwork::report {
namespace {

constexpr int kRows = 9;         // lines of the plot's field
constexpr int kLeastField = 10;  // columns of it
constexpr Style kSeriesStyles[]{Style::kGood, Style::kCaution, Style::kBold, Style::kBad};

/// Braille patterns, U+2800 and up: two by four dots in a character.
class Canvas {
 public:
  explicit Canvas(int columns) : columns_(columns), cells_(static_cast<size_t>(columns * kRows)) {}
  int dots_across() const { return 2 * columns_; }
  int dots_down() const { return 4 * kRows; }

  void dot(int x, int y, size_t series) {
    if (x < 0 || y < 0 || x >= dots_across() || y >= dots_down()) return;
    constexpr unsigned kBits[4][2]{{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    Cell& cell = at(y / 4, x / 2);
    cell.dots |= kBits[y % 4][x % 2];
    cell.series = series;
  }
  /// What stands in a cell that has no dots.
  void rule(int row, int column, const std::string& text) { at(row, column).rule = text; }

  std::string row(int row, Colour colour) const {
    std::string line;
    for (int column = 0; column < columns_; ++column) {
      const Cell& cell = cells_[static_cast<size_t>(row * columns_ + column)];
      if (cell.dots != 0) {
        line += painted(braille(cell.dots), kSeriesStyles[cell.series % 4], colour);
      } else {
        line += cell.rule;
      }
    }
    return line;
  }

 private:
  struct Cell {
    unsigned dots = 0;
    size_t series = 0;
    std::string rule = " ";
  };
  Cell& at(int row, int column) { return cells_[static_cast<size_t>(row * columns_ + column)]; }
  static std::string braille(unsigned dots) {
    const unsigned code = 0x2800 + dots;
    return {static_cast<char>(0xE0 | (code >> 12)), static_cast<char>(0x80 | ((code >> 6) & 0x3F)),
            static_cast<char>(0x80 | (code & 0x3F))};
  }

  int columns_;
  std::vector<Cell> cells_;
};

struct Label {
  double value;
  int row;
  std::string text;
  Style style;
};

struct Layout {
  int gutter = 0;  ///< columns of the y axis' figures
  int names = 0;   ///< columns of the names at the right
  int field = 0;   ///< columns of the plot itself
  std::vector<Tick> y_ticks;
};

/// Which of `count` cells a place lies in, from 0 to 1; the nearest one for a place outside, the
/// first for a value that the scale has no place for.
int cell_at(double place, int count) {
  if (std::isnan(place)) return 0;
  return static_cast<int>(std::clamp(place * count, 0.0, count - 1.0));
}
int row_of(const Scale& y, double value) { return cell_at(1 - y.place(value), kRows); }

enum class Points { kJoined, kAlone };

void draw_series(const Series& series, size_t index, const Scale& x, const Scale& y, Points points,
                 Canvas& canvas) {
  const auto across = [&](double v) { return x.place(v) * (canvas.dots_across() - 1); };
  const auto down = [&](double v) { return (1 - y.place(v)) * (canvas.dots_down() - 1); };
  for (size_t i = 0; i < series.x.size(); ++i) {
    const double to_x = across(series.x[i]), to_y = down(series.y[i]);
    if (!std::isfinite(to_x) || !std::isfinite(to_y)) continue;
    canvas.dot(static_cast<int>(std::lround(to_x)), static_cast<int>(std::lround(to_y)), index);
    if (points == Points::kAlone || i == 0) continue;
    const double from_x = across(series.x[i - 1]), from_y = down(series.y[i - 1]);
    if (!std::isfinite(from_x) || !std::isfinite(from_y)) continue;
    const int steps =
        static_cast<int>(std::ceil(std::max(std::fabs(to_x - from_x), std::fabs(to_y - from_y))));
    for (int s = 0; s < steps; ++s) {
      const double share = static_cast<double>(s) / steps;
      canvas.dot(static_cast<int>(std::lround(from_x + share * (to_x - from_x))),
                 static_cast<int>(std::lround(from_y + share * (to_y - from_y))), index);
    }
  }
}

void draw_marks(const XyData& data, const Scale& x, const Scale& y, int field, Canvas& canvas) {
  // Both axes have the same range then, so y = x leads from corner to corner.
  for (int c = 0; data.diagonal && c < field; ++c) {
    canvas.rule(kRows - 1 - c * kRows / field, c, "·");
  }
  for (const Mark& mark : data.marks) {
    // A logarithmic scale has no place for what is not above 0.
    if (std::isnan(std::isnan(mark.y) ? x.place(mark.x) : y.place(mark.y))) continue;
    if (!std::isnan(mark.y)) {
      for (int c = 0; c < field; ++c) canvas.rule(row_of(y, mark.y), c, "┄");
    } else {
      const int column = cell_at(x.place(mark.x), field);
      for (int r = 0; r < kRows; ++r) canvas.rule(r, column, "┊");
    }
  }
}

/// Names beside the last point of each line, each in a row of its own, as near as there is room.
std::vector<Label> labels_of(const XyData& data, const Scale& y) {
  std::vector<Label> wanted;
  for (size_t s = 0; s < data.series.size(); ++s) {
    const Series& series = data.series[s];
    for (size_t i = series.y.size(); i-- > 0;) {
      if (std::isnan(series.x[i]) || std::isnan(series.y[i])) continue;
      wanted.push_back(
          {series.y[i], row_of(y, series.y[i]), one_line(series.name), kSeriesStyles[s % 4]});
      break;
    }
  }
  for (const Mark& mark : data.marks) {
    if (!std::isnan(y.place(mark.y))) {
      wanted.push_back({mark.y, row_of(y, mark.y), one_line(mark.label), Style::kDim});
    }
  }
  std::stable_sort(wanted.begin(), wanted.end(),
                   [](const Label& a, const Label& b) { return a.value > b.value; });
  if (wanted.size() > kRows) wanted.resize(kRows);
  int next = 0;
  for (Label& label : wanted) next = (label.row = std::max(label.row, next)) + 1;
  int last = kRows - 1;
  for (size_t i = wanted.size(); i-- > 0;)
    last = (wanted[i].row = std::min(wanted[i].row, last)) - 1;
  return wanted;
}

Layout lay_out(const Scale& y, const std::vector<Label>& labels, int width) {
  Layout layout;
  layout.y_ticks = ticks(y, 4);
  for (const Tick& tick : layout.y_ticks) {
    layout.gutter = std::max(layout.gutter, display_width(tick.text));
  }
  for (const Label& label : labels)
    layout.names = std::max(layout.names, display_width(label.text));
  layout.names = std::min(layout.names, width / 4);
  constexpr int kMostField = 72;  // wider, a few epochs only look stretched
  layout.field = std::min(kMostField, width - layout.gutter - 2 - 1 - layout.names);
  return layout;
}

/// The figures under the x axis: as many of the ticks as do not touch.
std::string x_axis(const Scale& x, int field, bool whole) {
  std::string line(static_cast<size_t>(field), ' ');
  int free_from = 0;
  for (const Tick& tick :
       ticks(x, std::max(2, field / 10), whole ? Values::kWhole : Values::kReal)) {
    const int size = static_cast<int>(tick.text.size());  // digits: one column a byte
    const int middle = static_cast<int>(std::lround(x.place(tick.value) * (field - 1)));
    const int begin = std::clamp(middle - size / 2, 0, std::max(0, field - size));
    if (begin < free_from || begin + size > field) continue;
    line.replace(static_cast<size_t>(begin), tick.text.size(), tick.text);
    free_from = begin + size + 2;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

bool is_whole(double value) { return std::isnan(value) || value == std::floor(value); }

std::vector<std::string> plot_xy(const artefact::Figure& figure, Points points, int width,
                                 Colour colour) {
  const XyData data = read_xy(figure.data);
  Range x_range, y_range;
  bool whole = true;
  for (const Series& series : data.series) {
    for (size_t i = 0; i < series.x.size(); ++i) {
      if (std::isnan(series.y[i]) || std::isnan(series.x[i])) continue;
      x_range.add(series.x[i]);
      y_range.add(series.y[i]);
      whole = whole && is_whole(series.x[i]);
    }
  }
  if (y_range.is_empty()) return {};
  for (const Mark& mark : data.marks) y_range.add(mark.y);
  if (data.diagonal) {
    for (const double value : {x_range.low, x_range.high}) y_range.add(value);
    x_range = y_range;
  }
  const Scale x(x_range, data.log_x ? Axis::kLogarithmic : Axis::kLinear);
  const Scale y(y_range, Axis::kLinear);
  const bool joined = points == Points::kJoined;
  const std::vector<Label> labels = joined ? labels_of(data, y) : std::vector<Label>{};
  const Layout layout = lay_out(y, labels, width);
  if (layout.field < kLeastField) return {};

  Canvas canvas(layout.field);
  draw_marks(data, x, y, layout.field, canvas);
  for (size_t s = 0; s < data.series.size(); ++s)
    draw_series(data.series[s], s, x, y, points, canvas);

  std::vector<std::string> lines;
  for (int row = 0; row < kRows; ++row) {
    std::string text, axis = " │";
    for (const Tick& tick : layout.y_ticks) {
      if (row_of(y, tick.value) == row) text = tick.text, axis = " ┤";
    }
    std::string line = painted(pad_left(text, layout.gutter) + axis, Style::kDim, colour);
    line += canvas.row(row, colour);
    for (const Label& label : labels) {
      if (label.row == row) {
        line += " " + painted(cut(label.text, layout.names), label.style, colour);
      }
    }
    line.erase(line.find_last_not_of(' ') + 1);
    lines.push_back(line);
  }
  const std::string margin(static_cast<size_t>(layout.gutter + 1), ' ');
  lines.push_back(painted(margin + "└" + repeated("─", layout.field), Style::kDim, colour));
  const std::string figures = x_axis(x, layout.field, whole);
  lines.push_back(painted(margin + " " + figures, Style::kDim, colour));
  std::string x_label = one_line(data.x_label);
  if (!joined && !data.y_label.empty()) x_label += " across, " + one_line(data.y_label) + " up";
  if (!x_label.empty()) {
    lines.push_back(painted(margin + " " + cut(x_label, layout.field), Style::kDim, colour));
  }
  return lines;
}

}  // namespace

std::vector<std::string> plot_lines(const artefact::Figure& figure, int width, Colour colour) {
  return plot_xy(figure, Points::kJoined, width, colour);
}

std::vector<std::string> plot_scatter(const artefact::Figure& figure, int width, Colour colour) {
  return plot_xy(figure, Points::kAlone, width, colour);
}

}  // namespace dlwork::report
