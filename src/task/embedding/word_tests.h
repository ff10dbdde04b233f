#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "task/embedding/word_vectors.h"

namespace dlwork::task {

/// Word vectors for their unit tests.
struct TestedWords {
  /// Made anew, the same each time, with a dataset.
  std::function<std::unique_ptr<WordVectors>()> fresh;
  std::function<std::unique_ptr<training::Learner>(const std::filesystem::path&)> load;
};

/// The network tests of word vectors: what comes out, first loss, gradients, what they learn by
/// heart, seeds and files; of the others why they do not apply. Throws Error(kInput) where no line
/// has two words with a vector.
std::vector<artefact::Finding> test_word_vectors(const TestedWords& words,
                                                 const spec::NetworkTest& limits,
                                                 const training::FitOptions& options,
                                                 RunContext& run);

}  // namespace dlwork::task
