#include <algorithm>
#include <cmath>
#include <limits>

#include "data/moments.h"
#include "dlwork/base/error.h"
#include "dlwork/data/preprocess.h"

namespace dlwork::data {
namespace {

/// Fills the gaps of one channel by straight lines between the values around them; at the ends by
/// the nearest value, all by `otherwise` when there is none.
void interpolate(std::vector<double>& values, double otherwise) {
  const auto count = static_cast<std::int64_t>(values.size());
  std::int64_t last = -1;  // with a value
  for (std::int64_t t = 0; t < count; ++t) {
    if (!std::isfinite(values[t])) continue;
    for (std::int64_t gap = last + 1; gap < t; ++gap) {
      const double share =
          static_cast<double>(gap - last) / static_cast<double>(t - last);  // of the way to t
      values[gap] = last < 0 ? values[t] : values[last] * (1 - share) + values[t] * share;
    }
    last = t;
  }
  for (std::int64_t t = last + 1; t < count; ++t) values[t] = last < 0 ? otherwise : values[last];
}

}  // namespace

void Preprocessor::fit_sequences(const Sequences& sequences,
                                 const std::vector<std::int64_t>& rows) {
  sound_ = sequences.sound;
  steps_ = sequences.steps;
  channels_ = sequences.channels;
  for (std::int64_t c = 0; c < channels_; ++c) {
    RunningMoments running;
    for (const auto row : rows) {
      const float* values = sequences.at(row) + c;
      for (std::int64_t t = 0; t < sequences.lengths[row]; ++t) {
        const double value = values[t * channels_];
        if (std::isfinite(value)) running.add(value);
      }
    }
    const Moments moments = running.moments();
    InputColumn channel;
    channel.name = "channel " + std::to_string(c + 1);
    channel.mean = moments.mean;
    channel.deviation = moments.deviation;
    channel.constant = moments.constant;
    channel.fill = moments.mean;
    columns_.push_back(std::move(channel));
  }
}

void Preprocessor::apply_sequences(const Sequences& sequences, const std::int64_t* rows,
                                   std::int64_t count, float* out) const {
  DLWORK_ASSERT(sequences.steps == steps_ && sequences.channels == channels_,
                "the series have the preprocessor's steps and channels");
  std::vector<double> values;
  for (std::int64_t i = 0; i < count; ++i, out += steps_ * channels_) {
    const std::int64_t length = sequences.lengths[rows[i]];
    const float* series = sequences.at(rows[i]);
    std::fill(out + length * channels_, out + steps_ * channels_, 0.0f);
    for (std::int64_t c = 0; c < channels_; ++c) {
      const InputColumn& channel = columns_[c];
      values.resize(length);
      for (std::int64_t t = 0; t < length; ++t) values[t] = series[t * channels_ + c];
      interpolate(values, channel.fill);
      for (std::int64_t t = 0; t < length; ++t) {
        out[t * channels_ + c] =
            channel.constant ? 0.0f : clamped((values[t] - channel.mean) / channel.deviation);
      }
    }
  }
}

}  // namespace dlwork::data
