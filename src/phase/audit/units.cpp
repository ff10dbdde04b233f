#include <algorithm>
#include <array>
#include <cmath>

#include "dlwork/base/contingency.h"
#include "dlwork/base/stats.h"
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
constexpr std::size_t kFewestValues = 100;
/// The gap between the two scales, as a share of the distance of their middles.
constexpr double kLeastGap = 0.3;
/// Scaled to one unit the two lots must look alike; a class of its own is no other unit.
constexpr double kMostDistance = 0.35;
constexpr double kMostClassAssociation = 0.5;

/// Values below and above the widest gap that leaves `least` on either side.
struct Lots {
  std::vector<double> low, high;
  double gap = 0;  ///< of logarithms
};

Lots split_at_gap(const std::vector<double>& ascending, std::size_t least) {
  std::size_t best = 0;
  double widest = 0;
  for (std::size_t i = std::max<std::size_t>(least, 1); i + least <= ascending.size(); ++i) {
    const double gap = std::log(ascending[i] / ascending[i - 1]);
    if (gap > widest) {
      widest = gap;
      best = i;
    }
  }
  const auto middle = ascending.begin() + static_cast<std::ptrdiff_t>(best);
  return {{ascending.begin(), middle}, {middle, ascending.end()}, widest};
}

bool fits(const Lots& lots, const Unit& unit, double tolerance) {
  const double low = quantile(lots.low, 0.5), high = quantile(lots.high, 0.5);
  const double expected = unit.factor * low + unit.offset;
  if (std::abs(high / expected - 1) > tolerance) return false;
  std::vector<double> scaled;
  for (const double value : lots.low) scaled.push_back(unit.factor * value + unit.offset);
  return kolmogorov_smirnov(scaled, lots.high).distance < kMostDistance;
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

void check_column(Audit& audit, const Profile& profile) {
  std::vector<double> positive;
  std::copy_if(profile.values.begin(), profile.values.end(), std::back_inserter(positive),
               [](double value) { return value > 0; });
  if (positive.size() < kFewestValues) return;
  const auto least = static_cast<std::size_t>(
      std::ceil(audit.limits().unit_share * static_cast<double>(positive.size())));
  const Lots lots = split_at_gap(positive, least);
  if (lots.low.empty() || lots.high.empty()) return;
  const double distance = std::log(quantile(lots.high, 0.5) / quantile(lots.low, 0.5));
  if (lots.gap < kLeastGap * distance || goes_with_class(audit, profile, lots.high.front())) return;
  const auto unit = std::find_if(kUnits.begin(), kUnits.end(), [&](const Unit& candidate) {
    return fits(lots, candidate, audit.limits().unit_tolerance);
  });
  if (unit == kUnits.end()) return;
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
        low_is_rare ? unit->factor * value + unit->offset : (value - unit->offset) / unit->factor;
    audit.patches.push_back({row, profile.name(), number_text(other), "mixed-units"});
  }
  const auto& few = low_is_rare ? lots.low : lots.high;
  audit.add_about(*profile.column, "mixed-units", Severity::kWarn,
                  "column " + profile.name() + " seems to be in two units (" + unit->names +
                      "): " + percent(share_of(few.size(), positive.size())) +
                      " of its values lie around " + pretty_number(quantile(few, 0.5), 3) +
                      ", the others around " +
                      pretty_number(quantile(low_is_rare ? lots.high : lots.low, 0.5), 3),
                  {{"factor", unit->factor},
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
