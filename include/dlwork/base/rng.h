#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace dlwork {

/// Small deterministic generator (xoshiro256**, Blackman and Vigna 2018) with its own
/// distributions, so that the same seed gives the same numbers with every standard library.
/// Each purpose (split, order, initialisation, augmentation) takes its own stream.
class Rng {
 public:
  Rng(std::uint64_t seed, std::string_view purpose);

  std::uint64_t next();
  /// Uniform in [0, 1).
  double uniform();
  double uniform(double low, double high);
  /// Uniform in [0, bound), unbiased; bound > 0.
  std::uint64_t below(std::uint64_t bound);
  /// Standard normal (Box-Muller).
  double normal();
  /// Fisher-Yates.
  void shuffle(std::vector<std::int64_t>& values);
  std::vector<std::int64_t> permutation(std::int64_t count);

  /// Everything needed to go on from here, for checkpoints: 5 numbers.
  std::vector<std::uint64_t> state() const;
  /// Throws Error(kInput) when `state` is none that `state()` gave.
  void restore(const std::vector<std::uint64_t>& state);

 private:
  std::uint64_t words_[4];
  bool has_spare_ = false;
  double spare_ = 0;
};

/// A seed for a named child (a trial, a member) of a run.
std::uint64_t derive_seed(std::uint64_t seed, std::string_view purpose);

}  // namespace dlwork
