#include "data_support.h"
#include "dlwork/base/files.h"
#include "dlwork/base/json.h"

namespace dlwork::data {
namespace {

/// Puts a file's last change well into the past, so that its hash may be kept.
void settle(const std::string& file, int seconds) {
  std::filesystem::last_write_time(
      file, std::filesystem::file_time_type::clock::now() - std::chrono::seconds(seconds));
}

TEST(DataFingerprint, FollowsContentsAndRoles) {
  Folder folder;
  folder.write("a.csv", "x,y\n1,2\n");
  folder.write("b.csv", "x,y\n1,3\n");
  auto project = folder.project("a.csv", "y");
  const std::string first = data_fingerprint(project, "");
  EXPECT_EQ(first, data_fingerprint(project, ""));
  project.data.test.paths = {"b.csv"};
  const std::string with_test = data_fingerprint(project, "");
  EXPECT_NE(with_test, first);
  project.data.validation.paths = {"b.csv"};
  project.data.test.paths = {};
  EXPECT_NE(data_fingerprint(project, ""), with_test);
  project.data.validation.paths = {};
  folder.write("a.csv", "x,y\n1,4\n");
  EXPECT_NE(data_fingerprint(project, ""), first);
  folder.write("a.csv", "x,y\n1,2\n");
  EXPECT_EQ(data_fingerprint(project, ""), first);
}

TEST(DataFingerprint, CoversNamesAndContentsOfPictures) {
  Folder folder;
  folder.write("p/cat/1.png", "one");
  folder.write("p/dog/2.png", "two");
  const auto project = folder.project("p");
  const std::string first = data_fingerprint(project, "");
  std::filesystem::rename(folder / "p/dog/2.png", folder / "p/cat/2.png");
  folder.write("p/dog/1.png", "x");
  const std::string moved = data_fingerprint(project, "");
  EXPECT_NE(moved, first);
  folder.write("p/dog/1.png", "y");
  EXPECT_NE(data_fingerprint(project, ""), moved);
}

TEST(DataFingerprint, KeepsHashesBySizeAndTime) {
  Folder folder;
  const auto file = folder.write("a.csv", "x,y\n1,2\n");
  settle(file, 100);
  const auto project = folder.project("a.csv", "y");
  const std::string cache = (folder / "cache.json").string();
  const std::string first = data_fingerprint(project, cache);
  ASSERT_TRUE(std::filesystem::exists(cache));
  EXPECT_EQ(data_fingerprint(project, cache), first);
  // A hash that is not the file's shows that the cache is used while size and time agree.
  Json document = Json::parse(read_file(cache));
  document["files"][file][2] = "0123";
  write_file(cache, document.dump());
  EXPECT_NE(data_fingerprint(project, cache), first);
  settle(file, 50);
  EXPECT_EQ(data_fingerprint(project, cache), first);
}

TEST(DataFingerprint, DoesWithoutADamagedOrUnwritableCache) {
  Folder folder;
  const auto file = folder.write("a.csv", "x,y\n1,2\n");
  settle(file, 100);
  const auto project = folder.project("a.csv", "y");
  const std::string first = data_fingerprint(project, "");
  for (const char* text :
       {"", "{", "[1,2]", "{\"schema\":\"dlwork/hashes/1\",\"files\":7}", "{\"schema\":3}"}) {
    const auto cache = folder.write("cache.json", text);
    EXPECT_EQ(data_fingerprint(project, cache), first) << text;
  }
  EXPECT_EQ(data_fingerprint(project, "/proc/no/cache.json"), first);
  const auto missing =
      failure_of(ExitStatus::kInput, [&] { data_fingerprint(folder.project("no.csv"), ""); });
  EXPECT_HAS(format(missing), "no.csv");
}

}  // namespace
}  // namespace dlwork::data
