#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// Parquet files that tests make.
namespace dlwork::testing {

inline std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 128; value >>= 7) bytes += static_cast<char>((value & 127) | 128);
  return bytes + static_cast<char>(value);
}

/// A struct in Thrift's compact protocol, which a Parquet file describes itself in. Fields are put
/// in by their ids, rising.
class ThriftStruct {
 public:
  static constexpr int kNumber = 5, kLong = 6, kText = 8, kList = 9, kStruct = 12;

  ThriftStruct& number(int id, std::uint64_t value, int type = kNumber) {
    return add(id, type, varint(2 * value));
  }
  ThriftStruct& text(int id, const std::string& value) {
    return add(id, kText, varint(value.size()) + value);
  }
  ThriftStruct& part(int id, const ThriftStruct& value) { return add(id, kStruct, value.bytes()); }
  /// At most 14 items, as they stand.
  ThriftStruct& list(int id, int type, const std::vector<std::string>& items) {
    std::string value(1, static_cast<char>(items.size() << 4 | static_cast<unsigned>(type)));
    for (const std::string& item : items) value += item;
    return add(id, kList, value);
  }
  std::string bytes() const { return bytes_ + '\0'; }

 private:
  ThriftStruct& add(int id, int type, const std::string& value) {
    bytes_ += static_cast<char>((id - last_) << 4 | type);
    bytes_ += value;
    last_ = id;
    return *this;
  }

  std::string bytes_;
  int last_ = 0;
};

/// A column "a" of the numbers 7, 8 and 9. `claimed` above 0: packed by Snappy, as it says, and of
/// so many bytes when unpacked.
inline std::string parquet(std::uint32_t claimed = 0) {
  using T = ThriftStruct;
  const std::string values("\7\0\0\0\x08\0\0\0\x09\0\0\0", 12);
  const std::uint64_t unpacked = claimed > 0 ? claimed : values.size();
  const std::string page = T().number(1, 0)
                               .number(2, unpacked)
                               .number(3, values.size())
                               .part(5, T().number(1, 3).number(2, 0).number(3, 3).number(4, 3))
                               .bytes() +
                           values;
  T column;
  column.number(1, 1)
      .list(2, T::kNumber, {varint(0)})
      .list(3, T::kText, {varint(1) + "a"})
      .number(4, claimed > 0 ? 1 : 0)
      .number(5, 3, T::kLong)
      .number(6, claimed > 0 ? claimed : page.size(), T::kLong)
      .number(7, page.size(), T::kLong)
      .number(9, 4, T::kLong);
  T group;
  group.list(1, T::kStruct, {T().number(2, 4, T::kLong).part(3, column).bytes()})
      .number(2, page.size(), T::kLong)
      .number(3, 3, T::kLong);
  const std::string root = T().text(4, "s").number(5, 1).bytes();
  const std::string leaf = T().number(1, 1).number(3, 0).text(4, "a").bytes();
  const std::string head = T().number(1, 1)
                               .list(2, T::kStruct, {root, leaf})
                               .number(3, 3, T::kLong)
                               .list(4, T::kStruct, {group.bytes()})
                               .bytes();
  std::string length;
  for (int i = 0; i < 4; ++i) length += static_cast<char>(head.size() >> (8 * i));
  return "PAR1" + page + head + length + "PAR1";
}

}  // namespace dlwork::testing
