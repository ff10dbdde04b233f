#pragma once

#include <cstdint>

#include "dlwork/base/rng.h"
#include "dlwork/spec/project.h"

namespace dlwork::training {

struct PictureSize {
  std::int64_t channels, height, width;
};

/// How one picture is changed.
struct PictureChange {
  bool mirrored = false, upside_down = false;
  std::int64_t down = 0, right = 0;
  std::int64_t hole_top = -1, hole_left = -1, hole_side = 0;
  /// Where a pixel comes from, about the middle: source = map * (place - shift).
  double map[2][2] = {{1, 0}, {0, 1}};  ///< [y, x] by [y, x]
  double stretch = 1, lift = 0;         ///< of pixels, about 127.5
};

/// Changes pictures at random while they are written for a batch.
class PictureAugmenter {
 public:
  /// `levels`: 256 prepared values a channel, which outlive this.
  PictureAugmenter(const spec::Augment& augment, PictureSize size, const float* levels)
      : augment_(augment), size_(size), levels_(levels) {}

  /// Anything of a picture is to change.
  bool changes() const { return moves_whole_pixels() || bends() || recolours(); }
  /// Writes one picture [C, H, W] as [H, W, C] floats. Beyond the edge stands pixel 0; a hole holds
  /// the mean, which is 0 after preparation.
  void write(const std::uint8_t* pixels, Rng& rng, float* out) const;

  /// Turned, zoomed or slanted: pixels come from between pixels.
  bool bends() const;
  bool recolours() const;
  PictureChange draw(Rng& rng) const;

 private:
  bool moves_whole_pixels() const;
  float pixel(const std::uint8_t* plane, std::int64_t y, std::int64_t x) const;
  /// The value at a place between pixels, by bilinear interpolation.
  float between(const std::uint8_t* plane, double y, double x) const;

  const spec::Augment& augment_;
  PictureSize size_;
  const float* levels_;
};

}  // namespace dlwork::training
