#include "task/reinforcement/q_training.h"

#include <algorithm>
#include <cmath>

#include "dlwork/base/hash.h"
#include "dlwork/base/machine.h"
#include "dlwork/base/text.h"
#include "dlwork/spec/task_names.h"
#include "dlwork/training/metrics.h"
#include "task/reinforcement/episodes.h"
#include "training/divergence.h"
#include "training/supervised_learner.h"

namespace dlwork::task {
namespace {

using training::EpochRecord;
using training::FitTimes;

constexpr std::int64_t kStepsBetweenLooks = 64;

torch::Tensor state_tensor(const World& world) {
  std::vector<float> state(world.state().begin(), world.state().end());
  return torch::tensor(torch::ArrayRef<float>(state)).unsqueeze(0);
}

/// The network, the copy that judges, and the memory of steps.
training::MemoryNeed need_of(const DeepQ& learner, const spec::Reinforcement& settings) {
  data::FeatureShape state;
  state.dims = {static_cast<std::int64_t>(make_world(learner.world())->state_names().size())};
  auto need = training::memory_need(learner.network().layers(), state);
  need.fixed += sizeof(float) * static_cast<std::uint64_t>(learner.parameter_count());
  need.fixed += Replay::bytes(settings.buffer, state.dims.front());
  return need;
}

}  // namespace

QTraining::QTraining(DeepQ& learner, const training::FitOptions& options, RunContext& run)
    : learner_(learner),
      options_(options),
      run_(run),
      judge_(learner.world(), learner.layers(), learner.seed(), nullptr, run.device),
      replay_(settings().buffer,
              static_cast<std::int64_t>(make_world(learner.world())->state_names().size())),
      flat_(learner.parameters()),
      optimizer_(training::make_optimizer(options.training.optimizer, flat_)),
      progress_(options, run) {
  follow(1);
}

void QTraining::follow(double share) {
  const torch::NoGradGuard no_grad;
  const auto now = learner_.tensors();
  auto copy = judge_.tensors();
  for (std::size_t i = 0; i < now.size(); ++i) {
    // Counts of batches, as batch norm keeps them, have no mean.
    if (now[i].second.is_floating_point()) {
      copy[i].second.lerp_(now[i].second, share);
    } else {
      copy[i].second.copy_(now[i].second);
    }
  }
}

training::Rates QTraining::rates_after(std::int64_t world_step) const {
  return training::rates_at(
      options_.training,
      {world_step, options_.training.epochs * settings().steps, settings().steps, 0});
}

training::NamedTensors QTraining::state() const {
  auto tensors = replay_.tensors();
  for (const auto& [name, tensor] : judge_.tensors()) tensors.push_back({"judge." + name, tensor});
  for (std::size_t i = 0; i < optimizer_->state().size(); ++i) {
    tensors.push_back({"optimizer." + std::to_string(i), optimizer_->state()[i]});
  }
  return tensors;
}

Json QTraining::numbers() const {
  return {{"steps", optimizer_->steps()}, {"added", replay_.added()}};
}

void QTraining::restore(const Json& numbers) {
  numbers.at("steps").get_to(optimizer_->steps());
  numbers.at("added").get_to(replay_.added());
  if (replay_.added() < 0) throw Error(ExitStatus::kInput, "its count of steps is damaged");
}

std::string QTraining::identity() const {
  Hasher hasher;
  hasher.add(learner_.world()).add(training::layers_text(learner_.layers()));
  const auto& samples = learner_.dataset().samples;
  for (const auto& column : samples.table.columns) {
    hasher.add(column.numbers.data(), column.numbers.size() * sizeof(double));
  }
  return hasher.hex();
}

std::string QTraining::broken() const {
  const std::string layer = training::broken_layer(learner_.network());
  return layer.empty() ? "" : "layer " + layer;
}

double QTraining::explored(std::int64_t step) const {
  const double all = static_cast<double>(options_.training.epochs * settings().steps);
  const double done = std::min(1.0, static_cast<double>(step) / (settings().explore_share * all));
  return settings().explore_start + done * (settings().explore_end - settings().explore_start);
}

std::int64_t QTraining::choose(World& world, double share, Rng& rng) const {
  if (rng.uniform() < share) {
    return static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(world.actions().size())));
  }
  return best_actions(learner_.values(state_tensor(world))).front();
}

