#include "dlwork/base/text.h"

#include <gtest/gtest.h>

namespace dlwork {
namespace {

const std::vector<std::string> kKeys{"learning_rate", "epochs", "batch_size", "seed", "momentum"};

TEST(Nearest, FindsASlipOfTheKeys) {
  EXPECT_EQ(nearest("epoch", kKeys), "epochs");
  EXPECT_EQ(nearest("epcohs", kKeys), "epochs");
  EXPECT_EQ(nearest("learning-rate", kKeys), "learning_rate");
  EXPECT_EQ(nearest("Seed", kKeys), "seed");
  EXPECT_EQ(nearest("lerning_rte", kKeys), "learning_rate");
}

TEST(Nearest, FindsByTheBeginning) { EXPECT_EQ(nearest("mom", kKeys), "momentum"); }

TEST(Nearest, FindsNothingThatIsNotNear) {
  EXPECT_EQ(nearest("colour", kKeys), "");
  EXPECT_EQ(nearest("", kKeys), "");
  EXPECT_EQ(nearest("se", {"ab"}), "");
  EXPECT_EQ(nearest("x", {"y"}), "");
  EXPECT_EQ(nearest(std::string(100'000, 'e'), kKeys), "");
}

TEST(Nearest, PrefersTheSmallerDistance) {
  EXPECT_EQ(nearest("trial", {"train", "trials"}), "trials");
}

TEST(Text, JoinsAndSplits) {
  EXPECT_EQ(join_words({}), "");
  EXPECT_EQ(join_words({"a"}), "a");
  EXPECT_EQ(join_words({"a", "b"}), "a and b");
  EXPECT_EQ(join_words({"a", "b", "c"}), "a, b and c");
  EXPECT_EQ(join({"a", "b"}, "::"), "a::b");
  EXPECT_EQ(split("a,,b,", ','), (std::vector<std::string>{"a", "", "b", ""}));
  EXPECT_EQ(split("", ','), std::vector<std::string>{""});
}

TEST(Text, CellsAreQuotedWhereTheyMustBe) {
  EXPECT_EQ(csv_cell("plain text"), "plain text");
  EXPECT_EQ(csv_cell(""), "");
  EXPECT_EQ(csv_cell("a,b"), "\"a,b\"");
  EXPECT_EQ(csv_cell("a,b", ';'), "a,b");
  EXPECT_EQ(csv_cell("a;b", ';'), "\"a;b\"");
  EXPECT_EQ(csv_cell("say \"a\""), "\"say \"\"a\"\"\"");
  EXPECT_EQ(csv_cell("two\nlines"), "\"two\nlines\"");
  EXPECT_EQ(csv_cell(" a"), "\" a\"") << "readers that trim cells would lose the blank";
}

TEST(Text, SharesArePercent) {
  EXPECT_EQ(percent(0.125), "12.5 %");
  EXPECT_EQ(percent(0), "0 %");
  EXPECT_EQ(percent(1), "100 %");
}

TEST(Text, TrimsAndLowers) {
  EXPECT_EQ(trim(" \t a b\r\n"), "a b");
  EXPECT_EQ(trim(" \n "), "");
  EXPECT_EQ(lower("ÄBC-d"), "Äbc-d");
}

}  // namespace
}  // namespace dlwork
