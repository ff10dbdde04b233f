#include <algorithm>
#include <cmath>

#include "dlwork/base/text.h"
#include "training/device.h"
#include "training/network_tests/tests.h"

/// What comes out of a network before it has learned anything.
namespace dlwork::training {
namespace {

using artefact::Finding;
using artefact::Severity;
using model::Inputs;
using model::Network;
using torch::Tensor;

bool has_classes(const Subject& subject) {
  return !subject.learner().blueprint().coding.classes.empty();
}

Finding output_shape(Probe& probe) {
  const auto subject = probe.fresh();
  subject->set_mode(Network::Mode::kEvaluate);
  const auto n = static_cast<std::int64_t>(probe.few().size());
  const auto& coding = subject->learner().blueprint().coding;
  const auto decoded = subject->learner().decode(subject->outputs(subject->inputs(probe.few())));
  const model::Shape expected{n, coding.outputs()};
  const Json shape = decoded.sizes().vec();
  if (decoded.sizes() != torch::IntArrayRef(expected)) {
    return judge("net-output-shape", false,
                 std::to_string(n) + " samples give outputs of shape " +
                     model::to_text(decoded.sizes().vec()) + ", expected " +
                     model::to_text(expected),
                 {{"shape", shape}});
  }
  const double low = decoded.min().item<double>(), high = decoded.max().item<double>();
  bool in_range = decoded.isfinite().all().item<bool>();
  std::string range = ", rows that sum to 1";
  if (has_classes(*subject)) {
    in_range =
        in_range && low >= 0 &&
        (decoded.sum(1) - 1).abs().max().item<double>() <= probe.thresholds().share_sum_tolerance;
  } else {
    const double most = probe.thresholds().output_range * coding.deviation;
    in_range = in_range && low >= coding.mean - most && high <= coding.mean + most;
    range = ", within " + pretty_number(probe.thresholds().output_range) +
            " deviations of the target's mean";
  }
  return judge("net-output-shape", in_range,
               std::to_string(n) + " samples give outputs of shape " + model::to_text(expected) +
                   " from " + pretty_number(low) + " to " + pretty_number(high) +
                   (in_range ? range : "; expected: finite" + range),
               {{"shape", shape}, {"low", low}, {"high", high}});
}

/// Every activation on many samples, and the inputs themselves.
Finding finite(Probe& probe) {
  torch::NoGradGuard no_grad;
  const auto subject = probe.fresh();
  subject->set_mode(Network::Mode::kTrain);
  const auto x = subject->inputs(probe.many());
  std::vector<std::string> bad;
  if (!x.values.isfinite().all().item<bool>()) bad.push_back("the inputs");
  subject->network().forward(x, [&](std::size_t layer, const Tensor& value) {
    if (!value.isfinite().all().item<bool>()) {
      bad.push_back(subject->network().layers()[layer].name);
    }
  });
  const auto layers = subject->network().layers().size();
  return judge("net-finite", bad.empty(),
               bad.empty() ? "activations of all " + std::to_string(layers) + " layers on " +
                                 std::to_string(probe.many().size()) + " samples are finite"
                           : "not finite from " + bad.front() + " on",
               {{"samples", probe.many().size()}, {"layers", layers}, {"not_finite", bad}});
}

/// Loss of saying the same of every sample: nothing (equal logits, or the training mean), and the
/// share of each class in the batch.
struct Uninformed {
  double uniform = 0, prior = 0;
};

Uninformed uninformed(Subject& subject, const Tensor& targets) {
  const auto n = targets.size(0), outputs = subject.learner().blueprint().coding.outputs();
  const auto nothing = torch::zeros(
      {n, outputs}, torch::TensorOptions().dtype(torch::kFloat32).device(targets.device()));
  Uninformed losses;
  losses.uniform = subject.loss(nothing, targets).item<double>();
  losses.prior = losses.uniform;
  if (targets.is_floating_point()) return losses;
  const auto counts = torch::bincount(targets, {}, outputs).to(torch::kFloat32);
  const auto logits =
      outputs_for(subject.learner().blueprint().loss, counts / static_cast<double>(n));
  losses.prior = subject.loss(logits.expand({n, outputs}), targets).item<double>();
  return losses;
}

/// A network that knows nothing says all classes alike (ln K, Karpathy 2019) or each as often as it
/// comes (the entropy of their shares); of a number, its mean (the variance, for squares).
Finding initial_loss(Probe& probe) {
  const auto subject = probe.fresh();
  subject->set_mode(Network::Mode::kTrain);
  const auto targets = subject->targets(probe.batch());
  torch::manual_seed(probe.options().seed);
  const double loss = subject->step().gradients(subject->inputs(probe.batch()), targets).loss;
  const Uninformed theory = uninformed(*subject, targets);
  const double low = std::min(theory.prior, theory.uniform);
  const double high = std::max(theory.prior, theory.uniform);
  const double nearest = std::clamp(loss, low, high);
  const double off = std::abs(loss - nearest) / std::max(1e-12, nearest);
  const double most = probe.thresholds().initial_loss_tolerance;
  const std::string says = has_classes(*subject)
                               ? pretty_number(theory.uniform) + " (" +
                                     uninformed_text(subject->learner().blueprint().loss) +
                                     ") down to " + pretty_number(theory.prior) +
                                     " (entropy of their shares)"
                               : pretty_number(theory.uniform) + " (of predicting the mean)";
  return judge(
      "net-initial-loss", std::isfinite(loss) && off <= most,
      "the first loss is " + pretty_number(loss) + ", theory says " + says + "; " + percent(off) +
          " off, at most " + percent(most),
      {{"loss", loss}, {"theory", theory.uniform}, {"entropy", theory.prior}, {"off", off}});
}

/// How the outputs of sample `one` answer to the inputs of the others and to its own.
struct Answer {
  double others = 0, own = 0;
};

/// The gradient of one sample's outputs, each with its own weight, with respect to all inputs.
Answer answer_by_gradient(const Subject& subject, const Inputs& inputs, std::int64_t one) {
  const EvaluationGradients gradients;
  auto x = inputs.values.clone().requires_grad_(true);
  const auto y = subject.network().forward(inputs.with(x))[one].flatten();
  const auto weights = torch::arange(1, y.numel() + 1, y.options());
  (y * weights).sum().backward();
  if (!x.grad().defined()) return {};
  auto gradient = x.grad().flatten(1).abs().amax(1);
  Answer answer{0, gradient[one].item<double>()};
  gradient[one] = 0;
  answer.others = gradient.max().item<double>();
  return answer;
}

/// Category codes have no gradient: the other samples are changed into copies of the one.
Answer answer_by_change(Subject& subject, const Inputs& x, std::int64_t one) {
  const auto changed = x.mapped(
      [&](const Tensor& part) { return part[one].unsqueeze(0).expand(part.sizes()).contiguous(); });
  torch::manual_seed(1);  // the same dropout twice
  const auto as_it_is = subject.outputs(x)[one];
  torch::manual_seed(1);
  return {largest(as_it_is - subject.outputs(changed)[one]), 1};
}

Answer answer_of(Subject& subject, const Inputs& x, std::int64_t one) {
  const bool codes = !subject.learner().blueprint().preprocessor.shape().category_sizes.empty();
  return codes ? answer_by_change(subject, x, one) : answer_by_gradient(subject, x, one);
}

/// One sample's output must not depend on the others of its batch (Karpathy, A Recipe for Training
/// Neural Networks, 2019). In training mode batch norm takes its mean and deviation from the batch,
/// so there it does.
Finding sample_independence(Probe& probe) {
  const auto subject = probe.fresh();
  const auto x = subject->inputs(probe.few());
  const std::int64_t samples = x.values.size(0), one = samples / 2;
  const double most = probe.thresholds().independence_tolerance;
  subject->set_mode(Network::Mode::kEvaluate);
  const Answer seen = answer_of(*subject, x, one);
  const std::string others = "the other " + std::to_string(samples - 1) + " of its batch";
  Json evidence = {{"others", seen.others}, {"own", seen.own}, {"samples", samples}};
  if (seen.others > most || !std::isfinite(seen.own) || !std::isfinite(seen.others)) {
    return judge("net-sample-independence", false,
                 "a sample's output depends on " + others + ": by " + pretty_number(seen.others) +
                     ", at most " + pretty_number(most),
                 evidence);
  }
  subject->set_mode(Network::Mode::kTrain);
  const Answer trained = answer_of(*subject, x, one);
  evidence["others_in_training"] = trained.others;
  const bool norm = subject->network().has_batch_norm();
  const bool passed = norm || trained.others <= most;
  std::string message = "a sample's output does not depend on " + others;
  if (norm) message += "; while it is trained it does, as batch norm is made to";
  if (!passed) {
    message = "in training mode a sample's output depends on " + others + ": by " +
              pretty_number(trained.others) + ", at most " + pretty_number(most) +
              ", and there is no batch norm";
  }
  return judge("net-sample-independence", passed, message, evidence);
}

/// Asked twice, a network in evaluation mode says the same bits and is as before.
Finding evaluation(Probe& probe) {
  const auto subject = probe.fresh();
  probe.descend(*subject, probe.batch(), 1);  // running means have something to keep
  std::vector<Tensor> before;
  for (const auto& [name, tensor] : subject->learner().named_tensors())
    before.push_back(tensor.detach().clone());
  const auto x = subject->inputs(probe.batch());
  subject->set_mode(Network::Mode::kEvaluate);
  const auto first = subject->outputs(x), second = subject->outputs(x);
  const double difference = largest(first - second);
  std::vector<std::string> changed;
  std::size_t i = 0;
  for (const auto& [name, tensor] : subject->learner().named_tensors()) {
    if (!torch::equal(tensor, before[i++])) changed.push_back(name);
  }
  const bool passed = torch::equal(first, second) && changed.empty();
  std::string message = "asked twice in evaluation mode, the network gives the same bits";
  if (!changed.empty()) message = "evaluation mode changes " + join_words(changed);
  if (!torch::equal(first, second)) {
    message = "asked twice in evaluation mode, the network differs by " + pretty_number(difference);
  }
  return judge("net-evaluation", passed, message,
               {{"difference", difference}, {"changed", changed}});
}

}  // namespace

std::vector<TestRow> output_tests() {
  return {{"net-output-shape", output_shape},
          {"net-finite", finite},
          {"net-initial-loss", initial_loss},
          {"net-sample-independence", sample_independence},
          {"net-evaluation", evaluation}};
}

}  // namespace dlwork::training
