#pragma once

#include "dlwork/training/learner.h"
#include "model/torch.h"
#include "task/embedding/neighbours.h"
#include "task/embedding/vocabulary.h"
#include "training/own_model.h"

namespace dlwork::task {

/// A word near another.
struct NearWord {
  std::string word;
  double similarity = 0;  ///< cosine of the two vectors
};

/// Skip-gram with negative sampling (Mikolov, Sutskever, Chen, Corrado and Dean 2013, arXiv
/// 1310.4546, eq. 4): two vectors a word, one for it in the middle and one for it as a neighbour.
class WordVectors : public training::Learner {
 public:
  /// `dataset` outlives the learner; null for one read from a file.
  WordVectors(Vocabulary vocabulary, std::int64_t dimension, std::uint64_t seed,
              const data::Dataset* dataset, const std::string& device);

  training::FitReport fit(const training::FitOptions& options, RunContext& run) override;
  /// For each line how often its true neighbours are preferred to drawn words: [rows, 1].
  training::Outputs predict(const data::Samples& samples,
                            const std::vector<std::int64_t>& rows) override;
  std::vector<artefact::Finding> test_network(const spec::NetworkTest& thresholds,
                                              const training::FitOptions& options,
                                              RunContext& run) override;
  std::vector<training::LayerReport> inspect(const std::vector<std::int64_t>& rows) override;
  std::int64_t parameter_count() const override { return middle_.numel() + beside_.numel(); }
  void save(const std::filesystem::path& file) override;
  static std::unique_ptr<WordVectors> load(const std::filesystem::path& file, RunContext& run);

  const Vocabulary& vocabulary() const { return vocabulary_; }
  /// Of every word beside every centre, by the product of their vectors.
  std::vector<float> scores(const Neighbours& neighbours) const;
  /// [words, dimension], of length 1.
  torch::Tensor unit_vectors() const;
  training::NamedTensors tensors() const;
  const data::Dataset& dataset() const;

  /// Mean over the pairs of the batch of eq. 4's loss. centres: [B]; others: [B, 1 + drawn], the
  /// true neighbour first; both int64.
  virtual torch::Tensor loss(const torch::Tensor& middle, const torch::Tensor& beside,
                             const torch::Tensor& centres, const torch::Tensor& others) const;

 private:
  /// Of the loss on neighbours in these rows.
  void take_gradients(const std::vector<std::int64_t>& rows);

  Vocabulary vocabulary_;
  std::uint64_t seed_;
  const data::Dataset* dataset_;
  torch::Tensor middle_, beside_;  ///< [words, dimension] float32
};

/// The words whose vectors are nearest to the mean of those of `codes`, which are left out, by the
/// mean cosine over several sets of vectors of one vocabulary. Nearest first.
std::vector<NearWord> near_words(const Vocabulary& vocabulary,
                                 const std::vector<torch::Tensor>& unit_vectors,
                                 const std::vector<double>& weights,
                                 const std::vector<std::int32_t>& codes, std::int64_t most);

/// The length of vectors that a list of layers asks for. Throws Error(kUsage) for any other than
/// one token_embedding.
std::int64_t vector_length(const spec::Model& model);

}  // namespace dlwork::task
