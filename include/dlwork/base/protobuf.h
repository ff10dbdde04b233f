#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dlwork {

/// Writes one message in protobuf's wire format, field by field; messages within it are written
/// first and handed in as bytes. By hand because LibTorch's wheel exports the symbols of a protobuf
/// of its own, and two versions in one process overwrite each other's.
/// `field`: the number that the published .proto file gives it.
class ProtobufMessage {
 public:
  ProtobufMessage& integer(int field, std::int64_t value);    ///< int32, int64, bool, enum
  ProtobufMessage& real(int field, double value);             ///< double
  ProtobufMessage& single(int field, float value);            ///< float
  ProtobufMessage& bytes(int field, std::string_view value);  ///< bytes, string
  ProtobufMessage& message(int field, const ProtobufMessage& value) {
    return bytes(field, value.bytes_);
  }
  ProtobufMessage& reals(int field, const std::vector<double>& values);           ///< packed
  ProtobufMessage& singles(int field, const std::vector<float>& values);          ///< packed
  ProtobufMessage& integers(int field, const std::vector<std::int64_t>& values);  ///< packed

  const std::string& text() const { return bytes_; }

 private:
  void varint(std::uint64_t value);
  void tag(int field, int wire_type);
  std::string bytes_;
};

}  // namespace dlwork
