#include <algorithm>
#include <cmath>

#include "dlwork/base/text.h"
#include "report/figure_data.h"
#include "report/summary.h"
#include "report/terminal_writer.h"
#include "report/text_layout.h"

namespace dlwork::report {
namespace {

constexpr size_t kMostTerminalLabels = 40;
constexpr int kMostBar = 50;

/// `length` columns in eighths of a block.
std::string bar(double length) {
  constexpr const char* kEighths[]{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const int eighths = static_cast<int>(std::lround(length * 8));
  return repeated("█", eighths / 8) + kEighths[eighths % 8];
}

struct Row {
  std::string label, figure;
  double value;
};

std::vector<Row> rows_of(const BarsData& data, size_t shown) {
  std::vector<Row> rows;
  for (size_t l = 0; l < shown; ++l) {
    for (const Series& series : data.series) {
      std::string label = one_line(data.labels[l]);
      if (data.series.size() > 1) label += " " + one_line(series.name);
      rows.push_back(
          {label, std::isnan(series.y[l]) ? "-" : pretty_number(series.y[l]), series.y[l]});
    }
  }
  return rows;
}

}  // namespace

std::vector<std::string> plot_bars(const BarsData& data, int width, Colour colour) {
  const size_t shown = std::min(data.labels.size(), kMostTerminalLabels);
  const std::vector<Row> rows = rows_of(data, shown);
  double largest = 0;
  int label_width = 1, figure_width = 1;
  for (const Row& row : rows) {
    if (!std::isnan(row.value)) largest = std::max(largest, std::fabs(row.value));
    label_width = std::max(label_width, display_width(row.label));
    figure_width = std::max(figure_width, display_width(row.figure));
  }
  label_width = std::min(label_width, width / 3);
  const int room = std::min(kMostBar, width - label_width - figure_width - 4);
  if (rows.empty() || largest == 0 || room < 4) return {};
  std::vector<std::string> lines;
  for (const Row& row : rows) {
    std::string line = pad_right(cut(row.label, label_width), label_width) + "  " +
                       pad_left(row.figure, figure_width);
    if (!std::isnan(row.value)) {
      const std::string drawn = bar(std::fabs(row.value) / largest * room);
      // A negative value's sign stands in its figure; its bar is dimmed where there is colour.
      if (!drawn.empty()) {
        line += "  " + painted(drawn, row.value < 0 ? Style::kDim : Style::kPlain, colour);
      }
    }
    lines.push_back(line);
  }
  if (shown < data.labels.size()) {
    const auto more = static_cast<std::int64_t>(data.labels.size() - shown);
    lines.push_back(cut("… " + counted(more, "more label"), width));
  }
  return lines;
}

}  // namespace dlwork::report
