#include "phase/audit/stats/min_hash.h"

#include <algorithm>
#include <array>
#include <limits>
#include <unordered_map>
#include <utility>

#include "dlwork/base/hash.h"

namespace dlwork::phase::audit {
namespace {

constexpr std::size_t kBands = 16, kRows = 8, kHashes = kBands * kRows;
/// Earlier sets of a bucket that a later one is compared with: those of a thousand equal texts are
/// alike, so the first few do.
constexpr std::size_t kMostOfBucket = 8;
using Signature = std::array<std::uint64_t, kHashes>;

/// The finaliser of SplitMix64 (Steele, Lea and Flood 2014), a permutation of 64-bit numbers.
std::uint64_t mixed(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
  return x ^ (x >> 31);
}

Signature signature_of(const std::vector<std::uint64_t>& set, const Signature& seeds) {
  Signature signature;
  signature.fill(std::numeric_limits<std::uint64_t>::max());
  for (const auto element : set) {
    for (std::size_t i = 0; i < kHashes; ++i) {
      signature[i] = std::min(signature[i], mixed(element ^ seeds[i]));
    }
  }
  return signature;
}

}  // namespace

std::vector<std::uint64_t> word_runs(const std::vector<std::string>& words, std::size_t length) {
  std::vector<std::uint64_t> hashes;
  if (words.empty()) return hashes;
  std::vector<std::uint64_t> of_words;
  for (const std::string& word : words) of_words.push_back(hash64(word.data(), word.size()));
  const std::size_t run = std::min(length, words.size());
  for (std::size_t begin = 0; begin + run <= words.size(); ++begin) {
    hashes.push_back(hash64(of_words.data() + begin, run * sizeof(std::uint64_t)));
  }
  std::sort(hashes.begin(), hashes.end());
  hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
  return hashes;
}

double jaccard(const std::vector<std::uint64_t>& a, const std::vector<std::uint64_t>& b) {
  std::size_t shared = 0;
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    shared += a[i] == b[j] ? 1 : 0;
    const bool left = a[i] <= b[j], right = b[j] <= a[i];
    i += left ? 1 : 0;
    j += right ? 1 : 0;
  }
  const std::size_t all = a.size() + b.size() - shared;
  return all == 0 ? 0 : static_cast<double>(shared) / static_cast<double>(all);
}

std::vector<SetTwin> similar_sets(const std::vector<std::vector<std::uint64_t>>& sets, double least,
                                  std::uint64_t seed, const std::vector<int>& groups) {
  Signature seeds;
  for (std::size_t i = 0; i < kHashes; ++i)
    seeds[i] = mixed(seed + (i + 1) * 0x9e3779b97f4a7c15ull);
  std::vector<SetTwin> twins(sets.size());
  std::unordered_map<std::uint64_t, std::vector<std::int64_t>> buckets;
  std::vector<std::pair<std::uint64_t, std::int64_t>> waiting;  // keys and sets of this group
  const auto put_in = [&](std::uint64_t key, std::int64_t set) {
    auto& bucket = buckets[key];
    if (bucket.size() < kMostOfBucket) bucket.push_back(set);
  };
  for (std::size_t i = 0; i < sets.size(); ++i) {
    if (!groups.empty() && i > 0 && groups[i] != groups[i - 1]) {
      for (const auto& [key, set] : waiting) put_in(key, set);
      waiting.clear();
    }
    if (sets[i].empty()) continue;
    const Signature signature = signature_of(sets[i], seeds);
    std::vector<std::int64_t> compared;
    for (std::size_t band = 0; band < kBands; ++band) {
      const auto key = hash64(signature.data() + band * kRows, kRows * sizeof(std::uint64_t), band);
      for (const auto other : buckets[key]) {
        if (std::find(compared.begin(), compared.end(), other) != compared.end()) continue;
        compared.push_back(other);
        const double similarity = jaccard(sets[i], sets[other]);
        if (similarity < least || similarity <= twins[i].similarity) continue;
        twins[i] = {other, similarity};
      }
      if (groups.empty()) {
        put_in(key, static_cast<std::int64_t>(i));
      } else {
        waiting.emplace_back(key, static_cast<std::int64_t>(i));
      }
    }
  }
  return twins;
}

}  // namespace dlwork::phase::audit
