#pragma once

#include <memory>
#include <optional>

#include "task/embedding/word_vectors.h"
#include "training/optimizer.h"
#include "training/own_training.h"

namespace dlwork::task {

/// One training of word vectors: pairs of the lines' words, in an order and with draws of the seed
/// and epoch alone.
class WordTraining final : public training::OwnTraining {
 public:
  WordTraining(WordVectors& vectors, const training::FitOptions& options);

  training::NamedTensors model() const override { return vectors_.tensors(); }
  training::NamedTensors state() const override;
  Json numbers() const override;
  void restore(const Json& numbers) override;
  std::string identity() const override;
  /// By the tensor's name: "word_vectors".
  std::string broken() const override;
  void begin(training::OwnEpoch& epoch) override;
  /// By lines, whose number is known; of a block, as much as of its pairs.
  training::EpochPart part() const override;
  void advance(training::OwnEpoch& epoch) override;
  std::string detail() const override;
  void finish(training::OwnEpoch& epoch) override;
  void validate(training::OwnEpoch& epoch) override;

  std::int64_t words() const { return vectors_.vocabulary().size(); }
  /// A step on a batch; returns its loss.
  double step(const Neighbours& batch, double learning_rate, double momentum);
  /// Pairs of a line: neighbours within a window drawn anew for each word, frequent words left out
  /// at times (Mikolov et al. 2013, section 2.3, eq. 5), each with its drawn words.
  void add_pairs(std::int64_t row, Rng& rng, Neighbours& pairs) const;

 private:
  /// What the running epoch has had.
  struct Running {
    std::int64_t line = 0;   ///< the block's first
    std::int64_t begin = 0;  ///< the block's first pair that is still to come
    double loss_sum = 0;
    std::int64_t pairs = 0, batches = 0;
  };
  /// Pairs of some lines, shuffled together.
  struct Block {
    Neighbours pairs;
    std::int64_t end;  ///< line after its last
    Rng after;         ///< random numbers of the next
  };

  std::int64_t lines() const { return static_cast<std::int64_t>(options_.train_rows.size()); }
  Block draw_block() const;
  void learn(training::OwnEpoch& epoch);
  /// Where a loss that is not finite comes from.
  std::string origin() const;

  WordVectors& vectors_;
  const training::FitOptions& options_;
  NoiseWords noise_;
  std::vector<double> kept_;  ///< probability of each word to be kept
  training::FlatParameters flat_;
  std::unique_ptr<training::Optimizer> optimizer_;
  std::vector<std::int64_t> judged_;  ///< training rows that the training metric is taken on
  std::vector<std::int64_t> order_;   ///< of the running epoch's rows
  Running running_;
  Rng rng_;  ///< as it was before the block was drawn: drawn again, it is the same
  std::optional<Block> block_;
};

}  // namespace dlwork::task
