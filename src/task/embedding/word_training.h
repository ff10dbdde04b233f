#pragma once

#include <functional>
#include <memory>

#include "task/embedding/word_vectors.h"
#include "training/optimizer.h"
#include "training/own_training.h"

namespace dlwork::task {

/// One training of word vectors: pairs of the lines' words, in an order and with draws of the seed
/// and epoch alone.
class WordTraining final : public training::OwnTraining {
 public:
  WordTraining(WordVectors& vectors, const training::FitOptions& options, RunContext& run);

  training::NamedTensors model() const override { return vectors_.tensors(); }
  training::NamedTensors state() const override;
  Json numbers() const override { return {{"steps", optimizer_->steps()}}; }
  void restore(const Json& numbers) override { numbers.at("steps").get_to(optimizer_->steps()); }
  std::string identity() const override;
  /// By the tensor's name: "word_vectors".
  std::string broken() const override;
  void train(training::EpochRecord& record, training::FitTimes& times) override;
  void validate(training::EpochRecord& record) override;

  std::int64_t words() const { return vectors_.vocabulary().size(); }
  /// A step on a batch; returns its loss.
  double step(const Neighbours& batch, double learning_rate, double momentum);
  /// Pairs of a line: neighbours within a window drawn anew for each word, frequent words left out
  /// at times (Mikolov et al. 2013, section 2.3, eq. 5), each with its drawn words.
  void add_pairs(std::int64_t row, Rng& rng, Neighbours& pairs) const;

 private:
  /// Where a loss that is not finite comes from.
  std::string origin() const;

  WordVectors& vectors_;
  const training::FitOptions& options_;
  RunContext& run_;
  NoiseWords noise_;
  std::vector<double> kept_;  ///< probability of each word to be kept
  training::FlatParameters flat_;
  std::unique_ptr<training::Optimizer> optimizer_;
  training::Progressing progress_;
  std::vector<std::int64_t> judged_;  ///< training rows that the training metric is taken on
};

}  // namespace dlwork::task
