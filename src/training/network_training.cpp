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

NetworkTraining::NetworkTraining(NetworkLearner& learner, const FitOptions& options,
                                 RunContext& run)
    : learner_(learner),
      options_(options),
      run_(run),
      samples_(learner.dataset().samples),
      feed_(learner.batches_of(samples_)),
      flat_(learner.network().parameters()),
      optimizer_(make_optimizer(options.training.optimizer, flat_)),
      bounds_(batch_bounds(static_cast<std::int64_t>(options.train_rows.size()),
                           options.training.batch_size, kLeastBatch)),
      progress_(options, run),
      clock_(learner.device(), !options.trace_file.empty()) {
  feed_.prepare();
}

NamedTensors NetworkTraining::state() const {
  NamedTensors tensors;
  for (std::size_t i = 0; i < optimizer_->state().size(); ++i) {
    tensors.push_back({"optimizer." + std::to_string(i), optimizer_->state()[i]});
  }
  return tensors;
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

void NetworkTraining::check(double loss, const EpochRecord& record, std::int64_t number,
                            const NetworkBatch& batch, model::Network::Mode mode) const {
  const bool learned = mode == model::Network::Mode::kTrain;
  check_finite(
      loss, options_, record, number,
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

void NetworkTraining::train(EpochRecord& record, FitTimes& times) {
  Rng rng(options_.seed, "order epoch " + std::to_string(record.epoch));
  const auto order = learner_.order(options_.train_rows, options_.training.batch_size, rng);
  const auto rows = static_cast<std::int64_t>(order.size());
  DLWORK_ASSERT(order.size() == options_.train_rows.size(), "an order has every row");
  const auto batches = static_cast<std::int64_t>(bounds_.size()) - 1;
  double loss_sum = 0;
  Outputs said;
  std::vector<std::int64_t> judged;
  for (std::int64_t i = 0; i < batches; ++i) {
    stop_here(options_, run_, record.epoch);
    const Rates rates = rates_at(
        options_.training,
        {(record.epoch - 1) * batches + i, options_.training.epochs * batches, batches, 0});
    record.learning_rate = rates.learning_rate;
    NetworkBatch batch;
    times.data += clock_.time("data", [&] {
      batch =
          learner_.batch(feed_, samples_, order.data() + bounds_[i], bounds_[i + 1] - bounds_[i]);
    });
    const Step done = step(batch, rates, times);
    check(done.loss, record, i + 1, batch, model::Network::Mode::kTrain);
    loss_sum += done.loss * static_cast<double>(bounds_[i + 1] - bounds_[i]);
    if (rows - bounds_[i] <= kJudgedRows || i + 1 == batches) {
      const torch::NoGradGuard no_grad;
      append(said, learner_.describe(done.outputs, batch, samples_));
      judged.insert(judged.end(), batch.rows.begin(), batch.rows.end());
    }
    progress_.show(record.epoch, static_cast<double>(i + 1) / static_cast<double>(batches),
                   "loss " + pretty_number(loss_sum / static_cast<double>(bounds_[i + 1]), 3));
  }
  record.steps = optimizer_->steps();
  record.train_loss = loss_sum / static_cast<double>(rows);
  record.train_metric = compute_metric(options_.metric, said, samples_.target, judged);
}

void NetworkTraining::validate(EpochRecord& record) {
  const auto& rows = options_.validation_rows;
  Outputs said;
  double loss_sum = 0;
  std::int64_t number = 0;
  learner_.pass(feed_, samples_, rows,
                [&](const model::Inputs& outputs, const NetworkBatch& batch) {
                  const double loss = learner_.loss(outputs, batch).item<double>();
                  check(loss, record, ++number, batch, model::Network::Mode::kEvaluate);
                  loss_sum += loss * static_cast<double>(batch.rows.size());
                  append(said, learner_.describe(outputs, batch, samples_));
                });
  record.validation_loss = loss_sum / static_cast<double>(rows.size());
  record.validation_metric = compute_metric(options_.metric, said, samples_.target, rows);
}

}  // namespace dlwork::training
