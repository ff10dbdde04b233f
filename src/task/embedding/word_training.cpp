#include "task/embedding/word_training.h"

#include <algorithm>
#include <cmath>

#include "dlwork/base/hash.h"
#include "dlwork/base/machine.h"
#include "dlwork/base/text.h"
#include "dlwork/spec/task_names.h"
#include "dlwork/training/metrics.h"
#include "training/schedule.h"

namespace dlwork::task {
namespace {

using training::EpochRecord;
using training::FitTimes;

/// Batches that are shuffled together, so that pairs of one line do not all meet in one batch.
constexpr std::int64_t kShuffledBatches = 64;
/// Training lines that the training metric is taken on, at most.
constexpr std::size_t kJudgedLines = 500;

/// Pairs in a random order.
Neighbours shuffled(const Neighbours& pairs, Rng& rng) {
  Neighbours mixed;
  mixed.drawn = pairs.drawn;
  const std::int64_t width = 1 + pairs.drawn;
  for (const auto pair : rng.permutation(pairs.pairs())) {
    mixed.centres.push_back(pairs.centres[pair]);
    const auto first = pairs.others.begin() + pair * width;
    mixed.others.insert(mixed.others.end(), first, first + width);
  }
  return mixed;
}

Neighbours slice(const Neighbours& pairs, std::int64_t begin, std::int64_t end) {
  const std::int64_t width = 1 + pairs.drawn;
  Neighbours some;
  some.drawn = pairs.drawn;
  some.centres.assign(pairs.centres.begin() + begin, pairs.centres.begin() + end);
  some.others.assign(pairs.others.begin() + begin * width, pairs.others.begin() + end * width);
  return some;
}

/// Of one pair: its vectors and the drawn words', their products, and its words' codes in all the
/// batches that wait to be shuffled, before and after.
training::MemoryNeed need_of(const WordVectors& vectors, const spec::WordVectors& words) {
  const std::int64_t others = 1 + words.negatives;
  const std::int64_t length = vectors.parameter_count() / (2 * vectors.vocabulary().size());
  const std::int64_t floats = (1 + others) * length + 3 * others;
  const std::int64_t codes = 2 * kShuffledBatches * (1 + others);
  training::MemoryNeed need;
  need.fixed = training::weight_bytes(vectors.parameter_count());
  need.per_sample = static_cast<std::uint64_t>(floats) * sizeof(float) +
                    static_cast<std::uint64_t>(codes) * sizeof(std::int64_t);
  need.largest_name = "neighbour_vectors";
  need.largest_shape = {others, length};
  return need;
}

}  // namespace

WordTraining::WordTraining(WordVectors& vectors, const training::FitOptions& options,
                           RunContext& run)
    : vectors_(vectors),
      options_(options),
      run_(run),
      noise_(vectors.vocabulary()),
      flat_(vectors.tensors()),
      optimizer_(training::make_optimizer(options.training.optimizer, flat_)),
      progress_(options, run),
      judged_(options.train_rows) {
  const Vocabulary& vocabulary = vectors.vocabulary();
  const double limit = options.training.words.subsample;
  for (std::int64_t code = 0; code < vocabulary.size(); ++code) {
    const double share =
        static_cast<double>(vocabulary.count(code)) / static_cast<double>(vocabulary.total());
    kept_.push_back(limit > 0 ? std::min(1.0, std::sqrt(limit / share)) : 1.0);
  }
  if (judged_.size() > kJudgedLines) {
    Rng(options.seed, "judged lines").shuffle(judged_);
    judged_.resize(kJudgedLines);
    std::sort(judged_.begin(), judged_.end());
  }
}

training::NamedTensors WordTraining::state() const {
  training::NamedTensors tensors;
  for (std::size_t i = 0; i < optimizer_->state().size(); ++i) {
    tensors.push_back({"optimizer." + std::to_string(i), optimizer_->state()[i]});
  }
  return tensors;
}

std::string WordTraining::identity() const {
  Hasher hasher;
  hasher.add(vectors_.vocabulary().to_json().dump());
  hasher.add(std::to_string(vectors_.parameter_count()));
  return hasher.hex();
}

std::string WordTraining::broken() const {
  for (const auto& [name, tensor] : vectors_.tensors()) {
    if (!tensor.isfinite().all().item<bool>()) return name;
  }
  return "";
}

std::string WordTraining::origin() const {
  const std::string name = broken();
  if (!name.empty()) return "in " + name + ", broken by the step before";
  double furthest = 0;
  for (const auto& [_, tensor] : vectors_.tensors()) {
    furthest = std::max(furthest, tensor.detach().abs().max().item<double>());
  }
  return "in the products of vectors with values up to " + pretty_number(furthest);
}

void WordTraining::add_pairs(std::int64_t row, Rng& rng, Neighbours& pairs) const {
  std::vector<std::int32_t> codes;
  for (const auto code : vectors_.vocabulary().encode(vectors_.dataset().samples.texts[row])) {
    if (kept_[code] >= 1 || rng.uniform() < kept_[code]) codes.push_back(code);
  }
  const auto& words = options_.training.words;
  const auto length = static_cast<std::int64_t>(codes.size());
  for (std::int64_t i = 0; i < length; ++i) {
    const std::int64_t window =
        1 + static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(words.window)));
    for (std::int64_t j = std::max<std::int64_t>(0, i - window);
         j <= std::min(length - 1, i + window); ++j) {
      if (i == j) continue;
      pairs.centres.push_back(codes[i]);
      pairs.others.push_back(codes[j]);
      for (std::int64_t draw = 0; draw < words.negatives; ++draw) {
        pairs.others.push_back(noise_.draw(rng, codes[j]));
      }
    }
  }
}

