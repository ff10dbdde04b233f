#include "phase/deal_groups.h"

#include <algorithm>
#include <map>

#include "dlwork/base/rng.h"

namespace dlwork::phase {

std::vector<std::int32_t> deal_groups(const std::vector<std::int64_t>& group_of_row, int count,
                                      std::uint64_t seed, std::string_view purpose) {
  std::map<std::int64_t, std::int64_t> sizes;
  for (const auto group : group_of_row) ++sizes[group];
  std::vector<std::int64_t> order;
  for (const auto& [group, size] : sizes) order.push_back(group);
  Rng(seed, purpose).shuffle(order);
  std::vector<std::int64_t> held(static_cast<std::size_t>(count), 0);
  std::map<std::int64_t, std::int32_t> part_of;
  for (const auto group : order) {
    const auto least = std::min_element(held.begin(), held.end());
    *least += sizes[group];
    part_of[group] = static_cast<std::int32_t>(least - held.begin());
  }
  std::vector<std::int32_t> parts;
  for (const auto group : group_of_row) parts.push_back(part_of[group]);
  return parts;
}

}  // namespace dlwork::phase
