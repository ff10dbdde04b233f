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

using training::OwnEpoch;

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

WordTraining::WordTraining(WordVectors& vectors, const training::FitOptions& options)
    : vectors_(vectors),
      options_(options),
      noise_(vectors.vocabulary()),
      flat_(vectors.tensors()),
      optimizer_(training::make_optimizer(options.training.optimizer, flat_)),
      judged_(options.train_rows),
      rng_(options.seed, "pairs") {
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

Json WordTraining::numbers() const {
  return {{"steps", optimizer_->steps()},  {"line", running_.line},   {"begin", running_.begin},
          {"loss_sum", running_.loss_sum}, {"pairs", running_.pairs}, {"batches", running_.batches},
          {"random", rng_.state()}};
}

void WordTraining::restore(const Json& numbers) {
  numbers.at("steps").get_to(optimizer_->steps());
  numbers.at("line").get_to(running_.line);
  numbers.at("begin").get_to(running_.begin);
  numbers.at("loss_sum").get_to(running_.loss_sum);
  numbers.at("pairs").get_to(running_.pairs);
  numbers.at("batches").get_to(running_.batches);
  rng_.restore(numbers.at("random").get<std::vector<std::uint64_t>>());
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

void WordTraining::begin(OwnEpoch& epoch) {
  const std::string stream = "epoch " + std::to_string(epoch.record.epoch);
  order_ = options_.train_rows;
  Rng(options_.seed, "order " + stream).shuffle(order_);
  if (running_.line == 0 && running_.begin == 0) rng_ = Rng(options_.seed, "pairs " + stream);
  block_ = draw_block();
}

WordTraining::Block WordTraining::draw_block() const {
  Block block{{}, running_.line, rng_};
  block.pairs.drawn = options_.training.words.negatives;
  const std::int64_t enough = kShuffledBatches * options_.training.batch_size;
  while (block.end < lines() && block.pairs.pairs() < enough) {
    add_pairs(order_[block.end++], block.after, block.pairs);
  }
  block.pairs = shuffled(block.pairs, block.after);
  return block;
}

training::EpochPart WordTraining::part() const {
  std::int64_t done = running_.line;
  if (block_ && running_.begin > 0) {
    done += (block_->end - running_.line) * running_.begin / block_->pairs.pairs();
  }
  return {"line", done, lines()};
}

void WordTraining::advance(OwnEpoch& epoch) {
  if (running_.begin < block_->pairs.pairs()) learn(epoch);
  if (running_.begin < block_->pairs.pairs()) return;
  running_.line = block_->end;
  running_.begin = 0;
  rng_ = block_->after;
  const double started = monotonic_seconds();
  block_ = draw_block();
  epoch.times.data += monotonic_seconds() - started;
}

void WordTraining::learn(OwnEpoch& epoch) {
  const auto end = std::min(running_.begin + options_.training.batch_size, block_->pairs.pairs());
  // The schedule goes by lines, whose number is known.
  const auto rates =
      training::rates_at(options_.training, {(epoch.record.epoch - 1) * lines() + block_->end - 1,
                                             options_.training.epochs * lines(), lines(), 0});
  epoch.record.learning_rate = rates.learning_rate;
  const double started = monotonic_seconds();
  const double loss =
      step(slice(block_->pairs, running_.begin, end), rates.learning_rate, rates.momentum);
  epoch.times.forward += monotonic_seconds() - started;
  training::check_finite(loss, epoch, ++running_.batches, [&] { return origin(); });
  running_.loss_sum += loss * static_cast<double>(end - running_.begin);
  running_.pairs += end - running_.begin;
  running_.begin = end;
  ++epoch.times.steps;
}

std::string WordTraining::detail() const {
  if (running_.pairs == 0) return "";
  return "loss " + pretty_number(running_.loss_sum / static_cast<double>(running_.pairs), 3);
}

void WordTraining::finish(OwnEpoch& epoch) {
  if (running_.pairs == 0) {
    throw Error(ExitStatus::kInput, options_.label + ": no line has two words that have a vector",
                "collect more text, or lower training.words.min_count");
  }
  epoch.record.steps = optimizer_->steps();
  epoch.record.train_loss = running_.loss_sum / static_cast<double>(running_.pairs);
  const auto& samples = vectors_.dataset().samples;
  epoch.record.train_metric = training::compute_metric(
      options_.metric, vectors_.predict(samples, judged_), samples.target, judged_);
  running_ = {};
}

void WordTraining::validate(OwnEpoch& epoch) {
  const auto& samples = vectors_.dataset().samples;
  const auto& rows = options_.validation_rows;
  const Neighbours neighbours = judged_neighbours(vectors_.vocabulary(), samples, rows);
  const auto scores = vectors_.scores(neighbours);
  epoch.record.validation_metric = training::compute_metric(
      options_.metric, preferences(neighbours, scores), samples.target, rows);
  // Eq. 4 with the judge's draws, a mean as in training.
  double sum = 0;
  const std::int64_t width = 1 + neighbours.drawn;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const bool truth = static_cast<std::int64_t>(i) % width == 0;
    const double score = truth ? -scores[i] : scores[i];
    sum += std::max(score, 0.0) + std::log1p(std::exp(-std::abs(score)));
  }
  epoch.record.validation_loss =
      sum / static_cast<double>(std::max<std::int64_t>(1, neighbours.pairs()));
  training::check_finite(
      epoch.record.validation_loss, epoch, 0, [&] { return origin(); }, "validation loss");
}

training::FitReport WordVectors::fit(const training::FitOptions& asked, RunContext& run) {
  const auto need = need_of(*this, asked.training.words);
  const auto options = training::own_options(asked, {need, middle_.device()}, run);
  return training::telling_memory(need, middle_.device(), options, run, [&] {
    WordTraining training(*this, options);
    return training::run_epochs(training, options, run, spec::tasks::embedding);
  });
}

}  // namespace dlwork::task
