#include "dlwork/base/protobuf.h"

#include <gtest/gtest.h>

namespace dlwork {
namespace {

// The examples of protobuf's page on its encoding: field 1 = 150 is 08 96 01, field 2 = "testing"
// is 12 07 and the text, field 3 holding the first is 1a 03 08 96 01, packed field 6 = {3, 270,
// 86942} is 32 06 03 8e 02 9e a7 05.
TEST(Protobuf, EncodesThePublishedExamples) {
  EXPECT_EQ(ProtobufMessage().integer(1, 150).text(), "\x08\x96\x01");
  EXPECT_EQ(ProtobufMessage().bytes(2, "testing").text(), "\x12\x07testing");
  EXPECT_EQ(ProtobufMessage().message(3, ProtobufMessage().integer(1, 150)).text(),
            "\x1a\x03\x08\x96\x01");
  EXPECT_EQ(ProtobufMessage().integers(6, {3, 270, 86942}).text(),
            "\x32\x06\x03\x8e\x02\x9e\xa7\x05");
}

TEST(Protobuf, EncodesNegativeNumbersInTenBytes) {
  EXPECT_EQ(ProtobufMessage().integer(1, -1).text(),
            "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01");
}

TEST(Protobuf, EncodesRealNumbersFromTheirLowestByte) {
  const std::string one("\x09\0\0\0\0\0\0\xf0\x3f", 9), half("\x15\0\0\0\x3f", 5);
  EXPECT_EQ(ProtobufMessage().real(1, 1.0).text(), one);
  EXPECT_EQ(ProtobufMessage().single(2, 0.5f).text(), half);
  EXPECT_EQ(ProtobufMessage().reals(1, {1.0}).text(), "\x0a\x08" + one.substr(1));
  EXPECT_EQ(ProtobufMessage().singles(2, {0.5f, 0.5f}).text(),
            "\x12\x08" + half.substr(1) + half.substr(1));
}

// A field number above 15 takes two bytes.
TEST(Protobuf, EncodesLargeFieldNumbers) {
  EXPECT_EQ(ProtobufMessage().integer(16, 1).text(), std::string("\x80\x01\x01"));
}

}  // namespace
}  // namespace dlwork
