#include "phase/audit/codes.h"

#include <algorithm>
#include <cmath>

#include "dlwork/base/stats.h"
#include "phase/audit/check.h"

namespace dlwork::phase::audit {

using artefact::Severity;

namespace {

constexpr std::int64_t kFewestDifferent = 10;
constexpr std::size_t kNear = 10;

enum class End { kLow, kHigh };

/// A value at an end of a column that stands apart or piles up.
struct PointMass {
  double value = 0;
  double next = 0;
  std::int64_t count = 0;
  double gap_in_spacings = 0;
  double gap_in_ranges = 0;
  double usual_count = 0;  ///< median count of the next values
};

PointMass point_mass(const Profile& profile, End end) {
  const auto& distinct = profile.distinct;
  const auto at = [&](std::size_t i) {
    return end == End::kLow ? distinct[i] : distinct[distinct.size() - 1 - i];
  };
  PointMass mass{at(0).first, at(1).first, at(0).second, 0, 0, 0};
  std::vector<double> spacings, counts;
  for (std::size_t i = 1; i <= kNear && i + 1 < distinct.size(); ++i) {
    spacings.push_back(std::abs(at(i + 1).first - at(i).first));
    counts.push_back(static_cast<double>(at(i).second));
  }
  std::vector<double> others;
  for (const double value : profile.values) {
    if (value != mass.value) others.push_back(value);
  }
  const double range = quantile(others, 0.75) - quantile(others, 0.25);
  const double gap = std::abs(mass.next - mass.value);
  const double spacing = quantile(spacings, 0.5);
  mass.usual_count = quantile(counts, 0.5);
  mass.gap_in_spacings = spacing > 0 ? gap / spacing : INFINITY;
  mass.gap_in_ranges = range > 0 ? gap / range : INFINITY;
  return mass;
}

/// 0, -1, and all-nines and round large numbers, which people write for "unknown".
bool is_usual_code(double value) {
  if (value == 0 || value == -1) return true;
  const double size = std::abs(value);
  for (double nines = 9; nines < 1e10; nines = 10 * nines + 9) {
    if (size == nines || (nines > 9 && (size == nines - 1 || size == nines / 10))) return true;
  }
  return size >= 1e9 && std::abs(std::log10(size) - std::round(std::log10(size))) < 1e-12;
}

Rows rows_with(const Audit& audit, const Profile& profile, double value) {
  Rows rows;
  std::copy_if(audit.train().begin(), audit.train().end(), std::back_inserter(rows),
               [&](std::int64_t row) { return profile.column->numbers[row] == value; });
  return rows;
}

void report_code(Audit& audit, const Profile& profile, const MissingCode& code) {
  const Rows rows = rows_with(audit, profile, code.value);
  const std::string value = pretty_number(code.value, 7);
  audit.mend(*profile.column, "missing-sentinel-code", "",
             [&](std::int64_t row) { return profile.column->numbers[row] == code.value; });
  auto& finding = audit.add_about(
      *profile.column, "missing-sentinel-code", Severity::kWarn,
      value + " in column " + profile.name() +
          " seems to stand for missing: " + grouped(code.count) + " samples (" +
          percent(share_of(rows.size(), audit.train().size())) + "), the next value is " +
          pretty_number(code.next) + "; the first at " + audit.samples().where(rows.front()),
      {{"value", code.value},
       {"samples", code.count},
       {"next", code.next},
       {"rows", audit.places(rows)}});
  finding.advice = "If it means missing, list it in data.missing, or write an empty cell.";
}

void report_censored(Audit& audit, const Profile& profile, const CensoredEnd& end) {
  const Rows rows = rows_with(audit, profile, end.value);
  audit.add_about(*profile.column, "value-censored", Severity::kInfo,
                  grouped(end.count) + " values of column " + profile.name() + " are exactly its " +
                      (end.is_least ? "least" : "greatest") + ", " + pretty_number(end.value, 7) +
                      ", where others occur " + pretty_number(end.usual_count, 2) + " times",
                  {{"value", end.value}, {"samples", end.count}, {"rows", audit.places(rows)}});
}

/// Values piled up at an end of a list of numbers, as `point_mass` sees them.
bool piles_up(const PointMass& mass, std::size_t count, const spec::AuditThresholds& limits) {
  const auto n = static_cast<double>(mass.count);
  return n >= limits.censored_samples && n >= limits.censored_share * static_cast<double>(count) &&
         n >= limits.censored_factor * mass.usual_count;
}

bool stands_apart(const PointMass& mass, const spec::AuditThresholds& limits) {
  return static_cast<double>(mass.count) >= limits.sentinel_count &&
         mass.gap_in_spacings >= limits.sentinel_gap && mass.gap_in_ranges >= limits.sentinel_range;
}

bool is_missing_code(const PointMass& mass, const spec::AuditThresholds& limits) {
  return stands_apart(mass, limits) && is_usual_code(mass.value);
}

void check_target(Audit& audit) {
  if (audit.is_class()) return;
  data::Table table;
  data::Column column;
  column.name = audit.target().name;
  column.numbers = audit.target().values;
  table.rows = static_cast<std::int64_t>(column.numbers.size());
  table.columns.push_back(std::move(column));
  const auto profiles = make_profiles(table, audit.train());
  const Profile& profile = profiles.front();
  if (profile.kinds() <= kFewestDifferent) return;
  for (const End end : {End::kLow, End::kHigh}) {
    const PointMass mass = point_mass(profile, end);
    if (!piles_up(mass, profile.values.size(), audit.limits())) continue;
    const Rows rows = rows_with(audit, profile, mass.value);
    audit.add("target-censored", Severity::kWarn,
              grouped(mass.count) + " targets are exactly " + pretty_number(mass.value, 7) +
                  ", their " + (end == End::kLow ? "least" : "greatest") + ": cut off, it seems",
              {{"value", mass.value}, {"samples", mass.count}, {"rows", audit.places(rows)}});
  }
}

}  // namespace

OddEnds odd_ends(const Profile& profile, const spec::AuditThresholds& limits) {
  OddEnds odd;
  if (profile.kinds() < kFewestDifferent) return odd;
  for (const End end : {End::kLow, End::kHigh}) {
    const PointMass mass = point_mass(profile, end);
    if (is_missing_code(mass, limits)) {
      odd.codes.push_back({mass.value, mass.next, mass.count});
    } else if (piles_up(mass, profile.values.size(), limits) &&
               !(mass.value == 0 && profile.spread.low == 0)) {
      odd.censored.push_back({mass.value, end == End::kLow, mass.count, mass.usual_count});
    }
  }
  return odd;
}

void check_codes(Audit& audit) {
  for (const Profile& profile : audit.facts.profiles()) {
    if (!profile.is_number()) continue;
    const OddEnds odd = odd_ends(profile, audit.limits());
    for (const MissingCode& code : odd.codes) report_code(audit, profile, code);
    for (const CensoredEnd& end : odd.censored) report_censored(audit, profile, end);
  }
  check_target(audit);
}

}  // namespace dlwork::phase::audit
