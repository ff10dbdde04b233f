#include "data/sequence_pool.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "data/csv.h"
#include "data/target.h"
#include "dlwork/base/error.h"
#include "dlwork/base/machine.h"
#include "dlwork/base/text.h"
#include "dlwork/spec/task_names.h"

namespace dlwork::data {

void SequencePool::add(const std::vector<float>& values, std::int64_t channels) {
  if (pool_.channels == 0) pool_.channels = channels;
  DLWORK_ASSERT(channels == pool_.channels && !values.empty(), "the reader checks the channels");
  const auto steps = static_cast<std::int64_t>(values.size()) / channels;
  pool_.steps = std::max(pool_.steps, steps);
  pool_.lengths.push_back(static_cast<std::int32_t>(steps));
  pool_.values.insert(pool_.values.end(), values.begin(), values.end());
  ++pool_.count;
}

void SequencePool::cut(std::int64_t count) {
  pool_.count = count;
  pool_.lengths.resize(static_cast<std::size_t>(count));
  pool_.steps = 0;
  std::size_t steps = 0;
  for (const std::int32_t length : pool_.lengths) {
    pool_.steps = std::max<std::int64_t>(pool_.steps, length);
    steps += static_cast<std::size_t>(length);
  }
  pool_.values.resize(steps * static_cast<std::size_t>(pool_.channels));
  if (count == 0) pool_.channels = 0;
}

Sequences SequencePool::finish() {
  const auto place = static_cast<std::size_t>(pool_.size());
  const std::uint64_t bytes = sizeof(float) * std::uint64_t{place} * pool_.count;
  if (bytes > usable_memory_bytes()) {
    throw Error(ExitStatus::kInput,
                grouped(pool_.count) + " series of up to " + grouped(pool_.steps) + " steps need " +
                    pretty_bytes(bytes) + " of memory, more than this machine has",
                "cut the longest series into windows, or name fewer files");
  }
  // The last one moves first, so that none is written over before it has moved.
  std::size_t end = pool_.values.size();
  pool_.values.resize(place * pool_.count);
  for (std::int64_t i = pool_.count - 1; i >= 0; --i) {
    const auto size = static_cast<std::size_t>(pool_.lengths[i] * pool_.channels);
    const auto from = pool_.values.begin() + static_cast<std::ptrdiff_t>(end - size);
    const auto to = pool_.values.begin() + static_cast<std::ptrdiff_t>(place * i);
    if (from != to) std::move_backward(from, from + size, to + size);
    std::fill(to + size, to + place, std::numeric_limits<float>::quiet_NaN());
    end -= size;
  }
  return std::move(pool_);
}

bool cut_missing_end(std::vector<float>& values, std::int64_t channels) {
  const auto is_missing = [](float value) { return std::isnan(value); };
  while (!values.empty() && std::all_of(values.end() - channels, values.end(), is_missing)) {
    values.resize(values.size() - static_cast<std::size_t>(channels));
  }
  return !values.empty();
}

LabelColumn::LabelColumn(Column& target, const std::string& task) : target_(target) {
  target_.type = task == spec::tasks::regression ? ColumnType::kNumber : ColumnType::kCategory;
}

bool LabelColumn::add_text(std::string_view text) {
  if (target_.type == ColumnType::kNumber) {
    double value = std::numeric_limits<double>::quiet_NaN();
    if (!text.empty() && !parse_cell(text, value)) return false;
    target_.numbers.push_back(value);
    return true;
  }
  if (text.empty()) {
    target_.codes.push_back(-1);
    return true;
  }
  const auto next = static_cast<std::int32_t>(codes_.size());
  const auto [found, is_new] = codes_.emplace(std::string(text), next);
  if (is_new) target_.categories.emplace_back(text);
  target_.codes.push_back(found->second);
  return true;
}

void LabelColumn::cut(std::int64_t count) {
  if (target_.type == ColumnType::kNumber) {
    target_.numbers.resize(static_cast<std::size_t>(count));
    return;
  }
  target_.codes.resize(static_cast<std::size_t>(count));
  // Codes count up as classes appear.
  std::int32_t classes = 0;
  for (const std::int32_t code : target_.codes) classes = std::max(classes, code + 1);
  target_.categories.resize(static_cast<std::size_t>(classes));
  std::erase_if(codes_, [&](const auto& each) { return each.second >= classes; });
}

void LabelColumn::add_number(double value) {
  if (target_.type == ColumnType::kNumber) {
    target_.numbers.push_back(value);
  } else {
    add_text(std::isnan(value) ? std::string() : number_text(value));
  }
}

}  // namespace dlwork::data
