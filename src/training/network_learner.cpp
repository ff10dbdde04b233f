#include "training/network_learner.h"

#include <algorithm>

#include "dlwork/base/machine.h"
#include "training/batch_size.h"
#include "training/fit_checks.h"
#include "training/fit_clock.h"
#include "training/inspect.h"
#include "training/loss.h"
#include "training/mixing.h"
#include "training/network_training.h"
#include "training/range_test.h"

namespace dlwork::training {
namespace {

NetworkBlueprint network_blueprint_from(const Json& json) {
  NetworkBlueprint blueprint;
  json.at("task").get_to(blueprint.task);
  blueprint.layers = layers_from_text(json.at("layers").get<std::string>());
  blueprint.preprocessor = data::Preprocessor::from_json(json.at("preprocessing"));
  json.at("outputs").get_to(blueprint.outputs);
  json.at("input_dims").get_to(blueprint.input_dims);
  json.at("loss").get_to(blueprint.loss);
  blueprint.own = json.at("own");
  json.at("missing_tokens").get_to(blueprint.missing_tokens);
  json.at("separator").get_to(blueprint.separator);
  json.at("seed").get_to(blueprint.seed);
  return blueprint;
}

/// The file claims the size, and must hold it before memory is taken for it.
void check_held(const std::filesystem::path& file, const NetworkBlueprint& blueprint,
                const SafeTensors& content) {
  const auto input = blueprint.input();
  const auto needed =
      model::parameter_count(model::plan_layers(blueprint.layers, input, blueprint.outputs), input);
  std::size_t held = 0;
  for (const auto& tensor : content.tensors) held += tensor.bytes.size();
  if (held / sizeof(float) < static_cast<std::size_t>(needed)) {
    not_a_model(file, "its layers need more weights than it holds");
  }
}

/// Each channel's mean over places [N, C, H, W] or over the steps that count [N, T, C].
torch::Tensor channel_means(const torch::Tensor& values, const torch::Tensor& lengths) {
  if (values.dim() == 4) return values.mean(torch::IntArrayRef{2, 3});
  if (values.dim() != 3) return values;
  if (!lengths.defined()) return values.mean(1);
  const auto steps = torch::arange(values.size(1), lengths.options()).unsqueeze(0);
  const auto counts = (steps < lengths.unsqueeze(1)).to(values.scalar_type()).unsqueeze(2);
  return (values * counts).sum(1) / counts.sum(1);
}

}  // namespace

data::FeatureShape NetworkBlueprint::input() const {
  if (input_dims.empty()) return preprocessor.shape();
  data::FeatureShape shape;
  shape.dims = input_dims;
  return shape;
}

NetworkBlueprint make_blueprint(const std::string& task, const std::string& usual_loss,
                                const spec::Project& project, const data::Dataset& dataset,
                                const spec::Model& model, std::uint64_t seed) {
  NetworkBlueprint blueprint;
  blueprint.task = task;
  blueprint.layers = spec::with_init(model.layers, model.init);
  blueprint.preprocessor =
      data::Preprocessor::fit(dataset.samples, dataset.part(data::Part::kTrain),
                              categories_for(blueprint.layers), project.data.reduce);
  blueprint.loss = project.training.loss.empty() ? usual_loss : project.training.loss;
  check_loss(blueprint.loss, task);
  blueprint.missing_tokens = project.data.missing;
  blueprint.separator = project.data.separator;
  blueprint.seed = seed;
  return blueprint;
}

NetworkLearner::NetworkLearner(NetworkBlueprint blueprint, const data::Dataset* dataset,
                               const RunContext& run)
    : blueprint_(std::move(blueprint)),
      dataset_(dataset),
      device_(run.device),
      input_(blueprint_.input()),
      network_(blueprint_.layers, input_, blueprint_.outputs, blueprint_.seed) {
  const MemoryNeed need = memory_need(network_.layers(), input_);
  if (dataset_ != nullptr) check_memory(need, 1, available_memory_bytes(device_));
  evaluated_at_once_ = evaluation_batch(need, usable_memory_bytes());
  network_.to(device_);
}

const data::Dataset& NetworkLearner::dataset() const {
  DLWORK_ASSERT(dataset_ != nullptr, "a network read from a file has no training data");
  return *dataset_;
}

NamedTensors NetworkLearner::tensors() const {
  auto all = network_.parameters();
  const auto buffers = network_.buffers();
  all.insert(all.end(), buffers.begin(), buffers.end());
  return all;
}

void NetworkLearner::refuse_end(const std::string& why, const std::string& what_to_do) const {
  const auto& last = network_.layers().back();
  throw Error(ExitStatus::kUsage,
              Diagnostic{last.spec.at, last.key,
                         last.spec.type + ": gives " + model::to_text(last.output) + ", " + why,
                         what_to_do});
}

NetworkBatch NetworkLearner::batch_of(model::Inputs prepared,
                                      std::vector<std::int64_t> rows) const {
  return {std::move(prepared), {}, std::move(rows)};
}

NetworkBatch NetworkLearner::batch(Batches& feed, const std::int64_t* rows,
                                   std::int64_t count) const {
  return batch_of(feed.inputs(rows, count), {rows, rows + count});
}

void NetworkLearner::check_augment(const spec::Augment& augment) const {
  for (const auto& [key, on] : {std::pair{"mixup", augment.mixup}, {"cutmix", augment.cutmix}}) {
    if (on == 0) continue;
    throw Error(ExitStatus::kUsage, Diagnostic{{},
                                               std::string("training.augment.") + key,
                                               "mixes two samples, and the task " +
                                                   blueprint_.task + " has no mean of two targets",
                                               "take it out"});
  }
}

std::vector<std::int64_t> NetworkLearner::order(std::vector<std::int64_t> rows, std::int64_t,
                                                Rng& rng) const {
  return shuffled(std::move(rows), rng);
}

void NetworkLearner::in_batches(Batches& feed, const std::vector<std::int64_t>& rows,
                                const std::function<void(const NetworkBatch&)>& work) const {
  const torch::NoGradGuard no_grad;
  network_.set_mode(model::Network::Mode::kEvaluate);
  const auto total = static_cast<std::int64_t>(rows.size());
  for (std::int64_t begin = 0; begin < total; begin += evaluated_at_once_) {
    work(batch(feed, rows.data() + begin, std::min(evaluated_at_once_, total - begin)));
  }
}

void NetworkLearner::pass(Batches& feed, const std::vector<std::int64_t>& rows,
                          const Seen& seen) const {
  in_batches(feed, rows, [&](const NetworkBatch& part) { seen(network_.pass(part.inputs), part); });
}

void NetworkLearner::pass(const data::Samples& samples, const std::vector<std::int64_t>& rows,
                          const Seen& seen) const {
  auto feed = batches_of(samples);
  pass(feed, rows, seen);
}

Outputs NetworkLearner::predict(const data::Samples& samples,
                                const std::vector<std::int64_t>& rows) {
  Outputs all;
  pass(samples, rows, [&](const model::Inputs& outputs, const NetworkBatch& part) {
    append(all, describe(outputs, part, samples));
  });
  return all;
}

OwnNeed NetworkLearner::need(const FitOptions& options) const {
  return {memory_need(network_.layers(), input_), device_,
          static_cast<std::int64_t>(options.train_rows.size())};
}

FitReport NetworkLearner::fit(const FitOptions& asked, RunContext& run) {
  const OwnNeed needed = need(asked);
  const auto options = own_options(asked, needed, run);
  check_batch_norm(network_, options.training.batch_size, needed.samples);
  training::check_augment(options.training.augment, blueprint_.preprocessor);
  check_augment(options.training.augment);
  return telling_memory(needed.memory, device_, options, run, [&] {
    NetworkTraining training(*this, options);
    const auto report = run_epochs(training, options, run, blueprint_.task);
    if (!options.trace_file.empty()) training.trace().write(options.trace_file);
    return report;
  });
}

std::vector<LayerReport> NetworkLearner::inspect(const std::vector<std::int64_t>& rows) {
  const auto count = std::min(kMostInspected, static_cast<std::int64_t>(rows.size()));
  if (count == 0) return {};
  auto feed = batches_of(dataset().samples);
  const auto seen = batch(feed, rows.data(), count);
  const model::Network initial(blueprint_.layers, input_, blueprint_.outputs, blueprint_.seed);
  return inspect_network({network_, initial, input_, seen.inputs,
                          [&](const model::Inputs& outputs) { return loss(outputs, seen); }});
}

std::vector<RatePoint> NetworkLearner::rate_curve(const FitOptions& options, RunContext& run) {
  NetworkTraining training(*this, options);
  auto feed = batches_of(dataset().samples);
  feed.prepare();
  FitTimes times;
  const auto points = rate_points(
      options, options.training.batch_size,
      // Of all rows each time: an order may leave some out for others that come twice.
      [&](const std::vector<std::int64_t>&, Rng& rng) {
        return order(options.train_rows, options.training.batch_size, rng);
      },
      [&](const RateStep& at) {
        const Rates rates{at.rate, options.training.momentum};
        return training.step(batch(feed, at.rows, at.count), rates, times).loss;
      },
      run);
  if (!options.trace_file.empty()) training.trace().write(options.trace_file);
  return points;
}

RangeTest NetworkLearner::range_test(const FitOptions& asked, RunContext& run) {
  const OwnNeed needed = need(asked);
  const auto options = own_options(asked, needed, run);
  check_batch_norm(network_, options.training.batch_size, needed.samples);
  const torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> held;
  for (const auto& [name, tensor] : tensors()) held.push_back(tensor.detach().clone());
  auto points = telling_memory(needed.memory, device_, options, run,
                               [&] { return rate_curve(options, run); });
  std::size_t next = 0;
  for (auto [name, tensor] : tensors()) tensor.copy_(held[next++]);
  return choose_rate(std::move(points));
}

Outputs NetworkLearner::embed(const data::Samples& samples, const std::vector<std::int64_t>& rows) {
  Outputs embedded;
  const std::size_t layers = network_.layers().size();
  if (layers < 2) return embedded;  // the last layer sees the inputs themselves
  auto feed = batches_of(samples);
  in_batches(feed, rows, [&](const NetworkBatch& part) {
    torch::Tensor lengths = part.inputs.lengths;
    network_.forward(part.inputs, [&](std::size_t layer, const torch::Tensor& value) {
      if (lengths.defined()) lengths = network_.module(layer)->lengths_after(lengths);
      if (layer + 2 == layers) append(embedded, channel_means(value, lengths));
    });
  });
  return embedded;
}

Filters NetworkLearner::first_filters() const { return filters_of(network_); }

Json to_json(const NetworkBlueprint& blueprint) {
  return {{"task", blueprint.task},
          {"layers", layers_text(blueprint.layers)},
          {"preprocessing", blueprint.preprocessor.to_json()},
          {"outputs", blueprint.outputs},
          {"input_dims", blueprint.input_dims},
          {"loss", blueprint.loss},
          {"own", blueprint.own},
          {"missing_tokens", blueprint.missing_tokens},
          {"separator", blueprint.separator},
          {"seed", blueprint.seed}};
}

void NetworkLearner::save(const std::filesystem::path& file) {
  write_own_model(file, blueprint_.task, to_json(blueprint_), tensors());
}

std::unique_ptr<NetworkLearner> load_network(
    const std::filesystem::path& file, const std::string& task,
    const std::function<std::unique_ptr<NetworkLearner>(NetworkBlueprint)>& make) {
  const auto stored = read_own_model(file, task);
  std::unique_ptr<NetworkLearner> learner;
  try {
    auto blueprint = network_blueprint_from(stored.blueprint);
    check_held(file, blueprint, stored.content);
    learner = make(std::move(blueprint));
  } catch (const Json::exception& problem) {
    not_a_model(file, problem.what());
  } catch (const std::out_of_range& problem) {
    not_a_model(file, problem.what());
  } catch (const Error& problem) {
    not_a_model(file, problem.what());
  }
  stored.fill(file, learner->tensors());
  return learner;
}

}  // namespace dlwork::training
