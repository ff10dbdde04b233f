#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/decode.h"
#include "dlwork/base/run_context.h"
#include "dlwork/data/dataset.h"

namespace dlwork::data {

/// One size for all.
struct CommonSize {
  PictureSize size;
  std::size_t others = 0;   ///< files of another size, which are brought to it
  std::string first_other;  ///< one of them
};
/// `wanted` (height and width; empty: none) or else the size that most files have, the smaller one
/// of two as frequent. Grey stays grey only when every picture is. Throws Error(kInput) naming a
/// file that cannot be read.
CommonSize common_size(const std::vector<std::string>& files, const std::vector<double>& wanted,
                       RunContext& run);

/// Decodes all files, brought to one size.
void decode_pictures(const std::vector<std::string>& files, const std::vector<double>& wanted_size,
                     Pictures& pool, RunContext& run);

}  // namespace dlwork::data
