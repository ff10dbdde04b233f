// Walks tests/cli/<command>/<case>/: `args` holds one command a line, run one after the other in a
// copy of the folder with a fake engine; `stdout`, `stderr` and `exit` (of the last) are compared
// after versions, times, run ids and paths are made alike. DLWORK_APPROVE=1 writes them anew.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <regex>

#include "cli/harness.h"
#include "dlwork/base/text.h"
#include "support/places.h"

namespace dlwork {
namespace {

namespace fs = std::filesystem;
using testing::Cli;
using testing::CliResult;

fs::path root() { return fs::path(places::source_folder()) / "tests" / "cli"; }

std::vector<std::string> cases() {
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(root())) {
    if (entry.path().filename() == "args") {
      names.push_back(fs::relative(entry.path().parent_path(), root()).string());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string alike(std::string text, const fs::path& folder) {
  const std::vector<std::pair<std::regex, std::string>> rules{
      {std::regex("[0-9]{8}-[0-9]{6}-[a-z]+-[a-z]+"), "RUN"},
      {std::regex("fingerprint [0-9a-f]{12}"), "fingerprint HASH"},
      {std::regex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z"), "TIME"},
      {std::regex("\\(commit [^)]*\\)"), "(commit COMMIT)"},
      {std::regex("LibTorch [0-9][^\n]*"), "LibTorch VERSION"}};
  for (size_t at; (at = text.find(folder.string())) != std::string::npos;) {
    text.replace(at, folder.string().size(), "DIR");
  }
  for (const auto& [pattern, replacement] : rules) {
    text = std::regex_replace(text, pattern, replacement);
  }
  return text;
}

std::string read_or_empty(const fs::path& file) { return fs::exists(file) ? read_file(file) : ""; }

class Golden : public ::testing::TestWithParam<std::string> {};

TEST_P(Golden, PrintsWhatItPrinted) {
  const fs::path folder = root() / GetParam();
  Cli cli;
  fs::copy(folder, cli.path(), fs::copy_options::recursive);
  for (const char* name : {"args", "stdout", "stderr", "exit"}) fs::remove(cli.path() / name);
  std::string out, err;
  int status = -1;
  for (const std::string& line : split(trim(read_file(folder / "args")), '\n')) {
    const CliResult result = cli.run(split(line, ' '));
    out += alike(result.out, cli.path());
    err += alike(result.err, cli.path());
    status = result.status;
  }
  const std::string exit = std::to_string(status) + "\n";
  if (std::getenv("DLWORK_APPROVE") != nullptr) {
    write_file(folder / "stdout", out);
    write_file(folder / "stderr", err);
    write_file(folder / "exit", exit);
  }
  EXPECT_EQ(out, read_or_empty(folder / "stdout"));
  EXPECT_EQ(err, read_or_empty(folder / "stderr"));
  EXPECT_EQ(exit, read_or_empty(folder / "exit"));
}

INSTANTIATE_TEST_SUITE_P(Cases, Golden, ::testing::ValuesIn(cases()), [](const auto& made) {
  std::string name = made.param;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return !std::isalnum(c); }, '_');
  return name;
});

TEST(GoldenCases, AreThere) { EXPECT_GE(cases().size(), 10u); }

}  // namespace
}  // namespace dlwork
