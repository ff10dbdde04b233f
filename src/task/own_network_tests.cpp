#include "task/own_network_tests.h"

#include <algorithm>
#include <cmath>

#include "dlwork/base/text.h"
#include "model/layers.h"
#include "training/device.h"
#include "training/network_tests/idle_bias.h"
#include "training/network_tests/layers.h"
#include "training/network_tests/tests.h"
#include "training/network_training.h"

namespace dlwork::task {
namespace {

using artefact::Finding;
using model::Inputs;
using model::Network;
using training::NetworkBatch;
using training::NetworkLearner;
using Rows = std::vector<std::int64_t>;

/// Training rows that are asked about one by one, at most.
constexpr std::size_t kFew = 8;

const std::vector<NotApplied>& not_of_own_networks() {
  static const std::vector<NotApplied> all = {
      {"net-causality", "no answer of this task has to do without what comes after"},
      {"net-gradient-fresh", "net-gradient-check works its gradients out anew"},
      {"net-planned-path", "training goes by LibTorch's autograd alone"},
      {"net-devices", "the task's own loss is not compared between devices"}};
  return all;
}

/// Values that count: not those behind a sequence's end.
torch::Tensor counting(const Inputs& outputs) {
  if (!outputs.lengths.defined() || outputs.values.dim() != 3) return outputs.values;
  const auto past = model::past_end(outputs.lengths, outputs.values.size(1)).unsqueeze(2);
  return outputs.values.masked_fill(past, 0);
}

/// Largest difference as a share of the largest value.
double apart(const torch::Tensor& a, const torch::Tensor& b) {
  const double size = std::max(1e-30, a.abs().max().item<double>());
  return (a - b).abs().max().item<double>() / size;
}

/// What the tests share.
class Tests {
 public:
  Tests(const OwnNetwork& network, const spec::NetworkTest& limits,
        const training::FitOptions& options, RunContext& run)
      : network_(network),
        limits_(limits),
        options_(training::own_options(options, network.fresh()->need(options), run)),
        run_(run) {
    options_.train_rows.resize(std::min(options.train_rows.size(), training::kTestedOfOwnLoss));
    options_.trace_file.clear();
    few_ = options_.train_rows;
    few_.resize(std::min(few_.size(), kFew));
    heart_ = options_.train_rows;
    heart_.resize(std::min(heart_.size(), static_cast<std::size_t>(limits.overfit_samples)));
  }

  std::vector<Finding> run() {
    add("net-output-shape", [&] { return output_shape(); });
    add("net-finite", [&] { return finite(); });
    add("net-sample-independence", [&] { return independence(); });
    add("net-padding", [&] { return padding(); });
    add("net-evaluation", [&] { return evaluation(); });
    add("net-initial-loss", [&] { return first_loss(); });
    add("net-initial-weights", [&] { return initial_weights(); });
    add("net-activations", [&] { return activations(); });
    add("net-signal-depth", [&] { return signal_depth(); });
    add("net-gradient-flow", [&] { return gradient_flow(); });
    add("net-gradient-check", [&] { return gradient_check(); });
    add("net-idle-bias", [&] { return training::test_idle_biases(network_.fresh()->network()); });
    add("net-parameters-move", [&] { return parameters_move(); });
    add("net-update-ratio", [&] { return update_ratio(); });
    add("net-overfit-batch", [&] { return test_overfit(learned().course, limits_); });
    add("net-input-dependence", [&] { return input_dependence(); });
    add("net-same-seed", [&] { return same_seed(); });
    add("net-save-load", [&] {
      const auto learner = network_.fresh();
      return test_save_load(*learner, network_.load, learner->dataset().samples, few_);
    });
    auto skipped = not_of_own_networks();
    skipped.insert(skipped.end(), network_.not_applied.begin(), network_.not_applied.end());
    skip_rest(findings_, skipped);
    return std::move(findings_);
  }

 private:
  void add(const std::string& id, const std::function<Finding()>& test) {
    const auto& skipped = network_.not_applied;
    const bool applies = std::none_of(skipped.begin(), skipped.end(),
                                      [&](const NotApplied& other) { return other.id == id; });
    if (!applies) return;
    if (run_.stop.requested()) {
      throw Error(ExitStatus::kInterrupted, options_.label + ": stopped");
    }
    findings_.push_back(test());
  }

  /// A batch in memory of its own.
  static NetworkBatch batch_of(const NetworkLearner& learner, const Rows& rows) {
    auto feed = learner.batches_of(learner.dataset().samples);
    auto batch = learner.batch(feed, rows.data(), static_cast<std::int64_t>(rows.size()));
    const auto copied = [](const torch::Tensor& part) { return part.clone(); };
    batch.inputs = batch.inputs.mapped(copied);
    if (batch.targets.defined()) batch.targets = batch.targets.clone();
    return batch;
  }
  static Inputs evaluated(const NetworkLearner& learner, const Inputs& inputs) {
    const torch::NoGradGuard no_grad;
    learner.network().set_mode(Network::Mode::kEvaluate);
    return learner.network().pass(inputs);
  }

