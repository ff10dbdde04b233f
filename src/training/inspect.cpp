// What a network looks like inside: its layers on a batch, its first filters, its embedding.
#include "training/inspect.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "model/work.h"
#include "training/batch_size.h"
#include "training/device.h"
#include "training/layer_values.h"
#include "training/saturation.h"
#include "training/supervised_learner.h"

namespace dlwork::training {
namespace {

using torch::Tensor;

constexpr std::int64_t kHistogramBins = 40;

Histogram histogram_of(const Tensor& values) {
  Histogram histogram;
  auto flat = values.detach().to(torch::kCPU, torch::kFloat32).flatten();
  flat = flat.masked_select(flat.isfinite());
  if (flat.numel() == 0) return histogram;
  histogram.low = flat.min().item<double>();
  histogram.high = flat.max().item<double>();
  if (histogram.low == histogram.high) {
    histogram.low -= 0.5;
    histogram.high += 0.5;
  }
  const auto counts =
      torch::histc(flat, kHistogramBins, histogram.low, histogram.high).to(torch::kInt64);
  histogram.counts.assign(counts.data_ptr<std::int64_t>(),
                          counts.data_ptr<std::int64_t>() + kHistogramBins);
  return histogram;
}

double deviation_of(const Tensor& values) { return values.std(/*unbiased=*/false).item<double>(); }

/// Share of units (channels, or features) that are 0 for every sample and place.
double dead_share(const Tensor& output) {
  auto highest = output.abs().flatten(2 < output.dim() ? 2 : 1);
  if (highest.dim() == 3) highest = highest.amax(2);
  return (highest.amax(0) == 0).to(torch::kFloat32).mean().item<double>();
}

struct Activation {
  const Tensor& output;
  LayerReport& report;

