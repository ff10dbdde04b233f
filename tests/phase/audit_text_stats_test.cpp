#include <gtest/gtest.h>

#include <algorithm>

#include "dlwork/base/rng.h"
#include "phase/audit/stats/calendar.h"
#include "phase/audit/stats/intraclass.h"
#include "phase/audit/stats/language.h"
#include "phase/audit/stats/min_hash.h"
#include "phase/audit/stats/spelling.h"

/// Statistics of texts, groups and dates.
namespace dlwork::phase::audit {
namespace {

// Shrout and Fleiss 1979, table 2: six targets, four judges; ICC(1, 1) is 0.17
// (pingouin.intraclass_corr: ICC1 0.165742).
TEST(Intraclass, AgreesWithShroutAndFleiss) {
  const std::vector<double> ratings{9, 2, 5, 8, 6,  1, 3, 2, 8, 4, 6, 8,
                                    7, 1, 2, 6, 10, 5, 6, 9, 6, 2, 4, 7};
  std::vector<std::int32_t> groups;
  for (int i = 0; i < 24; ++i) groups.push_back(i / 4);
  const Intraclass alike = intraclass_of_numbers(groups, ratings);
  EXPECT_NEAR(alike.correlation, 0.165742, 1e-6);
  EXPECT_EQ(alike.mean_size, 4);
  EXPECT_NEAR(alike.design_effect(), 1 + 3 * 0.165742, 1e-5);
}

TEST(Intraclass, OfTwoClassesIsThatOfTheirIndicator) {
  const std::vector<std::int32_t> groups{0, 0, 0, 1, 1, 2, 2, 2, 2, -1};
  const std::vector<std::int32_t> classes{0, 0, 1, 1, 1, 0, 0, 0, 1, 1};
  const std::vector<double> values(classes.begin(), classes.end());
  EXPECT_NEAR(intraclass_of_classes(groups, classes, 2).correlation,
              intraclass_of_numbers(groups, values).correlation, 1e-12);
  EXPECT_EQ(intraclass_of_classes({0, 0, 1, 1}, {0, 0, 1, 1}, 2).correlation, 1);
  EXPECT_EQ(intraclass_of_classes({0, 0}, {0, 1}, 2).design_effect(), 1);
  EXPECT_EQ(intraclass_of_numbers({}, {}).design_effect(), 1);
  // A table of all groups by all classes would take 80 GB.
  EXPECT_EQ(intraclass_of_classes({0, 0, 999'999, 999'999}, {0, 0, 9999, 9999}, 10'000).correlation,
            1);
}

TEST(MinHash, FindsSetsThatAreAlikeAndNoOthers) {
  Rng rng(3, "sets");
  std::vector<std::vector<std::uint64_t>> sets;
  for (int i = 0; i < 200; ++i) {
    std::vector<std::uint64_t> set;
    for (int k = 0; k < 50; ++k) set.push_back(1 + rng.below(1u << 30));
    std::sort(set.begin(), set.end());
    sets.push_back(set);
  }
  for (int i = 0; i < 20; ++i) {  // 49 of 51 shared
    auto near = sets[static_cast<std::size_t>(i)];
    near.front() = 0;
    sets.push_back(near);
  }
  const auto twins = similar_sets(sets, 0.5, 7);
  for (std::size_t i = 0; i < 200; ++i) EXPECT_EQ(twins[i].earlier, -1) << i;
  for (std::size_t i = 200; i < 220; ++i) {
    EXPECT_EQ(twins[i].earlier, static_cast<std::int64_t>(i) - 200);
    EXPECT_DOUBLE_EQ(twins[i].similarity, 49.0 / 51);
  }
  // Of two groups the second one's sets are compared with the first one's alone.
  std::vector<std::vector<std::uint64_t>> parts{sets[0], sets[1], sets[200], sets[200], sets[2]};
  const auto across = similar_sets(parts, 0.5, 7, {0, 0, 1, 1, 1});
  EXPECT_EQ(across[2].earlier, 0);
  EXPECT_EQ(across[3].earlier, 0) << "not the equal one beside it";
  EXPECT_EQ(across[4].earlier, -1);
  EXPECT_EQ(jaccard({1, 2, 3}, {2, 3, 4}), 0.5);
  EXPECT_EQ(jaccard({}, {}), 0);
  EXPECT_EQ(word_runs({"a", "b", "c", "d"}, 3).size(), 2u);
  EXPECT_EQ(word_runs({"a", "b"}, 5).size(), 1u);
  EXPECT_EQ(word_runs({"a", "a", "a", "a"}, 2).size(), 1u);
  EXPECT_TRUE(word_runs({}, 5).empty());
}

TEST(Language, IsToldByFrequentWordsOrByScript) {
  EXPECT_EQ(language_of("The boat was late and we had to wait for it."), "English");
  EXPECT_EQ(language_of("Das Boot war nicht da und wir haben auf sie gewartet."), "German");
  EXPECT_EQ(language_of("Le bateau est en retard et nous sommes dans la gare."), "French");
  EXPECT_EQ(language_of("El barco no está y los niños esperan en la estación."), "Spanish");
  EXPECT_EQ(language_of("Лодка опоздала, и мы ждали."), "Russian");
  EXPECT_EQ(language_of("船は遅れました"), "Japanese");
  EXPECT_EQ(language_of("船迟到了"), "Chinese");
  EXPECT_EQ(language_of("XJ-12 pump 400 rpm"), "");
  EXPECT_EQ(language_of(""), "");
}

TEST(Language, SignsAndMarkUp) {
  EXPECT_TRUE(holds_markup("a <b>bold</b> word"));
  EXPECT_TRUE(holds_markup("see <a href=\"x\">here</a>"));
  EXPECT_TRUE(holds_markup("salt &amp; pepper"));
  EXPECT_FALSE(holds_markup("a < b and c > d"));
  EXPECT_FALSE(holds_markup("x<y"));
  EXPECT_FALSE(holds_markup("salt & pepper; oil"));
  EXPECT_EQ(special_share("a{}b"), 0.5);
  EXPECT_EQ(special_share("A line, with (usual) signs!"), 0);
}

TEST(Spelling, BlanksAndControlCharacters) {
  EXPECT_TRUE(is_untidy(" red", Layout::kLine));
  EXPECT_TRUE(is_untidy("two\nlines", Layout::kLine));
  EXPECT_FALSE(is_untidy("two\nlines", Layout::kProse));
  EXPECT_TRUE(is_untidy(std::string("re\0d", 4), Layout::kProse));
  EXPECT_EQ(tidied(" re\x01"
                   "d ",
                   Layout::kLine),
            "red");
}

TEST(Calendar, KnowsTheDayOfATime) {
  EXPECT_EQ(day_text(day_of(0)), "1970-01-01");
  EXPECT_EQ(day_text(day_of(-1)), "1969-12-31");
  EXPECT_EQ(day_text(day_of(951782400)), "2000-02-29");
  EXPECT_EQ(day_text(day_of(-28502755200)), "1066-10-14");  // by Python's datetime
}

}  // namespace
}  // namespace dlwork::phase::audit
