#include "data/datetime.h"

#include <gtest/gtest.h>

#include <cmath>

namespace dlwork::data {
namespace {

double seconds(const char* text) {
  const auto moment = parse_moment(text);
  if (!moment) return std::nan("");
  EXPECT_EQ(moment->day_first, moment->month_first) << text;
  return moment->day_first;
}

// Seconds by Python: datetime(..., tzinfo=timezone.utc).timestamp().
TEST(ParseMoment, ReadsIso8601) {
  EXPECT_EQ(seconds("1970-01-01"), 0);
  EXPECT_EQ(seconds("2021-03-04"), 1614816000);
  EXPECT_EQ(seconds("2021-03"), 1614556800);
  EXPECT_EQ(seconds("2021-063"), 1614816000);
  EXPECT_EQ(seconds("2021-03-04T05:06:07"), 1614834367);
  EXPECT_EQ(seconds("2021-03-04 05:06:07.5Z"), 1614834367.5);
  EXPECT_EQ(seconds("2021-03-04T05:06+02:00"), 1614827160);
  EXPECT_EQ(seconds("2021-03-04 05:06 -0930"), 1614868560);
  EXPECT_EQ(seconds("2021-03-04T24:00"), 1614902400);
  EXPECT_EQ(seconds("1949-01"), -662688000);
  EXPECT_EQ(seconds("2000-02-29"), 951782400);
}

TEST(ParseMoment, ReadsOtherForms) {
  for (const char* text : {"2021/03/04", "2021.03.04", "4.3.2021", "04.03.2021", "4-Mar-2021",
                           "4 March 2021", "Mar 4, 2021", "March 4 2021", "4 Mar. 2021"}) {
    EXPECT_EQ(seconds(text), 1614816000) << text;
  }
  EXPECT_EQ(seconds("4.3.2021 5:06"), 1614834360);
  EXPECT_EQ(seconds("Mar 4, 2021, 5:06 pm"), 1614877560);
  EXPECT_EQ(seconds("4-Mar-2021 12:30 AM"), 1614817800);
  const auto either = parse_moment("3/4/2021");
  ASSERT_TRUE(either);
  EXPECT_EQ(either->day_first, 1617408000);
  EXPECT_EQ(either->month_first, 1614816000);
  const auto month_first = parse_moment("12/31/2021 06:00");
  ASSERT_TRUE(month_first);
  EXPECT_TRUE(std::isnan(month_first->day_first));
  EXPECT_EQ(month_first->month_first, 1640930400);
}

TEST(ParseMoment, LeavesAllElse) {
  for (const char* text : {"",
                           "2021",
                           "20210304",
                           "1614816000",
                           "2021-13-01",
                           "2021-02-29",
                           "2021-00-10",
                           "2021-3",
                           "32.1.2021",
                           "13/13/2021",
                           "2021-03-04x",
                           "2021-03-04T25:00",
                           "2021-03-04T05:60",
                           "2021-03-04 05:06 pm pm",
                           "555-1234",
                           "1-2-3",
                           "12.5",
                           "1.2.3.4",
                           "Marching 4, 2021",
                           "2021-366",
                           "2021-03-04T05:06+99:00",
                           "3/4/21",
                           "10:20:30",
                           "2021-03-04T13:00 pm",
                           "May",
                           "May 2021",
                           "2021-03-04T05:06:07.",
                           "192.168.2021"}) {
    EXPECT_FALSE(parse_moment(text)) << text;
  }
}

TEST(MomentOfNumber, TellsDaysYearsSecondsAndMilliseconds) {
  EXPECT_EQ(moment_of_number(20210304), 1614816000);
  EXPECT_EQ(moment_of_number(2021), 1609459200);
  EXPECT_EQ(moment_of_number(1614816000), 1614816000);
  EXPECT_EQ(moment_of_number(1614816000500), 1614816000.5);
  EXPECT_FALSE(moment_of_number(20211399));
  EXPECT_FALSE(moment_of_number(7));
  EXPECT_FALSE(moment_of_number(1e300));
  EXPECT_FALSE(moment_of_number(std::nan("")));
}

// Thursday, 4 March 2021, 06:00: day 63 of 365.
TEST(CyclesOf, GivesTheShareOfYearWeekAndDay) {
  const Cycles cycles = cycles_of(1614816000 + 6 * 3600);
  EXPECT_DOUBLE_EQ(cycles.day, 0.25);
  EXPECT_DOUBLE_EQ(cycles.week, 3.25 / 7);
  EXPECT_DOUBLE_EQ(cycles.year, 62.25 / 365);
  EXPECT_DOUBLE_EQ(cycles_of(-1).day, 86399.0 / 86400);
  EXPECT_TRUE(std::isfinite(cycles_of(1e18).year));
}

TEST(MomentText, ShowsDayAndTime) {
  EXPECT_EQ(moment_text(1614816000), "2021-03-04");
  EXPECT_EQ(moment_text(1614834367.5), "2021-03-04 05:06:07");
  EXPECT_EQ(moment_text(-1), "1969-12-31 23:59:59");
}

}  // namespace
}  // namespace dlwork::data
