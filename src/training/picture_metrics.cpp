#include "training/picture_metrics.h"

#include <algorithm>
#include <cmath>

#include "dlwork/base/error.h"
#include "training/metric_functions.h"

namespace dlwork::training {
namespace {

using torch::Tensor;

constexpr std::int64_t kWindow = 11;
constexpr double kDeviation = 1.5;

/// [1, 1, side, 1], which sums to 1.
Tensor gaussian(std::int64_t side, const Tensor& like) {
  const auto places = torch::arange(side, like.options()) - static_cast<double>(side / 2);
  const auto bell = (-places.square() / (2 * kDeviation * kDeviation)).exp();
  return (bell / bell.sum()).view({1, 1, side, 1});
}

Tensor squared_errors(const Tensor& pictures, const Tensor& references) {
  return (pictures.to(torch::kFloat64) - references.to(torch::kFloat64)).square();
}

double mean_of_column(const Outputs& figures, std::int64_t column) {
  double sum = 0;
  for (std::int64_t i = 0; i < figures.rows; ++i) sum += figures.row(i)[column];
  return sum / static_cast<double>(figures.rows);
}

/// float64 [N]: each picture's mean over its channels and places.
Tensor similarities(const Tensor& pictures, const Tensor& references, double peak) {
  DLWORK_ASSERT(pictures.dim() == 4 && pictures.sizes() == references.sizes(), "pairs of pictures");
  torch::NoGradGuard no_grad;
  // Each channel of each picture is a picture of its own.
  const auto plain = [](const Tensor& x) {
    return x.to(torch::kFloat64).flatten(0, 1).unsqueeze(1);
  };
  const auto x = plain(pictures), y = plain(references);
  const std::int64_t most = std::min({kWindow, pictures.size(2), pictures.size(3)});
  const auto window = gaussian(most % 2 == 1 ? most : most - 1, x);
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

}  // namespace

double psnr(const Tensor& picture, const Tensor& reference, double peak) {
  return 10 * std::log10(peak * peak / squared_errors(picture, reference).mean().item<double>());
}

double ssim(const Tensor& pictures, const Tensor& references, double peak) {
  return similarities(pictures, references, peak).mean().item<double>();
}

Outputs picture_figures(const Tensor& pictures, const Tensor& references, double peak) {
  const auto errors = squared_errors(pictures, references).flatten(1).mean(1) / (peak * peak);
  const auto figures = torch::stack({errors, similarities(pictures, references, peak)}, 1)
                           .to(torch::kCPU, torch::kFloat32)
                           .contiguous();
  const float* first = figures.data_ptr<float>();
  return {figures.size(0), 2, {first, first + figures.numel()}};
}

double psnr_of_errors(const Outputs& figures, const data::Target&, const MetricRows&) {
  return -10 * std::log10(mean_of_column(figures, 0));
}

double mean_similarity(const Outputs& figures, const data::Target&, const MetricRows&) {
  return mean_of_column(figures, 1);
}

}  // namespace dlwork::training
