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

using training::OwnEpoch;

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

QTraining::QTraining(DeepQ& learner, const training::FitOptions& options, const RunContext& run)
    : learner_(learner),
      options_(options),
      judge_(learner.world(), learner.layers(), learner.seed(), nullptr, run.device),
      replay_(settings().buffer,
              static_cast<std::int64_t>(make_world(learner.world())->state_names().size())),
      flat_(learner.parameters()),
      optimizer_(training::make_optimizer(options.training.optimizer, flat_)),
      world_(make_world(learner.world())),
      rng_(options.seed, "acting") {
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
  return {{"steps", optimizer_->steps()},
          {"added", replay_.added()},
          {"random", rng_.state()},
          {"state", world_->state()},
          {"episode_steps", world_->steps()},
          {"epoch_steps", running_.steps},
          {"in_episode", running_.in_episode},
          {"earned", running_.earned},
          {"returns", running_.returns},
          {"loss_sum", running_.loss_sum},
          {"batches", running_.batches}};
}

void QTraining::restore(const Json& numbers) {
  numbers.at("steps").get_to(optimizer_->steps());
  numbers.at("added").get_to(replay_.added());
  if (replay_.added() < 0) throw Error(ExitStatus::kInput, "its count of steps is damaged");
  rng_.restore(numbers.at("random").get<std::vector<std::uint64_t>>());
  world_->place(numbers.at("state").get<std::vector<double>>(),
                numbers.at("episode_steps").get<std::int64_t>());
  numbers.at("epoch_steps").get_to(running_.steps);
  numbers.at("in_episode").get_to(running_.in_episode);
  numbers.at("earned").get_to(running_.earned);
  numbers.at("returns").get_to(running_.returns);
  numbers.at("loss_sum").get_to(running_.loss_sum);
  numbers.at("batches").get_to(running_.batches);
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

std::int64_t QTraining::choose(double share) {
  if (rng_.uniform() < share) {
    const auto actions = static_cast<std::uint64_t>(world_->actions().size());
    return static_cast<std::int64_t>(rng_.below(actions));
  }
  return best_actions(learner_.values(state_tensor(*world_))).front();
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

void QTraining::learn(std::int64_t world_step, OwnEpoch& epoch) {
  const double started = monotonic_seconds();
  const auto steps = replay_.draw(rng_, options_.training.batch_size).to(learner_.device());
  const double drawn = monotonic_seconds();
  const auto targets =
      targets_of(steps, judge_, settings().double_q ? &learner_ : nullptr, settings().discount);
  const training::Rates rates = rates_after(world_step);
  epoch.record.learning_rate = rates.learning_rate;
  const double loss = step(steps, targets, rates);
  training::check_finite(loss, epoch, ++running_.batches, [&] {
    const model::Inputs states{learner_.scaled(steps.states), {}};
    return training::find_divergence(learner_.network(), states, "float32");
  });
  follow(1.0 / static_cast<double>(settings().target_every));
  running_.loss_sum += loss;
  epoch.times.data += drawn - started;
  epoch.times.forward += monotonic_seconds() - drawn;
  ++epoch.times.steps;
}

void QTraining::begin(OwnEpoch& epoch) {
  if (running_.steps > 0) return;
  rng_ = Rng(options_.seed, "acting epoch " + std::to_string(epoch.record.epoch));
}

void QTraining::advance(OwnEpoch& epoch) {
  const auto& rows = options_.train_rows;
  if (!running_.in_episode) {
    const auto row = rows[rng_.below(rows.size())];
    world_->start(start_of(*world_, learner_.dataset().samples, row));
    running_.earned = 0;
  }
  const std::int64_t step = (epoch.record.epoch - 1) * settings().steps + running_.steps++;
  const auto before = world_->state();
  const std::int64_t action = choose(explored(step));
  const WorldStep done = world_->step(action);
  replay_.add(before, action, done.reward, world_->state(), done.ended);
  running_.earned += done.reward;
  running_.in_episode = !done.ended && !done.cut;
  if (!running_.in_episode) running_.returns.push_back(static_cast<float>(running_.earned));
  const bool learns = replay_.added() >= std::max(settings().warm_up, std::int64_t{1});
  if (learns && replay_.added() % settings().steps_a_batch == 0) learn(step, epoch);
}

std::string QTraining::detail() const {
  return running_.returns.empty() ? "" : "return " + pretty_number(running_.returns.back(), 3);
}

void QTraining::finish(OwnEpoch& epoch) {
  auto& returns = running_.returns;
  if (returns.empty()) returns.push_back(static_cast<float>(running_.earned));  // one long episode
  const auto episodes = static_cast<std::int64_t>(returns.size());
  const std::vector<std::int64_t> any(returns.size(), 0);  // returns have no rows of their own
  epoch.record.steps = optimizer_->steps();
  epoch.record.train_loss =
      running_.batches > 0 ? running_.loss_sum / static_cast<double>(running_.batches) : 0;
  epoch.record.train_metric = training::compute_metric(options_.metric, {episodes, 1, returns},
                                                       learner_.dataset().samples.target, any);
  running_ = {};
}

void QTraining::validate(OwnEpoch& epoch) {
  const auto& samples = learner_.dataset().samples;
  epoch.record.validation_metric =
      training::compute_metric(options_.metric, learner_.predict(samples, options_.validation_rows),
                               samples.target, options_.validation_rows);
  // Of drawn steps; episodes have no loss of their own.
  epoch.record.validation_loss = epoch.record.train_loss;
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
