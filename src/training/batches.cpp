#include "training/batches.h"

#include <algorithm>
#include <numeric>

namespace dlwork::training {
namespace {

/// How one picture is changed: mirrored, shifted, with a square blanked.
struct Change {
  bool mirrored = false;
  std::int64_t down = 0, right = 0;
  std::int64_t hole_top = -1, hole_left = -1, hole_side = 0;
};

Change draw(const spec::Augment& augment, std::int64_t height, std::int64_t width, Rng& rng) {
  Change change;
  if (augment.flip) change.mirrored = rng.below(2) == 1;
  if (augment.shift > 0) {
    const auto span = static_cast<std::uint64_t>(2 * augment.shift + 1);
    change.down = static_cast<std::int64_t>(rng.below(span)) - augment.shift;
    change.right = static_cast<std::int64_t>(rng.below(span)) - augment.shift;
  }
  if (augment.erase > 0) {
    change.hole_side = std::min({augment.erase, height, width});
    change.hole_top = static_cast<std::int64_t>(rng.below(height - change.hole_side + 1));
    change.hole_left = static_cast<std::int64_t>(rng.below(width - change.hole_side + 1));
  }
  return change;
}

struct Geometry {
  std::int64_t channels, height, width;
};

/// Writes one picture as [height, width, channels] floats. Beyond the edge stands pixel 0; a hole
/// holds the mean, which is 0 after preparation.
void write_picture(const std::uint8_t* pixels, const Geometry& size, const float* levels,
                   const Change& change, float* out) {
  for (std::int64_t y = 0; y < size.height; ++y) {
    const std::int64_t from_y = y - change.down;
    for (std::int64_t x = 0; x < size.width; ++x) {
      std::int64_t from_x = x - change.right;
      if (change.mirrored) from_x = size.width - 1 - from_x;
      const bool inside = from_y >= 0 && from_y < size.height && from_x >= 0 && from_x < size.width;
      const bool hole = change.hole_side > 0 && y >= change.hole_top &&
                        y < change.hole_top + change.hole_side && x >= change.hole_left &&
                        x < change.hole_left + change.hole_side;
      for (std::int64_t c = 0; c < size.channels; ++c, ++out) {
        const int level =
            inside ? pixels[(c * size.height + from_y) * size.width + from_x] : 0;
        *out = hole ? 0.0f : levels[c * 256 + level];
      }
    }
  }
}

/// The unchanged picture, without the per-pixel questions.
void copy_picture(const std::uint8_t* pixels, const Geometry& size, const float* levels, float* out) {
  const std::int64_t area = size.height * size.width;
  for (std::int64_t c = 0; c < size.channels; ++c) {
    for (std::int64_t i = 0; i < area; ++i) {
      out[i * size.channels + c] = levels[c * 256 + pixels[c * area + i]];
    }
  }
}

}  // namespace

Batches::Batches(const data::Samples& samples, const data::Preprocessor& preprocessor,
                 const TargetCoding& coding, torch::Device device)
    : samples_(samples), preprocessor_(preprocessor), coding_(coding), device_(device) {
  if (preprocessor.kind() != data::Kind::kImage) return;
  for (std::size_t c = 0; c < preprocessor.channel_scale().size(); ++c) {
    for (int level = 0; level < 256; ++level) {
      levels_.push_back(static_cast<float>(level) * preprocessor.channel_scale()[c] +
                        preprocessor.channel_offset()[c]);
    }
  }
}

void Batches::prepare() {
  if (preprocessor_.kind() == data::Kind::kImage || !prepared_.empty()) return;
  std::vector<std::int64_t> rows(samples_.count);
  std::iota(rows.begin(), rows.end(), 0);
  prepared_.resize(samples_.count * preprocessor_.shape().size());
  preprocessor_.apply(samples_, rows.data(), samples_.count, prepared_.data());
}

float* Batches::buffer(std::int64_t count) {
  const auto need = static_cast<std::size_t>(count * preprocessor_.shape().size());
  if (buffer_.size() < need) buffer_.resize(need);
  return buffer_.data();
}

void Batches::gather_pictures(const std::int64_t* rows, std::int64_t count,
                              const spec::Augment* augment, Rng* rng) {
  const Geometry size{samples_.pictures.channels, samples_.pictures.height, samples_.pictures.width};
  const bool changes = augment && (augment->flip || augment->shift > 0 || augment->erase > 0);
  float* out = buffer(count);
  for (std::int64_t i = 0; i < count; ++i, out += samples_.pictures.size()) {
    const std::uint8_t* pixels = samples_.pictures.at(rows[i]);
    if (changes) {
      write_picture(pixels, size, levels_.data(), draw(*augment, size.height, size.width, *rng), out);
    } else {
      copy_picture(pixels, size, levels_.data(), out);
    }
  }
}

torch::Tensor Batches::tensor_of(std::int64_t count) const {
  auto* data = const_cast<float*>(buffer_.data());
  if (preprocessor_.kind() != data::Kind::kImage) {
    return torch::from_blob(data, {count, preprocessor_.shape().size()}, torch::kFloat32).to(device_);
  }
  const auto& pictures = samples_.pictures;
  return torch::from_blob(data, {count, pictures.height, pictures.width, pictures.channels},
                          torch::kFloat32)
      .permute({0, 3, 1, 2})
      .to(device_);
}

torch::Tensor Batches::inputs(const std::int64_t* rows, std::int64_t count) {
  if (preprocessor_.kind() == data::Kind::kImage) {
    gather_pictures(rows, count, nullptr, nullptr);
  } else if (prepared_.empty()) {
    preprocessor_.apply(samples_, rows, count, buffer(count));
  } else {
    const std::int64_t width = preprocessor_.shape().size();
    float* out = buffer(count);
    for (std::int64_t i = 0; i < count; ++i) {
      std::copy_n(prepared_.data() + rows[i] * width, width, out + i * width);
    }
  }
  return tensor_of(count);
}

torch::Tensor Batches::inputs(const std::int64_t* rows, std::int64_t count,
                              const spec::Augment& augment, Rng& rng) {
  if (preprocessor_.kind() == data::Kind::kImage) {
    gather_pictures(rows, count, &augment, &rng);
    return tensor_of(count);
  }
  inputs(rows, count);
  const auto& shape = preprocessor_.shape();
  // Category codes are names, not amounts: noise would change which they are.
  const std::int64_t numbers = shape.size() - static_cast<std::int64_t>(shape.category_sizes.size());
  if (augment.noise > 0) {
    for (std::int64_t i = 0; i < count; ++i) {
      for (std::int64_t c = 0; c < numbers; ++c) {
        buffer_[i * shape.size() + c] += static_cast<float>(augment.noise * rng.normal());
      }
    }
  }
  return tensor_of(count);
}

torch::Tensor Batches::targets(const std::int64_t* rows, std::int64_t count) const {
  if (coding_.task == "regression") {
    auto values = torch::empty({count}, torch::kFloat32);
    float* out = values.data_ptr<float>();
    for (std::int64_t i = 0; i < count; ++i) {
      out[i] = static_cast<float>((samples_.target.values[rows[i]] - coding_.mean) / coding_.deviation);
    }
    return values.to(device_);
  }
  auto codes = torch::empty({count}, torch::kInt64);
  std::int64_t* out = codes.data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < count; ++i) out[i] = samples_.target.codes[rows[i]];
  return codes.to(device_);
}

}  // namespace dlwork::training
