#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "dlwork/data/dataset.h"

namespace dlwork::data {

/// Collects series of differing lengths, one behind the other, and lays them out at the end.
class SequencePool {
 public:
  /// `values`: [steps, channels], time first; steps at least 1. All have the channels of the first.
  void add(const std::vector<float>& values, std::int64_t channels);
  /// Takes off the series behind the first `count`.
  void cut(std::int64_t count);
  std::int64_t count() const { return pool_.count; }
  std::int64_t channels() const { return pool_.channels; }
  /// Memory that the series take as yet.
  std::uint64_t bytes() const {
    return pool_.values.size() * sizeof(float) + pool_.lengths.size() * sizeof(std::int32_t);
  }
  /// Hands over [count, steps, channels], each series filled up with missing values. Throws
  /// Error(kInput) where that is larger than the memory.
  Sequences finish();

 private:
  Sequences pool_;
};

/// Takes steps off the end of [steps, channels] that are missing in every channel: how arrays of
/// one length hold shorter series. False when nothing is left.
bool cut_missing_end(std::vector<float>& values, std::int64_t channels);

/// Collects the targets of samples that come with a text or a number: the column of classes that
/// `make_target` takes.
class LabelColumn {
 public:
  LabelColumn(Column& target, const std::string& task);
  /// "" is missing. False where the task needs a number and the text is none.
  bool add_text(std::string_view text);
  /// NaN is missing.
  void add_number(double value);
  /// Takes off the targets behind the first `count`, and the classes that they alone have.
  void cut(std::int64_t count);

 private:
  Column& target_;
  std::unordered_map<std::string, std::int32_t> codes_;
};

}  // namespace dlwork::data
