#include <algorithm>
#include <cmath>

#include "dlwork/base/stats.h"
#include "dlwork/base/text.h"
#include "phase/audit/column_name.h"

namespace dlwork::phase::audit {

using artefact::Severity;
using data::Column;
namespace {

constexpr std::size_t kFewestOfAColumn = 20;
constexpr double kNormalScale = 0.6745;  // of the median absolute deviation

void report_far_values(Audit& audit, const Column& column, const Spread& spread) {
  const double reach = audit.limits().outlier_ranges * spread.range();
  if (reach <= 0) return;
  Rows far;
  for (const auto row : audit.train()) {
    const double value = column.numbers[row];
    if (value > spread.upper_quartile + reach || value < spread.lower_quartile - reach) {
      far.push_back(row);
    }
  }
  if (far.empty()) return;
  audit.add_about(
      column, "value-outlier-extreme", Severity::kWarn,
      grouped(static_cast<std::int64_t>(far.size())) + " values of column " + column.name +
          " lie more than " + pretty_number(audit.limits().outlier_ranges) +
          " interquartile ranges out, such as " + pretty_number(column.numbers[far.front()]) +
          " at " + audit.samples().where(far.front()) + " (median " + pretty_number(spread.median) +
          ")",
      {{"samples", far.size()}, {"rows", audit.places(far)}});
}

void report_many_outliers(Audit& audit, const Column& column, const Spread& spread,
                          const std::vector<double>& values) {
  if (spread.deviation <= 0) return;
  const auto count = std::count_if(values.begin(), values.end(), [&](double value) {
    return kNormalScale * std::abs(value - spread.median) / spread.deviation >
           audit.limits().outlier_z;
  });
  const double share = static_cast<double>(count) / static_cast<double>(values.size());
  if (share <= audit.limits().outlier_share) return;
  audit.add_about(column, "value-outlier-share", Severity::kInfo,
                  percent(share) + " of column " + column.name + " are outliers (robust z above " +
                      pretty_number(audit.limits().outlier_z) + "): a long tail",
                  {{"share", share}});
}

/// Named in the message; all stand in the evidence.
constexpr std::size_t kRangesTold = 3;

void report_ranges(Audit& audit, const std::vector<const Profile*>& profiles) {
  std::vector<std::string> told;
  Json columns = Json::array();
  for (const Profile* profile : profiles) {
    const Spread& spread = profile->spread;
    columns.push_back({{"column", profile->name()},
                       {"least", spread.low},
                       {"lower_quartile", spread.lower_quartile},
                       {"median", spread.median},
                       {"upper_quartile", spread.upper_quartile},
                       {"most", spread.high}});
    if (told.size() < kRangesTold) {
      told.push_back(profile->name() + " from " + pretty_number(spread.low) + " to " +
                     pretty_number(spread.high));
    }
  }
  const std::size_t more = profiles.size() - told.size();
  if (more > 0) told.push_back(count_of(more) + " more");
  audit.add("value-ranges", Severity::kInfo,
            std::string("values of the training part") +
                (audit.survey != nullptr ? ", of the rows drawn: " : ": ") + join_words(told),
            {{"table", "ranges"}, {"columns", std::move(columns)}});
}

}  // namespace

void check_outliers(Audit& audit) {
  std::vector<const Profile*> shown;
  artefact::Table table{"ranges",
                        "Values of the training part",
                        {"column", "least", "quartile", "median", "quartile", "most", "missing"},
                        {false, true, true, true, true, true, true},
                        {},
                        ""};
  for (const Profile& profile : audit.facts.profiles()) {
    if (!profile.is_number() || profile.values.empty()) continue;
    const Column& column = *profile.column;
    const Spread& spread = profile.spread;
    shown.push_back(&profile);
    table.rows.push_back({name_with_unit(audit, column.name), pretty_number(spread.low),
                          pretty_number(spread.lower_quartile), pretty_number(spread.median),
                          pretty_number(spread.upper_quartile), pretty_number(spread.high),
                          grouped(static_cast<std::int64_t>(profile.rows) -
                                  static_cast<std::int64_t>(profile.values.size()))});
    if (profile.values.size() < kFewestOfAColumn) continue;
    report_far_values(audit, column, spread);
    report_many_outliers(audit, column, spread, profile.values);
  }
  if (shown.empty()) return;
  audit.result.tables.push_back(std::move(table));
  report_ranges(audit, shown);
}

}  // namespace dlwork::phase::audit
