#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dlwork/report/render.h"
#include "report/figure_data.h"

namespace dlwork::report {

enum class Style { kPlain, kBold, kDim, kGood, kCaution, kBad };

/// `text` between the terminal's codes for a style; as it is without colour.
std::string painted(const std::string& text, Style style, Colour colour);

/// Collects lines that fit the width. Text handed in is made safe for a terminal.
class TerminalWriter {
 public:
  explicit TerminalWriter(const TerminalOptions& options);

  int width() const { return width_; }
  Colour colour() const { return colour_; }

  void blank();
  /// A line that is already laid out.
  void raw(const std::string& line) { text_ += line + "\n"; }
  /// One line, cut to the width.
  void line(const std::string& text, Style style = Style::kPlain, int indent = 0);
  /// `label`, then `text` wrapped beside it; under it where the label takes half of the width.
  void hanging(const std::string& label, Style label_style, const std::string& text,
               Style style = Style::kPlain, int indent = 0);
  std::string take() { return std::move(text_); }

 private:
  int width_;
  Colour colour_;
  std::string text_;
};

/// A table's lines, each of at most `width` columns. Text columns are wrapped or cut; columns that
/// cannot fit at all are left out and counted in a last line. At most `most_rows` rows.
std::vector<std::string> table_lines(const artefact::Table& table, int width, Colour colour,
                                     size_t most_rows);

/// A figure's lines, or nothing where it cannot be drawn at this width.
std::vector<std::string> plot_lines(const artefact::Figure& figure, int width, Colour colour);
std::vector<std::string> plot_scatter(const artefact::Figure& figure, int width, Colour colour);
std::vector<std::string> plot_bars(const BarsData& data, int width, Colour colour);
std::vector<std::string> plot_matrix(const artefact::Figure& figure, int width, Colour colour);

}  // namespace dlwork::report
