#include "phase/audit/stats/cuts.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace dlwork::phase::audit {
namespace {

using Labelled = std::pair<double, std::int32_t>;

/// Entropy in bits of class counts, and how many classes there are.
struct Mix {
  double entropy = 0;
  double kinds = 0;
};
Mix mix_of(const std::vector<double>& counts, double total) {
  Mix mix;
  for (const double count : counts) {
    if (count <= 0) continue;
    mix.entropy -= count / total * std::log2(count / total);
    mix.kinds += 1;
  }
  return mix;
}

class Cutter {
 public:
  Cutter(std::vector<Labelled> sorted, std::size_t classes)
      : sorted_(std::move(sorted)), classes_(classes) {}

  std::vector<double> cut() {
    std::vector<std::pair<std::size_t, std::size_t>> open{{0, sorted_.size()}};
    while (!open.empty()) {
      const auto [begin, end] = open.back();
      open.pop_back();
      const std::size_t at = best(begin, end);
      if (at == begin) continue;
      cuts_.push_back(sorted_[at - 1].first + (sorted_[at].first - sorted_[at - 1].first) / 2);
      open.emplace_back(begin, at);
      open.emplace_back(at, end);
    }
    std::sort(cuts_.begin(), cuts_.end());
    return std::move(cuts_);
  }

 private:
  /// First place of the upper piece; `begin` where no cut pays.
  std::size_t best(std::size_t begin, std::size_t end) const {
    const auto n = static_cast<double>(end - begin);
    std::vector<double> below(classes_, 0.0), above(classes_, 0.0);
    for (std::size_t i = begin; i < end; ++i)
      above[static_cast<std::size_t>(sorted_[i].second)] += 1;
    const Mix whole = mix_of(above, n);
    if (whole.kinds < 2) return begin;
    std::size_t at = begin;
    double least = whole.entropy;
    Mix lower, upper;
    for (std::size_t i = begin; i + 1 < end; ++i) {
      const auto c = static_cast<std::size_t>(sorted_[i].second);
      below[c] += 1;
      above[c] -= 1;
      if (sorted_[i].first == sorted_[i + 1].first) continue;
      const auto on_left = static_cast<double>(i + 1 - begin);
      const Mix left = mix_of(below, on_left), right = mix_of(above, n - on_left);
      const double entropy = (on_left * left.entropy + (n - on_left) * right.entropy) / n;
      if (entropy >= least) continue;
      least = entropy;
      at = i + 1;
      lower = left;
      upper = right;
    }
    if (at == begin) return begin;
    // Equation 9 of the paper; for many classes 3^k - 2 is 3^k.
    const double shapes =
        whole.kinds > 30 ? whole.kinds * std::log2(3.0) : std::log2(std::pow(3.0, whole.kinds) - 2);
    const double cost = std::log2(n - 1) + shapes - whole.kinds * whole.entropy +
                        lower.kinds * lower.entropy + upper.kinds * upper.entropy;
    return whole.entropy - least > cost / n ? at : begin;
  }

  std::vector<Labelled> sorted_;
  std::size_t classes_;
  std::vector<double> cuts_;
};

}  // namespace

std::vector<double> class_cuts(const std::vector<double>& values,
                               const std::vector<std::int32_t>& classes, std::size_t class_count) {
  std::vector<Labelled> sorted;
  sorted.reserve(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isnan(values[i])) sorted.emplace_back(values[i], classes[i]);
  }
  std::sort(sorted.begin(), sorted.end());
  return Cutter(std::move(sorted), class_count).cut();
}

}  // namespace dlwork::phase::audit
