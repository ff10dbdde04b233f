#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "data/survey_batch.h"

namespace dlwork::data {

/// Rows drawn from a stream of unknown length, each with the same chance: those with the smallest
/// hashes of seed and place, so that the draw depends on the rows' number and the seed alone.
class RowSample {
 public:
  RowSample(std::size_t most, std::uint64_t seed) : most_(most), seed_(seed) {}
  void add(const SurveyBatch& batch, std::size_t row, std::int32_t file);
  /// The rows of a file in their order, as a reader. Call `finish` first.
  std::unique_ptr<RecordReader> read(const std::string& path, std::int32_t file) const;
  /// Drops what is too much and puts the rest in order.
  void finish();
  std::size_t size() const { return rows_.size(); }

 private:
  struct Row {
    std::uint64_t draw;
    std::int32_t file;
    std::int64_t record;
    std::vector<Value::Kind> kinds;
    std::vector<double> numbers;
    std::vector<std::string> texts;
  };
  friend class SampledRecords;
  void thin_out();

  std::size_t most_;
  std::uint64_t seed_;
  std::uint64_t seen_ = 0;
  std::uint64_t limit_ = ~std::uint64_t{0};
  std::vector<Row> rows_;
};

}  // namespace dlwork::data
