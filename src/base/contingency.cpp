#include "dlwork/base/contingency.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "dlwork/base/stats.h"

namespace dlwork {
namespace {

std::vector<std::size_t> ascending(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  return order;
}

/// Rows and columns that hold anything.
struct Occupied {
  double rows = 0, columns = 0, total = 0, statistic = 0;
};

Occupied occupied(const Contingency& table) {
  Occupied result;
  std::vector<double> columns;
  for (std::size_t c = 0; c < table.columns(); ++c) columns.push_back(table.column_sum(c));
  result.total = table.total();
  result.columns = static_cast<double>(
      std::count_if(columns.begin(), columns.end(), [](double sum) { return sum > 0; }));
  for (std::size_t r = 0; r < table.rows(); ++r) {
    const double row = table.row_sum(r);
    if (row == 0) continue;
    result.rows += 1;
    for (std::size_t c = 0; c < table.columns(); ++c) {
      if (columns[c] == 0) continue;
      const double expected = row * columns[c] / result.total;
      result.statistic += (table.at(r, c) - expected) * (table.at(r, c) - expected) / expected;
    }
  }
  return result;
}

}  // namespace

Contingency::Contingency(std::size_t rows, std::size_t columns)
    : rows_(rows), columns_(columns), counts_(rows * columns, 0.0) {}

void Contingency::add(std::size_t row, std::size_t column, double count) {
  counts_[row * columns_ + column] += count;
}

double Contingency::row_sum(std::size_t row) const {
  double sum = 0;
  for (std::size_t c = 0; c < columns_; ++c) sum += at(row, c);
  return sum;
}

double Contingency::column_sum(std::size_t column) const {
  double sum = 0;
  for (std::size_t r = 0; r < rows_; ++r) sum += at(r, column);
  return sum;
}

double Contingency::total() const { return std::accumulate(counts_.begin(), counts_.end(), 0.0); }

ChiSquare chi_square(const Contingency& table) {
  const Occupied seen = occupied(table);
  const double degrees = (seen.rows - 1) * (seen.columns - 1);
  if (degrees <= 0) return {};
  return {seen.statistic, degrees, chi_square_tail(seen.statistic, degrees)};
}

double cramers_v(const Contingency& table) {
  const Occupied seen = occupied(table);
  const double least = std::min(seen.rows, seen.columns) - 1;
  return least > 0 ? std::sqrt(seen.statistic / seen.total / least) : 0;
}

double cramers_v_corrected(const Contingency& table) {
  const Occupied seen = occupied(table);
  if (std::min(seen.rows, seen.columns) < 2 || seen.total < 2) return 0;
  const double n = seen.total;
  const double phi =
      std::max(0.0, seen.statistic / n - (seen.rows - 1) * (seen.columns - 1) / (n - 1));
  const double rows = seen.rows - (seen.rows - 1) * (seen.rows - 1) / (n - 1);
  const double columns = seen.columns - (seen.columns - 1) * (seen.columns - 1) / (n - 1);
  const double least = std::min(rows, columns) - 1;
  return least > 0 ? std::sqrt(phi / least) : 0;
}

std::vector<double> adjust_holm(const std::vector<double>& p) {
  std::vector<double> adjusted(p.size());
  double most = 0;
  std::size_t place = 0;
  for (const auto i : ascending(p)) {
    most = std::max(most, p[i] * static_cast<double>(p.size() - place++));
    adjusted[i] = std::min(1.0, most);
  }
  return adjusted;
}

std::vector<double> adjust_false_discovery(const std::vector<double>& p) {
  std::vector<double> adjusted(p.size());
  const auto order = ascending(p);
  double least = 1;
  for (std::size_t place = order.size(); place > 0; --place) {
    const auto i = order[place - 1];
    least = std::min(least, p[i] * static_cast<double>(p.size()) / static_cast<double>(place));
    adjusted[i] = least;
  }
  return adjusted;
}

}  // namespace dlwork
