#include "phase/audit/stats/intraclass.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

namespace dlwork::phase::audit {
namespace {

/// Sums of squares between groups and in all, and the sizes of the groups.
struct Squares {
  double between = 0, total = 0;
  std::vector<double> sizes;
};

std::vector<double> sizes_of(const std::vector<std::int32_t>& groups) {
  std::vector<double> sizes;
  for (const auto group : groups) {
    if (group < 0) continue;
    if (static_cast<std::size_t>(group) >= sizes.size()) sizes.resize(group + 1, 0.0);
    sizes[group] += 1;
  }
  return sizes;
}

Intraclass from(const Squares& squares) {
  Intraclass result;
  double count = 0, square = 0;
  for (const double size : squares.sizes) {
    count += size;
    square += size * size;
    result.groups += size > 0 ? 1 : 0;
  }
  if (count == 0) return result;
  result.mean_size = square / count;
  const auto k = static_cast<double>(result.groups);
  if (k < 2 || count <= k) return result;
  const double between = squares.between / (k - 1);
  const double within = (squares.total - squares.between) / (count - k);
  const double size = (count - square / count) / (k - 1);
  const double all = between + (size - 1) * within;
  if (all > 0) result.correlation = (between - within) / all;
  return result;
}

}  // namespace

double Intraclass::design_effect() const {
  return 1 + std::max(0.0, mean_size - 1) * std::max(0.0, correlation);
}

Intraclass intraclass_of_numbers(const std::vector<std::int32_t>& groups,
                                 const std::vector<double>& values) {
  Squares squares{0, 0, sizes_of(groups)};
  double count = 0, middle = 0;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (groups[i] < 0) continue;
    count += 1;
    middle += (values[i] - middle) / count;
  }
  std::vector<double> sums(squares.sizes.size(), 0.0);
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (groups[i] < 0) continue;
    sums[groups[i]] += values[i] - middle;
    squares.total += (values[i] - middle) * (values[i] - middle);
  }
  for (std::size_t g = 0; g < sums.size(); ++g) {
    if (squares.sizes[g] > 0) squares.between += sums[g] * sums[g] / squares.sizes[g];
  }
  return from(squares);
}

Intraclass intraclass_of_classes(const std::vector<std::int32_t>& groups,
                                 const std::vector<std::int32_t>& classes,
                                 std::size_t class_count) {
  Squares squares{0, 0, sizes_of(groups)};
  // A table of many groups by many classes would be nearly empty.
  std::map<std::pair<std::int32_t, std::int32_t>, double> counts;
  std::vector<double> all(class_count, 0.0);
  double count = 0;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (groups[i] < 0) continue;
    counts[{groups[i], classes[i]}] += 1;
    all[classes[i]] += 1;
    count += 1;
  }
  if (count == 0) return from(squares);
  double expected = 0;
  for (const double of_class : all) expected += of_class * of_class / count;
  squares.total = count - expected;
  squares.between = -expected;
  for (const auto& [cell, samples] : counts) {
    squares.between += samples * samples / squares.sizes[cell.first];
  }
  return from(squares);
}

}  // namespace dlwork::phase::audit
