#include <algorithm>
#include <numeric>

#include "dlwork/base/text.h"
#include "report/summary.h"
#include "report/terminal_writer.h"
#include "report/text_layout.h"

namespace dlwork::report {
namespace {

constexpr int kGap = 2;           // columns of space between two columns
constexpr int kLeastName = 16;    // the first column says what a row is of: not made narrower
constexpr int kLeastText = 8;     // nor any other column of text
constexpr size_t kMostLines = 3;  // lines of a wrapped cell

using Cells = std::vector<std::string>;

/// The table as safe text, every row of as many cells as there are columns.
struct Grid {
  Cells header;
  std::vector<Cells> rows;
  std::vector<bool> right;
  std::vector<int> widths;
  std::vector<int> least;  // what the columns may be narrowed to
};

int longest_word(const std::string& text) {
  int longest = 1;
  for (const std::string& word : split(text, ' ')) {
    longest = std::max(longest, display_width(word));
  }
  return longest;
}

Grid make_grid(const artefact::Table& table, size_t most_rows) {
  Grid grid;
  for (const std::string& name : table.columns) grid.header.push_back(one_line(name));
  grid.right = table.right;
  grid.right.resize(grid.header.size(), false);
  for (const std::string& name : grid.header) {
    grid.widths.push_back(std::max(1, display_width(name)));
    grid.least.push_back(longest_word(name));
  }
  for (size_t r = 0; r < std::min(table.rows.size(), most_rows); ++r) {
    Cells row;
    for (const std::string& cell : table.rows[r]) row.push_back(one_line(cell));
    row.resize(grid.header.size());
    for (size_t c = 0; c < row.size(); ++c) {
      const int needed = display_width(row[c]);
      grid.widths[c] = std::max(grid.widths[c], needed);
      // A number broken over two lines would read as two numbers; its heading may be broken.
      const int text = c == 0 ? kLeastName : kLeastText;
      grid.least[c] = std::max(grid.least[c], grid.right[c] ? needed : std::min(needed, text));
    }
    grid.rows.push_back(std::move(row));
  }
  return grid;
}

int total_width(const std::vector<int>& widths) {
  return std::accumulate(widths.begin(), widths.end(), 0) +
         kGap * (static_cast<int>(widths.size()) - 1);
}

/// Takes width off the widest that may give way until the table fits or none may.
void shrink(Grid& grid, int width, bool numbers_too) {
  while (total_width(grid.widths) > width) {
    size_t widest = grid.widths.size();
    for (size_t c = 0; c < grid.widths.size(); ++c) {
      if ((grid.right[c] && !numbers_too) || grid.widths[c] <= grid.least[c]) continue;
      if (widest == grid.widths.size() || grid.widths[c] > grid.widths[widest]) widest = c;
    }
    if (widest == grid.widths.size()) return;
    --grid.widths[widest];
  }
}

/// Narrows text, then headings over numbers; what does not fit even then is left out from the
/// right. Returns how many columns that are.
size_t fit(Grid& grid, int width) {
  size_t dropped = 0;
  for (const std::vector<int> wished = grid.widths;; ++dropped) {
    grid.widths.assign(wished.begin(), wished.end() - static_cast<std::ptrdiff_t>(dropped));
    shrink(grid, width, false);
    shrink(grid, width, true);
    if (grid.widths.size() == 1 || total_width(grid.widths) <= width) return dropped;
  }
}

std::vector<std::string> cell_lines(const std::string& cell, int width) {
  std::vector<std::string> lines;
  if (display_width(cell) <= width) return {cell};
  if (width < kLeastText && longest_word(cell) > width) return {cut(cell, width)};
  lines = wrap(cell, width);
  if (lines.size() > kMostLines) {
    lines.resize(kMostLines);
    lines.back() = cut(lines.back() + " …", width);
  }
  return lines;
}

void add_row(const Grid& grid, const Cells& cells, Style style, Colour colour,
             std::vector<std::string>& lines) {
  std::vector<std::vector<std::string>> parts;
  size_t height = 1;
  for (size_t c = 0; c < grid.widths.size(); ++c) {
    const bool whole = grid.right[c] && style == Style::kPlain;
    parts.push_back(whole ? Cells{cut(cells[c], grid.widths[c])}
                          : cell_lines(cells[c], grid.widths[c]));
    height = std::max(height, parts.back().size());
  }
  for (size_t i = 0; i < height; ++i) {
    std::string line;
    for (size_t c = 0; c < parts.size(); ++c) {
      const std::string part = i < parts[c].size() ? parts[c][i] : "";
      if (c > 0) line += std::string(kGap, ' ');
      line += grid.right[c] ? pad_left(part, grid.widths[c]) : pad_right(part, grid.widths[c]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    lines.push_back(painted(line, style, colour));
  }
}

}  // namespace

std::vector<std::string> table_lines(const artefact::Table& table, int width, Colour colour,
                                     size_t most_rows) {
  std::vector<std::string> lines;
  if (table.columns.empty()) return lines;
  Grid grid = make_grid(table, most_rows);
  const size_t dropped = fit(grid, width);
  grid.widths[0] = std::min(grid.widths[0], width);
  add_row(grid, grid.header, Style::kBold, colour, lines);
  lines.push_back(
      painted(repeated("─", std::min(width, total_width(grid.widths))), Style::kDim, colour));
  for (const Cells& row : grid.rows) add_row(grid, row, Style::kPlain, colour, lines);
  const auto note = [&](const std::string& text) {
    for (const std::string& line : wrap(one_line(text), width)) {
      lines.push_back(painted(line, Style::kDim, colour));
    }
  };
  if (grid.rows.size() < table.rows.size()) {
    note("… " +
         counted(static_cast<std::int64_t>(table.rows.size() - grid.rows.size()), "more row"));
  }
  if (dropped > 0) {
    note("… " + counted(static_cast<std::int64_t>(dropped), "more column") +
         " in a wider terminal");
  }
  if (!table.note.empty()) note(table.note);
  return lines;
}

}  // namespace dlwork::report
