#include <gtest/gtest.h>

#include "dlwork/base/text.h"

namespace dlwork {
namespace {

TEST(Unicode, CountsTerminalColumns) {
  EXPECT_EQ(display_width(""), 0);
  EXPECT_EQ(display_width("accuracy"), 8);
  EXPECT_EQ(display_width("Größe"), 5);
  EXPECT_EQ(display_width("e\u0301"), 1);       // e with a combining acute accent
  EXPECT_EQ(display_width("\u65e5\u672c"), 4);  // two ideographs
  EXPECT_EQ(display_width("\uac00"), 2);        // a Hangul syllable
  EXPECT_EQ(display_width("\U0001f600"), 2);    // a face
  EXPECT_EQ(display_width("a\u200bb"), 2);      // zero-width space
  EXPECT_EQ(display_width("\xff\xfe"), 2);      // not UTF-8: one column a byte
}

TEST(Unicode, TellsWellFormedText) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("plain, Größe, \u65e5, \U0010ffff"));
}

TEST(Unicode, RefusesMalformedText) {
  EXPECT_FALSE(is_utf8("\x80"));              // lone continuation
  EXPECT_FALSE(is_utf8("\xc3"));              // cut short
  EXPECT_FALSE(is_utf8("a\xe6\x97"));         // cut short
  EXPECT_FALSE(is_utf8("\xc0\xaf"));          // overlong
  EXPECT_FALSE(is_utf8("\xe0\x80\xaf"));      // overlong
  EXPECT_FALSE(is_utf8("\xed\xa0\x80"));      // surrogate
  EXPECT_FALSE(is_utf8("\xf4\x90\x80\x80"));  // past U+10FFFF
  EXPECT_FALSE(
      is_utf8("Gr\xf6\xdf"
              "e"));  // Latin-1
}

}  // namespace
}  // namespace dlwork
