#pragma once

#include "data/labelled_files.h"
#include "data/sources.h"

namespace dlwork::data {

/// The kinds of `read_sources` that are files of their own: pictures, and recordings as series.
Raw read_media_sources(const spec::Project& project, Media media, RunContext& run);

/// The rate that recordings are brought to: data.sound.rate, else that of the first file.
spec::Sound sound_of(const spec::Project& project, const std::string& first);

}  // namespace dlwork::data
