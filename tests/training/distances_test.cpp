#include "training/distances.h"

#include <gtest/gtest.h>

#include <cmath>

#include "dlwork/training/metrics.h"

namespace dlwork::training {
namespace {

TEST(Distances, AreTheFewestEdits) {
  const auto distance = [](const std::string& from, const std::string& to) {
    std::vector<std::string> a, b;
    for (const char c : from) a.emplace_back(1, c);
    for (const char c : to) b.emplace_back(1, c);
    return edit_distance(a, b);
  };
  EXPECT_EQ(distance("kitten", "sitting"), 3);
  EXPECT_EQ(distance("sunday", "saturday"), 3);
  EXPECT_EQ(distance("intention", "execution"), 5);
  EXPECT_EQ(distance("", "abc"), 3);
  EXPECT_EQ(distance("abc", ""), 3);
  EXPECT_EQ(distance("abc", "abc"), 0);
  EXPECT_EQ(distance("flaw", "lawn"), 2);
}

TEST(Distances, WordErrorRateIsOverAllWords) {
  // "the cat sat on the mat": one substituted, one deleted; "hello world": one inserted.
  const std::vector<Transcript> pairs{{"the cat sat on the mat", "the bat sat on mat"},
                                      {"hello world", "hello  big world"}};
  EXPECT_NEAR(word_error_rate(pairs), 3.0 / 8, 1e-12);
  EXPECT_NEAR(word_error_rate({{"a b", "c d e"}}), 1.5, 1e-12);
  EXPECT_TRUE(std::isnan(word_error_rate({{"", "a"}})));
}

TEST(Distances, CharactersAreCodePoints) {
  EXPECT_NEAR(character_error_rate({{"h\xC3\xA4user", "hauser"}}), 1.0 / 6, 1e-12);
  EXPECT_NEAR(character_error_rate({{"\xE6\x97\xA5\xE6\x9C\xAC", "\xE6\x97\xA5"}}), 0.5, 1e-12);
}

// Resamples hold one pair twice, or both: of words 2 of 6, 1 of 2 or 3 of 8 are wrong, of
// characters 5 of 22, 5 of 11 or 10 of 33.
TEST(Distances, RatesHaveIntervalsOverPairs) {
  const std::vector<Transcript> pairs{{"the cat sat on the mat", "the bat sat on mat"},
                                      {"hello world", "hello  big world"}};
  const auto expect = [](const artefact::Metric& metric, double value, double low, double high) {
    EXPECT_NEAR(metric.value, value, 1e-9) << metric.name;
    EXPECT_NEAR(*metric.low, low, 1e-9) << metric.name;
    EXPECT_NEAR(*metric.high, high, 1e-9) << metric.name;
    EXPECT_EQ(metric.count, 2);
    EXPECT_FALSE(metric.higher_is_better);
  };
  const Outputs edits = edits_of(pairs);
  EXPECT_EQ(edits.texts, (std::vector<std::string>{"the bat sat on mat", "hello  big world"}));
  expect(measure_items("word-error-rate", edits, 1), 3.0 / 8, 2.0 / 6, 1.0 / 2);
  expect(measure_items("character-error-rate", edits, 1), 10.0 / 33, 5.0 / 22, 5.0 / 11);
  expect(measure_items("edit-distance", edits, 1), 1.5, 1, 2);
}

}  // namespace
}  // namespace dlwork::training
