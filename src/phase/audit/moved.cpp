#include "phase/audit/moved.h"

#include <algorithm>
#include <unordered_map>

namespace dlwork::phase::audit {
namespace {

using data::Pictures;

/// Share of neighbours in a row that differ, from which on equal windows are no coincidence. The
/// plainest picture of Fashion-MNIST has 0.12.
constexpr double kLeastTexture = 0.1;

/// Odd, so that no power of them loses a bit.
constexpr std::uint64_t kAlong = 0x9E3779B97F4A7C15, kDown = 0xC2B2AE3D27D4EB4F,
                        kDeep = 0x165667B19E3779F9;

/// Values that stand `stride` apart.
template <class T>
struct Strided {
  T* first;
  std::int64_t stride;
  T& operator[](std::int64_t i) const { return first[i * stride]; }
};

/// The hash of each `length` values in a row: sum of value * base^(places to the last).
void roll(Strided<const std::uint64_t> values, std::int64_t count, std::int64_t length,
          std::uint64_t base, Strided<std::uint64_t> hashes) {
  std::uint64_t leaving = 1, hash = 0;
  for (std::int64_t i = 0; i < length; ++i) leaving *= base;
  for (std::int64_t i = 0; i < count; ++i) {
    hash = hash * base + values[i];
    if (i >= length) hash -= leaving * values[i - length];
    if (i + 1 >= length) hashes[i + 1 - length] = hash;
  }
}

/// All windows of a picture that have the size of its middle.
class MiddleWindows {
 public:
  explicit MiddleWindows(const Pictures& pictures)
      : pictures_(pictures),
        reach_y_(std::min(pictures.height / 8, kMostMoved)),
        reach_x_(std::min(pictures.width / 8, kMostMoved)),
        height_(pictures.height - 2 * reach_y_),
        width_(pictures.width - 2 * reach_x_),
        pixels_(static_cast<std::size_t>(pictures.height * pictures.width)),
        rows_(static_cast<std::size_t>(pictures.height * across())),
        hashes_(static_cast<std::size_t>((2 * reach_y_ + 1) * across())) {}

  std::int64_t across() const { return 2 * reach_x_ + 1; }
  std::size_t middle() const { return hashes_.size() / 2; }

  /// By window, from left to right and then downwards.
  const std::vector<std::uint64_t>& look_at(std::int64_t row) {
    const std::uint8_t* values = pictures_.at(row);
    std::fill(pixels_.begin(), pixels_.end(), 0);
    for (std::int64_t c = 0; c < pictures_.channels; ++c) {
      for (auto& pixel : pixels_) pixel = pixel * kDeep + *values++;
    }
    for (std::int64_t y = 0; y < pictures_.height; ++y) {
      roll({pixels_.data() + y * pictures_.width, 1}, pictures_.width, width_, kAlong,
           {rows_.data() + y * across(), 1});
    }
    for (std::int64_t x = 0; x < across(); ++x) {
      roll({rows_.data() + x, across()}, pictures_.height, height_, kDown,
           {hashes_.data() + x, across()});
    }
    return hashes_;
  }

  /// Of the middle of the picture looked at last.
  bool has_texture() const {
    std::int64_t changes = 0;
    for (std::int64_t y = reach_y_; y < reach_y_ + height_; ++y) {
      const std::uint64_t* line = pixels_.data() + y * pictures_.width + reach_x_;
      for (std::int64_t x = 1; x < width_; ++x) changes += line[x] != line[x - 1] ? 1 : 0;
    }
    return static_cast<double>(changes) >=
           kLeastTexture * static_cast<double>(height_ * (width_ - 1));
  }

  /// Whether the middle of `a` is a window of `b`.
  bool equal(std::int64_t a, std::int64_t b, std::size_t window) const {
    const std::int64_t top = static_cast<std::int64_t>(window) / across();
    const std::int64_t left = static_cast<std::int64_t>(window) % across();
    for (std::int64_t c = 0; c < pictures_.channels; ++c) {
      for (std::int64_t y = 0; y < height_; ++y) {
        const std::int64_t line = c * pictures_.height + y;
        const std::uint8_t* of_a = pictures_.at(a) + (line + reach_y_) * pictures_.width + reach_x_;
        const std::uint8_t* of_b = pictures_.at(b) + (line + top) * pictures_.width + left;
        if (!std::equal(of_a, of_a + width_, of_b)) return false;
      }
    }
    return true;
  }

 private:
  const Pictures& pictures_;
  std::int64_t reach_y_, reach_x_, height_, width_;
  std::vector<std::uint64_t> pixels_, rows_, hashes_;
};

}  // namespace

std::vector<std::pair<std::int64_t, std::int64_t>> find_moved(const Pictures& pictures) {
  MiddleWindows windows(pictures);
  std::unordered_map<std::uint64_t, std::int64_t> middles;  // the first row of each
  for (std::int64_t row = 0; row < pictures.count; ++row) {
    const std::uint64_t middle = windows.look_at(row)[windows.middle()];
    if (windows.has_texture()) middles.emplace(middle, row);
  }
  const auto same = [&](std::int64_t a, std::int64_t b) {
    return std::equal(pictures.at(a), pictures.at(a) + pictures.size(), pictures.at(b));
  };
  std::vector<std::pair<std::int64_t, std::int64_t>> pairs;
  for (std::int64_t row = 0; row < pictures.count; ++row) {
    const auto& hashes = windows.look_at(row);
    for (std::size_t window = 0; window < hashes.size(); ++window) {
      if (window == windows.middle()) continue;
      const auto found = middles.find(hashes[window]);
      if (found == middles.end() || found->second == row ||
          !windows.equal(found->second, row, window) || same(found->second, row)) {
        continue;
      }
      pairs.emplace_back(std::min(row, found->second), std::max(row, found->second));
      break;
    }
  }
  std::sort(pairs.begin(), pairs.end());
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
  return pairs;
}

}  // namespace dlwork::phase::audit
