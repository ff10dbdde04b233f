#include "data/survey_batch.h"

namespace dlwork::data {

void SurveyBatch::clear() {
  text_.clear();
  cells_.clear();
  records_.clear();
  hashes.clear();
}

void SurveyBatch::add(RecordReader& records, const std::vector<std::size_t>& places) {
  for (const std::size_t place : places) {
    const Value value = records.value(place);
    cells_.push_back(
        {value.kind, static_cast<std::uint32_t>(value.text.size()), text_.size(), value.number});
    text_.insert(text_.end(), value.text.begin(), value.text.end());
  }
  records_.push_back(records.record());
}

}  // namespace dlwork::data
