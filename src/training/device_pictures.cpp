#include "training/device_pictures.h"

#include <vector>

#include "training/input_buffer.h"

namespace dlwork::training {

using torch::Tensor;

namespace {

/// What a picture's change is made of, one column each.
enum Column {
  kMirrored,
  kUpsideDown,
  kDown,
  kRight,
  kHoleTop,
  kHoleLeft,
  kHoleSide,
  kMapYY,
  kMapYX,
  kMapXY,
  kMapXX,
  kStretch,
  kLift,
  kColumns
};

void write_columns(const PictureChange& change, float* out) {
  const double values[kColumns] = {change.mirrored ? 1.0 : 0.0,
                                   change.upside_down ? 1.0 : 0.0,
                                   static_cast<double>(change.down),
                                   static_cast<double>(change.right),
                                   static_cast<double>(change.hole_top),
                                   static_cast<double>(change.hole_left),
                                   static_cast<double>(change.hole_side),
                                   change.map[0][0],
                                   change.map[0][1],
                                   change.map[1][0],
                                   change.map[1][1],
                                   change.stretch,
                                   change.lift};
  for (int i = 0; i < kColumns; ++i) out[i] = static_cast<float>(values[i]);
}

/// Pixels at whole places: pixels [N, C, H, W], places [N, 1, H, W] float32; 0 beyond the edge.
Tensor pixels_at(const Tensor& pixels, const Tensor& y, const Tensor& x) {
  const auto height = pixels.size(2), width = pixels.size(3);
  const auto inside = (y >= 0) & (y < height) & (x >= 0) & (x < width);
  const auto place = (y.clamp(0, height - 1) * width + x.clamp(0, width - 1)).to(torch::kInt64);
  const auto flat = place.flatten(2).expand({pixels.size(0), pixels.size(1), height * width});
  return pixels.flatten(2).gather(2, flat).view_as(pixels) * inside;
}

/// The same between pixels, by bilinear interpolation.
Tensor pixels_between(const Tensor& pixels, const Tensor& y, const Tensor& x) {
  const auto top = y.floor(), left = x.floor();
  const auto down = y - top, right = x - left;
  const auto upper =
      (1 - right) * pixels_at(pixels, top, left) + right * pixels_at(pixels, top, left + 1);
  const auto lower =
      (1 - right) * pixels_at(pixels, top + 1, left) + right * pixels_at(pixels, top + 1, left + 1);
  return (1 - down) * upper + down * lower;
}

}  // namespace

class DevicePictures::Numbers {
 public:
  Numbers(const PictureAugmenter& augmenter, std::int64_t count, Rng& rng,
          const torch::Device& device) {
    const auto host = host_tensor(count * kColumns, torch::kFloat32, device);
    float* out = host.data_ptr<float>();
    for (std::int64_t i = 0; i < count; ++i) write_columns(augmenter.draw(rng), out + i * kColumns);
    columns_ = on_device(host, device).view({count, kColumns});
  }
  Tensor operator[](Column column) const { return columns_.select(1, column).view({-1, 1, 1, 1}); }

 private:
  Tensor columns_;
};

DevicePictures::DevicePictures(const data::Pictures& pictures,
                               const data::Preprocessor& preprocessor, const torch::Device& device)
    : size_{pictures.channels, pictures.height, pictures.width}, device_(device) {
  bytes_ =
      torch::from_blob(const_cast<std::uint8_t*>(pictures.at(0)),
                       {pictures.count, size_.channels, size_.height, size_.width}, torch::kUInt8)
          .to(device, /*non_blocking=*/false, /*copy=*/true);
  const auto of_channels = [&](const std::vector<float>& values) {
    return torch::tensor(values).view({-1, 1, 1}).to(device);
  };
  scale_ = of_channels(preprocessor.channel_scale());
  offset_ = of_channels(preprocessor.channel_offset());
  const auto options = torch::TensorOptions().dtype(torch::kFloat32).device(device);
  down_ = torch::arange(size_.height, options).view({-1, 1});
  right_ = torch::arange(size_.width, options).view({1, -1});
}

Tensor DevicePictures::batch(const std::int64_t* rows, std::int64_t count,
                             const spec::Augment* augment, Rng* rng) const {
  const torch::NoGradGuard no_grad;
  const auto pixels =
      bytes_.index_select(0, rows_on_device(rows, count, device_)).to(torch::kFloat32);
  const spec::Augment none;
  const PictureAugmenter augmenter(augment ? *augment : none, size_, nullptr);
  const auto values = augmenter.changes()
                          ? changed(pixels, augmenter, Numbers(augmenter, count, *rng, device_))
                          : pixels * scale_ + offset_;
  return values.contiguous(at::MemoryFormat::ChannelsLast);
}

Tensor DevicePictures::changed(const Tensor& pixels, const PictureAugmenter& augmenter,
                               const Numbers& numbers) const {
  const auto last_y = static_cast<double>(size_.height - 1);
  const auto last_x = static_cast<double>(size_.width - 1);
  auto y = down_ - numbers[kDown] + 0 * right_, x = right_ - numbers[kRight] + 0 * down_;
  y = torch::where(numbers[kUpsideDown] > 0, last_y - y, y);
  x = torch::where(numbers[kMirrored] > 0, last_x - x, x);
  Tensor values;
  if (augmenter.bends()) {
    const auto dy = y - last_y / 2, dx = x - last_x / 2;
    values = pixels_between(pixels, last_y / 2 + numbers[kMapYY] * dy + numbers[kMapYX] * dx,
                            last_x / 2 + numbers[kMapXY] * dy + numbers[kMapXX] * dx);
  } else {
    values = pixels_at(pixels, y, x);
  }
  if (augmenter.recolours()) {
    values = ((values - 127.5) * numbers[kStretch] + 127.5 + numbers[kLift]).clamp(0, 255);
  }
  const auto in_hole =
      (down_ >= numbers[kHoleTop]) & (down_ < numbers[kHoleTop] + numbers[kHoleSide]) &
      (right_ >= numbers[kHoleLeft]) & (right_ < numbers[kHoleLeft] + numbers[kHoleSide]);
  return (values * scale_ + offset_).masked_fill(in_hole, 0);
}

}  // namespace dlwork::training
