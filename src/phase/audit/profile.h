#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "dlwork/data/dataset.h"

namespace dlwork::phase::audit {

using Rows = std::vector<std::int64_t>;

/// Where a column's finite values lie.
struct Spread {
  double low = 0, lower_quartile = 0, median = 0, upper_quartile = 0, high = 0;
  double deviation = 0;  ///< median absolute deviation from the median
  double range() const { return upper_quartile - lower_quartile; }
};
/// Type-7 quantile of an ascending list of at least one value.
double sorted_quantile(const std::vector<double>& values, double q);
/// Of at least one value.
Spread spread_of(std::vector<double> values);

/// One column on the training part, gone through once for all checks.
struct Profile {
  const data::Column* column = nullptr;
  Rows missing;              ///< training rows without a value
  std::int64_t rows = 0;     ///< of the training part
  std::int64_t present = 0;  ///< of them with a value, infinite ones too
  /// Numbers: finite values, ascending; different values with their counts, ascending.
  std::vector<double> values;
  std::vector<std::pair<double, std::int64_t>> distinct;
  Spread spread;       ///< of `values`; zeros where there are none
  bool whole = false;  ///< every value is a whole number
  /// Categories: training samples of each code.
  std::vector<std::int64_t> counts;

  bool is_number() const { return column->type == data::ColumnType::kNumber; }
  const std::string& name() const { return column->name; }
  /// Different values that occur.
  std::int64_t kinds() const;
  double missing_share() const;
};

std::vector<Profile> make_profiles(const data::Table& table, const Rows& rows);

/// Finite values, of a number column or of a list at `rows`, in their order.
std::vector<double> finite_values(const data::Column& column, const Rows& rows);
std::vector<double> finite_values(const std::vector<double>& values, const Rows& rows);
std::vector<double> finite_values(const std::vector<double>& values);
/// How often each of the codes 0 to `kinds` - 1 occurs; -1 is missing.
std::vector<std::int64_t> code_counts(const std::vector<std::int32_t>& codes, std::size_t kinds);

/// A value as people read it: 3.5, 'red', missing.
std::string value_text(const data::Column& column, std::int64_t row);

}  // namespace dlwork::phase::audit
