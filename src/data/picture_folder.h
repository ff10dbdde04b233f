#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/decode.h"
#include "dlwork/base/run_context.h"
#include "dlwork/data/file_facts.h"

namespace dlwork::data {

/// One size for all.
struct CommonSize {
  PictureSize size;
  std::size_t others = 0;   ///< files of another size, which are brought to it
  std::string first_other;  ///< one of them
};
/// `wanted` (height and width; empty: none) or else the size that most files have, the smaller one
/// of two as frequent. Grey stays grey only when every picture is. `files`: at least one.
CommonSize common_size(const std::vector<PictureFile>& files, const std::vector<std::string>& names,
                       const std::vector<double>& wanted, RunContext& run);

/// Decodes all files, brought to one size. Throws Error(kInput) naming a file that cannot be read.
/// With `facts`, such files are noted there and left out, and the rest is described there.
void decode_pictures(std::vector<std::string> files, const std::vector<double>& wanted_size,
                     Pictures& pool, RunContext& run, FileFacts* facts);

}  // namespace dlwork::data
