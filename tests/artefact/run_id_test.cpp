#include "artefact/run_id.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace dlwork::artefact {
namespace {

TEST(RunId, IsATimeAndTwoWords) {
  const std::string id = new_run_id("");
  EXPECT_THAT(id, ::testing::MatchesRegex("20[0-9]{6}-[0-9]{6}-[a-z]+-[a-z]+"));
  EXPECT_TRUE(is_run_id(id));
}

TEST(RunId, SortsInTheOrderOfMaking) {
  std::string newest;
  for (int i = 0; i < 50; ++i) {
    const std::string id = new_run_id(newest);
    EXPECT_GT(id, newest);
    newest = id;
  }
}

TEST(RunId, DoesNotFollowAClockThatWasFarOff) {
  EXPECT_LT(new_run_id("20990101-000000-amber-heron"), "20990101");
}

TEST(RunId, DrawsItsWordsByChance) {
  std::set<std::string> words;
  for (int i = 0; i < 200; ++i) words.insert(new_run_id("").substr(16));
  EXPECT_GT(words.size(), 150u);  // of 4096 pairs
}

TEST(RunId, KnowsOtherFoldersApart) {
  for (const char* name : {"", "latest", "cache", "20261123-211456", "20261123-211456-amber",
                           "20261123_211456-amber-heron", "2026112x-211456-amber-heron",
                           "20261123-211456-amber-heron-x", "20261123-211456-Amber-heron"}) {
    EXPECT_FALSE(is_run_id(name)) << name;
  }
}

}  // namespace
}  // namespace dlwork::artefact
