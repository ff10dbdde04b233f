#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "dlwork/base/json.h"
#include "dlwork/base/rng.h"
#include "dlwork/data/dataset.h"

namespace dlwork::task {

/// The words that have a vector: those of the training rows that occur often enough, most frequent
/// first, ties by the alphabet.
class Vocabulary {
 public:
  /// Throws Error(kInput) where fewer than two words are left.
  Vocabulary(const data::Samples& samples, const std::vector<std::int64_t>& rows,
             std::int64_t min_count);
  /// Throws Json::exception or Error(kInput) for what `to_json` did not give.
  explicit Vocabulary(const Json& json);
  Json to_json() const;

  std::int64_t size() const { return static_cast<std::int64_t>(words_.size()); }
  const std::string& word(std::int64_t code) const { return words_[code]; }
  std::int64_t count(std::int64_t code) const { return counts_[code]; }
  std::int64_t total() const { return total_; }
  /// -1 for a word without a vector.
  std::int32_t find(const std::string& word) const;
  /// Codes of a line's words; those without a vector are left out, and their neighbours move up.
  std::vector<std::int32_t> encode(std::string_view line) const;
  bool operator==(const Vocabulary& other) const { return words_ == other.words_; }

 private:
  void index();

  std::vector<std::string> words_;
  std::vector<std::int64_t> counts_;
  std::int64_t total_ = 0;
  std::unordered_map<std::string, std::int32_t> codes_;
};

/// Draws words by their count to the power of 0.75 (Mikolov et al. 2013, section 2.2).
class NoiseWords {
 public:
  explicit NoiseWords(const Vocabulary& vocabulary);
  std::int32_t draw(Rng& rng) const;
  /// Any other than `not_this`, as long as a few draws find one.
  std::int32_t draw(Rng& rng, std::int32_t not_this) const;

 private:
  std::vector<double> sums_;
};

}  // namespace dlwork::task
