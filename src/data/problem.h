#pragma once

#include <string>
#include <string_view>

#include "dlwork/base/error.h"
#include "dlwork/spec/project.h"

namespace dlwork::data {

/// Throws Error(kInput) at a place in a data file; `line` and `column` 0 when there is none.
[[noreturn]] void input_error(const std::string& file, std::int64_t line, std::int64_t column,
                              const std::string& message, const std::string& hint = "");

/// Throws Error(kUsage) at the place of `key` in the project file, as far as it is known.
[[noreturn]] void usage_error(const spec::Project& project, const std::string& key,
                              const std::string& message, const std::string& hint = "");

/// A cell's text for a message: quoted, its start alone when it is long.
std::string shown_text(std::string_view text);

/// "did you mean age?", or the known names where none is near.
std::string suggest(const std::string& name, const std::vector<std::string>& known);

}  // namespace dlwork::data
