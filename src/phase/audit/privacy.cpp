#include <cmath>
#include <map>

#include "phase/audit/check.h"
#include "phase/audit/stats/personal.h"

namespace dlwork::phase::audit {

using artefact::Severity;
using data::Column;

namespace {

/// Rows of a column by the kind of personal text in them. Each category is looked at once.
std::map<std::string, Rows> personal_rows(const Audit& audit, const Column& column) {
  std::map<std::string, Rows> found;
  if (column.type == data::ColumnType::kNumber) {
    constexpr double kLeastCard = 1e12, kMostExact = 9007199254740992.0;
    for (std::size_t row = 0; row < column.numbers.size(); ++row) {
      const double value = column.numbers[row];
      if (!(value >= kLeastCard && value <= kMostExact) || value != std::floor(value)) continue;
      const std::string kind = personal_kind(std::to_string(static_cast<std::int64_t>(value)));
      if (!kind.empty()) found[kind].push_back(static_cast<std::int64_t>(row));
    }
    // One number in ten passes the check digit by chance; card numbers all do.
    std::erase_if(found, [&](const auto& entry) {
      return share_of(entry.second.size(), column.numbers.size()) <
             audit.limits().personal_card_share;
    });
    return found;
  }
  std::vector<std::string> kinds;
  for (const std::string& text : column.categories) kinds.push_back(personal_kind(text));
  for (std::size_t row = 0; row < column.codes.size(); ++row) {
    const auto code = column.codes[row];
    if (code >= 0 && !kinds[code].empty()) {
      found[kinds[code]].push_back(static_cast<std::int64_t>(row));
    }
  }
  return found;
}

void report_personal(Audit& audit, const Column& column) {
  bool told = false;
  for (const auto& [kind, rows] : personal_rows(audit, column)) {
    if (static_cast<double>(rows.size()) < audit.limits().personal_samples) continue;
    told = true;
    // The texts themselves stay out of the report.
    audit.add_about(column, "text-personal-data", Severity::kWarn,
                    count_of(rows.size()) + " values of column " + column.name + " look like a " +
                        kind + ", the first at " + audit.samples().where(rows.front()),
                    {{"kind", kind}, {"samples", rows.size()}, {"rows", audit.places(rows)}});
  }
  const std::string kind = personal_name(column.name);
  if (told || kind.empty() || column.type == data::ColumnType::kNumber) return;
  audit.add_about(column, "column-personal-data", Severity::kWarn,
                  "column " + column.name + " holds a person's " + kind + " by its name",
                  {{"kind", kind}});
}

void report_personal_lines(Audit& audit) {
  std::map<std::string, Rows> found;
  for (std::size_t row = 0; row < audit.samples().texts.size(); ++row) {
    const std::string kind = personal_kind(audit.samples().texts[row]);
    if (!kind.empty()) found[kind].push_back(static_cast<std::int64_t>(row));
  }
  for (const auto& [kind, rows] : found) {
    if (static_cast<double>(rows.size()) < audit.limits().personal_samples) continue;
    audit.add("text-personal-data", Severity::kWarn,
              count_of(rows.size()) + " lines hold what looks like a " + kind + ", the first at " +
                  audit.samples().where(rows.front()),
              {{"kind", kind}, {"samples", rows.size()}, {"rows", audit.places(rows)}});
  }
}

}  // namespace

void check_personal_data(Audit& audit) {
  for (const Column& column : audit.samples().table.columns) report_personal(audit, column);
  for (const Column& column : audit.samples().carried.columns) {
    // The paths of files are no texts about anyone.
    if (&column != audit.samples().file_column()) report_personal(audit, column);
  }
  report_personal_lines(audit);
}

}  // namespace dlwork::phase::audit