  Finding output_shape() const {
    const auto learner = network_.fresh();
    const auto said = learner->predict(learner->dataset().samples, few_);
    const bool whole = said.rows == static_cast<std::int64_t>(few_.size()) && said.columns > 0 &&
                       said.values.size() == static_cast<std::size_t>(said.rows * said.columns);
    return tested("net-output-shape", whole,
                  "the network gives " + model::to_text(learner->output_shape()) +
                      " of a sample, " +
                      (whole ? "and each has its row of what is said"
                             : "and what is said has not one row for each"));
  }

  Finding finite() const {
    const auto learner = network_.fresh();
    const auto outputs = evaluated(*learner, batch_of(*learner, options_.train_rows).inputs);
    const bool all = counting(outputs).isfinite().all().item<bool>();
    const std::size_t samples = options_.train_rows.size();
    return tested("net-finite", all,
                  std::string("of ") + std::to_string(samples) +
                      " samples the untrained network gives " +
                      (all ? "finite numbers" : "numbers that are not finite"),
                  {{"samples", samples}});
  }

  Finding independence() const {
    const auto learner = network_.fresh();
    const auto batch = batch_of(*learner, few_);
    const auto together = counting(evaluated(*learner, batch.inputs));
    double most = 0;
    for (std::int64_t i = 0; i < static_cast<std::int64_t>(few_.size()); ++i) {
      const auto alone = counting(evaluated(
          *learner, batch.inputs.mapped([&](const auto& part) { return part.narrow(0, i, 1); })));
      most = std::max(most, apart(together.narrow(0, i, 1), alone));
    }
    return tested("net-sample-independence", most <= limits_.independence_tolerance,
                  "a sample's outputs differ by a share of " + pretty_number(most, 2) +
                      " between alone and with others",
                  {{"difference", most}, {"tolerance", limits_.independence_tolerance}});
  }

  Finding padding() const {
    const auto learner = network_.fresh();
    const auto batch = batch_of(*learner, options_.train_rows);
    if (!batch.inputs.lengths.defined()) {
      return training::skip("net-padding", "no sample ends before the longest does");
    }
    const auto noisy = training::noise_past_ends(batch.inputs);
    training::PaddingSeen seen;
    seen.sequences = static_cast<std::size_t>(
        (batch.inputs.lengths < batch.inputs.values.size(1)).sum().item<std::int64_t>());
    seen.outputs =
        apart(counting(evaluated(*learner, batch.inputs)), counting(evaluated(*learner, noisy)));
    const auto given = gradients(*learner, batch, batch.inputs);
    seen.gradients = training::difference(gradients(*learner, batch, noisy), given);
    return training::judge_padding(learner->network(), seen, limits_.padding_tolerance);
  }

  /// Those of the batch's loss in training mode with these inputs, in a row, by one seed.
  torch::Tensor gradients(const NetworkLearner& learner, const NetworkBatch& batch,
                          const Inputs& inputs) const {
    for (auto [name, parameter] : learner.network().parameters()) {
      if (parameter.grad().defined()) parameter.mutable_grad().zero_();
    }
    learner.network().set_mode(Network::Mode::kTrain);
    torch::manual_seed(options_.seed);
    learner.loss(learner.network().pass(inputs), batch).backward();
    std::vector<torch::Tensor> flat;
    for (const auto& gradient : training::trained_gradients(learner.network())) {
      flat.push_back(gradient.flatten());
    }
    return torch::cat(flat);
  }

  Finding evaluation() const {
    const auto learner = network_.fresh();
    const auto inputs = batch_of(*learner, few_).inputs;
    const bool same =
        torch::equal(counting(evaluated(*learner, inputs)), counting(evaluated(*learner, inputs)));
    return tested("net-evaluation", same,
                  same ? "asked twice in evaluation mode, it says the same to the bit"
                       : "asked twice in evaluation mode, it says something else");
  }

  Finding first_loss() const {
    DLWORK_ASSERT(network_.first_loss, "a first loss, or why there is none");
    const auto learner = network_.fresh();
    const auto batch = batch_of(*learner, options_.train_rows);
    const double loss = learner->loss(evaluated(*learner, batch.inputs), batch).item<double>(),
                 expected = *network_.first_loss;
    return tested("net-initial-loss",
                  std::abs(loss - expected) <= limits_.initial_loss_tolerance * expected,
                  "the untrained network's loss is " + pretty_number(loss) + ", expected " +
                      pretty_number(expected),
                  {{"loss", loss}, {"expected", expected}});
  }

  Finding gradient_flow() const {
    const auto learner = network_.fresh();
    const auto batch = batch_of(*learner, heart_);
    learner->network().set_mode(Network::Mode::kTrain);
    learner->loss(learner->network().pass(batch.inputs), batch).backward();
    auto parameters = learner->network().parameters();
    const auto idle = training::idle_biases(learner->network());
    std::erase_if(parameters, [&](const auto& parameter) {
      return std::find(idle.begin(), idle.end(), parameter.first) != idle.end();
    });
    return test_gradient_flow(parameters);
  }

