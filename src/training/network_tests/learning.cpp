#include <algorithm>
#include <cmath>

#include "dlwork/base/stats.h"
#include "dlwork/base/text.h"
#include "training/device.h"
#include "training/network_tests/layers.h"
#include "training/network_tests/tests.h"

/// What a few steps of training change.
namespace dlwork::training {
namespace {

using artefact::Finding;
using artefact::Severity;
using model::Inputs;
using model::Network;
using torch::Tensor;

std::vector<Tensor> copies(const Network& network) {
  std::vector<Tensor> all;
  for (const auto& [name, parameter] : network.parameters())
    all.push_back(parameter.detach().clone());
  return all;
}

/// One step moves each trainable parameter that has a gradient, and no frozen one.
Finding parameters_move(Probe& probe) {
  const auto subject = probe.fresh();
  const auto before = copies(subject->network());
  probe.descend(*subject, probe.batch(), 1);
  std::vector<std::string> still, thawed;
  std::int64_t trained = 0, frozen = 0;
  std::size_t i = 0;
  for (const auto& [name, parameter] : subject->network().parameters()) {
    const bool same = torch::equal(parameter, before[i++]);
    if (!parameter.requires_grad()) {
      ++frozen;
      if (!same) thawed.push_back(name);
      continue;
    }
    ++trained;
    // Without a gradient there is nowhere to move: that is another test's finding.
    if (same && parameter.grad().defined() && largest(parameter.grad()) > 0) still.push_back(name);
    if (same && !parameter.grad().defined()) still.push_back(name);
  }
  std::string message =
      "all " + std::to_string(trained) + " trainable parameters change in one step";
  if (frozen > 0) message += ", and none of " + std::to_string(frozen) + " frozen ones does";
  if (!still.empty()) message = join_words(still) + " did not change in one step";
  if (!thawed.empty()) message = join_words(thawed) + " is frozen and changed";
  return judge("net-parameters-move", still.empty() && thawed.empty(), message,
               {{"parameters", trained}, {"frozen", frozen}, {"still", still}, {"thawed", thawed}});
}

Finding overfit_batch(Probe& probe) {
  const auto& learned = probe.learned();
  const auto& thresholds = probe.thresholds();
  const bool passed =
      std::isfinite(learned.last) && learned.share() < thresholds.overfit_loss_ratio;
  return judge("net-overfit-batch", passed,
               "loss on " + std::to_string(probe.batch().size()) + " samples went from " +
                   pretty_number(learned.first) + " to " + pretty_number(learned.last) + " in " +
                   std::to_string(learned.steps) + " steps (at most " +
                   std::to_string(thresholds.overfit_steps) + " to reach " +
                   pretty_number(thresholds.overfit_loss_ratio) + " of the start)",
               {{"first", learned.first},
                {"last", learned.last},
                {"least", learned.least},
                {"steps", learned.steps}});
}

/// Steps after which it shows whether more of them may help, and what is left by then at most.
constexpr std::int64_t kFewestSteps = 100;
constexpr double kMostLeft = 0.9;

/// Steps taken, and from which on they are measured: the first of Adam are its largest.
constexpr int kRatioSteps = 12;
constexpr int kMeasuredFrom = 4;

/// Root mean square that weights start with, or that He's initialisation would give them where that
/// is more: the last layer starts small, so that the first loss is near its theory.
double starting_size(const Tensor& weights) {
  const double fan_in = static_cast<double>(weights.numel()) / static_cast<double>(weights.size(0));
  return std::max(rms(weights), std::sqrt(2 / fan_in));
}

Finding update_ratio(Probe& probe) {
  const auto subject = probe.fresh();
  const auto inputs = subject->inputs(probe.batch());
  const auto targets = subject->targets(probe.batch());
  torch::manual_seed(probe.options().seed);
  return test_update_ratio(
      subject->network(), [&] { probe.descend(*subject, inputs, targets); },
      probe.options().training.learning_rate, probe.thresholds());
}

Finding input_dependence(Probe& probe) {
  auto& learned = probe.learned();
  Subject& subject = *learned.subject;
  const auto targets = subject.targets(probe.batch());
  subject.set_mode(Network::Mode::kTrain);
  DependenceSeen seen{learned.first, learned.last};
  see_dependence(
      subject.inputs(probe.batch()),
      [&](const Inputs& inputs) {
        torch::manual_seed(probe.options().seed);
        return subject.loss(subject.outputs(inputs), targets).item<double>();
      },
      seen);
  const auto fresh = probe.fresh();
  const auto& shape = fresh->learner().blueprint().preprocessor.shape();
  seen.unread = unread_share(fresh->network(), fresh->inputs(probe.batch()),
                             static_cast<std::int64_t>(shape.category_sizes.size()));
  return judge_dependence(seen, probe.thresholds());
}

constexpr std::int64_t kLabelBatch = 64;
constexpr int kPermutations = 200;

/// How many deviations the held-out loss is below that of targets dealt out anew: what the outputs
/// know of the targets (a permutation test).
double knowledge(Subject& subject, const Rows& rows, std::uint64_t seed) {
  subject.set_mode(Network::Mode::kEvaluate);
  const auto outputs = subject.outputs(subject.inputs(rows)), targets = subject.targets(rows);
  const double loss = subject.loss(outputs, targets).item<double>();
  std::vector<double> others;
  Rows order(rows.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int64_t>(i);
  Rng rng(seed, "permutations");
  for (int i = 0; i < kPermutations; ++i) {
    rng.shuffle(order);
    const auto index = torch::tensor(order, torch::kInt64).to(targets.device());
    others.push_back(subject.loss(outputs, targets.index_select(0, index)).item<double>());
  }
  const double spread = standard_deviation(others);
  if (!std::isfinite(loss)) return 0;
  return spread > 0 ? (mean(others) - loss) / spread : 0;
}

void learn(Probe& probe, Subject& subject, const Rows& rows) {
  torch::manual_seed(probe.options().seed);
  const auto total = static_cast<std::int64_t>(rows.size());
  const std::int64_t size = std::min(kLabelBatch, total);
  for (std::int64_t step = 0; step < probe.thresholds().label_steps; ++step) {
    const std::int64_t begin = step * size % std::max<std::int64_t>(1, total - size + 1);
    const Rows batch(rows.begin() + begin, rows.begin() + begin + size);
    probe.descend(subject, subject.inputs(batch), subject.targets(batch));
  }
}

/// Of targets dealt out at random nothing can be known on held-out samples: a network that knows
/// something has them among its inputs (after Zhang et al. 2017, Understanding deep learning
/// requires rethinking generalization). Of the true ones it should know something after as many
/// steps.
Finding label_shuffle(Probe& probe) {
  if (probe.held_out().size() < 8) {
    return skip("net-label-shuffle", "there are " + std::to_string(probe.held_out().size()) +
                                         " validation samples, fewer than 8");
  }
  const auto seed = probe.options().seed;
  const auto honest = probe.fresh(), dealt = probe.fresh();
  dealt->shuffle_targets(probe.many(), seed);
  dealt->shuffle_targets(probe.held_out(), seed + 1);
  learn(probe, *honest, probe.many());
  learn(probe, *dealt, probe.many());
  const double known = knowledge(*honest, probe.held_out(), seed);
  const double leaked = knowledge(*dealt, probe.held_out(), seed);
  const auto& thresholds = probe.thresholds();
  const std::string steps = " after " + std::to_string(thresholds.label_steps) + " steps";
  const std::string beyond = " deviations better than chance on " +
                             std::to_string(probe.held_out().size()) + " held-out samples" + steps;
  const Json evidence = {{"true_targets", known}, {"shuffled_targets", leaked}};
  if (leaked > thresholds.label_deviations) {
    return judge("net-label-shuffle", false,
                 "trained on shuffled targets it is " + pretty_number(leaked, 3) + beyond +
                     ", at most " + pretty_number(thresholds.label_deviations) +
                     ": the targets are among the inputs",
                 evidence);
  }
  return judge("net-label-shuffle", known >= thresholds.label_least,
               "trained on true targets it is " + pretty_number(known, 3) + beyond +
                   ", on shuffled ones " + pretty_number(leaked, 3),
               evidence, Severity::kWarn);
}

}  // namespace

bool learns_nothing(std::int64_t steps, double share, const spec::NetworkTest& thresholds) {
  return steps == std::max(kFewestSteps, thresholds.overfit_steps / 10) && share > kMostLeft;
}

/// Size of a step against that of the weights it changes, by layer; near 1e-3 where training goes
/// well (Bottou's rule; Karpathy, CS231n notes). Against their size at the start: weights that a
/// step blows up would hide it.
Finding test_update_ratio(const Network& network, const std::function<void()>& step, double rate,
                          const spec::NetworkTest& thresholds) {
  auto matrices = network.parameters();
  std::erase_if(matrices, [](const auto& item) {
    return item.second.dim() < 2 || !item.second.requires_grad();
  });
  std::vector<double> sizes;
  for (const auto& [name, weights] : matrices) sizes.push_back(starting_size(weights));
  std::vector<std::vector<double>> ratios(matrices.size());
  for (int taken = 0; taken < kRatioSteps; ++taken) {
    std::vector<Tensor> before;
    for (const auto& [name, weights] : matrices) before.push_back(weights.detach().clone());
    step();
    if (taken < kMeasuredFrom) continue;
    for (std::size_t i = 0; i < matrices.size(); ++i) {
      const double ratio = rms(matrices[i].second - before[i]) / sizes[i];
      ratios[i].push_back(std::isfinite(ratio) ? ratio : 1e9);
    }
  }
  double least = 1e9, most = 0;
  std::string least_at, most_at;
  Json layers = Json::array();
  for (std::size_t i = 0; i < matrices.size(); ++i) {
    const double ratio = quantile(ratios[i], 0.5);
    layers.push_back({{"weights", matrices[i].first}, {"ratio", ratio}});
    if (ratio <= least) least = ratio, least_at = matrices[i].first;
    if (ratio >= most) most = ratio, most_at = matrices[i].first;
  }
  const bool passed = least >= thresholds.update_ratio_low && most <= thresholds.update_ratio_high;
  return judge("net-update-ratio", passed,
               "a step changes weights by " + pretty_number(least) + " (" + least_at + ") to " +
                   pretty_number(most) + " (" + most_at +
                   ") of their size at training.learning_rate " + pretty_number(rate) +
                   "; sound: " + pretty_number(thresholds.update_ratio_low) + " to " +
                   pretty_number(thresholds.update_ratio_high) + ", best near 0.001",
               {{"least", least}, {"most", most}, {"layers", layers}}, Severity::kWarn);
}

double unread_share(const Network& network, const Inputs& inputs, std::int64_t codes) {
  auto x = inputs.values.detach().clone().requires_grad_(true);
  network.set_mode(Network::Mode::kEvaluate);
  const EvaluationGradients gradients;
  const auto y = network.forward(inputs.with(x)).flatten(1);
  const auto weights = torch::arange(1, y.size(1) + 1, y.options());
  (y * weights).sum().backward();
  if (!x.grad().defined()) return 1;
  auto answered = x.grad().abs().amax(0);
  if (inputs.lengths.defined()) {  // steps that no sample has cannot be read
    answered = answered.narrow(0, 0, inputs.lengths.max().item<std::int64_t>());
  }
  const auto read = answered.flatten();
  const auto numbers = read.narrow(0, 0, read.numel() - codes);
  return numbers.numel() == 0 ? 0 : (numbers == 0).to(torch::kFloat32).mean().item<double>();
}

void see_dependence(const Inputs& inputs, const std::function<double(const Inputs&)>& loss_with,
                    DependenceSeen& seen) {
  seen.real = loss_with(inputs);
  seen.zeroed = loss_with(inputs.with(torch::zeros_like(inputs.values)));
  seen.dealt = loss_with(inputs.mapped([](const Tensor& part) { return part.roll(1, 0); }));
}

/// A network that learned a batch by heart must do worse on it with the inputs zeroed or dealt out
/// to other samples (Karpathy's input-independent baseline).
Finding judge_dependence(const DependenceSeen& seen, const spec::NetworkTest& thresholds) {
  const double lost = std::min(seen.zeroed, seen.dealt) - seen.real;
  const bool depends =
      lost > std::max(1e-6 * seen.first, thresholds.least_lost * (seen.first - seen.last));
  const bool reads = seen.unread <= thresholds.unread_inputs;
  std::string message = "loss of the batch learned by heart: " + pretty_number(seen.real) +
                        ", with inputs zeroed " + pretty_number(seen.zeroed) +
                        ", dealt to other samples " + pretty_number(seen.dealt) + "; " +
                        percent(seen.unread) + " of a sample's numbers are not read";
  if (!reads) message += ", at most " + percent(thresholds.unread_inputs);
  return judge("net-input-dependence", depends && reads, message,
               {{"real", seen.real},
                {"zeroed", seen.zeroed},
                {"dealt", seen.dealt},
                {"unread", seen.unread}},
               depends ? Severity::kWarn : Severity::kError);
}

std::vector<TestRow> learning_tests() {
  return {{"net-parameters-move", parameters_move},
          {"net-update-ratio", update_ratio},
          {"net-overfit-batch", overfit_batch},
          {"net-input-dependence", input_dependence},
          {"net-label-shuffle", label_shuffle}};
}

}  // namespace dlwork::training
