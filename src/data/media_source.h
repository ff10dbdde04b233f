#pragma once

#include "data/labelled_files.h"
#include "data/sources.h"

namespace dlwork::data {

/// The kinds of `read_sources` that are files of their own: pictures, and recordings as series.
Raw read_media_sources(const spec::Project& project, const std::string& task, Media media,
                       RunContext& run, FileFacts* facts);

}  // namespace dlwork::data
