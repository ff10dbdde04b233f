#pragma once

#include <string>

#include "cli/options.h"
#include "dlwork/base/json.h"

namespace dlwork::cli {

/// Help on the whole program, wrapped to `width` columns.
std::string program_help(int width);
/// Help on one command: usage, what it does, its options, exit statuses, examples.
std::string command_help(const CommandInfo& command, int width);
/// Of dlwork, and of the LibTorch that it was built with.
std::string version_text();
Json version_document();

}  // namespace dlwork::cli
