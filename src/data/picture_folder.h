#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/decode.h"
#include "dlwork/base/run_context.h"
#include "dlwork/data/dataset.h"

namespace dlwork::data {

/// The pictures of a folder of class folders, sorted by class and name.
struct PictureList {
  std::vector<std::string> classes;  ///< folder names, sorted
  std::vector<std::string> files;    ///< full paths
  std::vector<std::string> names;    ///< relative to the folder: "cat/001.png"
  std::vector<std::int32_t> codes;   ///< into classes, by file
};

/// Throws Error(kInput): no folder, no class folders, a class folder without pictures.
PictureList list_class_folders(const std::string& folder);
/// Pictures in a folder and in its direct subfolders, sorted; full paths.
std::vector<std::string> list_pictures(const std::string& folder);

/// One size for all. Grey stays grey only when every picture is. Throws Error(kInput) naming the
/// first two files whose sizes differ.
PictureSize common_size(const std::vector<std::string>& files, RunContext& run);

/// Decodes all files onto the end of `pool`, whose size is already set.
void decode_pictures(const std::vector<std::string>& files, Pictures& pool, RunContext& run);

}  // namespace dlwork::data
