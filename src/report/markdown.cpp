#include <algorithm>

#include "dlwork/base/text.h"
#include "dlwork/report/render.h"
#include "report/escape.h"
#include "report/summary.h"
#include "report/text_layout.h"

namespace dlwork::report {
namespace {

using artefact::Finding;
using artefact::PhaseResult;
using artefact::Table;

// GitHub refuses a job summary above 1 MiB; some is left for the line that tells of the cut.
constexpr size_t kMostBytes = 1024 * 1024 - 1024;
constexpr size_t kMostMarkdownRows = 100;
constexpr size_t kMostText = 2000;  // columns of one message or cell

std::string shown(const std::string& text) {
  return markdown_text(cut(one_line(text), static_cast<int>(kMostText)));
}

/// Whole blocks only, so that a cut never leaves a table or fold open.
class Document {
 public:
  void add(const std::string& block) {
    if (is_cut_ || text_.size() + block.size() > kMostBytes) {
      is_cut_ = true;
      return;
    }
    text_ += block;
  }
  std::string take() {
    if (is_cut_) {
      text_ += "\n**Cut here:** the rest does not fit into 1 MiB; `dlwork report` shows it all.\n";
    }
    return std::move(text_);
  }

 private:
  std::string text_;
  bool is_cut_ = false;
};

std::string row(const std::vector<std::string>& cells) {
  std::string line = "|";
  for (const std::string& cell : cells) line += " " + shown(cell) + " |";
  return line + "\n";
}

std::string table_block(const Table& table) {
  if (table.columns.empty()) return "";
  std::string text = "\n";
  if (!table.title.empty()) text += "**" + shown(table.title) + "**\n\n";
  text += row(table.columns) + "|";
  for (size_t c = 0; c < table.columns.size(); ++c) {
    text += c < table.right.size() && table.right[c] ? " ---: |" : " --- |";
  }
  text += "\n";
  const size_t count = std::min(table.rows.size(), kMostMarkdownRows);
  for (size_t r = 0; r < count; ++r) {
    std::vector<std::string> cells = table.rows[r];
    cells.resize(table.columns.size());
    text += row(cells);
  }
  if (count < table.rows.size()) {
    const auto more = static_cast<std::int64_t>(table.rows.size() - count);
    text += "\n… " + counted(more, "more row") + "\n";
  }
  if (!table.note.empty()) text += "\n" + shown(table.note) + "\n";
  return text;
}

std::string finding_item(const Finding& finding) {
  std::string text = "- **" + standing_word(standing_of(finding)) + "** " +
                     markdown_code(finding.id) + ": " + shown(message_text(finding));
  const std::string place = place_text(finding.at);
  if (!place.empty()) text += " (" + markdown_code(place) + ")";
  if (!finding.waived.empty()) {
    text += "<br>Waived: " + shown(finding.waived);
  } else if (const std::string advice = advice_of(finding); !advice.empty()) {
    text += "<br>Do: " + shown(advice);
  }
  return text + "\n";
}

std::string overview(const std::vector<PhaseResult>& results) {
  std::string text = "| phase | verdict | result |\n| --- | --- | --- |\n";
  for (const PhaseResult& result : results) {
    text += row({result.phase, verdict_word(result.verdict), result.headline});
  }
  return text;
}

/// Notes stand in a fold: in a long list they would hide what is wrong.
void add_findings(const PhaseResult& result, Document& document) {
  if (result.findings.empty()) return;
  document.add("\nFindings: " + finding_counts(result.findings) + "\n\n");
  std::string notes;
  std::int64_t note_count = 0;
  for (const Finding* finding : in_order(result.findings)) {
    if (standing_of(*finding) != Standing::kInfo) {
      document.add(finding_item(*finding));
    } else if (notes.size() < kMostBytes / 8) {
      notes += finding_item(*finding);
      ++note_count;
    }
  }
  if (note_count > 0) {
    document.add("\n<details><summary>" + counted(note_count, "note") + "</summary>\n\n" + notes +
                 "\n</details>\n");
  }
}

void add_result(const PhaseResult& result, Document& document) {
  document.add("\n## " + shown(result.phase) + ": " + verdict_word(result.verdict) + "\n\n" +
               (result.headline.empty() ? "" : shown(result.headline) + "\n"));
  if (!result.metrics.empty()) document.add(table_block(metrics_table(result.metrics)));
  add_findings(result, document);
  for (const Table& table : result.tables) document.add(table_block(table));
}

}  // namespace

std::string to_markdown(const std::vector<PhaseResult>& results, const std::string& project_name) {
  Document document;
  document.add("# " + shown(project_name.empty() ? "dlwork" : project_name) + ": " +
               verdict_word(worst_verdict(results)) + "\n\n");
  document.add(overview(results));
  if (!results.empty() && !results.back().next.command.empty()) {
    const artefact::NextStep& next = results.back().next;
    document.add("\n**Next:** " + markdown_code(next.command) +
                 (next.reason.empty() ? "" : " - " + shown(next.reason)) + "\n");
  }
  for (const PhaseResult& result : results) add_result(result, document);
  return document.take();
}

}  // namespace dlwork::report
