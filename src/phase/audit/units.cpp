#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "dlwork/base/contingency.h"
#include "dlwork/base/two_samples.h"
#include "phase/audit/check.h"

namespace dlwork::phase::audit {

using artefact::Severity;

namespace {

struct Unit {
  double factor;
  double offset;  ///< of the greater unit's number: greater = factor * lesser + offset
  const char* names;
};
constexpr std::array kUnits{Unit{2.54, 0, "inches and centimetres"},
                            Unit{12, 0, "feet and inches"},
                            Unit{25.4, 0, "inches and millimetres"},
                            Unit{30.48, 0, "feet and centimetres"},
                            Unit{39.37, 0, "metres and inches"},
                            Unit{3.2808, 0, "metres and feet"},
                            Unit{2.20462, 0, "kilograms and pounds"},
                            Unit{1.609344, 0, "miles and kilometres"},
                            Unit{100, 0, "shares and per cent, or metres and centimetres"},
                            Unit{10, 0, "a point set wrongly, or centimetres and millimetres"},
                            Unit{1000, 0, "thousands"},
                            Unit{60, 0, "minutes and seconds"},
                            Unit{3600, 0, "hours and seconds"},
                            Unit{1.8, 32, "Celsius and Fahrenheit"}};

constexpr std::int64_t kFewestKinds = 20;
constexpr std::size_t kFewestValues = 50;
constexpr std::size_t kFewestOfUnit = 5;
/// Between the two scales, over this share of the distance of their middles, lie at most so many of
/// the values of the rarer one.
constexpr double kBetween = 0.3;
constexpr double kMostBetween = 0.05;
/// Scaled to one unit the two lots must look alike; a class of its own is no other unit.
constexpr double kMostDistance = 0.35;
constexpr double kMostClassAssociation = 0.5;

/// Values in the lesser unit's numbers and in the greater's.
struct Lots {
  std::vector<double> low, high;
};

Lots split_at(const std::vector<double>& ascending, double from) {
  const auto middle = std::lower_bound(ascending.begin(), ascending.end(), from);
  return {{ascending.begin(), middle}, {middle, ascending.end()}};
}

/// The middle, by logarithms, of the widest gap that leaves `least` on either side.
double widest_gap(const std::vector<double>& ascending, std::size_t least) {
  double from = 0, widest = 0;
  for (std::size_t i = least; i + least <= ascending.size(); ++i) {
    const double gap = ascending[i] / ascending[i - 1];
    if (gap <= widest) continue;
    widest = gap;
    from = std::sqrt(ascending[i] * ascending[i - 1]);
  }
  return from;
}

/// Where the two scales would part: in the widest gap, or half way from the middle of all values to
/// what that is in the other unit, up or down.
std::array<double, 3> borders(const std::vector<double>& ascending, const Unit& unit, double gap) {
  const double middle = sorted_quantile(ascending, 0.5);
  const auto half_way = [&](double other) { return std::sqrt(middle * std::max(other, 0.0)); };
  return {gap, half_way(unit.factor * middle + unit.offset),
          half_way((middle - unit.offset) / unit.factor)};
}

bool are_apart(const std::vector<double>& ascending, const Lots& lots, double from) {
  const double distance =
      std::log(sorted_quantile(lots.high, 0.5) / sorted_quantile(lots.low, 0.5));
  const double reach = std::exp(kBetween * distance / 2);
  const auto between = std::upper_bound(ascending.begin(), ascending.end(), from * reach) -
                       std::lower_bound(ascending.begin(), ascending.end(), from / reach);
  return static_cast<double>(between) <=
         kMostBetween * static_cast<double>(std::min(lots.low.size(), lots.high.size()));
}

/// Standard error of the ratio of two lots' medians, relative to it, where both are spread as the
/// greater lot is: sqrt(pi / 2) deviations of a normal distribution, these from the quartiles.
double ratio_error(const Lots& lots) {
  const auto& most = lots.low.size() > lots.high.size() ? lots.low : lots.high;
  const double range = sorted_quantile(most, 0.75) - sorted_quantile(most, 0.25);
  const auto n = static_cast<double>(lots.low.size()), m = static_cast<double>(lots.high.size());
  return 0.929 * range / sorted_quantile(most, 0.5) * std::sqrt(1 / n + 1 / m);
}

/// How far the middle of the greater numbers is from that of the lesser ones in this unit, relative
/// to it; nothing where it is too far for chance, or the two lots are not spread alike.
std::optional<double> misfit(const Lots& lots, const Unit& unit, double tolerance) {
  constexpr double kErrors = 2;       // standard errors
  constexpr double kCritical = 1.63;  // of the distance of two samples, at 1 %
  const double low = sorted_quantile(lots.low, 0.5), high = sorted_quantile(lots.high, 0.5);
  const double off = std::abs(high / (unit.factor * low + unit.offset) - 1);
  if (off > tolerance + kErrors * ratio_error(lots)) return std::nullopt;
  std::vector<double> scaled;
  for (const double value : lots.low) scaled.push_back(unit.factor * value + unit.offset);
  const auto n = static_cast<double>(lots.low.size()), m = static_cast<double>(lots.high.size());
  const double most = std::max(kMostDistance, kCritical * std::sqrt((n + m) / (n * m)));
  if (kolmogorov_smirnov(scaled, lots.high).distance >= most) return std::nullopt;
  return off;
}

/// Whether the class tells which lot a value is in.
bool goes_with_class(const Audit& audit, const Profile& profile, double from) {
  if (!audit.is_class()) return false;
  Contingency table(2, audit.target().classes.size());
  for (const auto row : audit.train()) {
    const double value = profile.column->numbers[row];
    if (!std::isfinite(value) || value <= 0) continue;
    table.add(value >= from ? 1 : 0, static_cast<std::size_t>(audit.target().codes[row]));
  }
  return cramers_v_corrected(table) > kMostClassAssociation;
}

struct TwoUnits {
  Unit unit;
  Lots lots;
};

std::optional<TwoUnits> two_units(const std::vector<double>& ascending,
                                  const spec::AuditThresholds& limits) {
  const auto least = std::max(
      kFewestOfUnit, static_cast<std::size_t>(
                         std::ceil(limits.unit_share * static_cast<double>(ascending.size()))));
  const double gap = widest_gap(ascending, least);
  std::optional<TwoUnits> found;
  double least_off = std::numeric_limits<double>::infinity();
  for (const Unit& unit : kUnits) {
    for (const double from : borders(ascending, unit, gap)) {
      Lots lots = split_at(ascending, from);
      if (std::min(lots.low.size(), lots.high.size()) < least) continue;
      if (!are_apart(ascending, lots, from)) continue;
      const auto off = misfit(lots, unit, limits.unit_tolerance);
      if (!off || *off >= least_off) continue;
      least_off = *off;
      found = TwoUnits{unit, std::move(lots)};
    }
  }
  return found;
}

void check_column(Audit& audit, const Profile& profile) {
  std::vector<double> positive;
  std::copy_if(profile.values.begin(), profile.values.end(), std::back_inserter(positive),
               [](double value) { return value > 0; });
  if (positive.size() < kFewestValues) return;
  const auto found = two_units(positive, audit.limits());
  if (!found || goes_with_class(audit, profile, found->lots.high.front())) return;
  const Unit& unit = found->unit;
  const Lots& lots = found->lots;
  const bool low_is_rare = lots.low.size() < lots.high.size();
  Rows rare;
  std::copy_if(
      audit.train().begin(), audit.train().end(), std::back_inserter(rare), [&](std::int64_t row) {
        const double value = profile.column->numbers[row];
        return std::isfinite(value) && value > 0 && (value < lots.high.front()) == low_is_rare;
      });
  for (std::int64_t row = 0; row < profile.column->count(); ++row) {
    const double value = profile.column->numbers[row];
    if (!std::isfinite(value) || value <= 0 || (value < lots.high.front()) != low_is_rare) continue;
    const double other =
        low_is_rare ? unit.factor * value + unit.offset : (value - unit.offset) / unit.factor;
    audit.patches.push_back({row, profile.name(), number_text(other), "mixed-units"});
  }
  const auto& few = low_is_rare ? lots.low : lots.high;
  audit.add_about(*profile.column, "mixed-units", Severity::kWarn,
                  "column " + profile.name() + " seems to be in two units (" + unit.names +
                      "): " + percent(share_of(few.size(), positive.size())) +
                      " of its values lie around " + pretty_number(sorted_quantile(few, 0.5), 3) +
                      ", the others around " +
                      pretty_number(sorted_quantile(low_is_rare ? lots.high : lots.low, 0.5), 3),
                  {{"factor", unit.factor},
                   {"samples", few.size()},
                   {"from", few.front()},
                   {"to", few.back()},
                   {"rows", audit.places(rare)}});
}

}  // namespace

void check_units(Audit& audit) {
  for (const Profile& profile : audit.facts.profiles()) {
    if (profile.is_number() && profile.kinds() >= kFewestKinds) check_column(audit, profile);
  }
}

}  // namespace dlwork::phase::audit
