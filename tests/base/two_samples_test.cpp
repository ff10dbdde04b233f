#include "dlwork/base/two_samples.h"

#include <gmock/gmock.h>

#include <cmath>

#include "dlwork/base/files.h"
#include "dlwork/base/json.h"
#include "dlwork/base/rng.h"
#include "support/python_reader.h"

namespace dlwork {
namespace {

const std::vector<double> kA{3.5, -1, 2, 8, 0.25, 7, 2};
const std::vector<double> kB{1., 2, 2.5, -3, 4, 9, 11, 0.5, 0.25};

// scipy.stats.ks_2samp, wasserstein_distance
TEST(TwoSamples, DistancesAgreeWithScipy) {
  EXPECT_DOUBLE_EQ(kolmogorov_smirnov(kA, kB).distance, 0.2222222222222222);
  EXPECT_DOUBLE_EQ(wasserstein(kA, kB), 1.3015873015873014);
  EXPECT_EQ(kolmogorov_smirnov({}, kB).p, 1);
  EXPECT_EQ(wasserstein(kA, kA), 0);
}

// scipy.special.kolmogorov
TEST(TwoSamples, KolmogorovsTailAgreesWithScipy) {
  EXPECT_NEAR(kolmogorov_tail(0.2), 0.999999999999495, 1e-13);
  EXPECT_NEAR(kolmogorov_tail(0.5), 0.9639452436648751, 1e-13);
  EXPECT_NEAR(kolmogorov_tail(0.9), 0.3927307079406543, 1e-13);
  EXPECT_NEAR(kolmogorov_tail(1.0), 0.26999967167735456, 1e-13);
  EXPECT_NEAR(kolmogorov_tail(1.5), 0.022217962616525127, 1e-13);
  EXPECT_NEAR(kolmogorov_tail(2.5), 7.453306344157342e-06, 1e-17);
  EXPECT_EQ(kolmogorov_tail(0), 1);
}

TEST(TwoSamples, SmirnovsPIsUniformWhereNothingDiffers) {
  Rng rng(1, "ks");
  int below = 0;
  for (int i = 0; i < 1000; ++i) {
    std::vector<double> a(150), b(90);
    for (double& value : a) value = rng.normal();
    for (double& value : b) value = rng.normal();
    below += kolmogorov_smirnov(a, b).p < 0.1 ? 1 : 0;
  }
  EXPECT_NEAR(below / 1000.0, 0.1, 0.03);
}

// numpy; scipy.spatial.distance.jensenshannon
TEST(TwoSamples, DivergencesAgreeWithTheirFormulas) {
  const std::vector<double> a{10, 20, 70, 0}, b{5, 30, 60, 5};
  EXPECT_NEAR(stability_index(a, b), 0.40072788193280684, 1e-14);
  EXPECT_NEAR(jensen_shannon(a, b), 0.16892309425681723, 1e-14);
  EXPECT_DOUBLE_EQ(total_variation(a, b), 0.15);
  EXPECT_EQ(stability_index(a, {0, 0, 0, 0}), 0);
}

TEST(TwoSamples, CellsHoldEveryValueOnce) {
  const auto edges = quantile_edges({1, 2, 3, 4, 5, 6, 7, 8, NAN}, 4);
  EXPECT_THAT(edges, ::testing::ElementsAre(3, 5, 7));
  EXPECT_THAT(bin_counts({1, 3, 3.5, 9, NAN, 7}, edges), ::testing::ElementsAre(2, 1, 1, 1, 1));
  EXPECT_THAT(quantile_edges({2, 2, 2}, 4), ::testing::IsEmpty());
}

/// Counts of one category are given as words, once for each.
TEST(TwoSamples, AgreeWithEvidently) {
  const std::vector<double> first{300, 120, 60, 20, 0}, second{200, 150, 40, 0, 10};
  Rng rng(4, "two samples");
  std::vector<double> a, b;
  for (int i = 0; i < 300; ++i) a.push_back(rng.normal());
  for (int i = 0; i < 200; ++i) b.push_back(0.5 + 1.5 * rng.normal());
  const auto words_of = [](const std::vector<double>& counts) {
    Json words = Json::array();
    for (std::size_t word = 0; word < counts.size(); ++word) {
      for (int i = 0; i < counts[word]; ++i) words.push_back("w" + std::to_string(word));
    }
    return words;
  };
  const testing::TemporaryFolder folder;
  Json samples = Json::object();
  samples["numbers"] = Json::array({Json(a), Json(b)});
  samples["words"] = Json::array({words_of(first), words_of(second)});
  write_file(folder / "samples.json", json_text(samples));
  const auto said =
      testing::ask_peer("base/evidently_drift.py", (folder / "samples.json").string());
  if (!said.skipped.empty()) GTEST_SKIP() << "Evidently cannot be asked: " << said.skipped;
  ASSERT_EQ(said.problem, "");
  EXPECT_NEAR(stability_index(first, second), said.found["stability"], 1e-9);
  EXPECT_NEAR(jensen_shannon(first, second), said.found["jensen_shannon"], 1e-9);
  EXPECT_NEAR(wasserstein(a, b), said.found["wasserstein"], 1e-9);
}

}  // namespace
}  // namespace dlwork
