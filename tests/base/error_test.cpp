#include "dlwork/base/error.h"

#include <gtest/gtest.h>

namespace dlwork {
namespace {

TEST(Error, FormatsWhereWhichWhatAndWhatToDo) {
  const Diagnostic all{{"project.yaml", 3, 7}, "goal.target", "not a number", "write 0.9"};
  EXPECT_EQ(format(all), "project.yaml:3:7: error: goal.target: not a number (write 0.9)");
}

TEST(Error, LeavesOutWhatIsUnknown) {
  EXPECT_EQ(format({{"a.csv", 17, 0}, "", "ragged row", ""}), "a.csv:17: error: ragged row");
  EXPECT_EQ(format({{"a.csv", 0, 4}, "", "empty", ""}), "a.csv: error: empty");
  EXPECT_EQ(format({{"", 3, 4}, "seed", "negative", ""}), "error: seed: negative");
}

TEST(Error, SaysEveryProblemOnItsOwnLine) {
  const Error error(ExitStatus::kUsage, Diagnostics{{{"p.yaml", 1, 1}, "a", "wrong", ""},
                                                    {{"p.yaml", 2, 1}, "b", "missing", ""}});
  EXPECT_STREQ(error.what(), "p.yaml:1:1: error: a: wrong\np.yaml:2:1: error: b: missing");
  EXPECT_EQ(error.status(), ExitStatus::kUsage);
  ASSERT_EQ(error.diagnostics().size(), 2u);
  EXPECT_EQ(error.diagnostics()[1].key, "b");
}

TEST(Error, CarriesMessageAndHintWithoutAPlace) {
  const Error error(ExitStatus::kBusy, "the workspace is in use", "wait");
  EXPECT_STREQ(error.what(), "error: the workspace is in use (wait)");
  EXPECT_EQ(static_cast<int>(error.status()), 5);
}

TEST(ErrorDeathTest, AssertionNamesConditionAndReason) {
  EXPECT_DEATH(DLWORK_ASSERT(1 > 2, "one is more than two"), "one is more than two .1 > 2.");
}

}  // namespace
}  // namespace dlwork
