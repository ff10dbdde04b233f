#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <set>

#include "dlwork/base/machine.h"
#include "dlwork/base/text.h"
#include "training/supervised_learner.h"

namespace dlwork::training {
namespace {

using artefact::Finding;
using artefact::Severity;
using torch::Tensor;

/// Samples in a test batch of the tests that need few.
constexpr std::int64_t kFew = 8;
/// Samples whose activations are looked at for numbers that are not finite.
constexpr std::int64_t kMany = 512;
/// Steps after which two networks of one seed are compared.
constexpr int kSameSeedSteps = 3;

Finding judge(const std::string& id, bool passed, const std::string& message, const Json& evidence) {
  return artefact::make_finding(id, passed ? Severity::kInfo : Severity::kError, message, evidence);
}

/// Names of biases just before a batch norm, which takes their shift away again: their gradient is
/// exactly zero in theory. That is waste, not a broken network.
void add_shifted_biases(const std::vector<model::PlannedLayer>& layers, const std::string& prefix,
                        bool norm_follows, std::set<std::string>& names) {
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const bool norm = i + 1 < layers.size() ? std::holds_alternative<spec::BatchNorm>(
                                                  layers[i + 1].spec.options)
                                            : norm_follows;
    const std::string name = prefix + std::to_string(i) + ".";
    if (norm) names.insert(name + "bias");
    add_shifted_biases(layers[i].inner, name, norm, names);
  }
}

std::vector<std::string> without_shifted_biases(std::vector<std::string> names,
                                                const SupervisedLearner& learner) {
  std::set<std::string> shifted;
  add_shifted_biases(learner.network().layers(), "", false, shifted);
  std::erase_if(names, [&](const std::string& name) { return shifted.count(name) > 0; });
  return names;
}

/// What kept a test from running, in one line; LibTorch's own messages carry a call stack.
std::string reason(const std::exception& problem) {
  const auto* torch_error = dynamic_cast<const c10::Error*>(&problem);
  const std::string text = torch_error ? torch_error->what_without_backtrace() : problem.what();
  return text.substr(0, text.find('\n'));
}

/// The tests of one network. Each works on a fresh copy with the learner's own seed, so the learner
/// stays as it was.
class NetworkTests {
 public:
  NetworkTests(const SupervisedLearner& learner, const spec::NetworkTest& thresholds,
               const FitOptions& options, RunContext& run)
      : learner_(learner), thresholds_(thresholds), options_(options), run_(run) {
    many_ = options.train_rows;
    Rng(options.seed, "network tests").shuffle(many_);
    rows_ = many_;
    const std::int64_t few = std::max<std::int64_t>(thresholds.overfit_samples, 2);
    rows_.resize(std::min(static_cast<std::int64_t>(rows_.size()), few));
    many_.resize(std::min(static_cast<std::int64_t>(many_.size()), kMany));
  }

  std::vector<Finding> run_all() {
    struct Test {
      const char* id;
      Finding (NetworkTests::*run)();
    };
    constexpr Test kTests[] = {{"net-output-shape", &NetworkTests::output_shape},
                               {"net-finite", &NetworkTests::finite},
                               {"net-initial-loss", &NetworkTests::initial_loss},
                               {"net-gradient-flow", &NetworkTests::gradient_flow},
                               {"net-parameters-move", &NetworkTests::parameters_move},
                               {"net-overfit-batch", &NetworkTests::overfit_batch},
                               {"net-sample-independence", &NetworkTests::sample_independence},
                               {"net-save-load", &NetworkTests::save_load},
                               {"net-same-seed", &NetworkTests::same_seed}};
    std::vector<Finding> findings;
    for (const Test& test : kTests) {
      if (run_.stop.requested()) throw Error(ExitStatus::kInterrupted, options_.label + ": stopped");
      run_.reporter.progress({options_.label, static_cast<double>(findings.size()),
                              static_cast<double>(std::size(kTests)), "tests", test.id});
      try {
        findings.push_back((this->*test.run)());
      } catch (const Error& error) {
        if (error.status() == ExitStatus::kInterrupted) throw;
        findings.push_back(not_run(test.id, error));
      } catch (const std::exception& error) {
        findings.push_back(not_run(test.id, error));
      }
    }
    run_.reporter.progress_done();
    return findings;
  }

