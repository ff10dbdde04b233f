#include "training/device_values.h"

#include <algorithm>

#include "training/input_buffer.h"

namespace dlwork::training {

using torch::Tensor;

namespace {

/// What is noted of a series, before the factors and the noise that are drawn for it.
enum Noted {
  kLength,
  kWindowBegin,
  kWindowEnd,
  kMaskedStepsBegin,
  kMaskedStepsEnd,
  kMaskedChannelsBegin,
  kMaskedChannelsEnd,
  kNoted
};

bool changes_series(const spec::Augment& augment) {
  return augment.crop > 0 || augment.magnitude > 0 || augment.noise > 0 || augment.time_mask > 0 ||
         augment.channel_mask > 0;
}

/// Writes what is drawn for a series instead of changing it.
class WrittenChange {
 public:
  /// `out`: all 0.
  WrittenChange(const spec::Augment& augment, SequenceSize size, float* out)
      : noted_(out),
        factors_(out + kNoted),
        noise_(factors_ + (augment.magnitude > 0 ? size.channels : 0)) {
    noted_[kLength] = static_cast<float>(size.steps);
    stretch({0, size.steps});
  }

  void stretch(Run run) { write(run, kWindowBegin, kWindowEnd); }
  void multiply(std::int64_t channel, float factor) { factors_[channel] = factor; }
  void add(std::int64_t place, float noise) { noise_[place] = noise; }
  void mask_steps(Run run) { write(run, kMaskedStepsBegin, kMaskedStepsEnd); }
  void mask_channels(Run run) { write(run, kMaskedChannelsBegin, kMaskedChannelsEnd); }

 private:
  void write(Run run, Noted begin, Noted end) {
    noted_[begin] = static_cast<float>(run.begin);
    noted_[end] = static_cast<float>(run.end);
  }
  float *noted_, *factors_, *noise_;
};

/// Columns of what was drawn, [count, 1, 1] each.
Tensor noted(const Tensor& numbers, Noted what) { return numbers.select(1, what).view({-1, 1, 1}); }

Tensor is_between(const Tensor& values, const Tensor& begin, const Tensor& end) {
  return (values >= begin) & (values < end);
}

/// Windows of series [count, T, C] stretched to their lengths; `steps`: [T, 1] float64.
Tensor stretched(const Tensor& values, const Tensor& numbers, const Tensor& steps) {
  const auto length = noted(numbers, kLength).to(torch::kFloat64);
  const auto begin = noted(numbers, kWindowBegin).to(torch::kFloat64);
  const auto kept = noted(numbers, kWindowEnd).to(torch::kFloat64) - begin;
  const auto place = steps * ((kept - 1) / (length - 1).clamp_min(1));
  const auto before = torch::minimum(place.floor(), kept - 2);
  const auto share = (place - before).to(torch::kFloat32);
  const auto at = [&](const Tensor& step) {
    return values.gather(1, step.clamp(0, values.size(1) - 1).to(torch::kInt64).expand_as(values));
  };
  const auto window = (1 - share) * at(begin + before) + share * at(begin + before + 1);
  return torch::where((kept < length) & (steps < length), window, values);
}

}  // namespace

DeviceValues::DeviceValues(const data::Samples& samples, const data::Preprocessor& preprocessor,
                           const std::vector<float>& prepared, const torch::Device& device)
    : samples_(samples), preprocessor_(preprocessor), device_(device) {
  std::vector<std::int64_t> sizes = preprocessor.shape().dims;
  sizes.insert(sizes.begin(), samples.count);
  values_ = torch::from_blob(const_cast<float*>(prepared.data()), sizes, torch::kFloat32)
                .to(device, /*non_blocking=*/false, /*copy=*/true);
  if (is_series()) {
    steps_ = torch::arange(sizes[1], torch::kFloat64).view({-1, 1}).to(device);
    channels_ = torch::arange(sizes[2], torch::kFloat32).to(device);
    return;
  }
  // Columns without noise take the number behind the last one's, which is 0.
  const auto& amounts = preprocessor.amounts();
  const auto none = static_cast<std::int64_t>(amounts.size());
  const auto places = torch::full({preprocessor.shape().size()}, none, torch::kInt64);
  for (std::int64_t i = 0; i < none; ++i) places.data_ptr<std::int64_t>()[amounts[i]] = i;
  noise_ = places.to(device);
}

bool DeviceValues::is_series() const {
  return preprocessor_.feature_kind() == data::Kind::kSequence;
}

std::int64_t DeviceValues::drawn(const spec::Augment& augment) const {
  if (!is_series()) {
    return augment.noise > 0 ? static_cast<std::int64_t>(preprocessor_.amounts().size()) + 1 : 0;
  }
  if (!changes_series(augment)) return 0;
  const auto& shape = preprocessor_.shape();
  return kNoted + (augment.magnitude > 0 ? shape.dims[1] : 0) +
         (augment.noise > 0 ? shape.size() : 0);
}

void DeviceValues::draw(const std::int64_t* rows, std::int64_t count, const spec::Augment& augment,
                        Rng& rng, float* out) const {
  const std::int64_t room = drawn(augment);
  if (room == 0) return;
  std::fill_n(out, count * room, 0.0f);
  for (std::int64_t i = 0; i < count; ++i, out += room) {
    if (is_series()) {
      const SequenceSize size{samples_.sequences.lengths[rows[i]], preprocessor_.shape().dims[1]};
      draw_change(augment, size, rng, WrittenChange(augment, size, out));
    } else {
      std::generate_n(out, room - 1, [&] { return draw_noise(augment, rng); });
    }
  }
}

Tensor DeviceValues::batch(const std::int64_t* rows, std::int64_t count,
                           const spec::Augment* augment, const Tensor& numbers) const {
  const torch::NoGradGuard no_grad;
  const auto values = values_.index_select(0, rows_on_device(rows, count, device_));
  if (augment == nullptr || drawn(*augment) == 0) return values;
  const auto there = on_device(numbers, device_);
  return is_series() ? changed_series(values, *augment, there)
                     : values + there.index_select(1, noise_);
}

Tensor DeviceValues::changed_series(Tensor values, const spec::Augment& augment,
                                    const Tensor& numbers) const {
  const std::int64_t count = values.size(0), channels = values.size(2);
  if (augment.crop > 0) values = stretched(values, numbers, steps_);
  std::int64_t at = kNoted;
  if (augment.magnitude > 0) {
    values = values * numbers.narrow(1, at, channels).unsqueeze(1);
    at += channels;
  }
  if (augment.noise > 0) {
    values = values + numbers.slice(1, at).reshape({count, -1, channels});
  }
  const auto masked =
      is_between(steps_, noted(numbers, kMaskedStepsBegin), noted(numbers, kMaskedStepsEnd)) |
      is_between(channels_, noted(numbers, kMaskedChannelsBegin),
                 noted(numbers, kMaskedChannelsEnd));
  return values.masked_fill(masked, 0);
}

}  // namespace dlwork::training
