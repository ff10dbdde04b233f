#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "dlwork/phase/phase.h"

namespace dlwork::phase {

/// A training, by all that decides the bits of its result besides project and data.
struct TrainingKey {
  std::int64_t epochs = 0;
  std::uint64_t seed = 0;
  const std::vector<std::int64_t>* train_rows = nullptr;
  std::string variant{};  ///< what makes its inputs other than the context's data
  bool validated = true;  ///< on the validation part, of which the best epoch counts
};

/// A hash of it: trainings of one key give the same network to the bit, so that one is enough.
std::string training_key(const Context& context, const spec::Project& project,
                         const TrainingKey& training);

/// Seed and epochs of the network that `diagnose` looks into, which is the project as it stands.
std::uint64_t diagnosed_seed(const spec::Project& project);
std::int64_t diagnosed_epochs(const spec::Project& project);

/// The network that the last diagnosis trained to the end.
struct Diagnosed {
  std::string key;               ///< of its training
  std::filesystem::path folder;  ///< of its run
  std::filesystem::path model() const { return folder / "model.safetensors"; }
};
std::optional<Diagnosed> last_diagnosis(const Context& context);

}  // namespace dlwork::phase
