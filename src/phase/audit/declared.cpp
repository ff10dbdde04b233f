#include <algorithm>
#include <cmath>

#include "phase/audit/check.h"

namespace dlwork::phase::audit {

using artefact::Severity;
using data::Column;
using data::Part;

namespace {

void report_beyond(Audit& audit, const Column& column, double low, double high) {
  Rows beyond;
  for (std::int64_t row = 0; row < column.count(); ++row) {
    const double value = column.numbers[row];
    if (value < low || value > high) beyond.push_back(row);
  }
  if (beyond.empty()) return;
  audit.add_about(
      column, "out-of-declared-range", Severity::kError,
      count_of(beyond.size()) + " values of column " + column.name +
          " lie outside the declared range " + pretty_number(low) + " to " + pretty_number(high) +
          ", such as " + value_text(column, beyond.front()) + " at " +
          audit.samples().where(beyond.front()),
      {{"low", low}, {"high", high}, {"samples", beyond.size()}, {"rows", audit.places(beyond)}});
}

/// Slices of the declared range without a training sample.
void report_empty_slices(Audit& audit, const Column& column, double low, double high) {
  const auto bins = static_cast<std::size_t>(audit.limits().coverage_bins);
  std::vector<std::int64_t> counts(bins, 0);
  for (const double value : finite_values(column, audit.train())) {
    if (value < low || value > high) continue;
    const double place = (value - low) / (high - low) * static_cast<double>(bins);
    ++counts[std::min(bins - 1, static_cast<std::size_t>(place))];
  }
  std::vector<std::string> empty;
  const double width = (high - low) / static_cast<double>(bins);
  for (std::size_t i = 0; i < bins; ++i) {
    if (counts[i] > 0) continue;
    empty.push_back(pretty_number(low + width * static_cast<double>(i)) + " to " +
                    pretty_number(low + width * static_cast<double>(i + 1)));
  }
  if (empty.empty()) return;
  const double share = share_of(empty.size(), bins);
  audit.add_about(column, "space-range-coverage",
                  share > audit.limits().coverage_empty ? Severity::kError : Severity::kWarn,
                  "no training sample has column " + column.name + " in " + join_words(empty) +
                      ", within its declared range",
                  {{"empty", empty}, {"share", share}});
}

}  // namespace

void check_declared_ranges(Audit& audit) {
  for (const Column& column : audit.samples().table.columns) {
    const auto& info = column.info;
    if (column.type != data::ColumnType::kNumber || !info.low || !info.high ||
        !(*info.low < *info.high)) {
      continue;
    }
    report_beyond(audit, column, *info.low, *info.high);
    report_empty_slices(audit, column, *info.low, *info.high);
  }
}

}  // namespace dlwork::phase::audit
