#pragma once

#include <cstdint>
#include <vector>

namespace dlwork {

/// Codes that several people gave to the same items, by item; -1 where a person gave none.
using Ratings = std::vector<std::vector<std::int32_t>>;

/// Agreement of two lists of codes beyond chance (Cohen 1960): (p_o - p_e) / (1 - p_e). 1 where
/// chance alone agrees always. Pairs with -1 are left out.
double cohen_kappa(const std::vector<std::int32_t>& a, const std::vector<std::int32_t>& b,
                   std::size_t classes);
/// The same for any fixed number of people, at least two (Fleiss 1971), over items that all rated.
double fleiss_kappa(const Ratings& ratings, std::size_t classes);
/// Nominal alpha (Krippendorff 2004): 1 - D_o / D_e; people may have left items out. Items with
/// fewer than two codes do not count. NaN where nothing can be paired.
double krippendorff_alpha(const Ratings& ratings, std::size_t classes);

}  // namespace dlwork
