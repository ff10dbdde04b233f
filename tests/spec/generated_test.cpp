#include <cstdlib>
#include <filesystem>
#include <set>

#include "dlwork/base/files.h"
#include "spec_support.h"
#include "support/places.h"

namespace dlwork::spec {
namespace {

// Compares a committed file with what the program makes; DLWORK_APPROVE=1 writes it anew.
void expect_generated(const std::string& name, const std::string& text) {
  const std::filesystem::path file =
      std::filesystem::path(places::source_folder()) / "configs" / name;
  const char* approve = std::getenv("DLWORK_APPROVE");
  if (approve != nullptr && std::string(approve) == "1") write_file(file, text);
  ASSERT_TRUE(std::filesystem::exists(file)) << file;
  EXPECT_TRUE(read_file(file) == text)
      << file << " is not what the declarations say; run this test with DLWORK_APPROVE=1";
}

TEST(Generated, SchemaIsUpToDate) {
  expect_generated("schema.json", json_text(project_schema(), 2) + "\n");
}

TEST(Generated, ReferenceIsUpToDate) { expect_generated("reference.md", reference_page()); }

TEST(Generated, EveryKeyHasHelpAndIsInTheReference) {
  const std::string page = reference_page();
  const std::vector<std::string> paths = key_paths();
  EXPECT_EQ(std::set<std::string>(paths.begin(), paths.end()).size(), paths.size());
  EXPECT_THAT(paths,
              ::testing::IsSupersetOf({"dlwork", "goal.budget.time", "data.train", "data.columns",
                                       "model.layers", "baseline.model.layers",
                                       "training.augment.flip", "tune.space", "accept"}));
  for (const std::string& path : paths) {
    EXPECT_THAT(page, ::testing::HasSubstr("| `" + path + "` | ")) << path;
  }
  EXPECT_EQ(page.find("|  |\n"), std::string::npos) << "a key without help";
}

}  // namespace
}  // namespace dlwork::spec