double WordTraining::step(const Neighbours& batch, double learning_rate, double momentum) {
  const auto device = vectors_.tensors().front().second.device();
  const auto centres =
      torch::tensor(torch::ArrayRef<std::int64_t>(batch.centres), torch::kInt64).to(device);
  const auto others = torch::tensor(torch::ArrayRef<std::int64_t>(batch.others), torch::kInt64)
                          .reshape({-1, 1 + batch.drawn})
                          .to(device);
  const auto tensors = vectors_.tensors();
  flat_.zero_gradients();
  const auto loss = vectors_.loss(tensors[0].second, tensors[1].second, centres, others);
  const double value = loss.item<double>();
  if (!std::isfinite(value)) return value;  // the caller tells where
  loss.backward();
  const torch::NoGradGuard no_grad;
  if (options_.training.gradient_clip > 0) flat_.clip(options_.training.gradient_clip);
  optimizer_->step(flat_, {learning_rate, momentum, options_.training.weight_decay});
  return value;
}

void WordTraining::train(EpochRecord& record, FitTimes& times) {
  const std::string stream = "epoch " + std::to_string(record.epoch);
  std::vector<std::int64_t> order = options_.train_rows;
  Rng(options_.seed, "order " + stream).shuffle(order);
  Rng rng(options_.seed, "pairs " + stream);
  const auto lines = static_cast<std::int64_t>(order.size());
  const std::int64_t batch_size = options_.training.batch_size;
  double loss_sum = 0;
  std::int64_t pairs_done = 0, batches = 0;
  Neighbours waiting;
  waiting.drawn = options_.training.words.negatives;
  const auto learn = [&](std::int64_t lines_done) {
    const Neighbours mixed = shuffled(waiting, rng);
    for (std::int64_t begin = 0; begin < mixed.pairs(); begin += batch_size) {
      training::stop_here(options_, run_, record.epoch);
      const auto end = std::min(begin + batch_size, mixed.pairs());
      // The schedule goes by lines, whose number is known.
      const auto rates =
          training::rates_at(options_.training, {(record.epoch - 1) * lines + lines_done - 1,
                                                 options_.training.epochs * lines, lines, 0});
      record.learning_rate = rates.learning_rate;
      const double started = monotonic_seconds();
      const double loss = step(slice(mixed, begin, end), rates.learning_rate, rates.momentum);
      times.forward += monotonic_seconds() - started;
      training::check_finite(loss, options_, record, ++batches, [&] { return origin(); });
      loss_sum += loss * static_cast<double>(end - begin);
      pairs_done += end - begin;
      ++times.steps;
    }
    waiting.centres.clear();
    waiting.others.clear();
    progress_.show(
        record.epoch, static_cast<double>(lines_done) / static_cast<double>(lines),
        "loss " + pretty_number(
                      loss_sum / static_cast<double>(std::max<std::int64_t>(1, pairs_done)), 3));
  };
  for (std::int64_t line = 0; line < lines; ++line) {
    const double started = monotonic_seconds();
    add_pairs(order[line], rng, waiting);
    times.data += monotonic_seconds() - started;
    if (waiting.pairs() >= kShuffledBatches * batch_size || line + 1 == lines) learn(line + 1);
  }
  if (pairs_done == 0) {
    throw Error(ExitStatus::kInput, options_.label + ": no line has two words that have a vector",
                "collect more text, or lower training.words.min_count");
  }
  record.steps = optimizer_->steps();
  record.train_loss = loss_sum / static_cast<double>(pairs_done);
  const auto& samples = vectors_.dataset().samples;
  record.train_metric = training::compute_metric(
      options_.metric, vectors_.predict(samples, judged_), samples.target, judged_);
}

void WordTraining::validate(EpochRecord& record) {
  const auto& samples = vectors_.dataset().samples;
  const auto& rows = options_.validation_rows;
  const Neighbours neighbours = judged_neighbours(vectors_.vocabulary(), samples, rows);
  const auto scores = vectors_.scores(neighbours);
  record.validation_metric = training::compute_metric(
      options_.metric, preferences(neighbours, scores), samples.target, rows);
  // Eq. 4 with the judge's draws, a mean as in training.
  double sum = 0;
  const std::int64_t width = 1 + neighbours.drawn;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const bool truth = static_cast<std::int64_t>(i) % width == 0;
    const double score = truth ? -scores[i] : scores[i];
    sum += std::max(score, 0.0) + std::log1p(std::exp(-std::abs(score)));
  }
  record.validation_loss = sum / static_cast<double>(std::max<std::int64_t>(1, neighbours.pairs()));
  training::check_finite(
      record.validation_loss, options_, record, 0, [&] { return origin(); }, "validation loss");
}

training::FitReport WordVectors::fit(const training::FitOptions& asked, RunContext& run) {
  const auto need = need_of(*this, asked.training.words);
  const auto options = training::own_options(asked, {need, middle_.device()}, run);
  return training::telling_memory(need, middle_.device(), options, run, [&] {
    WordTraining training(*this, options, run);
    return training::run_epochs(training, options, run, spec::tasks::embedding);
  });
}

}  // namespace dlwork::task
