#include "task/super_resolution/pictures.h"

#include <torch/nn/functional/upsampling.h>

#include <algorithm>

#include "training/network_training.h"
#include "training/picture_metrics.h"

namespace dlwork::task {
namespace {

constexpr std::int64_t kAtOnce = 256;

}  // namespace

torch::Tensor whole_multiples(const torch::Tensor& pictures, std::int64_t factor) {
  const std::int64_t height = pictures.size(-2), width = pictures.size(-1);
  return pictures.narrow(-2, 0, height - height % factor).narrow(-1, 0, width - width % factor);
}

torch::Tensor made_smaller(const torch::Tensor& pictures, std::int64_t factor) {
  return torch::avg_pool2d(pictures, factor);
}

torch::Tensor true_pictures(const data::Samples& samples, const std::int64_t* rows,
                            std::int64_t count, std::int64_t factor) {
  const auto& pictures = samples.pictures;
  auto bytes =
      torch::empty({count, pictures.channels, pictures.height, pictures.width}, torch::kUInt8);
  for (std::int64_t i = 0; i < count; ++i) {
    std::copy_n(pictures.at(rows[i]), pictures.size(),
                bytes.data_ptr<std::uint8_t>() + i * pictures.size());
  }
  return whole_multiples(bytes.to(torch::kFloat32) / 255, factor).contiguous();
}

torch::Tensor plainly_enlarged(const torch::Tensor& small, std::int64_t factor,
                               const std::string& mode) {
  namespace F = torch::nn::functional;
  auto options = F::InterpolateFuncOptions().size(
      std::vector<std::int64_t>{small.size(2) * factor, small.size(3) * factor});
  if (mode == "nearest") {
    options.mode(torch::kNearest);
  } else if (mode == "bilinear") {
    options.mode(torch::kBilinear).align_corners(false);
  } else {
    options.mode(torch::kBicubic).align_corners(false);
  }
  return F::interpolate(small, options);
}

training::Outputs figures_of_plain(const data::Samples& samples,
                                   const std::vector<std::int64_t>& rows, std::int64_t factor,
                                   const std::string& mode) {
  const torch::NoGradGuard no_grad;
  training::Outputs all;
  const auto total = static_cast<std::int64_t>(rows.size());
  for (std::int64_t begin = 0; begin < total; begin += kAtOnce) {
    const auto truth =
        true_pictures(samples, rows.data() + begin, std::min(kAtOnce, total - begin), factor);
    const auto plain = plainly_enlarged(made_smaller(truth, factor), factor, mode).clamp(0, 1);
    training::append(all, training::picture_figures(plain, truth));
  }
  return all;
}

}  // namespace dlwork::task