 private:
  static Finding not_run(const char* id, const std::exception& error) {
    Finding finding =
        artefact::make_finding(id, Severity::kError, "could not run: " + reason(error));
    finding.checked = false;
    return finding;
  }
  std::unique_ptr<SupervisedLearner> fresh() const {
    return std::make_unique<SupervisedLearner>(learner_.blueprint(), &learner_.dataset(), run_);
  }
  Batches batches() const {
    return {learner_.dataset().samples, learner_.blueprint().preprocessor, learner_.blueprint().coding,
            learner_.device()};
  }
  std::int64_t count(std::int64_t most) const {
    return std::min<std::int64_t>(most, static_cast<std::int64_t>(rows_.size()));
  }
  const std::string& loss_name() const { return learner_.blueprint().loss; }
  bool classes() const { return !learner_.blueprint().coding.classes.empty(); }

  /// Loss of a copy on the first rows, with its gradients left on the parameters.
  static Tensor loss_of(const SupervisedLearner& learner, Batches& batches,
                        const std::vector<std::int64_t>& rows, std::int64_t n) {
    return compute_loss(learner.blueprint().loss,
                        learner.network().forward(batches.inputs(rows.data(), n)),
                        batches.targets(rows.data(), n), {});
  }

  Finding output_shape() {
    torch::NoGradGuard no_grad;
    const auto copy = fresh();
    copy->network().set_mode(model::Network::Mode::kEvaluate);
    auto feed = batches();
    const auto n = count(kFew);
    const auto decoded = copy->decode(copy->network().forward(feed.inputs(rows_.data(), n)));
    const auto outputs = learner_.blueprint().coding.outputs();
    bool passed = decoded.dim() == 2 && decoded.size(0) == n && decoded.size(1) == outputs &&
                  decoded.isfinite().all().item<bool>();
    if (passed && classes()) {
      passed = (decoded.sum(1) - 1).abs().max().item<double>() < 1e-5 && decoded.min().item<double>() >= 0;
    }
    const std::string shape = model::to_text(decoded.sizes().vec());
    return judge("net-output-shape", passed,
                 std::to_string(n) + " samples give outputs of shape " + shape + " (expected [" +
                     std::to_string(n) + ", " + std::to_string(outputs) + "])" +
                     (classes() ? ", rows that sum to 1" : ", finite"),
                 {{"shape", decoded.sizes().vec()}});
  }

  /// Every activation on many samples, and the inputs themselves.
  Finding finite() {
    torch::NoGradGuard no_grad;
    const auto copy = fresh();
    copy->network().set_mode(model::Network::Mode::kTrain);
    auto feed = batches();
    const auto n = static_cast<std::int64_t>(many_.size());
    const auto x = feed.inputs(many_.data(), n);
    std::vector<std::string> bad;
    if (!x.isfinite().all().item<bool>()) bad.push_back("the inputs");
    copy->network().forward(x, [&](std::size_t layer, const Tensor& value) {
      if (!value.isfinite().all().item<bool>()) {
        bad.push_back(copy->network().layers()[layer].name);
      }
    });
    const auto layers = copy->network().layers().size();
    return judge("net-finite", bad.empty(),
                 bad.empty() ? "activations of all " + std::to_string(layers) + " layers on " +
                                   std::to_string(n) + " samples are finite"
                             : "not finite from " + bad.front() + " on",
                 {{"samples", n}, {"layers", layers}, {"not_finite", bad}});
  }

  /// Entropy of a uniform guess, or the loss of predicting the target's mean.
  double theoretical_loss(const Tensor& targets) const {
    if (classes()) return std::log(static_cast<double>(learner_.blueprint().coding.classes.size()));
    const auto zeros = torch::zeros({targets.size(0), 1}, targets.options());
    return compute_loss(loss_name(), zeros, targets, {}).item<double>();
  }

