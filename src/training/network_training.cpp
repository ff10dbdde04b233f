#include "training/network_training.h"

#include <algorithm>
#include <cmath>

#include "dlwork/base/hash.h"
#include "dlwork/base/text.h"
#include "dlwork/training/metrics.h"
#include "training/divergence.h"
#include "training/fit_checks.h"

namespace dlwork::training {
namespace {

/// Training rows, the last of an epoch, that the training metric is taken on, at most.
constexpr std::int64_t kJudgedRows = 2048;
/// Of the last batch: batch norm has no variance of one to divide by, a loss over pairs no pair.
constexpr std::int64_t kLeastBatch = 2;

}  // namespace

void append(Outputs& outputs, const Outputs& more) {
  DLWORK_ASSERT(outputs.rows == 0 || outputs.columns == more.columns, "rows of one width");
  outputs.rows += more.rows;
  outputs.columns = more.columns;
  outputs.values.insert(outputs.values.end(), more.values.begin(), more.values.end());
  outputs.texts.insert(outputs.texts.end(), more.texts.begin(), more.texts.end());
}

NetworkTraining::NetworkTraining(NetworkLearner& learner, const FitOptions& options)
    : learner_(learner),
      options_(options),
      samples_(learner.dataset().samples),
      feed_(learner.batches_of(samples_)),
      flat_(learner.network().parameters()),
      optimizer_(make_optimizer(options.training.optimizer, flat_)),
      bounds_(batch_bounds(static_cast<std::int64_t>(options.train_rows.size()),
                           options.training.batch_size, kLeastBatch)),
      clock_(learner.device(), !options.trace_file.empty()) {
  feed_.prepare();
}

NamedTensors NetworkTraining::state() const {
  NamedTensors tensors;
  for (std::size_t i = 0; i < optimizer_->state().size(); ++i) {
    tensors.push_back({"optimizer." + std::to_string(i), optimizer_->state()[i]});
  }
  const Outputs& said = running_.said;
  tensors.push_back({"said", torch::from_blob(const_cast<float*>(said.values.data()),
                                              {said.rows, said.columns}, torch::kFloat32)});
  return tensors;
}

Json NetworkTraining::numbers() const {
  return {{"steps", optimizer_->steps()},     {"batch", running_.batch},
          {"loss_sum", running_.loss_sum},    {"judged", running_.judged},
          {"columns", running_.said.columns}, {"texts", running_.said.texts}};
}

void NetworkTraining::restore(const Json& numbers) {
  numbers.at("steps").get_to(optimizer_->steps());
  numbers.at("batch").get_to(running_.batch);
  numbers.at("loss_sum").get_to(running_.loss_sum);
  numbers.at("judged").get_to(running_.judged);
  Outputs& said = running_.said;
  numbers.at("columns").get_to(said.columns);
  numbers.at("texts").get_to(said.texts);
  said.rows = static_cast<std::int64_t>(running_.judged.size());
  said.values.resize(running_.judged.size() * static_cast<std::size_t>(said.columns));
}

std::string NetworkTraining::identity() const {
  Hasher hasher;
  hasher.add(to_json(learner_.blueprint()).dump());
  return hasher.hex();
}

std::string NetworkTraining::broken() const {
  const std::string layer = broken_layer(learner_.network());
  return layer.empty() ? "" : "layer " + layer;
}

void NetworkTraining::check(double loss, const OwnEpoch& epoch, std::int64_t number,
                            const NetworkBatch& batch, model::Network::Mode mode) const {
  const bool learned = mode == model::Network::Mode::kTrain;
  check_finite(
      loss, epoch, number,
      [&] { return find_divergence(learner_.network(), batch.inputs, "float32", mode); },
      learned ? "loss" : "validation loss");
}

NetworkTraining::Step NetworkTraining::step(const NetworkBatch& batch, const Rates& rates,
                                            FitTimes& times) {
  const torch::AutoGradMode gradients(true);
  flat_.zero_gradients();
  // A stream of its own for each step's dropout, so that any step can be the first after a resume.
  torch::manual_seed(noise_ + static_cast<std::uint64_t>(optimizer_->steps()));
  Step done;
  torch::Tensor loss;
  times.forward += clock_.time("forward", [&] {
    learner_.network().set_mode(model::Network::Mode::kTrain);
    done.outputs = learner_.network().pass(batch.inputs);
    loss = learner_.loss(done.outputs, batch);
    done.loss = loss.item<double>();
  });
  if (!std::isfinite(done.loss)) return done;  // the caller tells where
  times.backward += clock_.time("backward", [&] { loss.backward(); });
  done.outputs.values = done.outputs.values.detach();
  times.optimizer += clock_.time("optimizer", [&] {
    const torch::NoGradGuard no_grad;
    if (options_.training.gradient_clip > 0) flat_.clip(options_.training.gradient_clip);
    optimizer_->step(flat_, {rates.learning_rate, rates.momentum, options_.training.weight_decay});
  });
  ++times.steps;
  return done;
}

void NetworkTraining::begin(OwnEpoch& epoch) {
  Rng rng(options_.seed, "order epoch " + std::to_string(epoch.record.epoch));
  order_ = learner_.order(options_.train_rows, options_.training.batch_size, rng);
  DLWORK_ASSERT(order_.size() == options_.train_rows.size(), "an order has every row");
}

bool NetworkTraining::is_judged() const {
  return rows() - bounds_[running_.batch] <= kJudgedRows || running_.batch + 1 == batches();
}

NetworkBatch NetworkTraining::draw_batch(std::int64_t epoch, const std::int64_t* rows,
                                         std::int64_t count) {
  Rng rng(options_.seed,
          "augment epoch " + std::to_string(epoch) + " batch " + std::to_string(running_.batch));
  return learner_.batch_of(feed_.inputs(rows, count, options_.training.augment, rng),
                           {rows, rows + count});
}

void NetworkTraining::advance(OwnEpoch& epoch) {
  const std::int64_t first = bounds_[running_.batch];
  const std::int64_t count = bounds_[running_.batch + 1] - first;
  const Rates rates =
      rates_at(options_.training, {(epoch.record.epoch - 1) * batches() + running_.batch,
                                   options_.training.epochs * batches(), batches(), 0});
  epoch.record.learning_rate = rates.learning_rate;
  NetworkBatch batch;
  epoch.times.data += clock_.time(
      "data", [&] { batch = draw_batch(epoch.record.epoch, order_.data() + first, count); });
  const Step done = step(batch, rates, epoch.times);
  check(done.loss, epoch, running_.batch + 1, batch, model::Network::Mode::kTrain);
  running_.loss_sum += done.loss * static_cast<double>(count);
  if (is_judged()) {
    const torch::NoGradGuard no_grad;
    append(running_.said, learner_.describe(done.outputs, batch, samples_));
    running_.judged.insert(running_.judged.end(), batch.rows.begin(), batch.rows.end());
  }
  ++running_.batch;
}

std::string NetworkTraining::detail() const {
  return "loss " +
         pretty_number(running_.loss_sum / static_cast<double>(bounds_[running_.batch]), 3);
}

void NetworkTraining::finish(OwnEpoch& epoch) {
  epoch.record.steps = optimizer_->steps();
  epoch.record.train_loss = running_.loss_sum / static_cast<double>(rows());
  epoch.record.train_metric =
      compute_metric(options_.metric, running_.said, samples_.target, running_.judged);
  running_ = {};
}

void NetworkTraining::validate(OwnEpoch& epoch) {
  const auto& rows = options_.validation_rows;
  Outputs said;
  double loss_sum = 0;
  std::int64_t number = 0;
  learner_.pass(feed_, rows, [&](const model::Inputs& outputs, const NetworkBatch& batch) {
    const double loss = learner_.loss(outputs, batch).item<double>();
    check(loss, epoch, ++number, batch, model::Network::Mode::kEvaluate);
    loss_sum += loss * static_cast<double>(batch.rows.size());
    append(said, learner_.describe(outputs, batch, samples_));
  });
  epoch.record.validation_loss = loss_sum / static_cast<double>(rows.size());
  epoch.record.validation_metric = compute_metric(options_.metric, said, samples_.target, rows);
}

}  // namespace dlwork::training
