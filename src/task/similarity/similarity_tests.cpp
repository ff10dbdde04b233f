#include <algorithm>
#include <map>

#include "task/own_network_tests.h"
#include "task/similarity/class_batches.h"
#include "task/similarity/similarity_network.h"
#include "training/network_tests/tests.h"

namespace dlwork::task {
namespace {

using Rows = std::vector<std::int64_t>;

/// Two of each class after the other, round and round, so that any few of them make triplets.
Rows in_pairs(const data::Target& target, const Rows& rows, std::uint64_t seed) {
  Rng rng(seed, "tested pairs");
  constexpr std::size_t kMost = training::kTestedOfOwnLoss;
  auto drawn = class_order(target, rows, static_cast<std::int64_t>(kMost), 2, rng);
  drawn.resize(std::min(drawn.size(), kMost));
  std::map<std::int32_t, std::int64_t> dealt;
  std::vector<std::pair<std::int64_t, std::int64_t>> placed;  // round, row
  for (const auto row : drawn) placed.emplace_back(dealt[target.codes[row]]++ / 2, row);
  std::stable_sort(placed.begin(), placed.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  Rows paired;
  for (const auto& [round, row] : placed) paired.push_back(row);
  return paired;
}

}  // namespace

std::vector<artefact::Finding> SimilarityNetwork::test_network(const spec::NetworkTest& limits,
                                                               const training::FitOptions& asked,
                                                               RunContext& run) {
  training::FitOptions options = asked;
  options.train_rows = in_pairs(dataset().samples.target, asked.train_rows, asked.seed);
  OwnNetwork network;
  network.fresh = [&] { return std::make_unique<SimilarityNetwork>(blueprint(), &dataset(), run); };
  network.load = [&](const std::filesystem::path& file) { return load(file, run); };
  network.not_applied = {
      {"net-initial-loss",
       "the hardest triplets of vectors that nothing has placed: no loss is known"},
      {"net-label-shuffle", "a loss over triplets does not tell how many classes are known"}};
  return test_own_network(network, limits, options, run);
}

}  // namespace dlwork::task
