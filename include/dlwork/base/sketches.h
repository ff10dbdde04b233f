#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace dlwork {

/// Summaries of a stream of any length in fixed memory. Each can be merged with another one: the
/// result is what one summary of both streams would say.

/// Count, mean and the three next central moments, updated without sums that overflow or cancel
/// (Pebay 2008, equations 1.1 to 1.6 and 2.1 to 2.9). Exact but for rounding.
class PowerSums {
 public:
  void add(double value);
  void merge(const PowerSums& other);
  std::int64_t count() const { return count_; }
  double mean() const { return mean_; }
  /// n - 1 in the denominator; 0 for fewer than two values.
  double deviation() const;
  /// Third and fourth standardised moment (n in the denominator), the latter less 3; 0 where all
  /// values are equal.
  double skewness() const;
  double excess_kurtosis() const;

 private:
  std::int64_t count_ = 0;
  double mean_ = 0, second_ = 0, third_ = 0, fourth_ = 0;
};

/// Quantiles: buffers of equal size, one a level; a full one is sorted and every other value,
/// beginning with the first or the second by a coin, goes to the next level, where it stands for
/// twice as many (Manku, Rajagopalan and Lindsay 1998; with the coin, Agarwal et al. 2013).
/// A value's rank is off by at most 2 sqrt(ln(2 / p)) / size of the count with probability 1 - p
/// (Hoeffding's bound on the coins): `rank_error`.
class QuantileSketch {
 public:
  explicit QuantileSketch(std::uint64_t seed, std::size_t size = 1024);
  void add(double value);
  void merge(const QuantileSketch& other);
  std::int64_t count() const { return count_; }
  /// q in [0, 1]; of no values NaN. The least and greatest value are exact.
  double quantile(double q) const;
  /// Several at once, in the order of `qs`.
  std::vector<double> quantiles(const std::vector<double>& qs) const;
  /// Share of the count by which a rank may be off, with 99 % probability.
  double rank_error() const;
  /// Values kept.
  std::size_t size() const;

 private:
  void compact(std::size_t level);
  bool coin();

  std::size_t size_;
  std::uint64_t coins_;
  std::int64_t count_ = 0;
  double low_ = 0, high_ = 0;
  std::vector<std::vector<double>> levels_;
};

/// How many different values a stream has, from the hashes of its values: HyperLogLog (Flajolet et
/// al. 2007) of 16,384 registers with the estimator of Ertl (2017, algorithm 6), which needs no
/// correction for small counts. Standard error 0.81 %.
class DistinctCount {
 public:
  static constexpr int kBits = 14;
  static constexpr double kStandardError = 0.0081;  ///< 1.04 / sqrt(2^14)

  void add(std::uint64_t hash) {
    const std::uint64_t place = hash >> (64 - kBits);
    const std::uint64_t rest = hash << kBits;
    // Leading zeros of the remaining bits, plus one.
    const auto rank =
        static_cast<std::uint8_t>(rest == 0 ? 64 - kBits + 1 : __builtin_clzll(rest) + 1);
    if (rank > registers_[place]) registers_[place] = rank;
  }
  void merge(const DistinctCount& other);
  double estimate() const;

 private:
  std::vector<std::uint8_t> registers_ = std::vector<std::uint8_t>(std::size_t{1} << kBits, 0);
};

/// A 64-bit number's bits mixed, for hashing numbers (the end of MurmurHash3, Appleby 2011).
inline std::uint64_t mix_bits(std::uint64_t key) {
  key ^= key >> 33;
  key *= 0xFF51AFD7ED558CCDu;
  key ^= key >> 33;
  key *= 0xC4CEB9FE1A85EC53u;
  key ^= key >> 33;
  return key;
}

}  // namespace dlwork
