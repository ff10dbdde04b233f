#pragma once

#include <string>

namespace dlwork::places {

/// The checkout that was built, and the build folder; in one file, so that a compiler cache serves
/// all others in any checkout.
std::string source_folder();
std::string binary_folder();
/// Release, Debug, ...
std::string build_type();

}  // namespace dlwork::places
