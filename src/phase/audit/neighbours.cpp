#include "phase/audit/neighbours.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace dlwork::phase::audit {
namespace {

constexpr std::int64_t kBlock = 128;
/// More candidates than asked for are kept before distances are taken exactly.
constexpr std::int64_t kSpare = 4;

/// Places of the `most` smallest values of a list, `skip` left out.
void smallest(const float* values, std::int64_t count, std::int64_t skip, std::int64_t most,
              std::vector<std::pair<float, std::int32_t>>& held) {
  held.clear();
  float worst = std::numeric_limits<float>::infinity();
  for (std::int64_t i = 0; i < count; ++i) {
    if (values[i] >= worst && static_cast<std::int64_t>(held.size()) == most) continue;
    if (i == skip) continue;
    const std::pair<float, std::int32_t> entry{values[i], static_cast<std::int32_t>(i)};
    held.insert(std::upper_bound(held.begin(), held.end(), entry), entry);
    if (static_cast<std::int64_t>(held.size()) > most) held.pop_back();
    worst = held.back().first;
  }
}

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
    Matrix distances = -2.0f * (queries.middleRows(begin, end - begin) * base.transpose());
    distances.rowwise() += squares;
    std::vector<std::pair<float, std::int32_t>> held;
    for (std::int64_t row = begin; row < end; ++row) {
      smallest(distances.row(row - begin).data(), base.rows(), among_themselves ? row : -1,
               graph.k + kSpare, held);
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
