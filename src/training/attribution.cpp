// Where in its input a network's answer comes from.
#include <torch/nn/functional/upsampling.h>

#include <algorithm>
#include <cmath>

#include "training/device.h"
#include "training/supervised_learner.h"

namespace dlwork::training {
namespace {

using torch::Tensor;
using Method = AttributionOptions::Method;

/// Points on the way from the mean input to the sample (Sundararajan et al. 2017 find 20 to 300
/// enough for 5 %; the midpoint rule needs few).
constexpr int kPathSteps = 32;
/// Squares of an occluded picture along its shorter side.
constexpr std::int64_t kSquares = 7;

/// What is traced: the score of the class that the trained network names, or the value itself.
Tensor scores_of(const Tensor& outputs, const Tensor& chosen) {
  return outputs.gather(1, chosen.unsqueeze(1)).squeeze(1);
}

/// Channels of a picture are added up; a row of features stays.
Tensor as_maps(const Tensor& values) {
  return values.dim() == 4 ? values.sum(1) : values.flatten(1).unsqueeze(1);
}

Tensor input_gradient(const model::Network& network, const model::Inputs& inputs,
                      const Tensor& chosen) {
  const EvaluationGradients gradients;
  const auto x = inputs.values.detach().clone().requires_grad_(true);
  const auto score = scores_of(network.forward(inputs.with(x)), chosen).sum();
  return torch::autograd::grad({score}, {x})[0];
}

/// Sundararajan, Taly and Yan, Axiomatic Attribution for Deep Networks (2017), eq. 3, from the
/// training part's mean (0 after preparation), by the midpoint rule.
Tensor integrated(const model::Network& network, const model::Inputs& inputs,
                  const Tensor& chosen) {
  auto sum = torch::zeros_like(inputs.values);
  for (int step = 0; step < kPathSteps; ++step) {
    const auto on_the_way = inputs.values * ((step + 0.5) / kPathSteps);
    sum += input_gradient(network, inputs.with(on_the_way), chosen);
  }
  return inputs.values * sum / kPathSteps;
}

/// How much the score falls when a square (or a feature) takes its mean (Zeiler and Fergus, 2014).
Tensor occluded(const model::Network& network, const model::Inputs& samples, const Tensor& chosen) {
  torch::NoGradGuard no_grad;
  const Tensor& inputs = samples.values;
  const auto whole = scores_of(network.forward(samples), chosen);
  if (inputs.dim() != 4) {
    auto maps = torch::zeros({inputs.size(0), 1, inputs.size(1)});
    for (std::int64_t feature = 0; feature < inputs.size(1); ++feature) {
      auto changed = inputs.clone();
      changed.select(1, feature).zero_();
      maps.select(2, feature)
          .select(1, 0)
          .copy_(whole - scores_of(network.forward(samples.with(changed)), chosen));
    }
    return maps;
  }
  const std::int64_t height = inputs.size(2), width = inputs.size(3);
  const std::int64_t side =
      std::max<std::int64_t>(1, (std::min(height, width) + kSquares - 1) / kSquares);
  auto maps = torch::zeros({inputs.size(0), height, width});
  for (std::int64_t top = 0; top < height; top += side) {
    for (std::int64_t left = 0; left < width; left += side) {
      const auto tall = std::min(side, height - top), wide = std::min(side, width - left);
      auto changed = inputs.clone();
      changed.narrow(2, top, tall).narrow(3, left, wide).zero_();
      const auto fall =
          (whole - scores_of(network.forward(samples.with(changed)), chosen)).to(torch::kCPU);
      maps.narrow(1, top, tall).narrow(2, left, wide) += fall.view({-1, 1, 1});
    }
  }
  return maps;
}

/// A map [N, places...] as large as the inputs, by linear interpolation.
Tensor enlarged(const Tensor& map, const Tensor& inputs) {
  namespace nn = torch::nn::functional;
  auto options = nn::InterpolateFuncOptions().align_corners(false);
  if (inputs.dim() == 4) {
    options.size(std::vector<std::int64_t>{inputs.size(2), inputs.size(3)}).mode(torch::kBilinear);
  } else {
    options.size(std::vector<std::int64_t>{inputs.size(1)}).mode(torch::kLinear);
  }
  return nn::interpolate(map.unsqueeze(1), options).squeeze(1);
}

/// Whether what a layer gives stands at several places of inputs of so many dimensions: pictures
/// [N, C, H, W], series [N, T, C]. At one alone, as pooled to 1x1, a map would be flat.
bool has_places(const model::Shape& output, std::int64_t dims) {
  if (static_cast<std::int64_t>(output.size()) + 1 != dims) return false;
  return (dims == 4 ? output[1] * output[2] : output[0]) > 1;
}

/// Selvaraju et al., Grad-CAM (2017), eq. 1 and 2, on the last layer that still has places.
/// Undefined where there is none.
Tensor grad_cam(const model::Network& network, const model::Inputs& samples, const Tensor& chosen) {
  const Tensor& inputs = samples.values;
  const bool of_series = inputs.dim() == 3;
  const auto& layers = network.layers();
  std::size_t last = layers.size();
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (inputs.dim() >= 3 && has_places(layers[i].output, inputs.dim())) last = i;
  }
  if (last == layers.size()) return {};
  const EvaluationGradients gradients;
  Tensor kept;
  const auto outputs = network.forward(samples, [&](std::size_t layer, const Tensor& value) {
    if (layer == last) kept = value;
  });
  const auto gradient = torch::autograd::grad({scores_of(outputs, chosen).sum()}, {kept})[0];
  const auto weights =
      of_series ? gradient.mean(1, /*keepdim=*/true) : gradient.mean({2, 3}, /*keepdim=*/true);
  const auto map = torch::relu((weights * kept).sum(of_series ? 2 : 1)).detach();
  const auto whole = enlarged(map, inputs);
  if (!samples.lengths.defined()) return of_series ? whole.unsqueeze(1) : whole;
  const auto steps = torch::arange(inputs.size(1), samples.lengths.options());
  return (whole * (steps < samples.lengths.unsqueeze(1))).unsqueeze(1);
}

Tensor trace(const model::Network& network, const model::Inputs& inputs, const Tensor& chosen,
             Method method) {
  switch (method) {
    case Method::kGradient:
      return as_maps(input_gradient(network, inputs, chosen));
    case Method::kIntegratedGradients:
      return as_maps(integrated(network, inputs, chosen));
    case Method::kOcclusion:
      return occluded(network, inputs, chosen);
    case Method::kGradCam:
      return grad_cam(network, inputs, chosen);
  }
  return {};
}

}  // namespace

