#include "dlwork/base/protobuf.h"

#include <cstring>

namespace dlwork {
namespace {

// Wire types of protobuf's encoding.
constexpr int kVarint = 0, kEightBytes = 1, kLengthFirst = 2, kFourBytes = 5;

template <class Unsigned, class Value>
void append_little_endian(std::string& bytes, Value value) {
  static_assert(sizeof(Unsigned) == sizeof(Value));
  Unsigned bits;
  std::memcpy(&bits, &value, sizeof bits);
  for (std::size_t i = 0; i < sizeof bits; ++i) bytes += static_cast<char>(bits >> (8 * i));
}

}  // namespace

void ProtobufMessage::varint(std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
  bytes_ += static_cast<char>(value);
}

void ProtobufMessage::tag(int field, int wire_type) {
  varint(static_cast<std::uint64_t>(field) << 3 | static_cast<std::uint64_t>(wire_type));
}

ProtobufMessage& ProtobufMessage::integer(int field, std::int64_t value) {
  tag(field, kVarint);
  varint(static_cast<std::uint64_t>(value));
  return *this;
}

ProtobufMessage& ProtobufMessage::real(int field, double value) {
  tag(field, kEightBytes);
  append_little_endian<std::uint64_t>(bytes_, value);
  return *this;
}

ProtobufMessage& ProtobufMessage::single(int field, float value) {
  tag(field, kFourBytes);
  append_little_endian<std::uint32_t>(bytes_, value);
  return *this;
}

ProtobufMessage& ProtobufMessage::bytes(int field, std::string_view value) {
  tag(field, kLengthFirst);
  varint(value.size());
  bytes_ += value;
  return *this;
}

ProtobufMessage& ProtobufMessage::reals(int field, const std::vector<double>& values) {
  tag(field, kLengthFirst);
  varint(values.size() * sizeof(double));
  for (const double value : values) append_little_endian<std::uint64_t>(bytes_, value);
  return *this;
}

ProtobufMessage& ProtobufMessage::singles(int field, const std::vector<float>& values) {
  tag(field, kLengthFirst);
  varint(values.size() * sizeof(float));
  for (const float value : values) append_little_endian<std::uint32_t>(bytes_, value);
  return *this;
}

ProtobufMessage& ProtobufMessage::integers(int field, const std::vector<std::int64_t>& values) {
  ProtobufMessage packed;
  for (const std::int64_t value : values) packed.varint(static_cast<std::uint64_t>(value));
  return bytes(field, packed.bytes_);
}

}  // namespace dlwork
