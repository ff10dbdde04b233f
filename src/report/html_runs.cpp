#include <algorithm>

#include "dlwork/base/text.h"
#include "report/escape.h"
#include "report/html.h"
#include "report/summary.h"
#include "report/text_layout.h"

namespace dlwork::report {
namespace {

using artefact::Metric;

std::string head(const std::vector<std::pair<std::string, Alignment>>& columns) {
  std::string html = "<thead><tr>";
  for (const auto& [name, alignment] : columns) {
    html += element(
        "th", alignment == Alignment::kRight ? "scope=\"col\" class=\"right\"" : "scope=\"col\"",
        line_html(name));
  }
  return html + "</tr></thead><tbody>\n";
}

void add(const Metric& metric, Range& range) {
  range.add(metric.value);
  if (metric.low) range.add(*metric.low);
  if (metric.high) range.add(*metric.high);
}

const Metric* find(const std::vector<Metric>& metrics, const std::string& name) {
  const auto found = std::find_if(metrics.begin(), metrics.end(),
                                  [&](const Metric& metric) { return metric.name == name; });
  return found == metrics.end() ? nullptr : &*found;
}

/// The metric that most phases measure first: the goal's.
std::string common_metric(const std::vector<ReportInput::Entry>& entries) {
  std::string best;
  std::ptrdiff_t most = 1;
  for (const auto& entry : entries) {
    if (entry.result.metrics.empty()) continue;
    const std::string& name = entry.result.metrics.front().name;
    const auto count = std::count_if(entries.begin(), entries.end(), [&](const auto& other) {
      return !other.result.metrics.empty() && other.result.metrics.front().name == name;
    });
    if (count > most) {
      most = count;
      best = name;
    }
  }
  return best;
}

}  // namespace

std::string html_runs(const std::vector<ReportInput::Run>& runs) {
  const auto& newest = runs.back().result.metrics;
  const std::string name = newest.empty() ? "" : newest.front().name;
  Range range;
  for (const auto& run : runs) {
    if (const Metric* metric = find(run.result.metrics, name)) add(*metric, range);
  }
  constexpr Alignment kLeft = Alignment::kLeft, kRight = Alignment::kRight;
  std::vector<std::pair<std::string, Alignment>> columns{{"run", kLeft}, {"verdict", kLeft}};
  if (!name.empty()) {
    columns.insert(columns.end(), {{name, kRight}, {"95 % interval", kLeft}});
  }
  columns.insert(columns.end(), {{"findings", kLeft}, {"took", kRight}, {"set otherwise", kLeft}});
  std::string html = "<details class=\"runs\"><summary>All runs <small>" +
                     counted(static_cast<std::int64_t>(runs.size()), "run") +
                     ", the newest first</small></summary><div class=\"scroll\"><table "
                     "class=\"sortable\">" +
                     head(columns);
  for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
    html += "<tr>" + table_cell(element("span", "class=\"nowrap\"", line_html(run->id)), kLeft) +
            table_cell(badge(run->result.verdict), kLeft);
    if (!name.empty()) {
      const Metric* metric = find(run->result.metrics, name);
      html += table_cell(metric == nullptr ? "" : metric_number(metric->value), kRight) +
              table_cell(metric == nullptr ? "" : interval_html(*metric, range), kLeft);
    }
    const double seconds = seconds_of(run->result);
    html += table_cell(line_html(finding_counts(run->result.findings)), kLeft) +
            (seconds > 0 ? duration_cell(seconds) : table_cell("", kRight)) +
            table_cell(line_html(run->changed), kLeft) + "</tr>\n";
  }
  return html + "</tbody></table></div></details>\n";
}

std::string html_progress(const std::vector<ReportInput::Entry>& entries) {
  const std::string name = common_metric(entries);
  if (name.empty()) return "";
  Range range;
  for (const auto& entry : entries) {
    if (const Metric* metric = find(entry.result.metrics, name)) add(*metric, range);
  }
  constexpr Alignment kLeft = Alignment::kLeft, kRight = Alignment::kRight;
  std::string html = "<section class=\"phase progress\">\n<h2>" + line_html(name) +
                     ", phase by phase</h2>\n<div class=\"scroll\"><table class=\"sortable\">" +
                     head({{"phase", kLeft},
                           {"of", kLeft},
                           {"part", kLeft},
                           {"value", kRight},
                           {"95 % interval", kLeft},
                           {"samples", kRight}});
  for (const auto& entry : entries) {
    const Metric* metric = find(entry.result.metrics, name);
    if (!entry.ran || metric == nullptr) continue;
    html += "<tr>" +
            table_cell("<a href=\"#" + anchor_of(entry.result.phase) + "\">" +
                           line_html(entry.result.phase) + "</a>",
                       kLeft) +
            table_cell(line_html(metric->of), kLeft) + table_cell(line_html(metric->part), kLeft) +
            table_cell(element("strong", "", metric_number(metric->value)), kRight) +
            table_cell(interval_html(*metric, range), kLeft) +
            table_cell(metric->count > 0 ? grouped(metric->count) : "", kRight) + "</tr>\n";
  }
  return html + "</tbody></table></div></section>\n";
}

}  // namespace dlwork::report
