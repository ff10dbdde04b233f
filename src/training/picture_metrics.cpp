#include "training/picture_metrics.h"

#include <cmath>

#include "dlwork/base/error.h"

namespace dlwork::training {
namespace {

using torch::Tensor;

constexpr std::int64_t kWindow = 11;
constexpr double kDeviation = 1.5;

/// [1, 1, 11, 1], which sums to 1.
Tensor gaussian(const Tensor& like) {
  const auto places = torch::arange(kWindow, like.options()) - static_cast<double>(kWindow / 2);
  const auto bell = (-places.square() / (2 * kDeviation * kDeviation)).exp();
  return (bell / bell.sum()).view({1, 1, kWindow, 1});
}

}  // namespace

double psnr(const Tensor& picture, const Tensor& reference, double peak) {
  const double error =
      (picture.to(torch::kFloat64) - reference.to(torch::kFloat64)).square().mean().item<double>();
  return 10 * std::log10(peak * peak / error);
}

double ssim(const Tensor& pictures, const Tensor& references, double peak) {
  DLWORK_ASSERT(pictures.dim() == 4 && pictures.sizes() == references.sizes() &&
                    pictures.size(2) >= kWindow && pictures.size(3) >= kWindow,
                "pairs of pictures of at least 11 x 11");
  torch::NoGradGuard no_grad;
  // Each channel of each picture is a picture of its own.
  const auto plain = [](const Tensor& x) {
    return x.to(torch::kFloat64).flatten(0, 1).unsqueeze(1);
  };
  const auto x = plain(pictures), y = plain(references);
  const auto window = gaussian(x);
  const auto smooth = [&](const Tensor& z) {
    return torch::conv2d(torch::conv2d(z, window), window.transpose(2, 3));
  };
  const double c1 = std::pow(0.01 * peak, 2), c2 = std::pow(0.03 * peak, 2);
  const auto mx = smooth(x), my = smooth(y);
  const auto vx = smooth(x * x) - mx * mx, vy = smooth(y * y) - my * my;
  const auto both = smooth(x * y) - mx * my;
  const auto map =
      (2 * mx * my + c1) * (2 * both + c2) / ((mx * mx + my * my + c1) * (vx + vy + c2));
  return map.mean().item<double>();
}

}  // namespace dlwork::training
