#include <algorithm>
#include <map>

#include "dlwork/base/text.h"
#include "report/escape.h"
#include "report/html.h"
#include "report/scale.h"
#include "report/summary.h"
#include "report/svg.h"
#include "report/text_layout.h"

namespace dlwork::report {
namespace {

using artefact::Finding;
using artefact::Metric;
using artefact::PhaseResult;
using artefact::Table;

constexpr size_t kMostRows = 500;
constexpr size_t kNotesOpen = 12;  // more notes than these stand in a fold
constexpr int kMostEvidence = 600;
constexpr int kLongCell = 30;  // columns of text; a narrow screen must not break it word by word
constexpr size_t kMostRecord = 64 * 1024;
constexpr char kPictureKey[] = "figure";  // of a finding's evidence

/// One scale for all figures of a metric, so that their bars can be compared.
std::map<std::string, Range> metric_ranges(const std::vector<Metric>& metrics) {
  std::map<std::string, Range> ranges;
  for (const Metric& metric : metrics) {
    Range& range = ranges[metric.name];
    range.add(metric.value);
    if (metric.low) range.add(*metric.low);
    if (metric.high) range.add(*metric.high);
  }
  return ranges;
}

/// Figures of evidence as a reader wants them; lists of them too.
std::string evidence_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_float()) return pretty_number(value.get<double>(), 6);
  if (!value.is_array()) return json_text(value);
  std::vector<std::string> items;
  for (const Json& item : value) {
    if (item.is_structured()) return json_text(value);
    items.push_back(evidence_text(item));
  }
  return join(items, ", ");
}

/// The figure that shows what a finding says; null where it names none of the phase's.
const artefact::Figure* picture_of(const Finding& finding, const PhaseResult& result) {
  if (!finding.evidence.is_object()) return nullptr;
  const auto named = finding.evidence.find(kPictureKey);
  if (named == finding.evidence.end()) return nullptr;
  const auto found = std::find_if(result.figures.begin(), result.figures.end(),
                                  [&](const auto& figure) { return *named == Json(figure.id); });
  return found == result.figures.end() ? nullptr : &*found;
}

std::string picture_link(const artefact::Figure& figure, const std::string& phase) {
  return element("p", "class=\"see\"",
                 element("a", "href=\"#" + figure_anchor(phase, figure.id) + "\"",
                         "Picture: " + line_html(figure.title.empty() ? figure.id : figure.title)));
}

std::string evidence_html(Json evidence, const artefact::Figure* picture) {
  if (!evidence.is_object()) return "";
  if (picture != nullptr) evidence.erase(kPictureKey);
  if (evidence.empty()) return "";
  std::string html = "<dl class=\"evidence\">";
  for (const auto& [key, value] : evidence.items()) {
    const std::string shown = cut(one_line(evidence_text(value)), kMostEvidence);
    html += element("dt", "", line_html(key)) + element("dd", "", line_html(shown));
  }
  return html + "</dl>";
}

std::string finding_html(const Finding& finding, const PhaseResult& result) {
  const Standing standing = standing_of(finding);
  const std::string word = standing_word(standing);
  const bool open = standing == Standing::kError || standing == Standing::kUnchecked ||
                    standing == Standing::kWarn;
  std::string body;
  if (const std::string advice = advice_of(finding); !advice.empty()) {
    body += element("p", "class=\"advice\"", element("strong", "", "Do: ") + line_html(advice));
  }
  if (!finding.waived.empty()) {
    body += element("p", "", element("strong", "", "Waived: ") + line_html(finding.waived));
  }
  std::string about;
  if (!finding.key.empty()) about += element("code", "", line_html(finding.key)) + " ";
  const std::string place = place_text(finding.at);
  if (!place.empty()) about += line_html(place);
  if (!about.empty()) body += element("p", "class=\"place\"", about);
  const artefact::Figure* picture = picture_of(finding, result);
  if (picture != nullptr) body += picture_link(*picture, result.phase);
  body += evidence_html(finding.evidence, picture);
  const std::string line = element("span", "class=\"tag\"", word) + " " +
                           element("code", "", line_html(finding.id)) + " " +
                           element("span", "", line_html(message_text(finding)));
  const std::string kind = "class=\"finding " + word + "\"";
  if (body.empty()) return element("div", kind, line) + "\n";
  return element("details", kind + (open ? " open" : ""),
                 element("summary", "", line) + element("div", "class=\"body\"", body)) +
         "\n";
}

