#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace dlwork::phase {

/// Each row's part, 0 to `count` - 1, by its group: groups in random order, each whole to the part
/// that has fewest rows. The same for the same seed and purpose.
std::vector<std::int32_t> deal_groups(const std::vector<std::int64_t>& group_of_row, int count,
                                      std::uint64_t seed, std::string_view purpose);

}  // namespace dlwork::phase
