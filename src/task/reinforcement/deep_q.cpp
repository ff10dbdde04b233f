#include "task/reinforcement/deep_q.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "dlwork/base/text.h"
#include "dlwork/spec/task_names.h"
#include "model/work.h"
#include "task/reinforcement/episodes.h"
#include "training/supervised_learner.h"

namespace dlwork::task {
namespace {

/// States a layer is looked at with, at most.
constexpr std::int64_t kLookedAt = 128;

data::FeatureShape state_shape(const World& world) {
  data::FeatureShape shape;
  shape.dims = {static_cast<std::int64_t>(world.state_names().size())};
  return shape;
}

std::int64_t action_count(const World& world) {
  return static_cast<std::int64_t>(world.actions().size());
}

}  // namespace

DeepQ::DeepQ(std::string world, std::vector<spec::LayerSpec> layers, std::uint64_t seed,
             const data::Dataset* dataset, const std::string& device)
    : world_(std::move(world)),
      layers_(std::move(layers)),
      seed_(seed),
      dataset_(dataset),
      device_(device),
      scales_(torch::tensor(torch::ArrayRef<float>(make_world(world_)->scales())).to(device_)),
      network_(layers_, state_shape(*make_world(world_)), action_count(*make_world(world_)), seed) {
  network_.to(device_);
}

const data::Dataset& DeepQ::dataset() const {
  DLWORK_ASSERT(dataset_ != nullptr, "a policy read from a file has no training data");
  return *dataset_;
}

training::NamedTensors DeepQ::tensors() const {
  auto all = network_.parameters();
  const auto buffers = network_.buffers();
  all.insert(all.end(), buffers.begin(), buffers.end());
  return all;
}

torch::Tensor DeepQ::values(const torch::Tensor& states) const {
  const torch::NoGradGuard no_grad;
  network_.set_mode(model::Network::Mode::kEvaluate);
  return network_.forward(scaled(states.to(device_)));
}

training::Outputs DeepQ::predict(const data::Samples& samples,
                                 const std::vector<std::int64_t>& rows) {
  return play(world_, samples, rows, [&](const std::vector<float>& states, std::int64_t count) {
    const auto size = static_cast<std::int64_t>(states.size()) / count;
    return best_actions(values(torch::from_blob(const_cast<float*>(states.data()), {count, size})));
  });
}

std::vector<std::int64_t> best_actions(const torch::Tensor& values) {
  const auto plain = values.to(torch::kCPU).contiguous();
  const float* worth = plain.data_ptr<float>();
  std::vector<std::int64_t> actions;
  for (std::int64_t i = 0; i < plain.size(0); ++i, worth += plain.size(1)) {
    actions.push_back(std::max_element(worth, worth + plain.size(1)) - worth);
  }
  return actions;
}

torch::Tensor targets_of(const Transitions& steps, const DeepQ& judge, const DeepQ* chooser,
                         double discount) {
  const torch::NoGradGuard no_grad;
  const auto judged = judge.values(steps.next);
  const auto best = chooser != nullptr
                        ? judged.gather(1, chooser->values(steps.next).argmax(1, true)).squeeze(1)
                        : std::get<0>(judged.max(1));
  return steps.rewards + discount * steps.going * best;
}

torch::Tensor q_loss(const torch::Tensor& worths, const Transitions& steps,
                     const torch::Tensor& targets) {
  const auto said = worths.gather(1, steps.actions.unsqueeze(1)).squeeze(1);
  return torch::smooth_l1_loss(said, targets);
}

Transitions random_steps(const DeepQ& learner, const std::vector<std::int64_t>& rows,
                         std::uint64_t seed, std::int64_t count) {
  const auto world = make_world(learner.world());
  Replay replay(count, static_cast<std::int64_t>(world->state_names().size()));
  Rng rng(seed, "random steps");
  bool running = false;
  while (replay.added() < count) {
    if (!running) {
      world->start(start_of(*world, learner.dataset().samples, rows[rng.below(rows.size())]));
    }
    const auto before = world->state();
    const auto action = static_cast<std::int64_t>(rng.below(world->actions().size()));
    const WorldStep done = world->step(action);
    replay.add(before, action, done.reward, world->state(), done.ended);
    running = !done.ended && !done.cut;
  }
  const auto held = replay.tensors();
  return {held[0].second, held[1].second, held[2].second, held[3].second, held[4].second};
}

void DeepQ::take_gradients(const std::vector<std::int64_t>& rows) {
  for (auto [name, tensor] : parameters()) {
    if (tensor.grad().defined()) tensor.mutable_grad().zero_();
  }
  const auto steps = random_steps(*this, rows, seed_, kLookedAt).to(device_);
  q_loss(forward(steps.states), steps, targets_of(steps, *this, nullptr, 0)).backward();
}

std::vector<training::LayerReport> DeepQ::inspect(const std::vector<std::int64_t>& rows) {
  const auto count = std::min<std::int64_t>(kLookedAt, static_cast<std::int64_t>(rows.size()));
  if (count == 0) return {};
  take_gradients(rows);
  const torch::NoGradGuard no_grad;
  const auto world = make_world(world_);
  std::vector<float> states;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto state = start_of(*world, dataset().samples, rows[i]);
    states.insert(states.end(), state.begin(), state.end());
  }
  const DeepQ start(world_, layers_, seed_, nullptr, "cpu");
  std::vector<training::LayerReport> reports;
  network_.set_mode(model::Network::Mode::kEvaluate);
  const auto size = static_cast<std::int64_t>(states.size()) / count;
  network_.forward(
      model::Inputs{torch::from_blob(states.data(), {count, size}).to(device_) / scales_, {}},
      [&](std::size_t layer, const torch::Tensor& seen) {
        const auto& planned = network_.layers()[layer];
        training::LayerReport report;
        report.name = planned.name;
        report.output = model::to_text(planned.output);
        report.multiply_adds = model::multiply_adds(planned, state_shape(*world));
        report.activation_mean = seen.mean().item<double>();
        report.activation_deviation = seen.std().item<double>();
        report.zero_fraction = (seen == 0).to(torch::kFloat32).mean().item<double>();
        if (std::holds_alternative<spec::Relu>(planned.spec.options)) {
          report.dead_fraction =
              (std::get<0>(seen.flatten(1).max(0)) == 0).to(torch::kFloat32).mean().item<double>();
        }
        report.activation_bytes = seen.numel() / count * static_cast<std::int64_t>(sizeof(float));
        double moved = 0, first = 0;
        const auto then = start.network_.parameters_of(layer);
        const auto now = network_.parameters_of(layer);
        for (std::size_t i = 0; i < now.size(); ++i) {
          report.parameters += now[i].numel();
          moved += std::pow((now[i].to(torch::kCPU) - then[i]).norm().item<double>(), 2);
          first += std::pow(then[i].norm().item<double>(), 2);
          if (i == 0) report.weight_deviation = now[i].std().item<double>();
          if (i == 0 && now[i].grad().defined()) {
            report.gradient_deviation = now[i].grad().std().item<double>();
          }
        }
        if (first > 0) report.moved = std::sqrt(moved / first);
        reports.push_back(report);
      });
  return reports;
}

