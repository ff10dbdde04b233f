#include "task/embedding/vocabulary.h"

#include <algorithm>
#include <cmath>

#include "dlwork/base/error.h"
#include "dlwork/base/text.h"
#include "dlwork/data/words.h"

namespace dlwork::task {
namespace {

constexpr double kNoisePower = 0.75;
constexpr int kRedraws = 20;

}  // namespace

Vocabulary::Vocabulary(const data::Samples& samples, const std::vector<std::int64_t>& rows,
                       std::int64_t min_count) {
  std::vector<std::pair<std::string, std::int64_t>> found;
  for (auto& [word, count] : data::count_words(samples, rows)) {
    if (count >= min_count) found.emplace_back(word, count);
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  if (found.size() < 2) {
    throw Error(ExitStatus::kInput,
                "the training part has " + grouped(static_cast<std::int64_t>(found.size())) +
                    " words that occur " + std::to_string(min_count) + " times or more",
                "collect more text, or lower training.words.min_count");
  }
  for (auto& [word, count] : found) {
    words_.push_back(std::move(word));
    counts_.push_back(count);
  }
  index();
}

Vocabulary::Vocabulary(const Json& json) {
  json.at("words").get_to(words_);
  json.at("counts").get_to(counts_);
  if (words_.size() < 2 || words_.size() != counts_.size() ||
      *std::min_element(counts_.begin(), counts_.end()) < 1) {
    throw Error(ExitStatus::kInput, "its vocabulary is damaged");
  }
  index();
}

Json Vocabulary::to_json() const { return {{"words", words_}, {"counts", counts_}}; }

void Vocabulary::index() {
  for (std::size_t code = 0; code < words_.size(); ++code) {
    codes_.emplace(words_[code], static_cast<std::int32_t>(code));
    total_ += counts_[code];
  }
}

std::int32_t Vocabulary::find(const std::string& word) const {
  const auto found = codes_.find(word);
  return found == codes_.end() ? -1 : found->second;
}

std::vector<std::int32_t> Vocabulary::encode(std::string_view line) const {
  std::vector<std::int32_t> codes;
  for (const std::string& word : data::line_words(line)) {
    const std::int32_t code = find(word);
    if (code >= 0) codes.push_back(code);
  }
  return codes;
}

NoiseWords::NoiseWords(const Vocabulary& vocabulary) {
  double sum = 0;
  for (std::int64_t code = 0; code < vocabulary.size(); ++code) {
    sum += std::pow(static_cast<double>(vocabulary.count(code)), kNoisePower);
    sums_.push_back(sum);
  }
}

std::int32_t NoiseWords::draw(Rng& rng) const {
  const double place = rng.uniform() * sums_.back();
  const auto found = std::upper_bound(sums_.begin(), sums_.end() - 1, place);
  return static_cast<std::int32_t>(found - sums_.begin());
}

std::int32_t NoiseWords::draw(Rng& rng, std::int32_t not_this) const {
  std::int32_t word = draw(rng);
  for (int again = 0; word == not_this && again < kRedraws; ++again) word = draw(rng);
  return word;
}

}  // namespace dlwork::task
