#pragma once

#include <cstdint>
#include <filesystem>

#include "dlwork/data/dataset.h"

namespace dlwork::data {

/// Writes one picture as a PNG file, each pixel `zoom` x `zoom` large. Atomic; throws
/// Error(kRuntime) with the reason.
void write_png(const Pictures& pictures, std::int64_t index, const std::filesystem::path& file,
               int zoom = 1);

}  // namespace dlwork::data
