#pragma once

#include "data/sources.h"

namespace dlwork::data {

/// The picture and sequence kinds of `read_sources` from NPY and NPZ files.
Raw read_array_sources(const spec::Project& project, const std::string& task, RunContext& run,
                       FileFacts* facts);

}  // namespace dlwork::data