  Finding initial_weights() const {
    const auto learner = network_.fresh();
    const auto& made = learner->blueprint();
    const Network other(made.layers, learner->input(), made.outputs, made.seed + 1);
    return training::test_initial_weights(learner->network(), other);
  }

  Finding activations() const {
    const auto learner = network_.fresh();
    return training::test_activations(
        learner->network(), batch_of(*learner, options_.train_rows).inputs, options_.seed, limits_);
  }

  Finding signal_depth() const {
    const auto learner = network_.fresh();
    const auto batch = batch_of(*learner, heart_);
    return training::test_signal_depth(
        {learner->network(), batch.inputs,
         [&](const Inputs& outputs) { return learner->loss(outputs, batch); }, options_.seed},
        limits_);
  }

  Finding gradient_check() const {
    const auto wide = network_.fresh(), learner = network_.fresh();
    const auto& network = wide->network();
    auto batch = batch_of(*wide, few_);
    training::jitter(network.parameters());
    training::widen(wide->tensors());
    batch.inputs.values = training::widened(batch.inputs.values);
    batch.targets = training::widened(batch.targets);
    network.set_mode(Network::Mode::kTrain);
    const training::ExactLoss exact{training::trained_parameters(network), [&] {
                                      torch::manual_seed(options_.seed);  // the same dropout
                                      return wide->loss(network.pass(batch.inputs), batch);
                                    }};
    std::function<std::vector<torch::Tensor>()> single = [&] {
      training::jitter(learner->network().parameters());
      const auto same = batch_of(*learner, few_);
      gradients(*learner, same, same.inputs);
      return training::trained_gradients(learner->network());
    };
    if (training::draws_numbers(learner->network(), batch_of(*learner, few_).inputs)) {
      single = nullptr;
    }
    return training::test_gradients(exact, single, limits_.gradient_tolerance);
  }

  /// Steps at the project's own rate; the first is made of a network as it was drawn.
  Finding parameters_move() const {
    const auto learner = network_.fresh();
    const Stepping stepping(*learner, *this, heart_);
    return test_parameters_move(learner->network().parameters(), [&] { stepping.step(); });
  }

  Finding update_ratio() const {
    const auto learner = network_.fresh();
    const Stepping stepping(*learner, *this, heart_);
    return training::test_update_ratio(
        learner->network(), [&] { stepping.step(); }, options_.training.learning_rate, limits_);
  }

  /// A network that learned a batch by heart, as far as it could.
  struct Learned {
    std::unique_ptr<NetworkLearner> learner;
    Course course;
  };
  const Learned& learned() {
    if (!learned_) {
      learned_.emplace(Learned{network_.fresh(), {}});
      const Stepping stepping(*learned_->learner, *this, heart_);
      learned_->course = learn_by_heart([&] { return stepping.step(); }, limits_);
    }
    return *learned_;
  }

  Finding input_dependence() {
    const NetworkLearner& learner = *learned().learner;
    const Course& course = learned().course;
    const auto batch = batch_of(learner, heart_);
    training::DependenceSeen seen;
    seen.first = course.first;
    seen.last = course.last;
    const auto loss_with = [&](const Inputs& inputs) {
      const torch::NoGradGuard no_grad;
      learner.network().set_mode(Network::Mode::kTrain);
      torch::manual_seed(options_.seed);
      return learner.loss(learner.network().pass(inputs), batch).item<double>();
    };
    training::see_dependence(batch.inputs, loss_with, seen);
    const auto fresh = network_.fresh();
    seen.unread =
        training::unread_share(fresh->network(), batch.inputs,
                               static_cast<std::int64_t>(fresh->input().category_sizes.size()));
    return training::judge_dependence(seen, limits_);
  }

  Finding same_seed() const {
    return test_same_seed([&] {
      auto one = network_.fresh();
      auto brief = options_;
      brief.training.epochs = 1;
      brief.checkpoint_folder.clear();
      brief.events_folder.clear();
      brief.after_epoch = nullptr;
      brief.validation_rows.clear();
      one->fit(brief, run_);
      return one->tensors();
    });
  }

  /// Steps on one batch.
  class Stepping {
   public:
    Stepping(NetworkLearner& learner, const Tests& tests, const Rows& rows)
        : batch_(batch_of(learner, rows)),
          options_(tests.options_),
          training_(std::make_unique<training::NetworkTraining>(learner, options_)) {}
    double step() const {
      training::FitTimes times;
      return training_
          ->step(batch_, {options_.training.learning_rate, options_.training.momentum}, times)
          .loss;
    }

   private:
    NetworkBatch batch_;
    training::FitOptions options_;
    std::unique_ptr<training::NetworkTraining> training_;
  };

  const OwnNetwork& network_;
  const spec::NetworkTest& limits_;
  training::FitOptions options_;
  RunContext& run_;
  Rows few_, heart_;
  std::vector<Finding> findings_;
  std::optional<Learned> learned_;
};

}  // namespace

std::vector<Finding> test_own_network(const OwnNetwork& network, const spec::NetworkTest& limits,
                                      const training::FitOptions& options, RunContext& run) {
  return Tests(network, limits, options, run).run();
}

}  // namespace dlwork::task
