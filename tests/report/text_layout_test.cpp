#include "report/text_layout.h"

#include <gtest/gtest.h>

#include "dlwork/base/text.h"

namespace dlwork::report {
namespace {

TEST(OneLine, KeepsTextFromDrivingTheTerminal) {
  EXPECT_EQ(one_line("a\nb\tc"), "a b c");
  EXPECT_EQ(one_line("\033[31mred"), "\xEF\xBF\xBD[31mred");
  EXPECT_EQ(one_line("\xC2\x9B"
                     "2J"),
            "\xEF\xBF\xBD"
            "2J");                                                // U+009B, an 8-bit CSI
  EXPECT_EQ(one_line("a\xFF\xC3"), "a\xEF\xBF\xBD\xEF\xBF\xBD");  // no UTF-8
  EXPECT_EQ(one_line("x\xE2\x80\xAEgpj.exe"), "xgpj.exe");        // U+202E turns the direction
  EXPECT_EQ(one_line("Größe 漢字"), "Größe 漢字");
}

TEST(Cut, EndsInAnEllipsisOnlyWhereTextIsLost) {
  EXPECT_EQ(cut("abcdef", 6), "abcdef");
  EXPECT_EQ(cut("abcdef", 5), "abcd…");
  EXPECT_EQ(cut("abcdef", 1), "…");
  EXPECT_EQ(cut("漢字漢字", 5), "漢字…");
  EXPECT_EQ(cut("漢字漢字", 4), "漢…");
  EXPECT_EQ(cut("漢字", 2), "…");
}

TEST(Wrap, BreaksAtSpacesAndInsideLongWords) {
  EXPECT_EQ(wrap("the quick brown fox", 10), (std::vector<std::string>{"the quick", "brown fox"}));
  EXPECT_EQ(wrap("", 10), std::vector<std::string>{""});
  EXPECT_EQ(wrap("  a   b ", 10), std::vector<std::string>{"a b"});
  EXPECT_EQ(wrap("see /a/very/long/path now", 8),
            (std::vector<std::string>{"see /a/v", "ery/long", "/path", "now"}));
  EXPECT_EQ(wrap("漢字漢字漢字", 5), (std::vector<std::string>{"漢字", "漢字", "漢字"}));
  EXPECT_EQ(wrap("abcd", 4), std::vector<std::string>{"abcd"});
}

TEST(Pad, CountsColumnsNotBytes) {
  EXPECT_EQ(pad_right("漢", 4), "漢  ");
  EXPECT_EQ(pad_left("é", 3), "  é");
  EXPECT_EQ(pad_left("long", 2), "long");
}

}  // namespace
}  // namespace dlwork::report
