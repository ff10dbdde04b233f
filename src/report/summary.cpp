#include "report/summary.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "dlwork/base/text.h"

namespace dlwork::report {
namespace {

using artefact::Finding;
using artefact::Metric;
using artefact::Table;
using artefact::Verdict;

std::string fixed(double value, int decimals) {
  std::array<char, 64> buffer;
  const auto written = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                     std::chars_format::fixed, decimals);
  return std::string(buffer.data(), written.ptr);
}

bool column_is_empty(const Table& table, size_t column) {
  return std::all_of(table.rows.begin(), table.rows.end(),
                     [column](const auto& row) { return row[column].empty(); });
}

void drop_empty_columns(Table& table) {
  for (size_t column = table.columns.size(); column-- > 0;) {
    if (!column_is_empty(table, column)) continue;
    const auto at = static_cast<std::ptrdiff_t>(column);
    table.columns.erase(table.columns.begin() + at);
    table.right.erase(table.right.begin() + at);
    for (auto& row : table.rows) row.erase(row.begin() + at);
  }
}

}  // namespace

std::string standing_word(Standing standing) {
  switch (standing) {
    case Standing::kError:
    case Standing::kUnchecked:
      return "error";
    case Standing::kWarn:
      return "warn";
    case Standing::kWaived:
      return "waived";
    case Standing::kInfo:
      return "info";
  }
  assertion_failed("standing", "a standing outside of its enumeration", __FILE__, __LINE__);
}

std::vector<const Finding*> in_order(const std::vector<Finding>& findings) {
  std::vector<const Finding*> ordered;
  for (const Finding& finding : findings) ordered.push_back(&finding);
  std::stable_sort(ordered.begin(), ordered.end(), [](const Finding* a, const Finding* b) {
    return standing_of(*a) < standing_of(*b);
  });
  return ordered;
}

std::string finding_counts(const std::vector<Finding>& findings) {
  std::array<std::int64_t, 5> counts{};
  for (const Finding& finding : findings) ++counts[static_cast<size_t>(standing_of(finding))];
  const auto count = [&](Standing standing) { return counts[static_cast<size_t>(standing)]; };
  std::vector<std::string> parts;
  const std::int64_t errors = count(Standing::kError) + count(Standing::kUnchecked);
  if (errors > 0) parts.push_back(counted(errors, "error"));
  if (count(Standing::kWarn) > 0) parts.push_back(counted(count(Standing::kWarn), "warning"));
  if (count(Standing::kWaived) > 0) parts.push_back(grouped(count(Standing::kWaived)) + " waived");
  if (count(Standing::kInfo) > 0) parts.push_back(counted(count(Standing::kInfo), "note"));
  return join(parts, ", ");
}

std::string verdict_word(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPass:
      return "PASS";
    case Verdict::kWarn:
      return "WARN";
    case Verdict::kFail:
      return "FAIL";
  }
  assertion_failed("verdict", "a verdict outside of its enumeration", __FILE__, __LINE__);
}

Verdict worst_verdict(const std::vector<artefact::PhaseResult>& results) {
  Verdict worst = Verdict::kPass;
  for (const auto& result : results) worst = std::max(worst, result.verdict);
  return worst;
}

std::string place_text(const Location& at) {
  std::string place = at.file;
  if (at.line > 0) place += ":" + std::to_string(at.line);
  if (at.line > 0 && at.column > 0) place += ":" + std::to_string(at.column);
  return place;
}

std::string message_text(const Finding& finding) {
  return finding.checked ? finding.message : "could not be checked: " + finding.message;
}

std::string advice_of(const Finding& finding) {
  const artefact::FindingInfo* info = artefact::find_finding(finding.id);
  const bool of_failure =
      info != nullptr && finding.advice == info->advice && info->phase != "diagnose";
  return standing_of(finding) == Standing::kInfo && of_failure ? "" : finding.advice;
}

std::string counted(std::int64_t count, const std::string& noun) {
  return grouped(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string metric_number(double value) {
  const double size = std::fabs(value);
  if (!std::isfinite(value) || size >= 1000 || (size > 0 && size < 0.001)) {
    return pretty_number(value, 5);
  }
  return fixed(value, size < 10 ? 4 : size < 100 ? 3 : 2);
}

std::string interval_text(const Metric& metric) {
  if (!metric.low || !metric.high) return "";
  return metric_number(*metric.low) + " to " + metric_number(*metric.high);
}

Table metrics_table(const std::vector<Metric>& metrics) {
  Table table{"metrics", "", {"metric", "of", "part", "value", "95 % interval", "samples"},
              {},        {}, ""};
  table.right = {false, false, false, true, true, true};
  for (const Metric& metric : metrics) {
    table.rows.push_back({metric.name, metric.of, metric.part, metric_number(metric.value),
                          interval_text(metric), metric.count > 0 ? grouped(metric.count) : ""});
  }
  if (!table.rows.empty()) drop_empty_columns(table);
  return table;
}

double seconds_of(const artefact::PhaseResult& result) {
  if (!result.record.is_object()) return 0;
  const auto found = result.record.find("seconds");
  if (found == result.record.end() || !found->is_number()) return 0;
  const double seconds = found->get<double>();
  return std::isfinite(seconds) && seconds > 0 ? seconds : 0;
}

}  // namespace dlwork::report
