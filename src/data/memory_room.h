#pragma once

#include <cstdint>
#include <string>

#include "dlwork/base/machine.h"

namespace dlwork::data {

/// Throws Error(kInput) naming the file where what was read, `bytes` in all, is more than `most`: a
/// packed file can hold a thousand times its size. `what`: "the lines read so far take".
void expect_room(const std::string& path, const char* what, std::uint64_t bytes, const char* hint,
                 std::uint64_t most = usable_memory_bytes());

}  // namespace dlwork::data
