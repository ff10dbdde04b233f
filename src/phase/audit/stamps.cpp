#include <algorithm>

#include "phase/audit/check.h"

namespace dlwork::phase::audit {

using artefact::Severity;
using data::SeriesStamps;

namespace {

/// Rows of the series for which `holds`.
template <class Holds>
Rows rows_where(const std::vector<SeriesStamps>& stamps, const Holds& holds) {
  Rows rows;
  for (std::size_t row = 0; row < stamps.size(); ++row) {
    if (holds(stamps[row])) rows.push_back(static_cast<std::int64_t>(row));
  }
  return rows;
}

void report_time_gaps(Audit& audit) {
  const auto& stamps = audit.files.stamps;
  const Rows rows = rows_where(stamps, [](const SeriesStamps& s) { return s.missing > 0; });
  if (rows.empty()) return;
  double missing = 0, steps = 0;
  for (const SeriesStamps& series : stamps) {
    missing += static_cast<double>(series.missing);
    steps += static_cast<double>(series.missing + series.count);
  }
  const double share = missing / steps;
  const SeriesStamps& first = stamps[rows.front()];
  audit.add("time-gap", share > audit.limits().time_gap_share ? Severity::kError : Severity::kWarn,
            count_of(rows.size()) + " series lack " + grouped(static_cast<std::int64_t>(missing)) +
                " steps (" + percent(share) + ") between their stamps, the first at " +
                audit.samples().where(rows.front()) + " after stamp " + grouped(first.first_gap) +
                " (a step is " + pretty_number(first.period) + ")",
            {{"series", rows.size()},
             {"missing", missing},
             {"share", share},
             {"period", first.period},
             {"first_gap", first.first_gap},
             {"rows", audit.places(rows)}});
}

void report_count(Audit& audit, const char* id, const char* what,
                  std::int64_t SeriesStamps::*counted) {
  const auto& stamps = audit.files.stamps;
  const Rows rows = rows_where(stamps, [&](const SeriesStamps& s) { return s.*counted > 0; });
  if (rows.empty()) return;
  std::int64_t count = 0;
  for (const auto row : rows) count += stamps[row].*counted;
  audit.add(id, Severity::kError,
            count_of(rows.size()) + " series have " + grouped(count) + " " + what +
                ", the first at " + audit.samples().where(rows.front()),
            {{"series", rows.size()}, {"stamps", count}, {"rows", audit.places(rows)}});
}

}  // namespace

void check_stamps(Audit& audit) {
  report_time_gaps(audit);
  report_count(audit, "time-duplicate", "stamps that repeat the one before",
               &SeriesStamps::repeated);
  report_count(audit, "time-unsorted", "stamps earlier than the one before",
               &SeriesStamps::falling);
  const auto& stamps = audit.files.stamps;
  const double most = audit.limits().time_jitter;
  const Rows rows = rows_where(stamps, [&](const SeriesStamps& s) { return s.jitter > most; });
  if (rows.empty()) return;
  const auto worst = *std::max_element(rows.begin(), rows.end(), [&](auto a, auto b) {
    return stamps[a].jitter < stamps[b].jitter;
  });
  audit.add(
      "time-jitter", Severity::kWarn,
      count_of(rows.size()) + " series have stamps at uneven distances, most of all " +
          audit.samples().where(worst) + " (deviation " + percent(stamps[worst].jitter) +
          " of the median distance)",
      {{"series", rows.size()}, {"jitter", stamps[worst].jitter}, {"rows", audit.places(rows)}});
}

}  // namespace dlwork::phase::audit