void DeepQ::save(const std::filesystem::path& file) {
  const Json blueprint = {
      {"world", world_}, {"layers", training::layers_text(layers_)}, {"seed", seed_}};
  training::write_own_model(file, spec::tasks::reinforcement, blueprint, tensors());
}

std::unique_ptr<DeepQ> DeepQ::load(const std::filesystem::path& file, RunContext& run) {
  const auto stored = training::read_own_model(file, spec::tasks::reinforcement);
  std::unique_ptr<DeepQ> learner;
  try {
    const auto& blueprint = stored.blueprint;
    const auto world = blueprint.at("world").get<std::string>();
    auto layers = training::layers_from_text(blueprint.at("layers").get<std::string>());
    // The file claims the size, and must hold it before memory is taken for it.
    const auto shape = state_shape(*make_world(world));
    const auto needed = model::parameter_count(
        model::plan_layers(layers, shape, action_count(*make_world(world))), shape);
    std::size_t held = 0;
    for (const auto& tensor : stored.content.tensors) held += tensor.bytes.size();
    if (held / sizeof(float) < static_cast<std::size_t>(needed)) {
      training::not_a_model(file, "its layers need more weights than it holds");
    }
    learner = std::make_unique<DeepQ>(
        world, std::move(layers), blueprint.at("seed").get<std::uint64_t>(), nullptr, run.device);
  } catch (const Json::exception& problem) {
    training::not_a_model(file, problem.what());
  }
  stored.fill(file, learner->tensors());
  return learner;
}

}  // namespace dlwork::task
