#include "data/row_sample.h"

#include <algorithm>

#include "data/problem.h"
#include "dlwork/base/sketches.h"

namespace dlwork::data {

/// Rows that were drawn, read again.
class SampledRecords final : public RecordReader {
 public:
  SampledRecords(std::string path, const RowSample& sample, std::int32_t file)
      : path_(std::move(path)), sample_(sample), file_(file) {}

  bool next() override {
    const auto& rows = sample_.rows_;
    do {
      ++at_;
    } while (at_ <= rows.size() && rows[at_ - 1].file != file_);
    return at_ <= rows.size();
  }
  Value value(std::size_t column) override {
    const auto& row = sample_.rows_[at_ - 1];
    return {row.kinds[column], row.texts[column], row.numbers[column]};
  }
  std::int64_t record() const override { return sample_.rows_[at_ - 1].record; }
  [[noreturn]] void fail(std::size_t column, const std::string& message,
                         const std::string& hint) const override {
    static_cast<void>(column);
    input_error(path_, record(), 0, message, hint);
  }
  Progress progress() const override {
    return {static_cast<double>(at_), static_cast<double>(sample_.rows_.size()), "rows"};
  }

 private:
  std::string path_;
  const RowSample& sample_;
  std::int32_t file_;
  std::size_t at_ = 0;  ///< one past the current row
};

void RowSample::add(const SurveyBatch& batch, std::size_t row, std::int32_t file) {
  const std::uint64_t draw = mix_bits(seed_ ^ mix_bits(++seen_));
  if (draw > limit_) return;
  Row kept{draw, file, batch.record(row), {}, {}, {}};
  for (std::size_t column = 0; column < batch.columns(); ++column) {
    const Value value = batch.value(row, column);
    kept.kinds.push_back(value.kind);
    kept.numbers.push_back(value.number);
    kept.texts.emplace_back(value.text);
  }
  rows_.push_back(std::move(kept));
  if (rows_.size() > most_ + most_ / 2) thin_out();
}

void RowSample::thin_out() {
  if (rows_.size() <= most_) return;
  std::vector<std::uint64_t> draws;
  draws.reserve(rows_.size());
  for (const Row& row : rows_) draws.push_back(row.draw);
  const auto last = draws.begin() + static_cast<std::ptrdiff_t>(most_ - 1);
  std::nth_element(draws.begin(), last, draws.end());
  limit_ = *last;
  std::erase_if(rows_, [this](const Row& row) { return row.draw > limit_; });
}

void RowSample::finish() { thin_out(); }

std::unique_ptr<RecordReader> RowSample::read(const std::string& path, std::int32_t file) const {
  return std::make_unique<SampledRecords>(path, *this, file);
}

}  // namespace dlwork::data
