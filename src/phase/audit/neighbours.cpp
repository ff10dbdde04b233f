#include "phase/audit/neighbours.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace dlwork::phase::audit {
namespace {

constexpr std::int64_t kBlock = 128;
/// Of the base's rows at once: a block's products with them stay in the cache.
constexpr std::int64_t kTile = 1024;
/// More candidates than asked for are kept before distances are taken exactly.
constexpr std::int64_t kSpare = 4;

/// The `most` smallest values of those met so far, with their places.
class Smallest {
 public:
  using Entry = std::pair<float, std::int32_t>;

  explicit Smallest(std::int64_t most) : most_(static_cast<std::size_t>(most)) {}

  /// squares[i] - 2 dots[i] at the places from `first` on, `skip` left out.
  void offer(const float* dots, const float* squares, std::int64_t count, std::int64_t first,
             std::int64_t skip) {
    constexpr std::int64_t kAtOnce = 16;
    const auto value = [=](std::int64_t i) { return squares[i] - 2.0f * dots[i]; };
    const auto consider = [&](std::int64_t i) {
      if (value(i) >= worst_ || first + i == skip) return;
      insert({value(i), static_cast<std::int32_t>(first + i)});
    };
    std::int64_t i = 0;
    for (; i + kAtOnce <= count; i += kAtOnce) {
      int wanted = 0;  // without branches, which makes vectors of it
      for (std::int64_t j = 0; j < kAtOnce; ++j) {
        wanted += static_cast<int>(!(value(i + j) >= worst_));
      }
      for (std::int64_t j = 0; wanted > 0 && j < kAtOnce; ++j) consider(i + j);
    }
    for (; i < count; ++i) consider(i);
  }
  std::vector<Entry>& entries() { return entries_; }

 private:
  void insert(Entry entry) {
    entries_.insert(std::upper_bound(entries_.begin(), entries_.end(), entry), entry);
    if (entries_.size() > most_) entries_.pop_back();
    if (entries_.size() == most_) worst_ = entries_.back().first;
  }

  std::size_t most_;
  std::vector<Entry> entries_;
  float worst_ =
      std::numeric_limits<float>::quiet_NaN();  ///< above nothing until there are `most_`
};

Graph search(const Matrix& base, const Matrix& queries, std::int64_t k, bool among_themselves,
             int threads) {
  Graph graph;
  graph.rows = queries.rows();
  graph.k = std::min<std::int64_t>(k, base.rows() - (among_themselves ? 1 : 0));
  if (graph.k <= 0) {
    graph.k = 0;
    return graph;
  }
  graph.index.resize(graph.rows * graph.k);
  graph.distance.resize(graph.rows * graph.k);
  const Eigen::RowVectorXf squares = base.rowwise().squaredNorm().transpose();
  for_each_block(graph.rows, kBlock, threads, [&](std::int64_t begin, std::int64_t end) {
    const auto block = queries.middleRows(begin, end - begin);
    std::vector<Smallest> found(static_cast<std::size_t>(end - begin), Smallest(graph.k + kSpare));
    Matrix dots;
    for (std::int64_t first = 0; first < base.rows(); first += kTile) {
      const std::int64_t count = std::min(kTile, base.rows() - first);
      dots.noalias() = block * base.middleRows(first, count).transpose();
      for (std::int64_t row = begin; row < end; ++row) {
        found[row - begin].offer(dots.row(row - begin).data(), squares.data() + first, count, first,
                                 among_themselves ? row : -1);
      }
    }
    for (std::int64_t row = begin; row < end; ++row) {
      auto& held = found[row - begin].entries();
      for (auto& [distance, other] : held) {
        distance = (queries.row(row) - base.row(other)).norm();
      }
      std::sort(held.begin(), held.end());
      for (std::int64_t place = 0; place < graph.k; ++place) {
        graph.index[row * graph.k + place] = held[place].second;
        graph.distance[row * graph.k + place] = held[place].first;
      }
    }
  });
  return graph;
}

}  // namespace

double Graph::mean_distance(std::int64_t row) const {
  double sum = 0;
  for (std::int64_t place = 0; place < k; ++place) sum += at(row, place);
  return k == 0 ? 0 : sum / static_cast<double>(k);
}

Graph nearest(const Matrix& base, const Matrix& queries, std::int64_t k, int threads) {
  return search(base, queries, k, false, threads);
}

Graph nearest_others(const Matrix& rows, std::int64_t k, int threads) {
  return search(rows, rows, k, true, threads);
}

}  // namespace dlwork::phase::audit
