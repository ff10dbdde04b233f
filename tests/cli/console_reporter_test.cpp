#include "cli/console_reporter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace dlwork::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Console {
  double now = 0;
  std::ostringstream err;
  ConsoleReporter::Options options;
  Console() {
    options.clock = [this] { return now; };
  }
};

Progress at(double done, double total = 1000) {
  return {"baseline: epoch 1/8", done, total, "samples", "loss 0.31"};
}

TEST(ConsoleReporter, DrawsOneLineWithRateAndTimeLeftOnATerminal) {
  Console console;
  console.options.redraws = true;
  console.options.width = 120;
  ConsoleReporter reporter(console.err, console.options);
  reporter.progress(at(0));
  console.now = 2;
  reporter.progress(at(500));
  EXPECT_THAT(console.err.str(),
              HasSubstr("baseline: epoch 1/8 [==========          ] 50 %, 250 samples/s, "));
  EXPECT_THAT(console.err.str(), HasSubstr("left, loss 0.31"));
  EXPECT_THAT(console.err.str(), Not(HasSubstr("\n")));
  reporter.progress_done();
  EXPECT_TRUE(console.err.str().ends_with("\r\x1b[2K"));
}

TEST(ConsoleReporter, DrawsAtMostTenTimesASecond) {
  Console console;
  console.options.redraws = true;
  ConsoleReporter reporter(console.err, console.options);
  for (int i = 0; i < 1000; ++i) {
    console.now = i * 0.001;
    reporter.progress(at(i));
  }
  const std::string text = console.err.str();
  const auto drawn = std::count(text.begin(), text.end(), '\r');
  EXPECT_GE(drawn, 8);
  EXPECT_LE(drawn, 10);
}

TEST(ConsoleReporter, CutsTheLineToTheTerminal) {
  Console console;
  console.options.redraws = true;
  console.options.width = 30;
  ConsoleReporter reporter(console.err, console.options);
  reporter.progress(at(10));
  EXPECT_LE(console.err.str().size(), std::string("\r\x1b[2K").size() + 29);
}

TEST(ConsoleReporter, WritesAPlainLineEveryThirtySecondsElsewhere) {
  Console console;
  ConsoleReporter reporter(console.err, console.options);
  for (int second = 0; second <= 65; ++second) {
    console.now = second;
    reporter.progress(at(second));
  }
  EXPECT_EQ(console.err.str(),
            "baseline: epoch 1/8 3 %, 1 samples/s, 16 min 10 s left, loss 0.31\n"
            "baseline: epoch 1/8 6 %, 1 samples/s, 15 min 40 s left, loss 0.31\n");
}

TEST(ConsoleReporter, SaysNothingButWarningsWhenQuiet) {
  Console console;
  console.options.level = ConsoleReporter::Level::kQuiet;
  console.options.redraws = true;
  ConsoleReporter reporter(console.err, console.options);
  reporter.progress(at(10));
  reporter.info("reading");
  reporter.warn("the lock of a dead process was taken over");
  EXPECT_EQ(console.err.str(), "warning: the lock of a dead process was taken over\n");
}

TEST(ConsoleReporter, TakesTheProgressLineAwayBeforeAMessage) {
  Console console;
  console.options.redraws = true;
  ConsoleReporter reporter(console.err, console.options);
  reporter.progress(at(10));
  reporter.info("epoch 1 done");
  EXPECT_TRUE(console.err.str().ends_with("\r\x1b[2Kepoch 1 done\n"));
}

TEST(ConsoleReporter, ShowsDebuggingOnlyWhenVerbose) {
  Console console;
  ConsoleReporter normal(console.err, console.options);
  normal.debug("detail");
  EXPECT_EQ(console.err.str(), "");
  console.options.level = ConsoleReporter::Level::kVerbose;
  ConsoleReporter verbose(console.err, console.options);
  verbose.debug("detail");
  EXPECT_EQ(console.err.str(), "detail\n");
}

}  // namespace
}  // namespace dlwork::cli
