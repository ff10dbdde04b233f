#include "phase/audit/stats/picture_facts.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace dlwork::phase::audit {
namespace {

constexpr std::int64_t kHashSide = 32;
constexpr std::int64_t kHashKept = 8;

/// Brightness of each pixel, 0 to 255.
std::vector<float> brightness_of(const data::Pictures& pictures, std::int64_t row) {
  const std::int64_t plane = pictures.height * pictures.width;
  const std::uint8_t* pixels = pictures.at(row);
  std::vector<float> result(static_cast<std::size_t>(plane));
  if (pictures.channels < 3) {
    std::copy(pixels, pixels + plane, result.begin());
    return result;
  }
  for (std::int64_t i = 0; i < plane; ++i) {
    result[i] = 0.299f * pixels[i] + 0.587f * pixels[i + plane] + 0.114f * pixels[i + 2 * plane];
  }
  return result;
}

/// Variance of the discrete Laplacian away from the edges.
float laplacian_variance(const std::vector<float>& values, std::int64_t height,
                         std::int64_t width) {
  double sum = 0, squares = 0;
  std::int64_t count = 0;
  for (std::int64_t y = 1; y + 1 < height; ++y) {
    for (std::int64_t x = 1; x + 1 < width; ++x) {
      const float* at = values.data() + y * width + x;
      const double value = (at[-1] + at[1] + at[-width] + at[width] - 4 * at[0]) / 255.0;
      sum += value;
      squares += value * value;
      ++count;
    }
  }
  if (count == 0) return 0;
  const double mean = sum / static_cast<double>(count);
  return static_cast<float>(squares / static_cast<double>(count) - mean * mean);
}

/// Lines from one edge inwards whose pixels all have the value of the corner, up to a little noise.
std::int64_t constant_lines(const std::vector<float>& values, std::int64_t lines,
                            std::int64_t length, std::int64_t first, std::int64_t between_lines,
                            std::int64_t between_pixels) {
  constexpr float kNoise = 2;
  const float value = values[first];
  for (std::int64_t line = 0; line < lines; ++line) {
    for (std::int64_t i = 0; i < length; ++i) {
      const std::int64_t at = first + line * between_lines + i * between_pixels;
      if (std::abs(values[at] - value) > kNoise) return line;
    }
  }
  return lines;
}

float border_share(const std::vector<float>& values, std::int64_t height, std::int64_t width) {
  const std::int64_t last = height * width - 1;
  const auto rows = std::max(constant_lines(values, height, width, 0, width, 1),
                             constant_lines(values, height, width, last, -width, -1));
  const auto columns = std::max(constant_lines(values, width, height, 0, 1, width),
                                constant_lines(values, width, height, last, -1, -width));
  return std::max(static_cast<float>(rows) / static_cast<float>(height),
                  static_cast<float>(columns) / static_cast<float>(width));
}

float percentile(const std::array<std::int64_t, 256>& levels, std::int64_t count, double share) {
  const auto place = static_cast<std::int64_t>(share * static_cast<double>(count - 1));
  std::int64_t below = 0;
  for (std::size_t level = 0; level < levels.size(); ++level) {
    below += levels[level];
    if (below > place) return static_cast<float>(level) / 255;
  }
  return 1;
}

void count_channels(const data::Pictures& pictures, std::int64_t row, PictureFacts& facts) {
  const std::int64_t plane = pictures.height * pictures.width;
  const std::uint8_t* pixels = pictures.at(row);
  std::int64_t white = 0;
  facts.grey = true;
  for (std::int64_t i = 0; i < plane; ++i) {
    bool full = true;
    for (std::int64_t c = 0; c < pictures.channels; ++c) {
      full = full && pixels[c * plane + i] == 255;
      facts.grey = facts.grey && pixels[c * plane + i] == pixels[i];
    }
    white += full ? 1 : 0;
  }
  facts.clipped = static_cast<float>(white) / static_cast<float>(plane);
  for (std::int64_t c = 0; c < std::min<std::int64_t>(3, pictures.channels); ++c) {
    std::int64_t sum = 0;
    for (std::int64_t i = 0; i < plane; ++i) sum += pixels[c * plane + i];
    facts.channels[c] = static_cast<float>(sum) / (255.0f * static_cast<float>(plane));
  }
}

/// First rows of the orthonormal discrete cosine transform of kHashSide values.
const std::array<std::array<double, kHashSide>, kHashKept>& cosines() {
  static const auto table = [] {
    std::array<std::array<double, kHashSide>, kHashKept> rows{};
    for (std::int64_t k = 0; k < kHashKept; ++k) {
      const double scale = std::sqrt((k == 0 ? 1.0 : 2.0) / kHashSide);
      for (std::int64_t n = 0; n < kHashSide; ++n) {
        rows[k][n] = scale * std::cos(std::numbers::pi * static_cast<double>(k * (2 * n + 1)) /
                                      (2.0 * kHashSide));
      }
    }
    return rows;
  }();
  return table;
}

}  // namespace

