#include "phase/audit/twins.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "dlwork/base/rng.h"
#include "phase/audit/stats/picture_facts.h"
#include "phase/features/matrix.h"

namespace dlwork::phase::audit {
namespace {

constexpr std::int64_t kSmallSide = 16;
constexpr std::int64_t kSide = 32;
constexpr int kTables = 20;
constexpr int kBits = 20;
constexpr std::size_t kWindow = 48;
/// Candidates less like than this are dropped before the finer comparison.
constexpr float kWorthComparing = 0.9f;
constexpr std::int64_t kTwinBlock = 256;

/// Centred and of unit length, so that a product is a correlation; zeros for a flat picture.
Matrix unit_rows(const data::Pictures& pictures, std::int64_t side, int threads) {
  Matrix rows(pictures.count, side * side);
  for_each_block(pictures.count, kTwinBlock, threads, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const auto cells = shrunk_brightness(pictures, i, side);
      rows.row(i) = Eigen::Map<const Eigen::RowVectorXf>(cells.data(), side * side);
      rows.row(i).array() -= rows.row(i).mean();
      const float norm = rows.row(i).norm();
      if (norm > 1e-3f) {
        rows.row(i) /= norm;
      } else {
        rows.row(i).setZero();
      }
    }
  });
  return rows;
}

struct Entry {
  std::uint32_t key;
  float along;  ///< first projection, which orders a bucket
  std::int32_t row;
};

void offer(Twin& twin, std::int64_t other, float correlation) {
  if (other == twin.first || other == twin.second) return;
  if (correlation > twin.correlation || (correlation == twin.correlation && other < twin.first)) {
    twin.second = twin.first;
    twin.next_correlation = twin.correlation;
    twin.first = other;
    twin.correlation = correlation;
  } else if (correlation > twin.next_correlation) {
    twin.second = other;
    twin.next_correlation = correlation;
  }
}

bool equal_pixels(const data::Pictures& pictures, std::int64_t a, std::int64_t b) {
  return std::equal(pictures.at(a), pictures.at(a) + pictures.size(), pictures.at(b));
}

void compare_bucket(const data::Pictures& pictures, const Matrix& small, const Matrix& fine,
                    const Entry* begin, const Entry* end, std::vector<Twin>& twins) {
  for (const Entry* a = begin; a != end; ++a) {
    const Entry* last = std::min(end, a + 1 + kWindow);
    for (const Entry* b = a + 1; b < last; ++b) {
      const std::int64_t i = a->row, j = b->row;
      if (small.row(i).dot(small.row(j)) < kWorthComparing) continue;
      const float correlation = fine.row(i).dot(fine.row(j));
      if (correlation < kWorthComparing || equal_pixels(pictures, i, j)) continue;
      offer(twins[i], j, correlation);
      offer(twins[j], i, correlation);
    }
  }
}

std::vector<Entry> hash_rows(const Matrix& small, std::uint64_t seed, int table, int threads) {
  Rng rng(seed, "picture hash " + std::to_string(table));
  Matrix planes(small.cols(), kBits);
  for (std::int64_t i = 0; i < planes.size(); ++i) {
    planes.data()[i] = static_cast<float>(rng.normal());
  }
  std::vector<Entry> entries(static_cast<std::size_t>(small.rows()));
  for_each_block(small.rows(), kTwinBlock, threads, [&](std::int64_t begin, std::int64_t end) {
    const Matrix projected = small.middleRows(begin, end - begin) * planes;
    for (std::int64_t i = begin; i < end; ++i) {
      std::uint32_t key = 0;
      for (int bit = 0; bit < kBits; ++bit) {
        key = key << 1 | (projected(i - begin, bit) > 0 ? 1u : 0u);
      }
      entries[i] = {key, projected(i - begin, 0), static_cast<std::int32_t>(i)};
    }
  });
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    if (a.key != b.key) return a.key < b.key;
    return a.along != b.along ? a.along < b.along : a.row < b.row;
  });
  return entries;
}

}  // namespace

double Twin::ratio() const {
  if (first < 0) return 1;
  const double second_distance = 1 - static_cast<double>(next_correlation);
  return second_distance > 0
             ? std::sqrt(std::max(0.0, 1 - static_cast<double>(correlation)) / second_distance)
             : 1;
}

std::vector<Twin> find_twins(const data::Pictures& pictures, std::uint64_t seed, int threads) {
  std::vector<Twin> twins(static_cast<std::size_t>(pictures.count));
  const Matrix small = unit_rows(pictures, kSmallSide, threads);
  const Matrix fine = unit_rows(pictures, kSide, threads);
  for (int table = 0; table < kTables; ++table) {
    const auto entries = hash_rows(small, seed, table, threads);
    for (std::size_t begin = 0, end = 0; begin < entries.size(); begin = end) {
      for (end = begin; end < entries.size() && entries[end].key == entries[begin].key; ++end) {
      }
      compare_bucket(pictures, small, fine, entries.data() + begin, entries.data() + end, twins);
    }
  }
  return twins;
}

}  // namespace dlwork::phase::audit