Attribution SupervisedLearner::attribute(const data::Samples& samples,
                                         const std::vector<std::int64_t>& rows,
                                         const AttributionOptions& options) {
  const auto& features = blueprint_.preprocessor.shape();
  // Category codes are names: they have no gradient.
  if (!features.category_sizes.empty() && options.method != Method::kOcclusion) return {};
  Batches batches(samples, blueprint_.preprocessor, blueprint_.coding, device_);
  network_.set_mode(model::Network::Mode::kEvaluate);
  const auto inputs = batches.inputs(rows.data(), static_cast<std::int64_t>(rows.size()));
  Tensor chosen;
  {
    torch::NoGradGuard no_grad;
    chosen = network_.forward(inputs).argmax(1);
  }
  Tensor maps;
  if (options.randomised) {
    model::Network other(blueprint_.layers, features, blueprint_.coding.outputs(),
                         derive_seed(blueprint_.seed, "randomised"));
    other.to(device_);
    other.set_mode(model::Network::Mode::kEvaluate);
    maps = trace(other, inputs, chosen, options.method);
  } else {
    maps = trace(network_, inputs, chosen, options.method);
  }
  Attribution attribution;
  if (!maps.defined()) return attribution;
  maps = maps.detach().to(torch::kCPU, torch::kFloat32).contiguous();
  attribution = {maps.size(0), maps.size(1), maps.size(2), {}, {}};
  attribution.values.assign(maps.data_ptr<float>(), maps.data_ptr<float>() + maps.numel());
  if (inputs.values.dim() != 4) attribution.features = blueprint_.preprocessor.feature_names();
  return attribution;
}

}  // namespace dlwork::training
