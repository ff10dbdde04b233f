#pragma once

#include "data/sources.h"
#include "dlwork/base/machine.h"

namespace dlwork::data {

/// A file named *.txt (packed or not) whose first lines are no rows of a table: they do not all
/// have the same number of tabs, semicolons, bars or commas.
bool is_line_file(const std::string& path);

/// Texts of a line each, without a target; empty lines are samples too. Throws Error(kInput): bytes
/// that are no UTF-8, no lines, more than `most_bytes` of memory.
Raw read_line_sources(const spec::Project& project, RunContext& run,
                      std::uint64_t most_bytes = usable_memory_bytes());

}  // namespace dlwork::data