std::string findings_html(const PhaseResult& result, Budget& budget) {
  const std::vector<Finding>& findings = result.findings;
  if (findings.empty()) return "";
  std::string html = "<h3>Findings <small>" + finding_counts(findings) + "</small></h3>\n";
  std::string notes;
  size_t count = 0, left_out = 0;
  for (const Finding* finding : in_order(findings)) {
    std::string item = finding_html(*finding, result);
    if (item.size() > budget.left()) {
      ++left_out;
      continue;
    }
    item = budget.fit(std::move(item), "");
    const bool note = standing_of(*finding) == Standing::kInfo;
    count += note ? 1 : 0;
    (note ? notes : html) += item;
  }
  if (count > kNotesOpen) {
    notes = "<details class=\"fold notes\"><summary>" +
            counted(static_cast<std::int64_t>(count), "note") + "</summary>\n" + notes +
            "</details>\n";
  }
  html += notes;
  if (left_out > 0) {
    html += element("p", "class=\"missing\"",
                    counted(static_cast<std::int64_t>(left_out), "finding") +
                        " left out to keep the page small; result.json in the run folder has all.");
  }
  return html;
}

std::string files_html(const PhaseResult& result) {
  if (result.artefacts.empty()) return "";
  Table table{"files", "Files in the run folder", {"name", "file", "what"}, {}, {}, ""};
  for (const auto& artefact : result.artefacts) {
    table.rows.push_back({artefact.name, artefact.path, artefact.summary});
  }
  return html_table(table);
}

/// A value of the record as text; "" where it is not there.
std::string fact(const Json& record, const char* key) {
  const auto found = record.find(key);
  if (found == record.end() || found->is_null()) return "";
  return found->is_string() ? found->get<std::string>() : json_text(*found);
}

std::string record_html(const PhaseResult& result) {
  if (!result.record.is_object() || result.record.empty()) return "";
  std::vector<std::string> facts;
  const auto add = [&](const char* key, const std::string& before) {
    const std::string value = fact(result.record, key);
    if (!value.empty()) facts.push_back(before + value);
  };
  add("time", "");
  if (seconds_of(result) > 0) facts.push_back("took " + pretty_duration(seconds_of(result)));
  add("device", "device ");
  add("threads", "threads ");
  add("seed", "seed ");
  add("dlwork", "dlwork ");
  add("libtorch", "LibTorch ");
  const std::string fingerprint = fact(result.record, "fingerprint");
  if (!fingerprint.empty()) facts.push_back("fingerprint " + fingerprint.substr(0, 12));
  std::string record = json_text(result.record, 2);
  if (record.size() > kMostRecord) {
    record.resize(kMostRecord);
    record += "\n…";
  }
  return "<details class=\"record\"><summary>What made this result <small>" +
         line_html(join(facts, " · ")) + "</small></summary><pre>" + xml_text(record) +
         "</pre></details>\n";
}

/// The last row tells of all others together, and stays below them however they are sorted.
bool has_total(const Table& table) {
  return !table.rows.empty() && !table.rows.back().empty() && table.rows.back().front() == "all";
}

/// Letters and digits; what else there was as hyphens.
std::string plain_name(const std::string& name) {
  std::string plain;
  for (const char c : name) {
    const bool kept = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    plain += kept ? c : '-';
  }
  return plain;
}

}  // namespace

std::string line_html(const std::string& raw) { return xml_text(one_line(raw)); }

std::string element(const std::string& name, const std::string& attributes,
                    const std::string& content) {
  return "<" + name + (attributes.empty() ? "" : " " + attributes) + ">" + content + "</" + name +
         ">";
}

std::string table_cell(const std::string& content, Alignment alignment) {
  return element("td", alignment == Alignment::kRight ? "class=\"right\"" : "", content);
}

std::string duration_cell(double seconds) {
  return element("td", "class=\"right\" data-value=\"" + number_text(seconds) + "\"",
                 line_html(pretty_duration(seconds)));
}

std::string interval_html(const Metric& metric, const Range& range) {
  if (!metric.low || !metric.high) return "";
  return element("span", "class=\"nowrap\"",
                 svg_interval(*metric.low, *metric.high, metric.value, range.low, range.high) +
                     " " + interval_text(metric));
}

