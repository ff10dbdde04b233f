#pragma once

#include <string>

namespace dlwork {

/// "0.1.0".
std::string version();
/// The commit the program was built from, twelve digits; "unknown" when it was built outside git.
std::string git_commit();

}  // namespace dlwork
