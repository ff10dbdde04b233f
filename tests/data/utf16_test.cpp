#include "data/utf16.h"

#include "data/csv.h"
#include "data/text_lines.h"
#include "data_support.h"
#include "dlwork/data/copies.h"

namespace dlwork::data {
namespace {

using Order = Utf16Reader::Order;

constexpr char16_t kHigh = 0xD83D;  // of a grinning face, U+1F600
constexpr char16_t kLow = 0xDE00;
constexpr char kFace[] = "\xF0\x9F\x98\x80";

/// A file's bytes: the byte order mark and the text.
std::string utf16_bytes(const std::u16string& text, Order order) {
  std::string bytes;
  for (const char16_t unit : u"\uFEFF" + text) {
    const char low = static_cast<char>(unit & 0xFF), high = static_cast<char>(unit >> 8);
    bytes += order == Order::kLittleEndian ? low : high;
    bytes += order == Order::kLittleEndian ? high : low;
  }
  return bytes;
}

// What Excel saves as "Unicode text".
TEST(Utf16, ATableIsReadInEitherByteOrderPackedOrNot) {
  Folder folder;
  const std::u16string text = u"name\tn\r\nZo\u00EB\t1\r\n\u20AC\U0001F600\t2\r\n";
  for (const Order order : {Order::kLittleEndian, Order::kBigEndian}) {
    const std::string bytes = utf16_bytes(text, order);
    for (const auto& file : {folder.write("a.txt", bytes), folder.write("a.gz", packed(bytes))}) {
      const CsvFormat format = find_format(file, {});
      EXPECT_EQ(format.separator, '\t');
      EXPECT_EQ(format.names, (std::vector<std::string>{"name", "n"}));
      CsvReader reader(file, '\t');
      ASSERT_TRUE(reader.next());
      EXPECT_EQ(reader.text(0), "name");
      ASSERT_TRUE(reader.next());
      EXPECT_EQ(reader.text(0), "Zo\xC3\xAB");
      ASSERT_TRUE(reader.next());
      EXPECT_EQ(reader.text(0), std::string("\xE2\x82\xAC") + kFace);
      EXPECT_EQ(reader.text(1), "2");
      EXPECT_EQ(reader.line(), 3);
      EXPECT_FALSE(reader.next());
    }
  }
}

TEST(Utf16, PairsMayLieOverTheBordersOfBlocks) {
  // 64 KiB hold 32768 halves: behind one letter each border parts a pair.
  constexpr int kFaces = 600000;
  std::u16string text = u"a";
  std::string expected = "a";
  for (int i = 0; i < kFaces; ++i) {
    text += {kHigh, kLow};
    expected += kFace;
  }
  Folder folder;
  const auto file = folder.write("a.txt", utf16_bytes(text + u"\nend", Order::kLittleEndian));
  TextLines lines(file);
  ASSERT_TRUE(lines.next());
  EXPECT_TRUE(lines.text() == expected);
  ASSERT_TRUE(lines.next());
  EXPECT_EQ(lines.text(), "end");
  EXPECT_FALSE(lines.next());
  EXPECT_TRUE(read_text(file) == expected + "\nend");
}

TEST(Utf16, WhatIsInvalidIsToldAtItsPlace) {
  Folder folder;
  const std::u16string start = u"a,b\r\n1,2\r\u00EB,";  // the next is at 3:4, as in UTF-8
  const auto fails = [&](const std::u16string& text, const std::string& more = "") {
    const auto file = folder.write("a.csv", utf16_bytes(start + text, Order::kBigEndian) + more);
    return failure_of(ExitStatus::kInput, [&] { CsvReader(file, ',').next(); });
  };
  const std::u16string low{kLow}, high{kHigh};
  for (const auto& alone : {low, high + u"x", high + high}) {
    const auto error = fails(alone);
    EXPECT_HAS(error.message, "half a character stands here alone");
    EXPECT_EQ(error.at.line, 3);
    EXPECT_EQ(error.at.column, 4);
  }
  for (const auto& error : {fails(high), fails(u"", "x"), fails(high, "x")}) {
    EXPECT_HAS(error.message, "ends within a character");
    EXPECT_EQ(error.at.line, 3);
    EXPECT_EQ(error.at.column, 4);
  }
}

TEST(Utf16, AFileOfAByteOrderMarkAloneIsEmpty) {
  Folder folder;
  const auto file = folder.write("a.csv", utf16_bytes(u"", Order::kLittleEndian));
  EXPECT_HAS(failure_of(ExitStatus::kInput, [&] { find_format(file, {}); }).message, "empty");
}

}  // namespace
}  // namespace dlwork::data
