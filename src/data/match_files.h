#pragma once

#include <string>
#include <vector>

namespace dlwork::data {

/// The files that a name with *, ? or [ in it stands for, sorted by name and, like it, relative to
/// `root`; the name itself where it has none of them or is the name of a file. Throws Error(kInput)
/// where nothing matches.
std::vector<std::string> match_files(const std::string& root, const std::string& name);

}  // namespace dlwork::data