  Finding initial_loss() {
    torch::NoGradGuard no_grad;
    const auto copy = fresh();
    copy->network().set_mode(model::Network::Mode::kTrain);
    auto feed = batches();
    const auto n = static_cast<std::int64_t>(rows_.size());
    const double loss = loss_of(*copy, feed, rows_, n).item<double>();
    const double theory = theoretical_loss(feed.targets(rows_.data(), n));
    const double off = std::abs(loss - theory) / std::max(1e-12, theory);
    return judge("net-initial-loss", std::isfinite(loss) && off <= thresholds_.initial_loss_tolerance,
                 "the first loss is " + pretty_number(loss) + ", theory says " + pretty_number(theory) +
                     (classes() ? " (ln of the number of classes)" : " (of predicting the mean)") +
                     "; " + pretty_number(100 * off, 3) + " % off, at most " +
                     pretty_number(100 * thresholds_.initial_loss_tolerance, 3) + " %",
                 {{"loss", loss}, {"theory", theory}, {"off", off}});
  }

  Finding gradient_flow() {
    const auto copy = fresh();
    copy->network().set_mode(model::Network::Mode::kTrain);
    auto feed = batches();
    loss_of(*copy, feed, rows_, static_cast<std::int64_t>(rows_.size())).backward();
    std::vector<std::string> missing, not_finite;
    std::int64_t all = 0;
    for (const auto& [name, parameter] : copy->network().parameters()) {
      ++all;
      const auto& gradient = parameter.grad();
      if (!gradient.defined() || gradient.abs().max().item<double>() == 0) {
        missing.push_back(name);
      } else if (!gradient.isfinite().all().item<bool>()) {
        not_finite.push_back(name);
      }
    }
    missing = without_shifted_biases(std::move(missing), *copy);
    std::string message = "all " + std::to_string(all) + " parameters get a gradient";
    if (!missing.empty()) message = "no gradient reaches " + join_words(missing);
    if (!not_finite.empty()) message = "the gradient of " + join_words(not_finite) + " is not finite";
    return judge("net-gradient-flow", missing.empty() && not_finite.empty(), message,
                 {{"parameters", all}, {"without", missing}, {"not_finite", not_finite}});
  }

  /// Steps of the project's own optimizer on the test batch at a constant rate; returns the losses.
  std::vector<double> descend(SupervisedLearner& copy, int steps, bool stop_when_learned) {
    auto feed = batches();
    FlatParameters flat(copy.network().parameters());
    const auto optimizer = make_optimizer(options_.training.optimizer, flat);
    torch::manual_seed(options_.seed);
    copy.network().set_mode(model::Network::Mode::kTrain);
    const auto n = static_cast<std::int64_t>(rows_.size());
    std::vector<double> losses;
    for (int step = 0; step < steps; ++step) {
      if (run_.stop.requested()) throw Error(ExitStatus::kInterrupted, options_.label + ": stopped");
      flat.zero_gradients();
      const auto loss = loss_of(copy, feed, rows_, n);
      losses.push_back(loss.item<double>());
      if (!std::isfinite(losses.back())) break;
      if (stop_when_learned && losses.back() < thresholds_.overfit_loss_ratio * losses.front()) break;
      loss.backward();
      torch::NoGradGuard no_grad;
      optimizer->step(flat, {options_.training.learning_rate, options_.training.momentum, 0});
    }
    return losses;
  }

  Finding parameters_move() {
    const auto copy = fresh(), before = fresh();
    descend(*copy, 2, false);
    std::vector<std::string> still;
    const auto now = copy->network().parameters(), then = before->network().parameters();
    for (std::size_t i = 0; i < now.size(); ++i) {
      if (torch::equal(now[i].second, then[i].second)) still.push_back(now[i].first);
    }
    still = without_shifted_biases(std::move(still), *copy);
    return judge("net-parameters-move", still.empty(),
                 still.empty() ? "all " + std::to_string(now.size()) + " parameters change in two steps"
                               : join_words(still) + " did not change in two steps",
                 {{"parameters", now.size()}, {"still", still}});
  }

  Finding overfit_batch() {
    const auto copy = fresh();
    const auto losses = descend(*copy, static_cast<int>(thresholds_.overfit_steps), true);
    const double ratio = losses.back() / losses.front();
    const bool passed = std::isfinite(ratio) && ratio < thresholds_.overfit_loss_ratio;
    return judge("net-overfit-batch", passed,
                 "loss on " + std::to_string(rows_.size()) + " samples went from " +
                     pretty_number(losses.front()) + " to " + pretty_number(losses.back()) + " in " +
                     std::to_string(losses.size()) + " steps (at most " +
                     std::to_string(thresholds_.overfit_steps) + " to reach " +
                     pretty_number(thresholds_.overfit_loss_ratio) + " of the start)",
                 {{"first", losses.front()}, {"last", losses.back()}, {"steps", losses.size()}});
  }

