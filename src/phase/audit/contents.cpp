#include "phase/audit/contents.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <utility>

#include "dlwork/base/hash.h"

namespace dlwork::phase::audit {
namespace {

/// The bits that stand for a value: one pattern for every NaN and for both zeros.
std::uint64_t canonical(double value) {
  if (std::isnan(value))
    return std::bit_cast<std::uint64_t>(std::numeric_limits<double>::quiet_NaN());
  return std::bit_cast<std::uint64_t>(value == 0 ? 0.0 : value);
}

std::uint64_t cell(const data::Column& column, std::int64_t row) {
  return column.type == data::ColumnType::kNumber
             ? canonical(column.numbers[row])
             : static_cast<std::uint64_t>(static_cast<std::int64_t>(column.codes[row]));
}

/// Up to its end: what stands behind it depends on the longest series.
std::vector<std::uint64_t> canonical_series(const data::Sequences& sequences, std::int64_t row) {
  const float* values = sequences.at(row);
  std::vector<std::uint64_t> bits;
  for (std::int64_t i = 0; i < sequences.lengths[row] * sequences.channels; ++i) {
    bits.push_back(canonical(values[i]));
  }
  return bits;
}

bool equal(const data::Samples& samples, std::int64_t a, std::int64_t b) {
  if (samples.kind == data::Kind::kImage) {
    return std::equal(samples.pictures.at(a), samples.pictures.at(a) + samples.pictures.size(),
                      samples.pictures.at(b));
  }
  if (samples.kind == data::Kind::kSequence) {
    return canonical_series(samples.sequences, a) == canonical_series(samples.sequences, b);
  }
  if (samples.kind == data::Kind::kText) return samples.texts[a] == samples.texts[b];
  return std::all_of(
      samples.table.columns.begin(), samples.table.columns.end(),
      [&](const data::Column& column) { return cell(column, a) == cell(column, b); });
}

std::vector<std::uint64_t> hashes(const data::Samples& samples) {
  std::vector<std::uint64_t> result(samples.count, 0);
  if (samples.kind == data::Kind::kImage) {
    for (std::int64_t row = 0; row < samples.count; ++row) {
      result[row] = hash64(samples.pictures.at(row), samples.pictures.size());
    }
    return result;
  }
  if (samples.kind == data::Kind::kSequence) {
    for (std::int64_t row = 0; row < samples.count; ++row) {
      const auto bits = canonical_series(samples.sequences, row);
      result[row] = hash64(bits.data(), bits.size() * sizeof(std::uint64_t));
    }
    return result;
  }
  if (samples.kind == data::Kind::kText) {
    for (std::int64_t row = 0; row < samples.count; ++row) {
      result[row] = hash64(samples.texts[row].data(), samples.texts[row].size());
    }
    return result;
  }
  for (const data::Column& column : samples.table.columns) {
    for (std::int64_t row = 0; row < samples.count; ++row) {
      const std::uint64_t bits = cell(column, row);
      result[row] = hash64(&bits, sizeof bits, result[row]);
    }
  }
  return result;
}

/// Pairs of equal values.
double pairs_among(std::vector<std::uint64_t> values) {
  std::sort(values.begin(), values.end());
  double pairs = 0;
  for (std::size_t begin = 0, end = 0; begin < values.size(); begin = end) {
    while (end < values.size() && values[end] == values[begin]) ++end;
    const auto count = static_cast<double>(end - begin);
    pairs += count * (count - 1) / 2;
  }
  return pairs;
}

}  // namespace

EqualPairs equal_pairs(const data::Table& table) {
  // A row's sum of its cells' hashes: without a column it is the row of the others.
  std::vector<std::uint64_t> sums(table.rows, 0), cells(table.rows);
  const auto hash_cells = [&](std::size_t c) {
    for (std::int64_t row = 0; row < table.rows; ++row) {
      const std::uint64_t bits = cell(table.columns[c], row);
      cells[row] = hash64(&bits, sizeof bits, c + 1);
    }
  };
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    hash_cells(c);
    for (std::int64_t row = 0; row < table.rows; ++row) sums[row] += cells[row];
  }
  const auto rows = static_cast<double>(table.rows);
  const double all = rows * (rows - 1) / 2;
  EqualPairs pairs{pairs_among(sums), 0};
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    hash_cells(c);
    const double agreeing = pairs_among(cells);
    if (agreeing == all) continue;  // a constant tells nothing
    for (std::int64_t row = 0; row < table.rows; ++row) cells[row] = sums[row] - cells[row];
    const double but_one = pairs_among(cells) - pairs.found;
    pairs.by_chance = std::max(pairs.by_chance, but_one * agreeing / (all - agreeing));
  }
  return pairs;
}

Contents compare_contents(const data::Samples& samples) {
  const auto hashed = hashes(samples);
  std::vector<std::pair<std::uint64_t, std::int64_t>> order;
  order.reserve(hashed.size());
  for (std::size_t row = 0; row < hashed.size(); ++row) order.emplace_back(hashed[row], row);
  std::sort(order.begin(), order.end());
  Contents contents;
  std::vector<std::vector<std::int64_t>> groups;  // of one hash; more than one on a collision
  for (std::size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    groups.clear();
    for (end = begin; end < order.size() && order[end].first == order[begin].first; ++end) {
      const std::int64_t row = order[end].second;
      const auto group = std::find_if(groups.begin(), groups.end(), [&](const auto& rows) {
        return equal(samples, rows.front(), row);
      });
      if (group == groups.end()) {
        groups.push_back({row});
      } else {
        group->push_back(row);
      }
    }
    for (auto& group : groups) {
      if (group.size() > 1) contents.equal.push_back(std::move(group));
    }
  }
  std::sort(contents.equal.begin(), contents.equal.end());
  return contents;
}

}  // namespace dlwork::phase::audit
