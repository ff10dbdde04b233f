#pragma once

#include <string>
#include <vector>

#include "dlwork/base/run_context.h"
#include "dlwork/data/file_facts.h"
#include "dlwork/spec/project.h"

namespace dlwork::data {

/// Recordings as series, of one rate: that of data.sound.rate, or else the one that all have.
/// Throws Error(kInput) naming a file that cannot be read or is of another rate. With `facts`, such
/// files are noted there and left out, all are brought to the rate of most, and the rest is
/// described.
void read_sounds(const spec::Project& project, const std::vector<std::string>& paths,
                 Samples& samples, RunContext& run, FileFacts* facts);

}  // namespace dlwork::data