  /// The gradient of one sample's output with respect to the others' inputs must be zero in
  /// evaluation mode (Karpathy, A Recipe for Training Neural Networks, 2019).
  Finding sample_independence() {
    const auto copy = fresh();
    copy->network().set_mode(model::Network::Mode::kEvaluate);
    auto feed = batches();
    const auto n = count(kFew);
    auto x = feed.inputs(rows_.data(), n).clone();
    const auto codes = static_cast<std::int64_t>(learner_.blueprint().preprocessor.shape().category_sizes.size());
    if (codes > 0) return independence_by_change(*copy, x, n);
    x.requires_grad_(true);
    const std::int64_t one = n / 2;
    copy->network().forward(x)[one].sum().backward();
    auto gradient = x.grad().flatten(1).abs().amax(1);
    const double own = gradient[one].item<double>();
    gradient[one] = 0;
    return independence_finding(gradient.max().item<double>(), own, n);
  }

  /// Category codes have no gradient: the other samples are changed instead.
  Finding independence_by_change(const SupervisedLearner& copy, const Tensor& x, std::int64_t n) {
    torch::NoGradGuard no_grad;
    const std::int64_t one = n / 2;
    auto changed = x[one].unsqueeze(0).repeat({n, 1});
    const auto difference = copy.network().forward(x)[one] - copy.network().forward(changed)[one];
    return independence_finding(difference.abs().max().item<double>(), 1, n);
  }

  Finding independence_finding(double others, double own, std::int64_t n) {
    return judge("net-sample-independence", others <= thresholds_.independence_tolerance && std::isfinite(own),
                 others <= thresholds_.independence_tolerance
                     ? "a sample's output does not depend on the other " + std::to_string(n - 1) + " of its batch"
                     : "a sample's output depends on others of its batch: gradient " + pretty_number(others) +
                           ", at most " + pretty_number(thresholds_.independence_tolerance),
                 {{"others", others}, {"own", own}, {"samples", n}});
  }

  Finding save_load() {
    const auto copy = fresh();
    descend(*copy, 2, false);  // so that running means, too, have something to keep
    struct TemporaryFile {
      std::filesystem::path path;
      ~TemporaryFile() {
        std::error_code ignored;
        std::filesystem::remove(path, ignored);
      }
    };
    const TemporaryFile file{std::filesystem::temp_directory_path() /
                             ("dlwork-network-test-" + std::to_string(::getpid()) + "-" +
                              number_text(monotonic_seconds()) + ".safetensors")};
    copy->save(file.path);
    const auto& samples = learner_.dataset().samples;
    const Outputs before = copy->predict(samples, rows_);
    const Outputs after = load_model(file.path, run_).learner->predict(samples, rows_);
    const bool same = before.values == after.values;
    return judge("net-save-load", same,
                 same ? "saved, loaded and asked again, the network gives the same bits"
                      : "saved and loaded, the network gives other outputs",
                 {{"samples", rows_.size()}});
  }

  Finding same_seed() {
    const auto first = fresh(), second = fresh();
    descend(*first, kSameSeedSteps, false);
    descend(*second, kSameSeedSteps, false);
    bool same = true;
    const auto a = first->named_tensors(), b = second->named_tensors();
    for (std::size_t i = 0; i < a.size(); ++i) same = same && torch::equal(a[i].second, b[i].second);
    return judge("net-same-seed", same,
                 std::string("two networks of one seed are ") + (same ? "" : "not ") + "the same bits after " +
                     std::to_string(kSameSeedSteps) + " steps",
                 {{"steps", kSameSeedSteps}});
  }

  const SupervisedLearner& learner_;
  const spec::NetworkTest& thresholds_;
  const FitOptions& options_;
  RunContext& run_;
  std::vector<std::int64_t> rows_;  ///< the batch that most tests look at
  std::vector<std::int64_t> many_;
};

}  // namespace

std::vector<Finding> SupervisedLearner::test_network(const spec::NetworkTest& thresholds,
                                                     const FitOptions& options, RunContext& run) {
  return NetworkTests(*this, thresholds, options, run).run_all();
}

}  // namespace dlwork::training
