#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "dlwork/base/error.h"
#include "dlwork/base/sketches.h"

namespace dlwork {

QuantileSketch::QuantileSketch(std::uint64_t seed, std::size_t size)
    : size_(size), coins_(mix_bits(seed) | 1), levels_(1) {
  DLWORK_ASSERT(size >= 2 && size % 2 == 0, "buffers are halved");
  levels_[0].reserve(size_);
}

/// xorshift64 (Marsaglia 2003), its highest bit.
bool QuantileSketch::coin() {
  coins_ ^= coins_ << 13;
  coins_ ^= coins_ >> 7;
  coins_ ^= coins_ << 17;
  return (coins_ >> 63) != 0;
}

void QuantileSketch::add(double value) {
  low_ = count_ == 0 ? value : std::min(low_, value);
  high_ = count_ == 0 ? value : std::max(high_, value);
  ++count_;
  levels_[0].push_back(value);
  if (levels_[0].size() >= size_) compact(0);
}

/// Values above level 0 are kept in order, so that only level 0 has to be sorted.
void QuantileSketch::compact(std::size_t level) {
  for (; levels_[level].size() >= size_; ++level) {
    if (level + 1 == levels_.size()) levels_.emplace_back();
    auto& from = levels_[level];
    auto& to = levels_[level + 1];
    if (level == 0) std::sort(from.begin(), from.end());
    // An odd one out stays, so that no weight is lost.
    const std::size_t even = from.size() - from.size() % 2;
    const auto middle = static_cast<std::ptrdiff_t>(to.size());
    for (std::size_t i = coin() ? 1 : 0; i < even; i += 2) to.push_back(from[i]);
    from.erase(from.begin(), from.begin() + static_cast<std::ptrdiff_t>(even));
    std::inplace_merge(to.begin(), to.begin() + middle, to.end());
  }
}

void QuantileSketch::merge(const QuantileSketch& other) {
  DLWORK_ASSERT(size_ == other.size_, "sketches of one size are merged");
  if (other.count_ == 0) return;
  low_ = count_ == 0 ? other.low_ : std::min(low_, other.low_);
  high_ = count_ == 0 ? other.high_ : std::max(high_, other.high_);
  count_ += other.count_;
  for (std::size_t level = 0; level < other.levels_.size(); ++level) {
    if (level == levels_.size()) levels_.emplace_back();
    auto& mine = levels_[level];
    const auto middle = static_cast<std::ptrdiff_t>(mine.size());
    mine.insert(mine.end(), other.levels_[level].begin(), other.levels_[level].end());
    if (level > 0) std::inplace_merge(mine.begin(), mine.begin() + middle, mine.end());
  }
  for (std::size_t level = 0; level < levels_.size(); ++level) compact(level);
}

std::vector<double> QuantileSketch::quantiles(const std::vector<double>& qs) const {
  std::vector<double> found(qs.size(), std::numeric_limits<double>::quiet_NaN());
  if (count_ == 0) return found;
  std::vector<std::pair<double, double>> weighted;
  for (std::size_t level = 0; level < levels_.size(); ++level) {
    for (const double value : levels_[level]) {
      weighted.emplace_back(value, std::ldexp(1.0, static_cast<int>(level)));
    }
  }
  std::sort(weighted.begin(), weighted.end());
  // Each value stands for the ranks from the weight before it on.
  std::vector<double> before(weighted.size());
  double total = 0;
  for (std::size_t i = 0; i < weighted.size(); ++i) {
    before[i] = total;
    total += weighted[i].second;
  }
  for (std::size_t k = 0; k < qs.size(); ++k) {
    if (qs[k] <= 0 || qs[k] >= 1) {
      found[k] = qs[k] <= 0 ? low_ : high_;
      continue;
    }
    const double rank = qs[k] * (total - 1);
    const auto at = std::upper_bound(before.begin(), before.end(), rank);
    found[k] = weighted[static_cast<std::size_t>(at - before.begin()) - 1].first;
  }
  return found;
}

double QuantileSketch::quantile(double q) const { return quantiles({q}).front(); }

double QuantileSketch::rank_error() const {
  if (levels_.size() <= 1) return 0;
  return 2 * std::sqrt(std::log(2 / 0.01)) / static_cast<double>(size_);
}

std::size_t QuantileSketch::size() const {
  std::size_t size = 0;
  for (const auto& level : levels_) size += level.size();
  return size;
}

}  // namespace dlwork
