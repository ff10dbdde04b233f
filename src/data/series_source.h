#pragma once

#include "data/sources.h"

namespace dlwork::data {

/// The sequence kind of `read_sources`: `.ts` files.
Raw read_series_sources(const spec::Project& project, const std::string& task, RunContext& run,
                        FileFacts* facts);

}  // namespace dlwork::data