double QTraining::step(const Transitions& steps, const torch::Tensor& targets,
                       const training::Rates& rates) {
  flat_.zero_gradients();
  // A stream of its own for each step's dropout, so that any step can be the first after a resume.
  torch::manual_seed(noise_ + static_cast<std::uint64_t>(optimizer_->steps()));
  const auto loss = q_loss(learner_.forward(steps.states), steps, targets);
  const double value = loss.item<double>();
  if (!std::isfinite(value)) return value;  // the caller tells where
  loss.backward();
  const torch::NoGradGuard no_grad;
  if (options_.training.gradient_clip > 0) flat_.clip(options_.training.gradient_clip);
  optimizer_->step(flat_, {rates.learning_rate, rates.momentum, options_.training.weight_decay});
  return value;
}

double QTraining::learn(Rng& rng, std::int64_t world_step, std::int64_t batch, EpochRecord& record,
                        FitTimes& times) {
  const double started = monotonic_seconds();
  const auto steps = replay_.draw(rng, options_.training.batch_size).to(learner_.device());
  const double drawn = monotonic_seconds();
  const auto targets =
      targets_of(steps, judge_, settings().double_q ? &learner_ : nullptr, settings().discount);
  const training::Rates rates = rates_after(world_step);
  record.learning_rate = rates.learning_rate;
  const double loss = step(steps, targets, rates);
  training::check_finite(loss, options_, record, batch, [&] {
    const model::Inputs states{learner_.scaled(steps.states), {}};
    return training::find_divergence(learner_.network(), states, "float32");
  });
  follow(1.0 / static_cast<double>(settings().target_every));
  times.data += drawn - started;
  times.forward += monotonic_seconds() - drawn;
  ++times.steps;
  return loss;
}

void QTraining::train(EpochRecord& record, FitTimes& times) {
  Rng rng(options_.seed, "acting epoch " + std::to_string(record.epoch));
  const auto world = make_world(learner_.world());
  const auto& samples = learner_.dataset().samples;
  const auto& rows = options_.train_rows;
  const std::int64_t first = (record.epoch - 1) * settings().steps;
  record.learning_rate = options_.training.learning_rate;
  double loss_sum = 0, earned = 0;
  std::int64_t batches = 0;
  std::vector<float> returns;
  bool running = false;
  for (std::int64_t i = 0; i < settings().steps; ++i) {
    if (i % kStepsBetweenLooks == 0) {
      training::stop_here(options_, run_, record.epoch);
      progress_.show(record.epoch, static_cast<double>(i) / static_cast<double>(settings().steps),
                     returns.empty() ? "" : "return " + pretty_number(returns.back(), 3));
    }
    if (!running) {
      world->start(start_of(*world, samples, rows[rng.below(rows.size())]));
      earned = 0;
    }
    const auto before = world->state();
    const std::int64_t action = choose(*world, explored(first + i), rng);
    const WorldStep done = world->step(action);
    replay_.add(before, action, done.reward, world->state(), done.ended);
    earned += done.reward;
    running = !done.ended && !done.cut;
    if (!running) returns.push_back(static_cast<float>(earned));
    const bool learns = replay_.added() >= std::max(settings().warm_up, std::int64_t{1});
    if (!learns || replay_.added() % settings().steps_a_batch != 0) continue;
    loss_sum += learn(rng, first + i, ++batches, record, times);
  }
  if (returns.empty()) returns.push_back(static_cast<float>(earned));  // one long episode
  const auto episodes = static_cast<std::int64_t>(returns.size());
  const std::vector<std::int64_t> any(returns.size(), 0);  // returns have no rows of their own
  record.steps = optimizer_->steps();
  record.train_loss = batches > 0 ? loss_sum / static_cast<double>(batches) : 0;
  record.train_metric =
      training::compute_metric(options_.metric, {episodes, 1, returns}, samples.target, any);
}

void QTraining::validate(EpochRecord& record) {
  const auto& samples = learner_.dataset().samples;
  record.validation_metric =
      training::compute_metric(options_.metric, learner_.predict(samples, options_.validation_rows),
                               samples.target, options_.validation_rows);
  record.validation_loss = record.train_loss;  // of drawn steps; episodes have none of their own
}

training::FitReport DeepQ::fit(const training::FitOptions& asked, RunContext& run) {
  const auto need = need_of(*this, asked.training.reinforcement);
  const auto options = training::own_options(asked, {need, device_}, run);
  return training::telling_memory(need, device_, options, run, [&] {
    QTraining training(*this, options, run);
    return training::run_epochs(training, options, run, spec::tasks::reinforcement);
  });
}

}  // namespace dlwork::task
