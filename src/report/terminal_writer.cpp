#include "report/terminal_writer.h"

#include <algorithm>

#include "dlwork/base/text.h"
#include "report/text_layout.h"

namespace dlwork::report {
namespace {

constexpr int kLeastWidth = 20;

std::string spaces(int count) { return std::string(static_cast<size_t>(std::max(0, count)), ' '); }

const char* code_of(Style style) {
  switch (style) {
    case Style::kBold:
      return "\033[1m";
    case Style::kDim:
      return "\033[2m";
    case Style::kGood:
      return "\033[32m";
    case Style::kCaution:
      return "\033[33m";
    case Style::kBad:
      return "\033[31m";
    case Style::kPlain:
      break;
  }
  return "";
}

}  // namespace

std::string painted(const std::string& text, Style style, Colour colour) {
  if (colour == Colour::kNo || style == Style::kPlain || text.empty()) return text;
  return code_of(style) + text + "\033[0m";
}

TerminalWriter::TerminalWriter(const TerminalOptions& options)
    : width_(std::max(options.width, kLeastWidth)), colour_(options.colour) {}

void TerminalWriter::blank() {
  if (!text_.empty()) text_ += "\n";
}

void TerminalWriter::line(const std::string& text, Style style, int indent) {
  raw(spaces(indent) + painted(cut(one_line(text), width_ - indent), style, colour_));
}

void TerminalWriter::hanging(const std::string& label, Style label_style, const std::string& text,
                             Style style, int indent) {
  const std::string safe_label = cut(one_line(label), width_ - indent);
  const std::string safe_text = one_line(text);
  const std::string shown = spaces(indent) + painted(safe_label, label_style, colour_);
  int hang = indent + display_width(safe_label) + 1;
  std::vector<std::string> lines;
  if (hang > width_ / 2) {
    raw(shown);
    hang = indent + 2;
    lines = wrap(safe_text, width_ - hang);
  } else {
    lines = wrap(safe_text, width_ - hang);
    const std::string first = painted(lines.front(), style, colour_);
    raw(first.empty() ? shown : shown + " " + first);
    lines.erase(lines.begin());
  }
  for (const std::string& rest : lines) {
    if (!rest.empty()) raw(spaces(hang) + painted(rest, style, colour_));
  }
}

}  // namespace dlwork::report
