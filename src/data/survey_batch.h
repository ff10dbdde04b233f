#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "data/records.h"

namespace dlwork::data {

/// Some rows as they stand in their file, copied out of the reader so that they can be summed up
/// while it reads on.
class SurveyBatch {
 public:
  explicit SurveyBatch(std::size_t columns) : columns_(columns) {}

  void clear();
  void add(RecordReader& records, const std::vector<std::size_t>& places);
  std::size_t rows() const { return records_.size(); }
  std::size_t columns() const { return columns_; }
  /// Bytes of text held.
  std::size_t bytes() const { return text_.size(); }
  std::int64_t record(std::size_t row) const { return records_[row]; }
  Value value(std::size_t row, std::size_t column) const {
    const Cell& cell = cells_[row * columns_ + column];
    return {cell.kind, {text_.data() + cell.begin, cell.size}, cell.number};
  }
  /// Of each value, filled by whoever sums up its column: equal values have equal hashes. Column by
  /// column, so that threads do not write side by side.
  std::vector<std::uint64_t> hashes;
  std::uint64_t hash(std::size_t row, std::size_t column) const {
    return hashes[column * rows() + row];
  }

 private:
  struct Cell {
    Value::Kind kind = Value::Kind::kMissing;
    std::uint32_t size = 0;
    std::size_t begin = 0;
    double number = 0;
  };
  std::size_t columns_;
  std::vector<char> text_;
  std::vector<Cell> cells_;
  std::vector<std::int64_t> records_;
};

}  // namespace dlwork::data
