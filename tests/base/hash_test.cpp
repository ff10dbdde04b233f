#include "dlwork/base/hash.h"

#include <gtest/gtest.h>

#include "dlwork/base/error.h"
#include "dlwork/base/files.h"
#include "support/temporary_folder.h"

namespace dlwork {
namespace {

// XXH3's published value for the empty input and seed 0.
TEST(Hasher, GivesThePublishedValueOfNothing) {
  EXPECT_EQ(hash_text(""), "99aa06d3014798d86001c324468d497f");
  EXPECT_EQ(Hasher().hex(), "99aa06d3014798d86001c324468d497f");
  EXPECT_EQ(hash64(nullptr, 0), 0x2d06800538d394c2u);
}

TEST(Hasher, StreamsLikeOneText) {
  const std::string text(100'000, 'x');
  Hasher hasher;
  for (size_t at = 0; at < text.size(); at += 333) hasher.add(text.substr(at, 333));
  EXPECT_EQ(hasher.hex(), hash_text(text));
  EXPECT_EQ(hasher.hex().size(), 32u);
  EXPECT_NE(hasher.hex(), hash_text(text + "x"));
}

TEST(Hasher, HashesFilesPastOneBlock) {
  const testing::TemporaryFolder folder;
  std::string bytes(3'000'001, '\0');
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 31);
  write_file(folder / "big", bytes);
  EXPECT_EQ(hash_file(folder / "big"), hash_text(bytes));
}

TEST(Hasher, NamesAFileThatCannotBeRead) {
  const testing::TemporaryFolder folder;
  for (const std::filesystem::path& path : {folder / "gone", folder.path()}) {
    try {
      hash_file(path);
      FAIL() << path;
    } catch (const Error& error) {
      EXPECT_EQ(error.status(), ExitStatus::kInput);
      EXPECT_NE(std::string(error.what()).find(path.string()), std::string::npos);
    }
  }
}

TEST(Hasher, SeedChangesTheSmallHash) {
  EXPECT_EQ(hash64("abc", 3), hash64("abc", 3));
  EXPECT_NE(hash64("abc", 3, 1), hash64("abc", 3, 2));
}

}  // namespace
}  // namespace dlwork
