#include "phase/audit/profile.h"

#include <algorithm>
#include <cmath>

#include "dlwork/base/stats.h"
#include "dlwork/base/text.h"

namespace dlwork::phase::audit {
namespace {

using data::Column;
using data::ColumnType;

Spread spread_of_sorted(const std::vector<double>& values) {
  Spread spread;
  spread.low = values.front();
  spread.high = values.back();
  spread.lower_quartile = sorted_quantile(values, 0.25);
  spread.median = sorted_quantile(values, 0.5);
  spread.upper_quartile = sorted_quantile(values, 0.75);
  std::vector<double> distances;
  distances.reserve(values.size());
  for (const double value : values) distances.push_back(std::abs(value - spread.median));
  spread.deviation = quantile(std::move(distances), 0.5);
  return spread;
}

void profile_numbers(const Rows& rows, Profile& profile) {
  profile.values = finite_values(*profile.column, rows);
  std::sort(profile.values.begin(), profile.values.end());
  profile.whole = !profile.values.empty();
  for (const double value : profile.values) {
    if (profile.distinct.empty() || profile.distinct.back().first != value) {
      profile.distinct.emplace_back(value, 0);
      profile.whole = profile.whole && value == std::floor(value);
    }
    ++profile.distinct.back().second;
  }
  if (!profile.values.empty()) profile.spread = spread_of_sorted(profile.values);
}

}  // namespace

double sorted_quantile(const std::vector<double>& values, double q) {
  const double place = q * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  if (below + 1 >= values.size()) return values.back();
  return values[below] + (values[below + 1] - values[below]) * (place - static_cast<double>(below));
}

std::int64_t Profile::kinds() const {
  if (is_number()) return static_cast<std::int64_t>(distinct.size());
  return std::count_if(counts.begin(), counts.end(), [](std::int64_t count) { return count > 0; });
}

double Profile::missing_share() const {
  return rows == 0 ? 0 : static_cast<double>(missing.size()) / static_cast<double>(rows);
}

std::vector<Profile> make_profiles(const data::Table& table, const Rows& rows) {
  std::vector<Profile> profiles;
  for (const Column& column : table.columns) {
    Profile profile;
    profile.column = &column;
    profile.rows = static_cast<std::int64_t>(rows.size());
    profile.counts.assign(column.categories.size(), 0);
    for (const auto row : rows) {
      if (column.is_missing(row)) {
        profile.missing.push_back(row);
      } else if (column.type == ColumnType::kCategory) {
        ++profile.counts[column.codes[row]];
      }
    }
    profile.present = profile.rows - static_cast<std::int64_t>(profile.missing.size());
    if (profile.is_number()) profile_numbers(rows, profile);
    profiles.push_back(std::move(profile));
  }
  return profiles;
}

Spread spread_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return spread_of_sorted(values);
}

std::vector<double> finite_values(const Column& column, const Rows& rows) {
  return finite_values(column.numbers, rows);
}

std::vector<double> finite_values(const std::vector<double>& values, const Rows& rows) {
  std::vector<double> finite;
  for (const auto row : rows) {
    if (std::isfinite(values[row])) finite.push_back(values[row]);
  }
  return finite;
}

std::vector<double> finite_values(const std::vector<double>& values) {
  std::vector<double> finite;
  std::copy_if(values.begin(), values.end(), std::back_inserter(finite),
               [](double value) { return std::isfinite(value); });
  return finite;
}

std::vector<std::int64_t> code_counts(const std::vector<std::int32_t>& codes, std::size_t kinds) {
  std::vector<std::int64_t> counts(kinds, 0);
  for (const auto code : codes) {
    if (code >= 0) ++counts[code];
  }
  return counts;
}

std::string value_text(const Column& column, std::int64_t row) {
  if (column.is_missing(row)) return "missing";
  return column.type == ColumnType::kNumber ? pretty_number(column.numbers[row])
                                            : "'" + column.categories[column.codes[row]] + "'";
}

}  // namespace dlwork::phase::audit
