#include "training/picture_metrics.h"

#include <cmath>

#include "dlwork/base/error.h"
#include "training/metric_functions.h"

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

Tensor squared_errors(const Tensor& pictures, const Tensor& references) {
  return (pictures.to(torch::kFloat64) - references.to(torch::kFloat64)).square();
}

/// float64 [N]: each picture's mean over its channels and places.
Tensor similarities(const Tensor& pictures, const Tensor& references, double peak) {
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
  return map.reshape({pictures.size(0), -1}).mean(1);
}

/// A row for each of [N].
Outputs rows_of_figures(const Tensor& figures) {
  const auto values = figures.to(torch::kCPU, torch::kFloat32).contiguous();
  const float* first = values.data_ptr<float>();
  return {values.numel(), 1, {first, first + values.numel()}};
}

}  // namespace

double psnr(const Tensor& picture, const Tensor& reference, double peak) {
  return 10 * std::log10(peak * peak / squared_errors(picture, reference).mean().item<double>());
}

double ssim(const Tensor& pictures, const Tensor& references, double peak) {
  return similarities(pictures, references, peak).mean().item<double>();
}

Outputs picture_errors(const Tensor& pictures, const Tensor& references, double peak) {
  const auto errors = squared_errors(pictures, references);
  return rows_of_figures(errors.flatten(1).mean(1) / (peak * peak));
}

Outputs picture_similarities(const Tensor& pictures, const Tensor& references, double peak) {
  return rows_of_figures(similarities(pictures, references, peak));
}

double psnr_of_errors(const Outputs& errors, const data::Target& target, const MetricRows& rows) {
  return -10 * std::log10(mean_output(errors, target, rows));
}

}  // namespace dlwork::training
