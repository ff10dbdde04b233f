#pragma once

#include <map>
#include <string>
#include <vector>

namespace dlwork::cli {

/// A command line, taken apart.
struct Invocation {
  std::string command;                                     ///< "" when none was named
  std::vector<std::string> arguments;                      ///< positional
  std::map<std::string, std::vector<std::string>> values;  ///< option -> its values, as written
  std::vector<std::string> line;                           ///< all words, "dlwork" first

  bool has(const std::string& option) const { return values.count(option) > 0; }
};

/// Takes a command line apart by the table. Options may stand before or after the command. Throws
/// Error(kUsage) with the nearest known name for an unknown command or option, for a missing or
/// impossible value, and for an option that the command does not take.
Invocation parse(const std::vector<std::string>& args);

}  // namespace dlwork::cli
