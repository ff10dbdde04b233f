#include "data/match_files.h"

#include <glob.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "data/problem.h"
#include "data/sqlite_table.h"

namespace dlwork::data {
namespace {

namespace fs = std::filesystem;
constexpr const char* kSpecial = "*?[";

/// The root itself is no pattern, whatever its name.
std::string without_meaning(const std::string& path) {
  std::string escaped;
  for (const char letter : path) {
    if (letter == '\\' || std::string_view(kSpecial).find(letter) != std::string::npos)
      escaped += '\\';
    escaped += letter;
  }
  return escaped;
}

}  // namespace

std::vector<std::string> match_files(const std::string& root, const std::string& name) {
  std::error_code ignored;  // what cannot be looked at is told by the reader
  const bool is_plain = name.find_first_of(kSpecial) == std::string::npos || is_sqlite(name) ||
                        fs::exists(fs::path(root) / name, ignored);
  if (is_plain) return {name};
  const bool is_absolute = fs::path(name).is_absolute();
  const std::string prefix = is_absolute ? "" : (fs::path(root) / "").string();
  glob_t found{};
  const int code = ::glob((without_meaning(prefix) + name).c_str(), 0, nullptr, &found);
  const std::unique_ptr<glob_t, decltype(&::globfree)> owner(&found, &::globfree);
  if (code != 0 || found.gl_pathc == 0) {
    input_error((fs::path(root) / name).string(), 0, 0, "no file matches this pattern",
                "relative paths start at data.root");
  }
  std::vector<std::string> files;
  for (std::size_t i = 0; i < found.gl_pathc; ++i) {
    files.push_back(std::string(found.gl_pathv[i]).substr(prefix.size()));
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace dlwork::data
