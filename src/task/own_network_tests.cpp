#include "task/own_network_tests.h"

#include <algorithm>
#include <cmath>

#include "dlwork/base/text.h"
#include "model/layers.h"
#include "training/device.h"
#include "training/network_tests/idle_bias.h"
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

/// Training rows that tests look at, at most, and of these such as are asked about one by one.
constexpr std::size_t kTestedSamples = 64, kFew = 8;

constexpr char kByInspection[] = "the report's layers show what is in them, and no bound is known";

const std::vector<NotApplied>& not_of_own_networks() {
  static const std::vector<NotApplied> all = {
      {"net-causality", "no answer of this task has to do without what comes after"},
      {"net-initial-weights", "net-same-seed looks at the seed, net-parameters-move at units"},
      {"net-activations", kByInspection},
      {"net-signal-depth", kByInspection},
      {"net-gradient-fresh", "net-gradient-check works its gradients out anew"},
      {"net-update-ratio", "net-parameters-move and net-overfit-batch look at the same step"},
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
    options_.train_rows.resize(std::min(options.train_rows.size(), kTestedSamples));
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
    add("net-gradient-flow", [&] { return gradient_flow(); });
    add("net-gradient-check", [&] { return gradient_check(); });
    add("net-idle-bias", [&] { return training::test_idle_biases(network_.fresh()->network()); });
    add("net-parameters-move", [&] { return parameters_move(); });
    add("net-overfit-batch", [&] { return overfit(); });
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
    const auto& samples = learner.dataset().samples;
    auto feed = learner.batches_of(samples);
    auto batch = learner.batch(feed, samples, rows.data(), static_cast<std::int64_t>(rows.size()));
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
    return tested("net-finite", all,
                  all ? "the untrained network gives finite numbers"
                      : "the untrained network gives numbers that are not finite");
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
    const auto past =
        model::past_end(batch.inputs.lengths, batch.inputs.values.size(1)).unsqueeze(2);
    torch::manual_seed(options_.seed);
    const auto noise =
        torch::where(past, torch::randn_like(batch.inputs.values), batch.inputs.values);
    const double off = apart(counting(evaluated(*learner, batch.inputs)),
                             counting(evaluated(*learner, batch.inputs.with(noise))));
    return tested("net-padding", off <= limits_.padding_tolerance,
                  "what stands behind a sequence's end changes outputs by a share of " +
                      pretty_number(off, 2),
                  {{"outputs", off}, {"tolerance", limits_.padding_tolerance}});
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

  /// In evaluation mode, for random numbers of float32 and float64 come apart.
  torch::Tensor gradients(torch::ScalarType type) const {
    const auto learner = network_.fresh();
    const auto& network = learner->network();
    auto batch = batch_of(*learner, few_);
    for (std::size_t i = 0; i < network.layers().size(); ++i) network.module(i)->to(type);
    batch.inputs.values = batch.inputs.values.to(type);
    if (batch.targets.defined() && batch.targets.is_floating_point()) {
      batch.targets = batch.targets.to(type);
    }
    const training::EvaluationGradients in_evaluation;
    network.set_mode(Network::Mode::kEvaluate);
    learner->loss(network.pass(batch.inputs), batch).backward();
    std::vector<torch::Tensor> flat;
    for (const auto& [name, parameter] : network.parameters()) {
      const auto& gradient = parameter.grad();
      flat.push_back((gradient.defined() ? gradient : torch::zeros_like(parameter))
                         .to(torch::kCPU, torch::kFloat64)
                         .flatten());
    }
    return torch::cat(flat);
  }

  Finding gradient_check() const {
    const auto single = gradients(torch::kFloat32), exact = gradients(torch::kFloat64);
    const double size = exact.norm().item<double>();
    const double off = size > 0 ? (single - exact).norm().item<double>() / size : 1;
    return tested(
        "net-gradient-check", off <= limits_.gradient_tolerance,
        "gradients in float32 are off those in float64 by a share of " + pretty_number(off, 2),
        {{"off", off}, {"tolerance", limits_.gradient_tolerance}});
  }

  /// Steps at the project's own rate; the first is made of a network as it was drawn.
  Finding parameters_move() const {
    const auto learner = network_.fresh();
    std::vector<torch::Tensor> before;
    for (const auto& [name, tensor] : learner->network().parameters()) {
      before.push_back(tensor.detach().clone());
    }
    const Stepping stepping(*learner, *this, heart_);
    stepping.step();
    std::vector<std::string> still;
    std::size_t next = 0;
    for (const auto& [name, tensor] : learner->network().parameters()) {
      if (torch::equal(tensor, before[next++])) still.push_back(name);
    }
    return tested("net-parameters-move", still.empty(),
                  still.empty() ? "all " + std::to_string(next) + " parameters change in one step"
                                : join_words(still) + " did not change in one step");
  }

  Finding overfit() const {
    const auto learner = network_.fresh();
    const Stepping stepping(*learner, *this, heart_);
    return test_overfit([&] { return stepping.step(); }, limits_);
  }

  Finding input_dependence() const {
    const auto learner = network_.fresh();
    const auto inputs = batch_of(*learner, few_).inputs;
    const auto given = counting(evaluated(*learner, inputs));
    const double zeroed =
        apart(given, counting(evaluated(*learner, inputs.with(torch::zeros_like(inputs.values)))));
    return tested(
        "net-input-dependence", zeroed > 0,
        "with its inputs zeroed its outputs change by a share of " + pretty_number(zeroed, 2),
        {{"zeroed", zeroed}});
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
          training_(std::make_unique<training::NetworkTraining>(learner, options_, tests.run_)) {}
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
};

}  // namespace

std::vector<Finding> test_own_network(const OwnNetwork& network, const spec::NetworkTest& limits,
                                      const training::FitOptions& options, RunContext& run) {
  return Tests(network, limits, options, run).run();
}

}  // namespace dlwork::task