  void operator()(const spec::Relu&) const { report.dead_fraction = dead_share(output); }
  void operator()(const spec::Tanh&) const {
    report.saturated_fraction = saturated_share(output, -1, 1);
  }
  void operator()(const spec::Sigmoid&) const {
    report.saturated_fraction = saturated_share(output, 0, 1);
  }
  template <class Other>
  void operator()(const Other&) const {}
};

void report_output(const model::PlannedLayer& layer, const Tensor& output, LayerReport& report) {
  const auto seen = output.detach().to(torch::kFloat32);
  report.activation_mean = seen.mean().item<double>();
  report.activation_deviation = deviation_of(seen);
  report.zero_fraction = (seen == 0).to(torch::kFloat32).mean().item<double>();
  report.activation_bytes = seen.numel() / seen.size(0) * static_cast<std::int64_t>(sizeof(float));
  report.activations = histogram_of(seen);
  std::visit(Activation{seen, report}, layer.spec.options);
}

/// All of a layer's tensors in a row; undefined gradients leave theirs out.
Tensor flattened(const std::vector<Tensor>& tensors, bool gradients) {
  std::vector<Tensor> flat;
  for (const auto& tensor : tensors) {
    const auto& value = gradients ? tensor.grad() : tensor;
    if (value.defined()) flat.push_back(value.detach().flatten());
  }
  return flat.empty() ? Tensor() : torch::cat(flat);
}

void report_weights(const std::vector<Tensor>& weights, const std::vector<Tensor>& initial,
                    LayerReport& report) {
  const auto now = flattened(weights, false);
  if (!now.defined() || now.numel() == 0) return;
  report.parameters = now.numel();
  report.weight_deviation = deviation_of(now);
  const auto then = flattened(initial, false).to(now.device());
  const double start = then.norm().item<double>();
  if (start > 0) report.moved = (now - then).norm().item<double>() / start;
  const auto gradients = flattened(weights, true);
  if (!gradients.defined()) return;
  report.gradient_deviation = deviation_of(gradients);
  report.gradients = histogram_of(gradients);
}

/// Weights and biases apart: the first are drawn at random, the second begin at 0.
void report_histograms(const torch::OrderedDict<std::string, Tensor>& parameters,
                       LayerReport& report) {
  std::vector<Tensor> weights, biases;
  for (const auto& item : parameters) {
    (is_bias(item.key()) ? biases : weights).push_back(item.value());
  }
  if (!weights.empty()) report.weights = histogram_of(flattened(weights, false));
  if (!biases.empty()) report.biases = histogram_of(flattened(biases, false));
}

/// A layer as it is and as it began, with what is told of it.
struct Inspected {
  const model::PlannedLayer* plan;
  std::shared_ptr<model::Layer> now, then;
  LayerReport* report;
};

/// What its plan tells. Another module in its place has no layers inside.
LayerReport planned_report(const model::PlannedLayer& plan, const model::Layer& module,
                           const data::FeatureShape& features) {
  LayerReport report;
  report.name = plan.name;
  report.output = model::to_text(plan.output);
  report.multiply_adds = model::multiply_adds(plan, features);
  const auto inner = module.inner();
  for (std::size_t i = 0; i < inner.size(); ++i) {
    report.inner.push_back(planned_report(plan.inner[i], *inner[i], features));
  }
  return report;
}

void add_inspected(const Inspected& layer, std::vector<Inspected>& all) {
  all.push_back(layer);
  const auto now = layer.now->inner(), then = layer.then->inner();
  for (std::size_t i = 0; i < now.size(); ++i) {
    add_inspected({&layer.plan->inner[i], now[i], then[i], &layer.report->inner[i]}, all);
  }
}

/// Adds the time of the layers inside to what their layer took beside them.
double sum_times(LayerReport& report) {
  for (auto& inner : report.inner) report.milliseconds += sum_times(inner);
  return report.milliseconds;
}

}  // namespace

std::vector<LayerReport> inspect_network(const NetworkAtWork& work) {
  const model::Network& network = work.network;
  network.set_mode(model::Network::Mode::kEvaluate);
  const auto& plan = network.layers();
  std::vector<LayerReport> reports;
  for (std::size_t i = 0; i < plan.size(); ++i) {
    reports.push_back(planned_report(plan[i], *network.module(i), work.features));
  }
  std::vector<Inspected> all;
  for (std::size_t i = 0; i < plan.size(); ++i) {
    add_inspected({&plan[i], network.module(i), work.initial.module(i), &reports[i]}, all);
  }
  std::map<const model::Layer*, const Inspected*> of;
  for (const auto& layer : all) of[layer.now.get()] = &layer;

  const auto device = work.inputs.values.device();
  {
    torch::NoGradGuard no_grad;
    network.forward(work.inputs);  // warm, so that the first layer's time is its own
    double last = seconds_on(device);
    network.pass(work.inputs, [&](const model::Layer& layer, const Tensor&) {
      const double now = seconds_on(device);
      of.at(&layer)->report->milliseconds = 1e3 * (now - last);
      last = now;
    });
    for (auto& report : reports) sum_times(report);
  }
  const EvaluationGradients gradients;
  const auto outputs =
      network.pass(work.inputs, [&](const model::Layer& layer, const Tensor& value) {
        const Inspected& seen = *of.at(&layer);
        report_output(*seen.plan, value, *seen.report);
      });
  for (auto [name, parameter] : network.parameters()) {
    if (parameter.grad().defined()) parameter.mutable_grad().zero_();
  }
  work.loss(outputs).backward();
  for (const auto& layer : all) {
    report_weights(layer.now->parameters(), layer.then->parameters(), *layer.report);
    report_histograms(layer.now->named_parameters(), *layer.report);
  }
  return reports;
}

Filters filters_of(const model::Network& network) {
  Filters filters;
  for (const auto& [name, parameter] : network.parameters()) {
    if (parameter.dim() != 4) continue;
    const auto plain = parameter.detach()
                           .to(torch::kCPU, torch::kFloat32)
                           .contiguous(at::MemoryFormat::Contiguous);
    filters = {plain.size(0), plain.size(1), plain.size(2), plain.size(3), {}};
    filters.values.assign(plain.data_ptr<float>(), plain.data_ptr<float>() + plain.numel());
    break;
  }
  return filters;
}

std::vector<LayerReport> SupervisedLearner::inspect(const std::vector<std::int64_t>& rows) {
  const auto count = std::min(kMostInspected, static_cast<std::int64_t>(rows.size()));
  Batches batches(dataset().samples, blueprint_.preprocessor, blueprint_.coding, device_);
  const auto& features = blueprint_.preprocessor.shape();
  const model::Network initial(blueprint_.layers, features, blueprint_.coding.outputs(),
                               blueprint_.seed);
  return inspect_network({network_, initial, features, batches.inputs(rows.data(), count),
                          [&](const model::Inputs& outputs) {
                            return compute_loss(blueprint_.loss, outputs.values,
                                                batches.targets(rows.data(), count), {});
                          }});
}

Outputs SupervisedLearner::embed(const data::Samples& samples,
                                 const std::vector<std::int64_t>& rows) {
  torch::NoGradGuard no_grad;
  Outputs embedded;
  const std::size_t layers = network_.layers().size();
  if (layers < 2) return embedded;  // the last layer sees the inputs themselves
  network_.set_mode(model::Network::Mode::kEvaluate);
  Batches batches(samples, blueprint_.preprocessor, blueprint_.coding, device_);
  const auto total = static_cast<std::int64_t>(rows.size());
  const std::int64_t at_once = evaluation_batch(*this);
  for (std::int64_t begin = 0; begin < total; begin += at_once) {
    const std::int64_t count = std::min(at_once, total - begin);
    network_.forward(batches.inputs(rows.data() + begin, count),
                     [&](std::size_t layer, const Tensor& value) {
                       if (layer + 2 == layers) append(embedded, value.flatten(1));
                     });
  }
  return embedded;
}

Filters SupervisedLearner::first_filters() const { return filters_of(network_); }

}  // namespace dlwork::training
