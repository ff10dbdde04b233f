#pragma once

#include "data/sources.h"
#include "dlwork/base/machine.h"

namespace dlwork::data {

/// The sequence kind of `read_sources`: `.ts` files. Throws Error(kInput) where the series take
/// more than `most_bytes` of memory.
Raw read_series_sources(const spec::Project& project, const std::string& task, RunContext& run,
                        FileFacts* facts, std::uint64_t most_bytes = usable_memory_bytes());

}  // namespace dlwork::data
