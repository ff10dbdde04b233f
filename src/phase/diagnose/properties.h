#pragma once

#include <string>
#include <vector>

#include "dlwork/data/dataset.h"

namespace dlwork::phase::diagnose {

/// Something that can be told of a sample without knowing what it shows.
struct Property {
  std::string name;
  std::vector<double> values;  ///< by row asked about; NaN where a sample has none
};

/// Pictures: brightness, contrast, edges and, of several channels, the mean of each. Series: length
/// and each channel's level (mean) and spread (deviation). Texts: length in words. Tables have none
/// beside their columns. Channels are counted from 1, as everywhere.
std::vector<Property> properties_of(const data::Samples& samples,
                                    const std::vector<std::int64_t>& rows);

}  // namespace dlwork::phase::diagnose
