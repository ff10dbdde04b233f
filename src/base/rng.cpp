#include "dlwork/base/rng.h"

#include <bit>
#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

#include "dlwork/base/error.h"
#include "dlwork/base/hash.h"

namespace dlwork {
namespace {

// A NaN that Box-Muller cannot give: "no spare normal is kept".
constexpr std::uint64_t kNoSpare = ~std::uint64_t{0};

// SplitMix64 (Steele, Lea and Flood 2014), the seeding Blackman and Vigna recommend.
std::uint64_t split_mix(std::uint64_t& state) {
  state += 0x9E3779B97F4A7C15u;
  std::uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

}  // namespace

Rng::Rng(std::uint64_t seed, std::string_view purpose) {
  std::uint64_t state = derive_seed(seed, purpose);
  for (std::uint64_t& word : words_) word = split_mix(state);
}

// xoshiro256**, Blackman and Vigna 2018 ("Scrambled linear pseudorandom number generators").
std::uint64_t Rng::next() {
  const std::uint64_t result = std::rotl(words_[1] * 5, 7) * 9;
  const std::uint64_t shifted = words_[1] << 17;
  words_[2] ^= words_[0];
  words_[3] ^= words_[1];
  words_[1] ^= words_[2];
  words_[0] ^= words_[3];
  words_[2] ^= shifted;
  words_[3] = std::rotl(words_[3], 45);
  return result;
}

double Rng::uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

double Rng::uniform(double low, double high) { return low + (high - low) * uniform(); }

std::uint64_t Rng::below(std::uint64_t bound) {
  DLWORK_ASSERT(bound > 0, "nothing lies below 0");
  // Values past the last whole multiple of `bound` would make the small results likelier.
  const std::uint64_t excess = (0 - bound) % bound;  // 2^64 mod bound
  for (;;) {
    const std::uint64_t value = next();
    if (value >= excess) return value % bound;
  }
}

// Box and Muller 1958.
double Rng::normal() {
  if (has_spare_) {
    has_spare_ = false;
    return spare_;
  }
  const double radius = std::sqrt(-2 * std::log(1 - uniform()));  // 1 - u is never 0
  const double angle = 2 * std::numbers::pi * uniform();
  spare_ = radius * std::sin(angle);
  has_spare_ = true;
  return radius * std::cos(angle);
}

void Rng::shuffle(std::vector<std::int64_t>& values) {
  for (size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[below(i)]);
}

std::vector<std::int64_t> Rng::permutation(std::int64_t count) {
  std::vector<std::int64_t> values(static_cast<size_t>(count));
  std::iota(values.begin(), values.end(), std::int64_t{0});
  shuffle(values);
  return values;
}

std::vector<std::uint64_t> Rng::state() const {
  const std::uint64_t spare = has_spare_ ? std::bit_cast<std::uint64_t>(spare_) : kNoSpare;
  return {words_[0], words_[1], words_[2], words_[3], spare};
}

void Rng::restore(const std::vector<std::uint64_t>& state) {
  const bool usable = state.size() == 5 && (state[0] | state[1] | state[2] | state[3]) != 0;
  if (!usable) {
    throw Error(ExitStatus::kInput, "the saved state of a random number generator is damaged",
                "run again without --resume");
  }
  for (size_t i = 0; i < 4; ++i) words_[i] = state[i];
  has_spare_ = state[4] != kNoSpare;
  spare_ = has_spare_ ? std::bit_cast<double>(state[4]) : 0;
}

std::uint64_t derive_seed(std::uint64_t seed, std::string_view purpose) {
  return hash64(purpose.data(), purpose.size(), seed);
}

}  // namespace dlwork