std::string html_metrics(const std::vector<Metric>& metrics) {
  if (metrics.empty()) return "";
  const auto ranges = metric_ranges(metrics);
  std::string html =
      "<div class=\"scroll\"><table class=\"sortable\"><thead><tr><th scope=\"col\">metric</th>"
      "<th scope=\"col\">of</th><th scope=\"col\">part</th><th scope=\"col\" class=\"right\">value"
      "</th><th scope=\"col\">95 % interval</th><th scope=\"col\" class=\"right\">samples</th>"
      "</tr></thead><tbody>\n";
  constexpr Alignment kLeft = Alignment::kLeft, kRight = Alignment::kRight;
  for (const Metric& metric : metrics) {
    html += "<tr>" + table_cell(line_html(metric.name), kLeft) +
            table_cell(line_html(metric.of), kLeft) + table_cell(line_html(metric.part), kLeft) +
            table_cell(element("strong", "", metric_number(metric.value)), kRight) +
            table_cell(interval_html(metric, ranges.at(metric.name)), kLeft) +
            table_cell(metric.count > 0 ? grouped(metric.count) : "", kRight) + "</tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

std::string Budget::fit(std::string block, const std::string& what, const std::string& id) {
  if (block.size() <= left_) {
    left_ -= block.size();
    return block;
  }
  return element("p", (id.empty() ? "" : "id=\"" + id + "\" ") + "class=\"missing\"",
                 line_html(what) + " was left out to keep the page small.") +
         "\n";
}

std::string anchor_of(const std::string& phase) { return "phase-" + plain_name(phase); }

std::string figure_anchor(const std::string& phase, const std::string& figure) {
  return "figure-" + plain_name(phase) + "-" + plain_name(figure);
}

std::string badge(artefact::Verdict verdict) {
  constexpr const char* kSigns[]{"✓", "!", "✕"};
  const auto index = static_cast<size_t>(verdict);
  return "<span class=\"badge " + to_string(verdict) + "\"><span aria-hidden=\"true\">" +
         kSigns[index] + "</span> " + verdict_word(verdict) + "</span>";
}

std::string html_table(const Table& table) {
  std::string html = "<div class=\"scroll\"><table class=\"sortable\">";
  if (!table.title.empty()) html += element("caption", "", line_html(table.title));
  const auto is_right = [&](size_t c) { return c < table.right.size() && table.right[c]; };
  const auto is_long = [&](size_t c) {
    return std::any_of(table.rows.begin(), table.rows.end(), [&](const auto& row) {
      return c < row.size() && display_width(row[c]) > kLongCell;
    });
  };
  html += "<thead><tr>";
  for (size_t c = 0; c < table.columns.size(); ++c) {
    const char* kind = is_right(c) ? " class=\"right\"" : is_long(c) ? " class=\"long\"" : "";
    html += element("th", std::string("scope=\"col\"") + kind, line_html(table.columns[c]));
  }
  const auto row_html = [&](const std::vector<std::string>& row) {
    std::string cells;
    for (size_t c = 0; c < table.columns.size(); ++c) {
      cells += table_cell(c < row.size() ? line_html(row[c]) : "",
                          is_right(c) ? Alignment::kRight : Alignment::kLeft);
    }
    return element("tr", "", cells) + "\n";
  };
  html += "</tr></thead><tbody>\n";
  const bool summed = has_total(table);
  const size_t rows = table.rows.size() - (summed ? 1 : 0), shown = std::min(rows, kMostRows);
  for (size_t r = 0; r < shown; ++r) html += row_html(table.rows[r]);
  html += "</tbody>";
  if (summed) html += element("tfoot", "", row_html(table.rows.back()));
  html += "</table></div>\n";
  std::string note = table.note;
  if (shown < rows) {
    const auto more = static_cast<std::int64_t>(rows - shown);
    note = "… " + counted(more, "more row") + (note.empty() ? "" : "; " + note);
  }
  if (!note.empty()) html += element("p", "class=\"caption\"", line_html(note)) + "\n";
  return html;
}

std::string html_section(const ReportInput::Entry& entry, Budget& budget) {
  const PhaseResult& result = entry.result;
  std::string html = "<section id=\"" + anchor_of(result.phase) + "\" class=\"phase\">\n<h2>" +
                     element("span", "class=\"number\"", line_html(entry.number)) + " " +
                     line_html(result.phase) + " " + badge(result.verdict) + "</h2>\n";
  if (!entry.title.empty()) html += element("p", "class=\"about\"", line_html(entry.title)) + "\n";
  if (!result.headline.empty()) {
    html += element("p", "class=\"headline\"", line_html(result.headline)) + "\n";
  }
  html += budget.fit(html_metrics(result.metrics), "The table of metrics");
  html += findings_html(result, budget);
  html += html_figures(result, entry.folder, budget);
  for (const Table& table : result.tables) {
    html += budget.fit(html_table(table), "The table '" + table.title + "'");
  }
  if (entry.runs.size() > 1) html += budget.fit(html_runs(entry.runs), "The table of runs");
  html += budget.fit(files_html(result), "The table of files");
  html += budget.fit(record_html(result), "The record of the run");
  return html + "</section>\n";
}

}  // namespace dlwork::report
