#include "training/augment_pictures.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace dlwork::training {

namespace {

bool in_hole(const PictureChange& change, std::int64_t y, std::int64_t x) {
  return change.hole_side > 0 && y >= change.hole_top && y < change.hole_top + change.hole_side &&
         x >= change.hole_left && x < change.hole_left + change.hole_side;
}

}  // namespace

bool PictureAugmenter::moves_whole_pixels() const {
  return augment_.flip || augment_.flip_vertical || augment_.shift > 0 || augment_.erase > 0;
}
bool PictureAugmenter::bends() const {
  return augment_.rotate > 0 || augment_.zoom > 0 || augment_.shear > 0;
}
bool PictureAugmenter::recolours() const {
  return augment_.brightness > 0 || augment_.contrast > 0;
}

PictureChange PictureAugmenter::draw(Rng& rng) const {
  PictureChange change;
  if (augment_.flip) change.mirrored = rng.below(2) == 1;
  if (augment_.shift > 0) {
    const auto span = static_cast<std::uint64_t>(2 * augment_.shift + 1);
    change.down = static_cast<std::int64_t>(rng.below(span)) - augment_.shift;
    change.right = static_cast<std::int64_t>(rng.below(span)) - augment_.shift;
  }
  if (augment_.erase > 0) {
    change.hole_side = std::min({augment_.erase, size_.height, size_.width});
    change.hole_top = static_cast<std::int64_t>(rng.below(size_.height - change.hole_side + 1));
    change.hole_left = static_cast<std::int64_t>(rng.below(size_.width - change.hole_side + 1));
  }
  if (augment_.flip_vertical) change.upside_down = rng.below(2) == 1;
  if (bends()) {
    const double radians = std::numbers::pi / 180;
    const double turn = rng.uniform(-augment_.rotate, augment_.rotate) * radians;
    const double slant = std::tan(rng.uniform(-augment_.shear, augment_.shear) * radians);
    const double zoom = 1 + rng.uniform(-augment_.zoom, augment_.zoom);
    // The inverse of zoom, then slant, then turn.
    const double c = std::cos(turn) / zoom, s = std::sin(turn) / zoom;
    change.map[0][0] = c;
    change.map[0][1] = -s;
    change.map[1][0] = s - slant * c;
    change.map[1][1] = c + slant * s;
  }
  if (augment_.contrast > 0)
    change.stretch = 1 + rng.uniform(-augment_.contrast, augment_.contrast);
  if (augment_.brightness > 0) {
    change.lift = 255 * rng.uniform(-augment_.brightness, augment_.brightness);
  }
  return change;
}

float PictureAugmenter::pixel(const std::uint8_t* plane, std::int64_t y, std::int64_t x) const {
  const bool inside = y >= 0 && y < size_.height && x >= 0 && x < size_.width;
  return inside ? static_cast<float>(plane[y * size_.width + x]) : 0.0f;
}

float PictureAugmenter::between(const std::uint8_t* plane, double y, double x) const {
  const double top = std::floor(y), left = std::floor(x);
  const auto iy = static_cast<std::int64_t>(top), ix = static_cast<std::int64_t>(left);
  const auto down = static_cast<float>(y - top), right = static_cast<float>(x - left);
  return (1 - down) * ((1 - right) * pixel(plane, iy, ix) + right * pixel(plane, iy, ix + 1)) +
         down * ((1 - right) * pixel(plane, iy + 1, ix) + right * pixel(plane, iy + 1, ix + 1));
}

void PictureAugmenter::write(const std::uint8_t* pixels, Rng& rng, float* out) const {
  const PictureChange change = draw(rng);
  const bool bent = bends(), recoloured = recolours();
  const double middle_y = static_cast<double>(size_.height - 1) / 2;
  const double middle_x = static_cast<double>(size_.width - 1) / 2;
  for (std::int64_t y = 0; y < size_.height; ++y) {
    for (std::int64_t x = 0; x < size_.width; ++x) {
      std::int64_t from_y = y - change.down, from_x = x - change.right;
      if (change.mirrored) from_x = size_.width - 1 - from_x;
      if (change.upside_down) from_y = size_.height - 1 - from_y;
      const double dy = static_cast<double>(from_y) - middle_y,
                   dx = static_cast<double>(from_x) - middle_x;
      for (std::int64_t c = 0; c < size_.channels; ++c, ++out) {
        const std::uint8_t* plane = pixels + c * size_.height * size_.width;
        float value = bent
                          ? between(plane, middle_y + change.map[0][0] * dy + change.map[0][1] * dx,
                                    middle_x + change.map[1][0] * dy + change.map[1][1] * dx)
                          : pixel(plane, from_y, from_x);
        if (recoloured) {
          value = static_cast<float>(
              std::clamp((value - 127.5) * change.stretch + 127.5 + change.lift, 0.0, 255.0));
        }
        const float* levels = levels_ + c * 256;
        // Whole levels keep the bits of unchanged pictures.
        const float prepared = bent || recoloured
                                   ? levels[0] + value * ((levels[255] - levels[0]) / 255)
                                   : levels[static_cast<std::size_t>(value)];
        *out = in_hole(change, y, x) ? 0.0f : prepared;
      }
    }
  }
}

}  // namespace dlwork::training
