#include "dlwork/base/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "dlwork/base/error.h"
#include "dlwork/base/files.h"
#include "support/temporary_folder.h"

namespace dlwork {
namespace {

TEST(Log, SaysOrdinaryLinesPlainlyAndLabelsTheRest) {
  std::ostringstream out;
  Log log(out, LogLevel::kInfo, Colour::kOff);
  log.debug("hidden");
  log.info("{} is kept as written");
  log.warn("careful");
  log.error("broken");
  EXPECT_EQ(out.str(), "{} is kept as written\nwarning: careful\nerror: broken\n");
}

TEST(Log, ColoursWhereAsked) {
  std::ostringstream out;
  Log log(out, LogLevel::kDebug, Colour::kOn);
  log.debug("detail");
  log.info("plain");
  log.warn("careful");
  EXPECT_EQ(out.str(), "\x1b[2mdetail\x1b[0m\nplain\n\x1b[33mwarning: \x1b[0mcareful\n");
}

TEST(Log, WritesTimeAndLevelToAFile) {
  const testing::TemporaryFolder folder;
  {
    Log log(folder / "run.log");
    log.debug("first");
    log.error("second");
    EXPECT_EQ(log.lost(), 0);
  }
  const std::string time = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z";
  EXPECT_THAT(read_file(folder / "run.log"),
              ::testing::MatchesRegex(time + " debug first\n" + time + " error second\n"));
}

TEST(Log, SaysWhenItsFileCannotBeOpened) {
  const testing::TemporaryFolder folder;
  write_file(folder / "file", "x");
  try {
    Log log(folder / "file" / "run.log");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::kRuntime);
    EXPECT_NE(std::string(error.what()).find("run.log"), std::string::npos);
  }
}

TEST(Log, CountsLinesTheDiskDidNotTake) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  Log log(std::filesystem::path("/dev/full"));
  log.error("lost");
  EXPECT_EQ(log.lost(), 1);
}

}  // namespace
}  // namespace dlwork
