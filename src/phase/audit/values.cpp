#include <algorithm>
#include <cmath>

#include "dlwork/base/stats.h"
#include "dlwork/base/text.h"
#include "phase/audit/check.h"

namespace dlwork::phase::audit {

using artefact::Severity;
using data::Column;
using data::ColumnType;
using Rows = std::vector<std::int64_t>;

namespace {

/// A value further than so many interquartile ranges outside the quartiles is nearly always a slip
/// of unit or point, or a code.
constexpr double kFarRanges = 10;
/// Iglewicz and Hoaglin 1993: a robust z of 0.6745 (x - median) / MAD beyond 3.5.
constexpr double kRobustZ = 3.5;
constexpr double kManyOutliers = 0.01;
constexpr std::size_t kFewestValues = 20;
constexpr double kNormalScale = 0.6745;

struct Spread {
  double low = 0, lower_quartile = 0, median = 0, upper_quartile = 0, high = 0;
  double deviation = 0;  ///< median absolute deviation
};

std::vector<double> present_values(const Column& column, const Rows& rows) {
  std::vector<double> values;
  for (const auto row : rows) {
    if (std::isfinite(column.numbers[row])) values.push_back(column.numbers[row]);
  }
  return values;
}

Spread spread_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  Spread spread;
  spread.low = values.front();
  spread.high = values.back();
  spread.lower_quartile = quantile(values, 0.25);
  spread.median = quantile(values, 0.5);
  spread.upper_quartile = quantile(values, 0.75);
  for (double& value : values) value = std::abs(value - spread.median);
  spread.deviation = quantile(std::move(values), 0.5);
  return spread;
}

void report_far_values(Audit& audit, const Column& column, const Spread& spread) {
  const double range = spread.upper_quartile - spread.lower_quartile;
  if (range <= 0) return;
  Rows far;
  for (const auto row : audit.train()) {
    const double value = column.numbers[row];
    if (value > spread.upper_quartile + kFarRanges * range ||
        value < spread.lower_quartile - kFarRanges * range) {
      far.push_back(row);
    }
  }
  if (far.empty()) return;
  auto& finding = audit.add(
      "value-outlier-extreme", Severity::kWarn,
      grouped(static_cast<std::int64_t>(far.size())) + " values of column " + column.name +
          " lie more than 10 interquartile ranges out, such as " +
          pretty_number(column.numbers[far.front()]) + " at " +
          audit.samples().where(far.front()) + " (median " + pretty_number(spread.median) + ")",
      {{"column", column.name}, {"samples", far.size()}, {"rows", audit.places(far)}});
  finding.key = "data.columns." + column.name;
}

void report_many_outliers(Audit& audit, const Column& column, const Spread& spread,
                          const std::vector<double>& values) {
  if (spread.deviation <= 0) return;
  const auto count = std::count_if(values.begin(), values.end(), [&](double value) {
    return kNormalScale * std::abs(value - spread.median) / spread.deviation > kRobustZ;
  });
  const double share = static_cast<double>(count) / static_cast<double>(values.size());
  if (share <= kManyOutliers) return;
  auto& finding = audit.add("value-outlier-share", Severity::kInfo,
                            percent(share) + " of column " + column.name +
                                " are outliers (robust z above 3.5): a long tail",
                            {{"column", column.name}, {"share", share}});
  finding.key = "data.columns." + column.name;
}

}  // namespace

void check_outliers(Audit& audit) {
  artefact::Table table{"ranges", "Values of the training part",
                        {"column", "least", "quartile", "median", "quartile", "most", "missing"},
                        {false, true, true, true, true, true, true}, {}, ""};
  for (const Column& column : audit.samples().table.columns) {
    if (column.type != ColumnType::kNumber) continue;
    const auto values = present_values(column, audit.train());
    if (values.empty()) continue;
    const Spread spread = spread_of(values);
    table.rows.push_back({column.name, pretty_number(spread.low),
                          pretty_number(spread.lower_quartile), pretty_number(spread.median),
                          pretty_number(spread.upper_quartile), pretty_number(spread.high),
                          grouped(static_cast<std::int64_t>(audit.train().size() - values.size()))});
    if (values.size() < kFewestValues) continue;
    report_far_values(audit, column, spread);
    report_many_outliers(audit, column, spread, values);
  }
  if (!table.rows.empty()) audit.result.tables.push_back(std::move(table));
}

}  // namespace dlwork::phase::audit
