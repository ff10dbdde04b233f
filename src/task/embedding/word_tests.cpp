#include "task/embedding/word_tests.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "dlwork/base/text.h"
#include "task/embedding/word_training.h"
#include "task/own_tests.h"
#include "training/network_tests/layers.h"

namespace dlwork::task {
namespace {

using artefact::Finding;

constexpr std::size_t kTestedLines = 200;
/// Pairs whose gradients are checked.
constexpr std::int64_t kFewPairs = 8;

struct Batch {
  Neighbours pairs;
  torch::Tensor centres, others;
};

/// A word drawn for one pair and true in another of the same centre cannot be learned by heart:
/// another word takes its place.
void keep_apart(Neighbours& pairs, std::int64_t words) {
  const std::int64_t width = 1 + pairs.drawn;
  std::set<std::pair<std::int64_t, std::int64_t>> truths;
  for (std::int64_t pair = 0; pair < pairs.pairs(); ++pair) {
    truths.insert({pairs.centres[pair], pairs.others[pair * width]});
  }
  for (std::int64_t i = 0; i < pairs.pairs() * width; ++i) {
    if (i % width == 0) continue;
    auto& word = pairs.others[i];
    for (std::int64_t tried = 0; tried < words; ++tried) {
      if (!truths.contains({pairs.centres[i / width], word})) break;
      word = (word + 1) % words;
    }
  }
}

/// The first pairs of the training part, as many as a batch learned by heart has.
Batch test_batch(const WordTraining& training, const training::FitOptions& options,
                 std::int64_t size) {
  Rng rng(options.seed, "tested pairs");
  Neighbours pairs;
  pairs.drawn = options.training.words.negatives;
  for (const auto row : options.train_rows) {
    if (pairs.pairs() >= size) break;
    training.add_pairs(row, rng, pairs);
  }
  if (pairs.pairs() == 0)
    throw Error(ExitStatus::kInput, "no line has two words that have a vector");
  const std::int64_t kept = std::min(size, pairs.pairs());
  pairs.centres.resize(kept);
  pairs.others.resize(kept * (1 + pairs.drawn));
  keep_apart(pairs, training.words());
  const auto centres = torch::tensor(torch::ArrayRef<std::int64_t>(pairs.centres), torch::kInt64);
  const auto others = torch::tensor(torch::ArrayRef<std::int64_t>(pairs.others), torch::kInt64)
                          .reshape({-1, 1 + pairs.drawn});
  return {pairs, centres, others};
}

/// The loss of a few pairs over small tables, which hold the vectors of their words alone.
Finding check_gradients(const WordVectors& vectors, const Batch& batch, double tolerance) {
  const auto count = std::min(kFewPairs, batch.centres.size(0));
  const auto centres = batch.centres.narrow(0, 0, count), others = batch.others.narrow(0, 0, count);
  const auto [words, places] = at::_unique(torch::cat({centres, others.flatten()}),
                                           /*sorted=*/true, /*return_inverse=*/true);
  training::NamedTensors tables, wide;
  for (const auto& [name, all] : vectors.tensors()) {
    const auto few = all.detach().to(torch::kCPU).index_select(0, words);
    tables.emplace_back(name, few.requires_grad_(true));
  }
  training::jitter(tables);
  for (const auto& [name, table] : tables) {
    wide.emplace_back(name, training::widened(table.detach()).requires_grad_(true));
  }
  const auto loss_over = [&, places = places](const training::NamedTensors& both) {
    return vectors.loss(both[0].second, both[1].second, places.narrow(0, 0, count),
                        places.narrow(0, count, others.numel()).view(others.sizes()));
  };
  return training::test_gradients(
      {wide, [&] { return loss_over(wide); }},
      [&] {
        loss_over(tables).backward();
        return training::gradients_of(tables);
      },
      tolerance);
}

/// A guess that knows nothing gives every product 0: (1 + drawn) ln 2.
Finding test_first_loss(double loss, double expected, double tolerance) {
  const bool near = std::abs(loss - expected) <= tolerance * expected;
  return tested("net-initial-loss", near,
                "the untrained vectors' loss is " + pretty_number(loss) + ", a blind guess's " +
                    pretty_number(expected),
                {{"loss", loss}, {"expected", expected}});
}

Finding test_outputs(const training::Outputs& outputs) {
  bool sound = !outputs.values.empty();
  for (const float value : outputs.values) sound = sound && value >= 0 && value <= 1;
  return tested("net-output-shape", sound,
                sound ? "a share from 0 to 1 for each of " + std::to_string(outputs.rows) + " lines"
                      : "a line's share is not within 0 and 1");
}

constexpr char kNoLayers[] = "word vectors have no layers";
constexpr char kNoSequences[] = "a pair of words is no sequence";

const std::vector<NotApplied>& not_of_words() {
  static const std::vector<NotApplied> all = {
      {"net-finite", "the shares of net-output-shape are all that comes out"},
      {"net-sample-independence", "a pair's share is the product of its own two vectors"},
      {"net-padding", kNoSequences},
      {"net-causality", kNoSequences},
      {"net-evaluation", "there is no mode of evaluation: nothing is random, nothing is counted"},
      {"net-initial-weights", "vectors are drawn one by one, and net-same-seed looks at the seed"},
      {"net-activations", kNoLayers},
      {"net-signal-depth", kNoLayers},
      {"net-gradient-fresh", "net-gradient-check works its gradients out anew"},
      {"net-idle-bias", kNoLayers},
      {"net-parameters-move", "a step moves the vectors of its own words alone"},
      {"net-update-ratio", "a step moves the vectors of its own words alone"},
      {"net-input-dependence", "a word is a place in a table and has no numbers to be zeroed"},
      {"net-label-shuffle", "there are no targets: what is learned is which words stand together"},
      {"net-planned-path", "training goes by the task's own steps"},
      {"net-devices", "what it computes are products of two vectors"}};
  return all;
}

}  // namespace

std::vector<Finding> test_word_vectors(const TestedWords& words, const spec::NetworkTest& limits,
                                       const training::FitOptions& asked, RunContext& run) {
  training::FitOptions options = asked;
  if (options.train_rows.size() > kTestedLines) options.train_rows.resize(kTestedLines);
  const auto learner = words.fresh();
  const auto& samples = learner->dataset().samples;
  std::vector<Finding> findings;
  findings.push_back(test_outputs(learner->predict(samples, options.train_rows)));

  WordTraining training(*learner, options);
  const Batch batch = test_batch(training, options, limits.overfit_samples);
  const double rate = options.training.learning_rate, momentum = options.training.momentum;
  const auto step = [&] { return training.step(batch.pairs, rate, momentum); };
  const auto drawn = static_cast<double>(batch.pairs.drawn);
  findings.push_back(
      test_first_loss(step(), (1 + drawn) * std::log(2.0), limits.initial_loss_tolerance));
  findings.push_back(test_gradient_flow(learner->tensors()));
  findings.push_back(check_gradients(*learner, batch, limits.gradient_tolerance));
  findings.push_back(test_overfit(learn_by_heart(step, limits), limits));
  findings.push_back(test_same_seed([&] {
    auto one = words.fresh();
    auto brief = options;
    brief.training.epochs = 1;
    brief.checkpoint_folder.clear();
    brief.events_folder.clear();
    brief.after_epoch = nullptr;
    one->fit(brief, run);
    return one->tensors();
  }));
  findings.push_back(test_save_load(*learner, words.load, samples, options.train_rows));
  skip_rest(findings, not_of_words());
  return findings;
}

std::vector<Finding> WordVectors::test_network(const spec::NetworkTest& limits,
                                               const training::FitOptions& options,
                                               RunContext& run) {
  const auto fresh = [&] {
    return std::make_unique<WordVectors>(vocabulary_, middle_.size(1), seed_, dataset_, run.device);
  };
  const auto reread = [&](const std::filesystem::path& file) { return load(file, run); };
  return test_word_vectors({fresh, reread}, limits, options, run);
}

}  // namespace dlwork::task
