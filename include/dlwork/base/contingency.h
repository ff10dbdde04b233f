#pragma once

#include <cstdint>
#include <vector>

namespace dlwork {

/// Counts of two classifications against each other, rows x columns.
class Contingency {
 public:
  Contingency(std::size_t rows, std::size_t columns);
  void add(std::size_t row, std::size_t column, double count = 1);
  double at(std::size_t row, std::size_t column) const { return counts_[row * columns_ + column]; }
  std::size_t rows() const { return rows_; }
  std::size_t columns() const { return columns_; }
  double row_sum(std::size_t row) const;
  double column_sum(std::size_t column) const;
  double total() const;

 private:
  std::size_t rows_, columns_;
  std::vector<double> counts_;
};

/// Pearson's test of independence, empty rows and columns left out; p 1 for fewer than two of
/// either. Cells expected below 5 make p too small: callers want an effect beside it.
struct ChiSquare {
  double statistic = 0;
  double degrees = 0;
  double p = 1;
};
ChiSquare chi_square(const Contingency& table);
/// Cramer's V, and the same corrected for its bias (Bergsma 2013): near 0 where there is none.
double cramers_v(const Contingency& table);
double cramers_v_corrected(const Contingency& table);

/// p-values adjusted for that many tests, in the given order, each at most 1. Holm (1979) bounds
/// the chance of one false alarm; Benjamini and Hochberg (1995) the share of false ones.
std::vector<double> adjust_holm(const std::vector<double>& p);
std::vector<double> adjust_false_discovery(const std::vector<double>& p);

}  // namespace dlwork
