#include "training/network_tests/probe.h"

#include <algorithm>
#include <cmath>

#include "training/network_tests/layers.h"
#include "training/network_tests/tests.h"

namespace dlwork::training {
namespace {

constexpr std::size_t kFew = 8;
constexpr std::size_t kHeldOut = 256;
/// Steps between looks at the loss in evaluation mode.
constexpr std::int64_t kLookEvery = 10;

Rows drawn(Rows rows, std::uint64_t seed, std::string_view purpose, std::size_t most) {
  Rng(seed, purpose).shuffle(rows);
  rows.resize(std::min(rows.size(), most));
  return rows;
}

}  // namespace

Probe::Probe(SubjectFactory make, std::uint64_t seed, const spec::NetworkTest& thresholds,
             const FitOptions& options, RunContext& run)
    : make_(std::move(make)), seed_(seed), thresholds_(thresholds), options_(options), run_(run) {
  many_ = drawn(options.train_rows, options.seed, "network tests", kTestedSamples);
  few_ = batch_ = many_;
  few_.resize(std::min(few_.size(), kFew));
  batch_.resize(std::min(batch_.size(), static_cast<std::size_t>(thresholds.overfit_samples)));
  held_out_ = drawn(options.validation_rows, options.seed, "network tests, held out", kHeldOut);
}

double Probe::descend(Subject& subject, const model::Inputs& inputs,
                      const torch::Tensor& targets) const {
  if (run_.stop.requested()) throw Error(ExitStatus::kInterrupted, options_.label + ": stopped");
  subject.set_mode(model::Network::Mode::kTrain);
  const double loss = subject.step().gradients(inputs, targets).loss;
  if (std::isfinite(loss)) {
    subject.step().update({options_.training.learning_rate, options_.training.momentum}, 0);
  }
  return loss;
}

void Probe::descend(Subject& subject, const Rows& rows, int steps) const {
  torch::manual_seed(options_.seed);
  const auto inputs = subject.inputs(rows);
  const auto targets = subject.targets(rows);
  for (int step = 0; step < steps; ++step) descend(subject, inputs, targets);
}

Probe::Learned& Probe::learned() {
  if (!learned_) learned_ = learn();
  return *learned_;
}

Probe::Learned Probe::learn() const {
  Learned learned;
  learned.subject = fresh();
  Subject& subject = *learned.subject;
  const auto inputs = subject.inputs(batch_);
  const auto targets = subject.targets(batch_);
  learned.least = least_loss(subject, targets);
  torch::manual_seed(options_.seed);
  for (std::int64_t step = 0; step <= thresholds_.overfit_steps; ++step) {
    learned.steps = step;
    // The last look is at the loss alone.
    subject.set_mode(model::Network::Mode::kTrain);
    const bool end = step == thresholds_.overfit_steps;
    learned.last = end ? subject.loss(subject.outputs(inputs), targets).item<double>()
                       : descend(subject, inputs, targets);
    if (step == 0) learned.first = learned.last;
    if (!std::isfinite(learned.last)) break;
    if (step > 0 && learned.share() >= thresholds_.overfit_loss_ratio &&
        (end || step % kLookEvery == 0)) {
      subject.set_mode(model::Network::Mode::kEvaluate);
      const double seen = subject.loss(subject.outputs(inputs), targets).item<double>();
      if (seen < learned.last) learned.last = seen;
    }
    if (step > 0 && learned.share() < thresholds_.overfit_loss_ratio) break;
    if (learns_nothing(step, learned.share(), thresholds_)) break;
  }
  return learned;
}

double least_loss(Subject& subject, const torch::Tensor& targets) {
  if (targets.is_floating_point())
    return subject.loss(targets.unsqueeze(1), targets).item<double>();
  const auto& blueprint = subject.learner().blueprint();
  const auto certain = torch::one_hot(targets, blueprint.coding.outputs()).to(torch::kFloat32);
  return subject.loss(outputs_for(blueprint.loss, certain), targets).item<double>();
}

double difference(const torch::Tensor& a, const torch::Tensor& b) {
  const double size = std::max(rms(a), rms(b));
  return size > 0 ? rms(a - b) / size : 0;
}

torch::Tensor gradients_of(Subject& subject, const model::Inputs& inputs,
                           const torch::Tensor& targets, std::uint64_t seed) {
  torch::manual_seed(seed);
  subject.step().gradients(inputs, targets);
  return subject.step().flat().gradients.clone();
}

double largest(const torch::Tensor& tensor) {
  return tensor.numel() == 0 ? 0 : tensor.detach().abs().max().item<double>();
}

double rms(const torch::Tensor& tensor) {
  if (tensor.numel() == 0) return 0;
  return std::sqrt(tensor.detach().to(torch::kFloat64).square().mean().item<double>());
}

}  // namespace dlwork::training
