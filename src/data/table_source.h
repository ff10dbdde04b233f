#pragma once

#include <string>

#include "data/sources.h"

namespace dlwork::data {

/// The table kind of `read_sources`: columns by their roles in the data section.
Raw read_table_sources(const spec::Project& project, const std::string& task, RunContext& run,
                       FileFacts* facts);

}  // namespace dlwork::data
