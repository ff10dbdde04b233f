#include "phase/features/gradients.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace dlwork::phase {
namespace {

constexpr std::int64_t kGradientCells = 7;  ///< a side
constexpr std::int64_t kOrientations = 9;
constexpr std::int64_t kMostGradientSide = 64;
constexpr std::int64_t kGradientBlock = 64;  ///< pictures a thread takes at once
constexpr float kMostOfCell = 0.2f;
/// Squared mean slope below which a block counts as flat: 2.5 of 255 grey levels a pixel.
constexpr float kFlat = 1e-4f;

using SlopeCell = std::array<float, kOrientations>;
using SlopeCells = std::array<std::array<SlopeCell, kGradientCells>, kGradientCells>;

/// One channel of a picture in [0, 1], as means of blocks where it is large.
struct GreyPlane {
  std::int64_t height = 0, width = 0;
  std::vector<float> values;

  float at(std::int64_t y, std::int64_t x) const {
    y = std::clamp<std::int64_t>(y, 0, height - 1);
    x = std::clamp<std::int64_t>(x, 0, width - 1);
    return values[static_cast<std::size_t>(y * width + x)];
  }
};

GreyPlane plane_of(const std::uint8_t* pixels, std::int64_t height, std::int64_t width) {
  const std::int64_t block = (std::max(height, width) + kMostGradientSide - 1) / kMostGradientSide;
  GreyPlane plane{(height + block - 1) / block, (width + block - 1) / block, {}};
  for (std::int64_t top = 0; top < height; top += block) {
    for (std::int64_t left = 0; left < width; left += block) {
      const std::int64_t bottom = std::min(top + block, height),
                         right = std::min(left + block, width);
      std::int64_t sum = 0;
      for (std::int64_t y = top; y < bottom; ++y) {
        for (std::int64_t x = left; x < right; ++x) sum += pixels[y * width + x];
      }
      const auto count = static_cast<float>((bottom - top) * (right - left));
      plane.values.push_back(static_cast<float>(sum) / (255.0f * count));
    }
  }
  return plane;
}

/// The two places that share a value at `at`, which counts from the middle of the first place, and
/// the share of the second.
struct SharedPlace {
  std::int64_t first = 0;
  float share = 0;
};
SharedPlace share_out(float at) {
  const float below = std::floor(at);
  return {static_cast<std::int64_t>(below), at - below};
}

/// Slopes of a picture's pixels, by cell and orientation, as means over a cell's pixels.
SlopeCells slope_cells(const std::vector<GreyPlane>& planes) {
  SlopeCells cells{};
  const std::int64_t height = planes.front().height, width = planes.front().width;
  const auto a_cell = static_cast<float>(height * width) / (kGradientCells * kGradientCells);
  for (std::int64_t y = 0; y < height; ++y) {
    const auto row = share_out(
        (static_cast<float>(y) + 0.5f) / static_cast<float>(height) * kGradientCells - 0.5f);
    for (std::int64_t x = 0; x < width; ++x) {
      float steepest = 0, across = 0, down = 0;
      for (const GreyPlane& plane : planes) {
        const float dx = plane.at(y, x + 1) - plane.at(y, x - 1);
        const float dy = plane.at(y + 1, x) - plane.at(y - 1, x);
        if (dx * dx + dy * dy <= steepest) continue;
        steepest = dx * dx + dy * dy;
        across = dx;
        down = dy;
      }
      if (steepest == 0) continue;
      const auto column = share_out(
          (static_cast<float>(x) + 0.5f) / static_cast<float>(width) * kGradientCells - 0.5f);
      float angle = std::atan2(down, across) / std::numbers::pi_v<float>;
      if (angle < 0) angle += 1;
      const auto turn = share_out(angle * kOrientations);
      const float slope = std::sqrt(steepest) / a_cell;
      for (std::int64_t i = 0; i < 8; ++i) {
        const std::int64_t cy = row.first + (i & 1), cx = column.first + (i >> 1 & 1);
        if (cy < 0 || cy >= kGradientCells || cx < 0 || cx >= kGradientCells) continue;
        cells[cy][cx][(turn.first + (i >> 2)) % kOrientations] +=
            slope * (i & 1 ? row.share : 1 - row.share) *
            (i >> 1 & 1 ? column.share : 1 - column.share) * (i >> 2 ? turn.share : 1 - turn.share);
      }
    }
  }
  return cells;
}

/// Energy of the block whose first cell is (y, x), as far as it lies within the picture.
float block_energy(const SlopeCells& cells, std::int64_t y, std::int64_t x) {
  float sum = 0;
  for (std::int64_t cy = std::max<std::int64_t>(y, 0); cy < std::min(y + 2, kGradientCells); ++cy) {
    for (std::int64_t cx = std::max<std::int64_t>(x, 0); cx < std::min(x + 2, kGradientCells);
         ++cx) {
      for (const float value : cells[cy][cx]) sum += value * value;
    }
  }
  return sum;
}

void write_cells(const SlopeCells& cells, float* out) {
  for (std::int64_t y = 0; y < kGradientCells; ++y) {
    for (std::int64_t x = 0; x < kGradientCells; ++x, out += kOrientations) {
      std::fill(out, out + kOrientations, 0.0f);
      for (std::int64_t block = 0; block < 4; ++block) {
        const float energy = block_energy(cells, y - (block & 1), x - (block >> 1));
        const float scale = 1 / std::sqrt(energy + kFlat);
        for (std::int64_t o = 0; o < kOrientations; ++o) {
          out[o] += 0.25f * std::min(kMostOfCell, cells[y][x][o] * scale);
        }
      }
    }
  }
}

}  // namespace

Matrix oriented_gradients(const data::Pictures& pictures, const std::vector<std::int64_t>& rows,
                          int threads) {
  const std::int64_t columns = kGradientCells * kGradientCells * kOrientations;
  Matrix features(static_cast<std::int64_t>(rows.size()), columns);
  for_each_block(
      features.rows(), kGradientBlock, threads, [&](std::int64_t begin, std::int64_t end) {
        std::vector<GreyPlane> planes(static_cast<std::size_t>(pictures.channels));
        for (std::int64_t i = begin; i < end; ++i) {
          const std::uint8_t* picture = pictures.at(rows[static_cast<std::size_t>(i)]);
          for (std::size_t c = 0; c < planes.size(); ++c) {
            planes[c] =
                plane_of(picture + static_cast<std::int64_t>(c) * pictures.height * pictures.width,
                         pictures.height, pictures.width);
          }
          write_cells(slope_cells(planes), features.row(i).data());
        }
      });
  return features;
}

}  // namespace dlwork::phase
