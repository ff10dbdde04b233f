#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

#include "data/read_tables.h"
#include "data_support.h"
#include "dlwork/base/machine.h"

namespace dlwork::data {
namespace {

/// A file of about 100 MB: two number columns and 80 bytes of text that nobody asks for.
std::int64_t write_big(const std::string& path) {
  constexpr std::int64_t kRows = 1'000'000;
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (file == nullptr) return 0;
  std::fputs("n,x,note,y\n", file);
  const std::string note(80, 'n');
  for (std::int64_t row = 0; row < kRows; ++row) {
    std::fprintf(file, "%lld,%.4f,%s,%d\n", static_cast<long long>(row),
                 static_cast<double>(row) * 0.37, note.c_str(), static_cast<int>(row % 3));
  }
  return std::fclose(file) == 0 ? kRows : 0;
}

// In a process of its own, so that no other test has already driven the peak up.
TEST(BigCsv, HoldsTypedColumnsAndNotTheText) {
  Folder folder;
  const std::string path = (folder / "big.csv").string();
  const std::int64_t rows = write_big(path);
  ASSERT_GT(rows, 0) << "no room for 100 MB in " << folder.path();
  ASSERT_GT(std::filesystem::file_size(path), 95u << 20);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    Quiet quiet;
    const std::uint64_t before = peak_memory_bytes();
    const auto table = read_tables(find_tables({path}, {}), {},
                                   {{"n"}, {"x"}, {"y", Meaning::kCategory}}, quiet.run);
    const bool right = table.columns[0].count() == rows && table.columns[0].numbers[7] == 7 &&
                       table.columns[2].categories.size() == 3;
    // Two columns of doubles, one of codes, and where each row stands: 32 bytes a row.
    const std::uint64_t columns = static_cast<std::uint64_t>(rows) * 32;
    const bool small = peak_memory_bytes() - before < columns + (16u << 20);
    _exit(!right ? 2 : !small ? 3 : 0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_NE(WEXITSTATUS(status), 3) << "more memory than the columns need";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace dlwork::data
