#include "data/resize.h"

#include <algorithm>
#include <cmath>

namespace dlwork::data {
namespace {

/// What one new pixel takes of the old ones from `begin` on.
struct Taps {
  std::int64_t begin = 0;
  std::vector<float> weights;  ///< sum to 1
};

std::vector<Taps> taps_of(std::int64_t from, std::int64_t to) {
  const double scale = static_cast<double>(from) / static_cast<double>(to);
  const double reach = std::max(scale, 1.0);
  std::vector<Taps> taps(static_cast<std::size_t>(to));
  for (std::int64_t i = 0; i < to; ++i) {
    const double middle = (static_cast<double>(i) + 0.5) * scale;
    const auto begin = std::max<std::int64_t>(0, static_cast<std::int64_t>(middle - reach + 0.5));
    const auto end = std::min(from, static_cast<std::int64_t>(middle + reach + 0.5));
    std::vector<double> weights;
    double sum = 0;
    for (std::int64_t p = begin; p < end; ++p) {
      const double distance = std::abs(static_cast<double>(p) + 0.5 - middle) / reach;
      weights.push_back(std::max(0.0, 1 - distance));
      sum += weights.back();
    }
    taps[i].begin = begin;
    for (const double weight : weights) taps[i].weights.push_back(static_cast<float>(weight / sum));
  }
  return taps;
}

std::uint8_t rounded(float value) {
  return static_cast<std::uint8_t>(std::clamp(value + 0.5f, 0.0f, 255.0f));
}

}  // namespace

RawPicture resized(const RawPicture& picture, std::int64_t height, std::int64_t width) {
  const std::int64_t channels = picture.channels;
  const auto across = taps_of(picture.width, width), down = taps_of(picture.height, height);
  RawPicture narrow{picture.height, width, channels, {}};
  narrow.pixels.resize(static_cast<std::size_t>(picture.height * width * channels));
  for (std::int64_t y = 0; y < picture.height; ++y) {
    const std::uint8_t* row = picture.pixels.data() + y * picture.width * channels;
    for (std::int64_t x = 0; x < width; ++x) {
      for (std::int64_t c = 0; c < channels; ++c) {
        float sum = 0;
        for (std::size_t k = 0; k < across[x].weights.size(); ++k) {
          sum += across[x].weights[k] *
                 row[(across[x].begin + static_cast<std::int64_t>(k)) * channels + c];
        }
        narrow.pixels[(y * width + x) * channels + c] = rounded(sum);
      }
    }
  }
  RawPicture result{height, width, channels, {}};
  result.pixels.resize(static_cast<std::size_t>(height * width * channels));
  const std::int64_t stride = width * channels;
  for (std::int64_t y = 0; y < height; ++y) {
    for (std::int64_t i = 0; i < stride; ++i) {
      float sum = 0;
      for (std::size_t k = 0; k < down[y].weights.size(); ++k) {
        sum += down[y].weights[k] *
               narrow.pixels[(down[y].begin + static_cast<std::int64_t>(k)) * stride + i];
      }
      result.pixels[y * stride + i] = rounded(sum);
    }
  }
  return result;
}

}  // namespace dlwork::data
