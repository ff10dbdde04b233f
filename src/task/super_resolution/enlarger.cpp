#include "task/super_resolution/enlarger.h"

#include "dlwork/base/text.h"
#include "dlwork/spec/task_names.h"
#include "dlwork/task/task.h"
#include "task/own_network_tests.h"
#include "task/super_resolution/pictures.h"
#include "training/loss.h"
#include "training/picture_metrics.h"

namespace dlwork::task {
namespace {

using data::Dataset;
using training::NetworkBatch;
using training::NetworkBlueprint;
using training::Outputs;

/// The layers with an enlargement behind them, where they keep the small picture's size.
std::vector<spec::LayerSpec> with_enlargement(std::vector<spec::LayerSpec> layers,
                                              const data::FeatureShape& input,
                                              std::int64_t factor) {
  const auto end = model::plan_layers(layers, input, model::kOwnEnd).back().output;
  if (end.size() != 3 || end[1] != input.dims[1] || end[2] != input.dims[2]) return layers;
  const Location at = layers.back().at;
  spec::Conv2d convolution;
  convolution.channels = input.dims[0] * factor * factor;
  convolution.init = "truncated-normal";  // small: it begins near the plain enlargement
  layers.push_back({"conv2d", at, convolution});
  layers.push_back({"pixel_shuffle", at, spec::PixelShuffle{factor}});
  return layers;
}

/// [C, 1, 1].
torch::Tensor by_channel(const std::vector<float>& values, const torch::Device& device) {
  return torch::tensor(torch::ArrayRef<float>(values)).view({-1, 1, 1}).to(device);
}

}  // namespace

NetworkBlueprint Enlarger::blueprint_for(const spec::Project& project, const Dataset& dataset,
                                         const spec::Model& model, std::uint64_t seed) {
  if (dataset.samples.kind != data::Kind::kImage || project.data.reduce.given()) {
    throw Error(ExitStatus::kUsage,
                Diagnostic{{},
                           "task",
                           "super-resolution restores pictures, not tables or series",
                           "name pictures in data.train, without data.reduce"});
  }
  auto blueprint = training::make_blueprint(spec::tasks::super_resolution,
                                            find_task(spec::tasks::super_resolution).default_loss(),
                                            project, dataset, model, seed);
  const std::int64_t factor = project.training.enlarge.factor;
  const auto& pictures = dataset.samples.pictures;
  if (std::min(pictures.height, pictures.width) < 3 * factor) {
    throw Error(ExitStatus::kInput,
                "pictures of " + std::to_string(pictures.height) + " x " +
                    std::to_string(pictures.width) + " pixels have nothing left " +
                    std::to_string(factor) + " times smaller",
                "name larger pictures, or set training.enlarge.factor lower");
  }
  blueprint.own = {{"factor", factor}};
  blueprint.input_dims = {pictures.channels, pictures.height / factor, pictures.width / factor};
  blueprint.layers = with_enlargement(std::move(blueprint.layers), blueprint.input(), factor);
  return blueprint;
}

Enlarger::Enlarger(NetworkBlueprint made, const Dataset* dataset, const RunContext& run)
    : NetworkLearner(std::move(made), dataset, run),
      factor_(blueprint().own.at("factor").get<std::int64_t>()),
      scale_(by_channel(blueprint().preprocessor.channel_scale(), device())),
      offset_(by_channel(blueprint().preprocessor.channel_offset(), device())) {
  const auto& small = input().dims;
  const model::Shape wanted{small[0], small[1] * factor_, small[2] * factor_};
  if (output_shape() == wanted) return;
  refuse_end("but the picture to be restored is " + model::to_text(wanted),
             "end with the small picture's size, " + std::to_string(small[1]) + " x " +
                 std::to_string(small[2]) + ", or enlarge it " + std::to_string(factor_) +
                 " times: pixel_shuffle, conv_transpose2d or upsample");
}

NetworkBatch Enlarger::batch_of(model::Inputs prepared, std::vector<std::int64_t> rows) const {
  const auto whole = whole_multiples(prepared.values, factor_);
  return {{made_smaller(whole, factor_), {}}, whole, std::move(rows)};
}

torch::Tensor Enlarger::whole(const model::Inputs& outputs, const NetworkBatch& batch) const {
  return outputs.values + plainly_enlarged(batch.inputs.values, factor_, "bicubic");
}

torch::Tensor Enlarger::loss(const model::Inputs& outputs, const NetworkBatch& batch) const {
  return training::compute_loss(blueprint().loss, whole(outputs, batch), batch.targets, {});
}

torch::Tensor Enlarger::pixels(const torch::Tensor& values) const {
  return ((values - offset_) / scale_ / 255).clamp(0, 1);
}

Outputs Enlarger::describe(const model::Inputs& outputs, const NetworkBatch& batch,
                           const data::Samples&) const {
  return training::picture_figures(pixels(whole(outputs, batch)), pixels(batch.targets));
}

torch::Tensor Enlarger::restored(const data::Samples& samples,
                                 const std::vector<std::int64_t>& rows) const {
  std::vector<torch::Tensor> parts;
  pass(samples, rows, [&](const model::Inputs& outputs, const NetworkBatch& part) {
    parts.push_back(pixels(whole(outputs, part)).to(torch::kCPU));
  });
  return torch::cat(parts);
}

std::vector<artefact::Finding> Enlarger::test_network(const spec::NetworkTest& limits,
                                                      const training::FitOptions& options,
                                                      RunContext& run) {
  OwnNetwork network;
  network.fresh = [&] { return std::make_unique<Enlarger>(blueprint(), &dataset(), run); };
  network.load = [&](const std::filesystem::path& file) {
    return training::load_network<Enlarger>(file, spec::tasks::super_resolution, run);
  };
  network.not_applied = {
      {"net-initial-loss", "how far an untrained network is off depends on its last layer's start"},
      {"net-overfit-batch",
       "what making pictures smaller takes away is not learned by heart: a "
       "network sees each place through the same few weights"},
      {"net-label-shuffle", "a picture's target is the picture itself"}};
  return test_own_network(network, limits, options, run);
}

}  // namespace dlwork::task
