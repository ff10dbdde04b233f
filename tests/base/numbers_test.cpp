#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "dlwork/base/rng.h"
#include "dlwork/base/text.h"

namespace dlwork {
namespace {

TEST(NumberText, IsShortAndExact) {
  EXPECT_EQ(number_text(0.1), "0.1");
  EXPECT_EQ(number_text(1e-5), "1e-05");
  EXPECT_EQ(number_text(100000), "100000");
  EXPECT_EQ(number_text(-3), "-3");
  EXPECT_EQ(number_text(1e20), "1e+20");
  EXPECT_EQ(number_text(std::nan("")), "nan");
  EXPECT_EQ(number_text(-std::numeric_limits<double>::infinity()), "-inf");
}

TEST(NumberText, ReadsBackTheSame) {
  Rng rng(1, "numbers");
  for (int i = 0; i < 2000; ++i) {
    const double value = (rng.uniform() - 0.5) * std::pow(10, rng.uniform(-300, 300));
    EXPECT_EQ(parse_number(number_text(value)), value);
  }
}

TEST(PrettyNumber, KeepsDigitsThatMatter) {
  EXPECT_EQ(pretty_number(0.912345), "0.9123");
  EXPECT_EQ(pretty_number(0.9), "0.9");
  EXPECT_EQ(pretty_number(123456.7), "123457");
  EXPECT_EQ(pretty_number(0.00012345), "0.0001234");
  EXPECT_EQ(pretty_number(0.000012345), "1.234e-05");
  EXPECT_EQ(pretty_number(1234567), "1.235e+06");
  EXPECT_EQ(pretty_number(-2.5, 2), "-2.5");
  EXPECT_EQ(pretty_number(100), "100");
  EXPECT_EQ(pretty_number(0), "0");
  EXPECT_EQ(pretty_number(std::nan("")), "nan");
}

TEST(Grouped, SetsThousandsApart) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(1234567), "1,234,567");
  EXPECT_EQ(grouped(-1234), "-1,234");
  EXPECT_EQ(grouped(-123), "-123");
  EXPECT_EQ(grouped(std::numeric_limits<std::int64_t>::min()), "-9,223,372,036,854,775,808");
}

TEST(PrettyDuration, ChangesUnit) {
  EXPECT_EQ(pretty_duration(0.0042), "4 ms");
  EXPECT_EQ(pretty_duration(3.42), "3.4 s");
  EXPECT_EQ(pretty_duration(59.97), "1 min");
  EXPECT_EQ(pretty_duration(725), "12 min 5 s");
  EXPECT_EQ(pretty_duration(7380), "2 h 3 min");
  EXPECT_EQ(pretty_duration(90000), "1 d 1 h");
  EXPECT_EQ(pretty_duration(std::nan("")), "unknown");
}

TEST(PrettyBytes, ChangesUnit) {
  EXPECT_EQ(pretty_bytes(0), "0 B");
  EXPECT_EQ(pretty_bytes(1023), "1023 B");
  EXPECT_EQ(pretty_bytes(12'897'485), "12.3 MiB");
  EXPECT_EQ(pretty_bytes(1'048'575), "1.0 MiB");
  EXPECT_EQ(pretty_bytes(std::numeric_limits<std::uint64_t>::max()), "16.0 EiB");
}

TEST(ParseNumber, TakesDecimalNumbers) {
  EXPECT_EQ(parse_number("1e-3"), 1e-3);
  EXPECT_EQ(parse_number("+2.5"), 2.5);
  EXPECT_EQ(parse_number("-.5"), -0.5);
  EXPECT_EQ(parse_number("007"), 7);
  EXPECT_EQ(parse_number("1E5"), 1e5);
  EXPECT_EQ(parse_number("1e-400"), 0);
}

TEST(ParseNumber, RefusesTheRest) {
  for (const char* text : {"", " 1", "1 ", "0x10", "1_000", "inf", "nan", "1e400", "+-1", "1,5",
                           "--1", "e5", "1e", "+", "1.2.3", "-"}) {
    EXPECT_EQ(parse_number(text), std::nullopt) << text;
  }
}

TEST(ParseInteger, IsStrict) {
  EXPECT_EQ(parse_integer("-42"), -42);
  EXPECT_EQ(parse_integer("+42"), 42);
  EXPECT_EQ(parse_integer("010"), 10);
  EXPECT_EQ(parse_integer("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
  for (const char* text : {"", "1.0", "9223372036854775808", "0x1", "1e3", " 1", "+-1"}) {
    EXPECT_EQ(parse_integer(text), std::nullopt) << text;
  }
}

TEST(ParseDuration, AddsItsParts) {
  EXPECT_EQ(parse_duration("90s"), 90);
  EXPECT_EQ(parse_duration("30min"), 1800);
  EXPECT_EQ(parse_duration("1h30min"), 5400);
  EXPECT_EQ(parse_duration("1.5h"), 5400);
  EXPECT_EQ(parse_duration("250ms"), 0.25);
  EXPECT_EQ(parse_duration("1d"), 86400);
  EXPECT_EQ(parse_duration("0"), 0);
  for (const char* text :
       {"", "90", "s", "-1s", "30min1h", "1h1h", "1m", "1h 30min", "1 s", "1hx"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
}

TEST(ParseBytes, KnowsBinaryAndDecimalUnits) {
  EXPECT_EQ(parse_bytes("100"), 100u);
  EXPECT_EQ(parse_bytes("512MiB"), 512u << 20);
  EXPECT_EQ(parse_bytes("2GiB"), std::uint64_t{2} << 30);
  EXPECT_EQ(parse_bytes("1.5GB"), 1'500'000'000u);
  EXPECT_EQ(parse_bytes("4 kB"), 4000u);
  for (const char* text : {"", "MiB", "-1", "1XB", "1e3", "99999999TiB", "1GiBx"}) {
    EXPECT_EQ(parse_bytes(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace dlwork
