#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "dlwork/base/files.h"
#include "support/places.h"

namespace dlwork::embedded {
const std::vector<std::pair<std::string, std::string>>& samples();

TEST(Embed, KeepsEveryByte) {
  const auto& files = samples();
  ASSERT_EQ(files.size(), 2u);
  EXPECT_EQ(files[0].first, "bytes.bin");
  EXPECT_EQ(files[0].second, read_file(places::source_folder() + "/tests/spec/samples/bytes.bin"));
  EXPECT_GT(files[0].second.size(), 256u);
  EXPECT_EQ(files[1].first, "empty.txt");
  EXPECT_EQ(files[1].second, "");
}

}  // namespace dlwork::embedded
