#include "task/similarity/class_batches.h"

#include <algorithm>
#include <map>
#include <set>

namespace dlwork::task {
namespace {

using Rows = std::vector<std::int64_t>;

std::map<std::int32_t, Rows> by_class(const data::Target& target, const Rows& rows) {
  std::map<std::int32_t, Rows> classes;
  std::set<std::int64_t> known;
  for (const auto row : rows) {
    if (known.insert(row).second) classes[target.codes[row]].push_back(row);
  }
  return classes;
}

/// Things dealt from a shuffled pack, which is shuffled anew when it is empty.
class Pack {
 public:
  explicit Pack(Rows all) : all_(std::move(all)) {}
  std::int64_t size() const { return static_cast<std::int64_t>(all_.size()); }
  /// One that is not among `out`, of which there is at least one.
  std::int64_t deal(const std::set<std::int64_t>& out, Rng& rng) {
    for (;;) {
      // Of what is left, the last that is not out: what is passed over comes later.
      const auto found = std::find_if(left_.rbegin(), left_.rend(),
                                      [&](std::int64_t each) { return !out.contains(each); });
      if (found != left_.rend()) {
        const std::int64_t dealt = *found;
        left_.erase(std::next(found).base());
        return dealt;
      }
      left_ = all_;
      rng.shuffle(left_);
    }
  }

 private:
  Rows all_, left_;
};

class Dealer {
 public:
  Dealer(const std::map<std::int32_t, Rows>& classes, Rng& rng)
      : rng_(rng), classes_(keys(classes)) {
    for (const auto& [code, rows] : classes) {
      packs_.emplace(code, rows);
      all_ += static_cast<std::int64_t>(rows.size());
    }
  }

  /// Appends a batch of `size` rows, or of all there are.
  void deal(std::int64_t size, std::int64_t samples, Rows& order) {
    const auto count = static_cast<std::int64_t>(packs_.size());
    const std::int64_t each = std::max(samples, (size + count - 1) / count);
    std::map<std::int64_t, std::set<std::int64_t>> taken;  // rows, by class
    std::set<std::int64_t> visited;
    for (std::int64_t left = std::min(size, all_); left > 0;) {
      if (static_cast<std::int64_t>(visited.size()) == count) visited.clear();  // another round
      const std::int64_t code = classes_.deal(visited, rng_);
      visited.insert(code);
      Pack& pack = packs_.at(code);
      auto& own = taken[code];
      for (std::int64_t k = 0; k < each && left > 0; ++k) {
        if (static_cast<std::int64_t>(own.size()) == pack.size()) break;
        order.push_back(pack.deal(own, rng_));
        own.insert(order.back());
        --left;
      }
    }
  }

 private:
  static Rows keys(const std::map<std::int32_t, Rows>& classes) {
    Rows all;
    for (const auto& [code, rows] : classes) all.push_back(code);
    return all;
  }

  Rng& rng_;
  Pack classes_;
  std::map<std::int64_t, Pack> packs_;
  std::int64_t all_ = 0;  ///< rows
};

}  // namespace

Rows class_order(const data::Target& target, const Rows& rows, std::int64_t batch_size,
                 std::int64_t samples, Rng& rng) {
  Dealer dealer(by_class(target, rows), rng);
  const auto total = static_cast<std::int64_t>(rows.size());
  Rows order;
  order.reserve(rows.size());
  for (std::int64_t begin = 0; begin < total; begin += batch_size) {
    dealer.deal(std::min(batch_size, total - begin), samples, order);
  }
  return order;
}

bool has_triplets(const data::Target& target, const Rows& rows) {
  const auto classes = by_class(target, rows);
  return classes.size() > 1 && std::any_of(classes.begin(), classes.end(),
                                           [](const auto& each) { return each.second.size() > 1; });
}

std::vector<std::int32_t> lone_classes(const data::Target& target, const Rows& rows) {
  std::vector<std::int32_t> lone;
  for (const auto& [code, own] : by_class(target, rows)) {
    if (own.size() == 1) lone.push_back(code);
  }
  return lone;
}

}  // namespace dlwork::task
