#include "task/similarity/nearest.h"

#include <cmath>

#include "training/vector_distances.h"

namespace dlwork::task {
namespace {

Nearest nearest_of(std::int64_t at, const float* squared, const data::Target& target,
                   const std::vector<std::int64_t>& rows) {
  Nearest found;
  const auto count = static_cast<std::int64_t>(rows.size());
  const auto code = target.codes[rows[at]];
  for (std::int64_t i = 0; i < count; ++i) {
    if (i == at) continue;
    auto& own = target.codes[rows[i]] == code ? found.alike : found.other;
    if (own < 0 || squared[i] < squared[own]) own = i;
    if (found.any < 0 || squared[i] < squared[found.any]) found.any = i;
  }
  const auto distance = [&](std::int64_t to) {
    return to < 0 ? 0 : std::sqrt(static_cast<double>(squared[to]));
  };
  found.to_any = distance(found.any);
  found.to_alike = distance(found.alike);
  found.to_other = distance(found.other);
  double all = 0, alike = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    if (i == at || squared[i] != squared[found.any]) continue;
    all += 1;
    alike += target.codes[rows[i]] == code ? 1 : 0;
  }
  found.alike_share = all > 0 ? alike / all : 0;
  return found;
}

}  // namespace

std::vector<Nearest> find_nearest(const training::Outputs& vectors, const data::Target& target,
                                  const std::vector<std::int64_t>& rows) {
  std::vector<Nearest> all(rows.size());
  training::visit_distances(vectors, [&](std::int64_t at, const float* squared) {
    all[at] = nearest_of(at, squared, target, rows);
  });
  return all;
}

}  // namespace dlwork::task
