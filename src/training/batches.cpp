#include "training/batches.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "dlwork/base/machine.h"
#include "dlwork/spec/task_names.h"
#include "model/plan/buffer.h"
#include "model/plan/kernels.h"
#include "training/augment_pictures.h"
#include "training/augment_sequences.h"
#include "training/memory.h"

namespace dlwork::training {
namespace {

/// Of a device's memory that training may use: the network needs the rest.
constexpr double kShareForSamples = 0.25;

/// Pictures drawn in random order are in no cache: so many before one is written it is fetched,
/// the beginning of large ones, after which the processor sees which way it goes.
constexpr std::int64_t kFetchedBefore = 4, kFetchedBytes = 4096;

void fetch(const std::uint8_t* picture, std::int64_t bytes) {
  constexpr std::int64_t kCacheLine = 64;
  constexpr int kToRead = 0, kIntoSecondCache = 2;
  for (std::int64_t at = 0; at < std::min(bytes, kFetchedBytes); at += kCacheLine) {
    __builtin_prefetch(picture + at, kToRead, kIntoSecondCache);
  }
}

}  // namespace

bool is_ragged(const data::Samples& samples, const data::Preprocessor& preprocessor) {
  if (preprocessor.feature_kind() != data::Kind::kSequence) return false;
  const auto& lengths = samples.sequences.lengths;
  return std::any_of(lengths.begin(), lengths.end(),
                     [&](std::int32_t length) { return length < preprocessor.steps(); });
}

Batches::Batches(const data::Samples& samples, const data::Preprocessor& preprocessor,
                 const TargetCoding& coding, torch::Device device)
    : samples_(samples),
      preprocessor_(preprocessor),
      coding_(coding),
      device_(device),
      ragged_(is_ragged(samples, preprocessor)),
      buffer_(device),
      ahead_buffer_(device) {
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

bool Batches::device_has_room(std::uint64_t bytes) const {
  return device_.is_cuda() &&
         static_cast<double>(bytes) < kShareForSamples * available_memory_bytes(device_);
}

void Batches::prepare() {
  const bool pictures = preprocessor_.feature_kind() == data::Kind::kImage;
  const auto bytes = static_cast<std::uint64_t>(
      pictures ? samples_.count * samples_.pictures.size()
               : samples_.count * preprocessor_.shape().size() * sizeof(float));
  if (device_has_room(bytes)) {
    prepare_on_device();
  } else if (pictures) {
    ask_for_huge_pages(samples_.pictures.pixels.data(), bytes);
  } else {
    prepare_rows();
  }
}

void Batches::prepare_on_device() {
  if (preprocessor_.feature_kind() == data::Kind::kImage) {
    device_pictures_.emplace(samples_.pictures, preprocessor_, device_);
  } else if (!device_values_) {
    prepare_rows();
    device_values_.emplace(samples_, preprocessor_, std::exchange(prepared_, {}), device_);
  }
}

void Batches::prepare_rows() {
  if (!prepared_.empty()) return;
  std::vector<std::int64_t> rows(samples_.count);
  std::iota(rows.begin(), rows.end(), 0);
  prepared_.resize(samples_.count * preprocessor_.shape().size());
  preprocessor_.apply(samples_, rows.data(), samples_.count, prepared_.data());
}

void Batches::gather_pictures(const std::int64_t* rows, std::int64_t count,
                              const spec::Augment* augment, Rng* rng, float* out) const {
  const PictureSize size{samples_.pictures.channels, samples_.pictures.height,
                         samples_.pictures.width};
  const spec::Augment none;
  const PictureAugmenter augmenter(augment ? *augment : none, size, levels_.data());
  for (std::int64_t i = 0; i < count; ++i, out += samples_.pictures.size()) {
    const std::uint8_t* pixels = samples_.pictures.at(rows[i]);
    if (i + kFetchedBefore < count) {
      fetch(samples_.pictures.at(rows[i + kFetchedBefore]), samples_.pictures.size());
    }
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
  if (preprocessor_.feature_kind() != data::Kind::kImage) {
    std::vector<std::int64_t> sizes = preprocessor_.shape().dims;
    sizes.insert(sizes.begin(), count);
    return on_device(buffer_.view(sizes), device_);
  }
  const auto& pictures = samples_.pictures;
  const auto values = buffer_.view({count, pictures.height, pictures.width, pictures.channels});
  return on_device(values.permute({0, 3, 1, 2}), device_);
}

void Batches::gather(const std::int64_t* rows, std::int64_t count, const spec::Augment* augment,
                     Rng* rng, float* out) const {
  if (device_values_) {
    if (augment) device_values_->draw(rows, count, *augment, *rng, out);
    return;
  }
  if (preprocessor_.feature_kind() == data::Kind::kImage) {
    return gather_pictures(rows, count, augment, rng, out);
  }
  if (prepared_.empty()) {
    preprocessor_.apply(samples_, rows, count, out);
  } else {
    const std::int64_t width = preprocessor_.shape().size();
    for (std::int64_t i = 0; i < count; ++i) {
      std::copy_n(prepared_.data() + rows[i] * width, width, out + i * width);
    }
  }
  if (augment) change(rows, count, *augment, *rng, out);
}

void Batches::gather_ahead(const std::int64_t* rows, std::int64_t count,
                           const spec::Augment& augment, const Rng& rng) {
  // There the host has little to do.
  if (device_pictures_ || host_floats(&augment) == 0) return;
  if (!worker_) worker_.emplace();
  if (ahead_) worker_->finish();
  ahead_.emplace(Ahead{rows, count, {rows, rows + count}, rng});
  float* out = ahead_buffer_.need(count * host_floats(&augment));
  worker_->start([this, out, augment] {  // it may work on when the caller's are gone
    gather(ahead_->own.data(), ahead_->count, &augment, &ahead_->rng, out);
  });
}

bool Batches::take_ahead(const std::int64_t* rows, std::int64_t count, Rng* rng) {
  if (!ahead_) return false;
  worker_->finish();
  const Ahead made = std::move(*ahead_);
  ahead_.reset();
  if (made.rows != rows || made.count != count || rng == nullptr) return false;
  *rng = made.rng;
  std::swap(buffer_, ahead_buffer_);
  return true;
}

std::int64_t Batches::host_floats(const spec::Augment* augment) const {
  if (!device_values_) return preprocessor_.shape().size();
  return augment ? device_values_->drawn(*augment) : 0;
}

void Batches::fill_buffer(const std::int64_t* rows, std::int64_t count,
                          const spec::Augment* augment, Rng* rng) {
  if (take_ahead(rows, count, rng)) return;
  gather(rows, count, augment, rng, buffer_.need(count * host_floats(augment)));
}

const float* Batches::raw_inputs(const std::int64_t* rows, std::int64_t count,
                                 const spec::Augment* augment, Rng* rng) {
  DLWORK_ASSERT(!device_pictures_ && !device_values_, "the host makes the inputs");
  fill_buffer(rows, count, augment, rng);
  return buffer_.data();
}

/// Categories, indicators and places in a cycle are no amounts: noise would make of them what no
/// sample has. What fills up a short series stays 0.
void Batches::change(const std::int64_t* rows, std::int64_t count, const spec::Augment& augment,
                     Rng& rng, float* out) const {
  const auto& shape = preprocessor_.shape();
  const std::int64_t width = shape.size();
  for (std::int64_t i = 0; i < count; ++i) {
    float* values = out + i * width;
    if (preprocessor_.feature_kind() == data::Kind::kSequence) {
      augment_sequence(augment, {samples_.sequences.lengths[rows[i]], shape.dims[1]}, rng, values);
    } else if (augment.noise > 0) {
      for (const std::int64_t c : preprocessor_.amounts()) values[c] += draw_noise(augment, rng);
    }
  }
}

torch::Tensor Batches::lengths(const std::int64_t* rows, std::int64_t count) const {
  if (!ragged_) return {};
  auto lengths = host_tensor(count, torch::kInt64, device_);
  std::int64_t* out = lengths.data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < count; ++i) out[i] = samples_.sequences.lengths[rows[i]];
  return on_device(lengths, device_);
}

model::Inputs Batches::inputs(const std::int64_t* rows, std::int64_t count) {
  return inputs_of(rows, count, nullptr, nullptr);
}

model::Inputs Batches::inputs(const std::int64_t* rows, std::int64_t count,
                              const spec::Augment& augment, Rng& rng) {
  return inputs_of(rows, count, &augment, &rng);
}

model::Inputs Batches::inputs_of(const std::int64_t* rows, std::int64_t count,
                                 const spec::Augment* augment, Rng* rng) {
  if (device_pictures_) return {device_pictures_->batch(rows, count, augment, rng), {}};
  fill_buffer(rows, count, augment, rng);
  if (!device_values_) return {tensor_of(count), lengths(rows, count)};
  const auto drawn = buffer_.view({count, host_floats(augment)});
  return {device_values_->batch(rows, count, augment, drawn), lengths(rows, count)};
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
  if (coding_.task == spec::tasks::regression) {
    const auto values = host_tensor(count, torch::kFloat32, device_);
    raw_targets(rows, count, values.data_ptr<float>());
    return on_device(values, device_);
  }
  const auto codes = host_tensor(count, torch::kInt64, device_);
  raw_targets(rows, count, codes.data_ptr<std::int64_t>());
  return on_device(codes, device_);
}

}  // namespace dlwork::training
