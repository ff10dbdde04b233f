#include "training/batches.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "model/plan/buffer.h"
#include "model/plan/kernels.h"
#include "training/augment_pictures.h"
#include "training/augment_sequences.h"

namespace dlwork::training {

Batches::Batches(const data::Samples& samples, const data::Preprocessor& preprocessor,
                 const TargetCoding& coding, torch::Device device)
    : samples_(samples), preprocessor_(preprocessor), coding_(coding), device_(device) {
  if (preprocessor.feature_kind() == data::Kind::kSequence) {
    const auto& lengths = samples.sequences.lengths;
    ragged_ = std::any_of(lengths.begin(), lengths.end(),
                          [&](std::int32_t length) { return length < preprocessor.steps(); });
  }
  if (preprocessor.feature_kind() != data::Kind::kImage) return;
  for (std::size_t c = 0; c < preprocessor.channel_scale().size(); ++c) {
    std::array<std::uint8_t, 256> bytes;
    std::iota(bytes.begin(), bytes.end(), 0);
    levels_.resize(256 * (c + 1));
    // By the loop that unchanged pictures take, so that both give the same bits.
    model::plan::kernels().scale_bytes(bytes.data(), 256, preprocessor.channel_scale()[c],
                                       preprocessor.channel_offset()[c], 1, &levels_[256 * c]);
  }
}

void Batches::prepare() {
  if (preprocessor_.feature_kind() == data::Kind::kImage || !prepared_.empty()) return;
  std::vector<std::int64_t> rows(samples_.count);
  std::iota(rows.begin(), rows.end(), 0);
  prepared_.resize(samples_.count * preprocessor_.shape().size());
  preprocessor_.apply(samples_, rows.data(), samples_.count, prepared_.data());
}

float* Batches::buffer(std::int64_t count) {
  const auto need =
      static_cast<std::size_t>(count * preprocessor_.shape().size() + model::plan::kSlack);
  if (buffer_.size() < need) buffer_.resize(need);
  return buffer_.data();
}

void Batches::gather_pictures(const std::int64_t* rows, std::int64_t count,
                              const spec::Augment* augment, Rng* rng) {
  const PictureSize size{samples_.pictures.channels, samples_.pictures.height,
                         samples_.pictures.width};
  const spec::Augment none;
  const PictureAugmenter augmenter(augment ? *augment : none, size, levels_.data());
  float* out = buffer(count);
  for (std::int64_t i = 0; i < count; ++i, out += samples_.pictures.size()) {
    const std::uint8_t* pixels = samples_.pictures.at(rows[i]);
    if (augmenter.changes()) {
      augmenter.write(pixels, *rng, out);
    } else {
      const std::int64_t area = size.height * size.width;
      for (std::int64_t c = 0; c < size.channels; ++c) {
        model::plan::kernels().scale_bytes(
            pixels + c * area, area, preprocessor_.channel_scale()[c],
            preprocessor_.channel_offset()[c], size.channels, out + c);
      }
    }
  }
}

torch::Tensor Batches::tensor_of(std::int64_t count) const {
  auto* data = const_cast<float*>(buffer_.data());
  if (preprocessor_.feature_kind() != data::Kind::kImage) {
    std::vector<std::int64_t> sizes = preprocessor_.shape().dims;
    sizes.insert(sizes.begin(), count);
    return torch::from_blob(data, sizes, torch::kFloat32).to(device_);
  }
  const auto& pictures = samples_.pictures;
  return torch::from_blob(data, {count, pictures.height, pictures.width, pictures.channels},
                          torch::kFloat32)
      .permute({0, 3, 1, 2})
      .to(device_);
}

const float* Batches::raw_inputs(const std::int64_t* rows, std::int64_t count,
                                 const spec::Augment* augment, Rng* rng) {
  if (preprocessor_.feature_kind() == data::Kind::kImage) {
    gather_pictures(rows, count, augment, rng);
    return buffer_.data();
  }
  if (prepared_.empty()) {
    preprocessor_.apply(samples_, rows, count, buffer(count));
  } else {
    const std::int64_t width = preprocessor_.shape().size();
    float* out = buffer(count);
    for (std::int64_t i = 0; i < count; ++i) {
      std::copy_n(prepared_.data() + rows[i] * width, width, out + i * width);
    }
  }
  if (augment) change(rows, count, *augment, *rng);
  return buffer_.data();
}

/// Category codes are names, not amounts: noise would change which they are. What fills up a short
/// series stays 0.
void Batches::change(const std::int64_t* rows, std::int64_t count, const spec::Augment& augment,
                     Rng& rng) {
  const auto& shape = preprocessor_.shape();
  const std::int64_t width = shape.size();
  const std::int64_t numbers = width - static_cast<std::int64_t>(shape.category_sizes.size());
  for (std::int64_t i = 0; i < count; ++i) {
    float* values = buffer_.data() + i * width;
    if (preprocessor_.feature_kind() == data::Kind::kSequence) {
      augment_sequence(augment, {samples_.sequences.lengths[rows[i]], shape.dims[1]}, rng, values);
    } else if (augment.noise > 0) {
      for (std::int64_t c = 0; c < numbers; ++c) {
        values[c] += static_cast<float>(augment.noise * rng.normal());
      }
    }
  }
}

torch::Tensor Batches::lengths(const std::int64_t* rows, std::int64_t count) const {
  if (!ragged_) return {};
  auto lengths = torch::empty({count}, torch::kInt64);
  std::int64_t* out = lengths.data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < count; ++i) out[i] = samples_.sequences.lengths[rows[i]];
  return lengths.to(device_);
}

model::Inputs Batches::inputs(const std::int64_t* rows, std::int64_t count) {
  raw_inputs(rows, count, nullptr, nullptr);
  return {tensor_of(count), lengths(rows, count)};
}

model::Inputs Batches::inputs(const std::int64_t* rows, std::int64_t count,
                              const spec::Augment& augment, Rng& rng) {
  raw_inputs(rows, count, &augment, &rng);
  return {tensor_of(count), lengths(rows, count)};
}

void Batches::raw_targets(const std::int64_t* rows, std::int64_t count, float* values) const {
  for (std::int64_t i = 0; i < count; ++i) {
    values[i] =
        static_cast<float>((samples_.target.values[rows[i]] - coding_.mean) / coding_.deviation);
  }
}

void Batches::raw_targets(const std::int64_t* rows, std::int64_t count, std::int64_t* codes) const {
  for (std::int64_t i = 0; i < count; ++i) codes[i] = samples_.target.codes[rows[i]];
}

torch::Tensor Batches::targets(const std::int64_t* rows, std::int64_t count) const {
  if (coding_.task == "regression") {
    auto values = torch::empty({count}, torch::kFloat32);
    raw_targets(rows, count, values.data_ptr<float>());
    return values.to(device_);
  }
  auto codes = torch::empty({count}, torch::kInt64);
  raw_targets(rows, count, codes.data_ptr<std::int64_t>());
  return codes.to(device_);
}

}  // namespace dlwork::training
