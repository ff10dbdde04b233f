#include <algorithm>

#include "dlwork/base/text.h"
#include "dlwork/report/render.h"
#include "report/figure_data.h"
#include "report/summary.h"
#include "report/terminal_writer.h"
#include "report/text_layout.h"

namespace dlwork::report {
namespace {

using artefact::Figure;
using artefact::Finding;
using artefact::PhaseResult;
using artefact::Table;
using artefact::Verdict;

constexpr int kIndent = 2;
constexpr int kTagWidth = 6;  // "waived"
constexpr size_t kRowsShown = 20;
constexpr size_t kNotesShown = 60;  // both networks' tests
constexpr size_t kFiguresDrawn = 4;
constexpr size_t kNoLimit = static_cast<size_t>(-1);
constexpr int kMostEvidenceShown = 2000;

Style style_of(Verdict verdict) {
  return verdict == Verdict::kPass   ? Style::kGood
         : verdict == Verdict::kWarn ? Style::kCaution
                                     : Style::kBad;
}

Style style_of(Standing standing) {
  switch (standing) {
    case Standing::kError:
    case Standing::kUnchecked:
      return Style::kBad;
    case Standing::kWarn:
      return Style::kCaution;
    case Standing::kWaived:
    case Standing::kInfo:
      return Style::kDim;
  }
  return Style::kPlain;
}

void write_indented(const std::vector<std::string>& lines, TerminalWriter& out) {
  for (const std::string& line : lines) {
    out.raw(line.empty() ? "" : std::string(kIndent, ' ') + line);
  }
}

void write_table(const Table& table, size_t most_rows, TerminalWriter& out) {
  out.blank();
  if (!table.title.empty()) out.line(table.title, Style::kBold);
  write_indented(table_lines(table, out.width() - kIndent, out.colour(), most_rows), out);
}

std::vector<std::string> drawn(const Figure& figure, Detail detail, const TerminalWriter& out) {
  const int width = out.width() - kIndent;
  if (figure.kind == "lines") return plot_lines(figure, width, out.colour());
  if (figure.kind == "scatter") return plot_scatter(figure, width, out.colour());
  if (figure.kind == "matrix") return plot_matrix(figure, width, out.colour());
  if (detail != Detail::kVerbose) return {};
  if (figure.kind == "bars") return plot_bars(read_bars(figure.data), width, out.colour());
  if (figure.kind == "histogram") {
    return plot_bars(bars_of(read_histogram(figure.data)), width, out.colour());
  }
  return {};
}

/// Pictures as their count and where the first one lies.
void write_pictures(const Figure& figure, TerminalWriter& out) {
  const std::vector<Picture> pictures = read_pictures(figure.data);
  if (pictures.empty()) return;
  std::string text = counted(static_cast<std::int64_t>(pictures.size()), "picture");
  text += pictures.size() == 1 ? ": " : ", the first: ";
  out.blank();
  out.hanging(figure.title + ":", Style::kBold, text + pictures.front().file);
}

void write_figure(const Figure& figure, Detail detail, TerminalWriter& out) {
  if (figure.kind == "pictures") return write_pictures(figure, out);
  const std::vector<std::string> lines = drawn(figure, detail, out);
  const bool verbose = detail == Detail::kVerbose;
  if (lines.empty() && !verbose) return;
  out.blank();
  if (lines.empty()) {
    out.hanging(figure.title + ":", Style::kBold, "drawn in the HTML report", Style::kDim);
    return;
  }
  out.line(figure.title, Style::kBold);
  write_indented(lines, out);
  if (verbose && !figure.caption.empty()) {
    out.hanging("", Style::kPlain, figure.caption, Style::kDim, kIndent - 1);
  }
}

/// The first few figures in full, the titles of the others; of a group its name alone.
void write_figures(const PhaseResult& result, Detail detail, TerminalWriter& out) {
  std::vector<std::string> left;
  size_t count = 0;
  for (const Figure& figure : result.figures) {
    const bool large = figure.kind == "lines" || figure.kind == "matrix";
    const std::string group = read_group(figure.data);
    if (detail != Detail::kVerbose && !group.empty()) {
      if (left.empty() || left.back() != group) left.push_back(group);
    } else if (detail != Detail::kVerbose && large && ++count > kFiguresDrawn) {
      left.push_back(figure.title);
    } else {
      write_figure(figure, detail, out);
    }
  }
  if (left.empty()) return;
  out.blank();
  out.hanging("More figures:", Style::kBold, join(left, "; ") + " (HTML report, or --verbose)",
              Style::kDim);
}

std::string tag_of(const Finding& finding) {
  return pad_right(standing_word(standing_of(finding)), kTagWidth);
}

constexpr int kText = kIndent + kTagWidth;  // where a finding's text begins

void write_advice(const Finding& finding, TerminalWriter& out) {
  const std::string advice = advice_of(finding);
  if (!advice.empty()) out.hanging("do:", Style::kBold, advice, Style::kPlain, kText + 1);
}

/// Everything about a finding: where, what, what to do.
void write_in_full(const Finding& finding, Detail detail, TerminalWriter& out) {
  const std::string place = place_text(finding.at);
  std::string about = finding.id;
  if (!finding.key.empty()) about += "  " + finding.key;
  if (!place.empty()) about += "  " + place;
  out.hanging(tag_of(finding), style_of(standing_of(finding)), about, Style::kBold, kIndent);
  out.hanging("", Style::kPlain, message_text(finding), Style::kPlain, kText);
  if (!finding.waived.empty()) {
    out.hanging("waived:", Style::kDim, finding.waived, Style::kPlain, kText + 1);
  } else {
    write_advice(finding, out);
  }
  if (detail == Detail::kVerbose && !finding.evidence.empty()) {
    out.hanging("evidence:", Style::kDim,
                cut(one_line(json_text(finding.evidence)), kMostEvidenceShown), Style::kDim,
                kText + 1);
  }
}

void write_findings(const PhaseResult& result, Detail detail, TerminalWriter& out) {
  if (result.findings.empty()) return;
  const std::vector<const Finding*> ordered = in_order(result.findings);
  const bool verbose = detail == Detail::kVerbose;
  constexpr int kMostId = 28;
  int id_width = 0;
  for (const Finding* finding : ordered) {
    if (standing_of(*finding) == Standing::kInfo) {
      id_width = std::clamp(display_width(one_line(finding->id)), id_width, kMostId);
    }
  }
  out.blank();
  out.hanging("Findings:", Style::kBold, finding_counts(result.findings));
  size_t notes = 0, hidden = 0;
  for (const Finding* finding : ordered) {
    const bool note = standing_of(*finding) == Standing::kInfo;
    if (verbose || !note) {
      write_in_full(*finding, detail, out);
    } else if (++notes > kNotesShown) {
      ++hidden;
    } else {
      const std::string id = pad_right(cut(one_line(finding->id), id_width), id_width);
      out.hanging(tag_of(*finding) + " " + id + " ", Style::kPlain, finding->message, Style::kPlain,
                  kIndent);
      write_advice(*finding, out);
    }
  }
  if (hidden > 0) {
    out.line("… " + counted(static_cast<std::int64_t>(hidden), "more note") + " with --verbose",
             Style::kDim, kIndent);
  }
}

void write_artefacts(const PhaseResult& result, TerminalWriter& out) {
  if (result.artefacts.empty()) return;
  Table table{"files", "Files", {"name", "file", "what"}, {}, {}, ""};
  for (const auto& artefact : result.artefacts) {
    table.rows.push_back({artefact.name, artefact.path, artefact.summary});
  }
  write_table(table, kNoLimit, out);
}

}  // namespace

std::string table_text(const Table& table, const TerminalOptions& options) {
  TerminalWriter out(options);
  if (!table.title.empty()) out.line(table.title, Style::kBold);
  for (const std::string& line : table_lines(table, out.width(), out.colour(), kNoLimit)) {
    out.raw(line);
  }
  return out.take();
}

std::string to_terminal(const PhaseResult& result, const TerminalOptions& options) {
  TerminalWriter out(options);
  const Style style = style_of(result.verdict);
  out.hanging(verdict_word(result.verdict), style,
              result.phase + (result.headline.empty() ? "" : ": " + result.headline), Style::kBold);
  if (options.detail == Detail::kQuiet) return out.take();
  const bool verbose = options.detail == Detail::kVerbose;
  const size_t most_rows = verbose ? kNoLimit : kRowsShown;
  if (!result.metrics.empty()) write_table(metrics_table(result.metrics), most_rows, out);
  for (const Table& table : result.tables) write_table(table, most_rows, out);
  write_figures(result, options.detail, out);
  write_findings(result, options.detail, out);
  if (verbose) write_artefacts(result, out);
  if (!result.next.command.empty()) {
    out.blank();
    const std::string reason = result.next.reason.empty() ? "" : " - " + result.next.reason;
    out.hanging("Next:", Style::kBold, result.next.command + reason);
  }
  return out.take();
}

}  // namespace dlwork::report