PictureFacts picture_facts(const data::Pictures& pictures, std::int64_t row) {
  PictureFacts facts;
  const auto values = brightness_of(pictures, row);
  const auto count = static_cast<std::int64_t>(values.size());
  std::array<std::int64_t, 256> levels{};
  double sum = 0;
  for (const float value : values) {
    ++levels[static_cast<std::size_t>(std::clamp(std::lround(value), 0L, 255L))];
    sum += value;
  }
  facts.brightness = static_cast<float>(sum / (255.0 * static_cast<double>(count)));
  facts.low = percentile(levels, count, 0.05);
  facts.high = percentile(levels, count, 0.99);
  facts.contrast = percentile(levels, count, 0.95) - facts.low;
  double entropy = 0;
  for (const auto level : levels) {
    const double share = static_cast<double>(level) / static_cast<double>(count);
    if (share > 0) entropy -= share * std::log2(share);
  }
  facts.entropy = static_cast<float>(entropy);
  facts.sharpness = laplacian_variance(values, pictures.height, pictures.width);
  facts.border = border_share(values, pictures.height, pictures.width);
  count_channels(pictures, row, facts);
  return facts;
}

const std::vector<PictureProperty>& picture_properties() {
  static const std::vector<PictureProperty> all{
      {"brightness", [](const PictureFacts& f) { return f.brightness; }, false},
      {"contrast", [](const PictureFacts& f) { return f.contrast; }, false},
      {"entropy", [](const PictureFacts& f) { return f.entropy; }, false},
      {"sharpness", [](const PictureFacts& f) { return std::log10(f.sharpness + 1e-6f); }, false},
      {"clipped share", [](const PictureFacts& f) { return f.clipped; }, false},
      {"red", [](const PictureFacts& f) { return f.channels[0]; }, true},
      {"green", [](const PictureFacts& f) { return f.channels[1]; }, true},
      {"blue", [](const PictureFacts& f) { return f.channels[2]; }, true},
  };
  return all;
}

std::vector<float> shrunk_brightness(const data::Pictures& pictures, std::int64_t row,
                                     std::int64_t side) {
  const auto values = brightness_of(pictures, row);
  const auto edge = [side](std::int64_t i, std::int64_t length) { return i * length / side; };
  std::vector<float> cells;
  cells.reserve(static_cast<std::size_t>(side * side));
  for (std::int64_t y = 0; y < side; ++y) {
    const auto top = edge(y, pictures.height);
    const auto bottom = std::max(edge(y + 1, pictures.height), top + 1);
    for (std::int64_t x = 0; x < side; ++x) {
      const auto left = edge(x, pictures.width);
      const auto right = std::max(edge(x + 1, pictures.width), left + 1);
      float sum = 0;
      for (std::int64_t v = top; v < bottom; ++v) {
        for (std::int64_t u = left; u < right; ++u) sum += values[v * pictures.width + u];
      }
      cells.push_back(sum / static_cast<float>((bottom - top) * (right - left)));
    }
  }
  return cells;
}

std::uint64_t perceptual_hash(const data::Pictures& pictures, std::int64_t row) {
  const auto cells = shrunk_brightness(pictures, row, kHashSide);
  const auto& table = cosines();
  std::array<std::array<double, kHashSide>, kHashKept> half{};  // transform of columns
  for (std::int64_t k = 0; k < kHashKept; ++k) {
    for (std::int64_t y = 0; y < kHashSide; ++y) {
      for (std::int64_t x = 0; x < kHashSide; ++x) {
        half[k][x] += table[k][y] * cells[y * kHashSide + x];
      }
    }
  }
  std::vector<double> coefficients;
  for (std::int64_t k = 0; k < kHashKept; ++k) {
    for (std::int64_t j = 0; j < kHashKept; ++j) {
      double sum = 0;
      for (std::int64_t x = 0; x < kHashSide; ++x) sum += table[j][x] * half[k][x];
      coefficients.push_back(sum);
    }
  }
  std::vector<double> sorted(coefficients.begin() + 1, coefficients.end());
  std::nth_element(sorted.begin(), sorted.begin() + 31, sorted.end());
  const double median = sorted[31];
  std::uint64_t hash = 0;
  for (std::size_t i = 0; i < coefficients.size(); ++i) {
    if (coefficients[i] >= median) hash |= std::uint64_t{1} << i;
  }
  return hash;
}

}  // namespace dlwork::phase::audit
