#include "data/split.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "data_support.h"
#include "dlwork/base/rng.h"

namespace dlwork::data {
namespace {

using Rows = std::vector<std::int64_t>;
using Method = SplitPlan::Method;

/// Random rows, keys and amounts for one seed.
class SplitProperties : public ::testing::TestWithParam<int> {
 protected:
  SplitProperties() {
    Rng rng(static_cast<std::uint64_t>(GetParam()), "split property");
    const auto all = static_cast<std::int64_t>(60 + rng.below(400));
    for (std::int64_t row = 0; row < all; ++row) {
      if (rng.uniform() < 0.9) rows_.push_back(row);
      plan_.keys.push_back(static_cast<std::int64_t>(rng.below(17)));
    }
    plan_.seed = static_cast<std::uint64_t>(GetParam());
    plan_.test = rng.uniform() < 0.5 ? spec::Amount{rng.uniform(0.05, 0.4), true}
                                     : spec::Amount{static_cast<double>(3 + rng.below(10)), false};
    plan_.validation = spec::Amount{rng.uniform(0.05, 0.4), true};
  }

  std::array<Rows, 3> split(Method method) {
    plan_.method = method;
    const auto parts = split_rows(rows_, plan_);
    EXPECT_EQ(parts, split_rows(rows_, plan_)) << "the same again";
    Rows all;
    for (const auto& part : parts) {
      EXPECT_FALSE(part.empty());
      EXPECT_TRUE(std::is_sorted(part.begin(), part.end()));
      all.insert(all.end(), part.begin(), part.end());
    }
    std::sort(all.begin(), all.end());
    EXPECT_EQ(all, rows_) << "disjoint and covering";
    return parts;
  }

  std::int64_t wanted(const spec::Amount& amount, std::size_t have) const {
    return std::llround(amount.is_fraction ? amount.value * static_cast<double>(have)
                                           : amount.value);
  }

  Rows rows_;
  SplitPlan plan_;
};

TEST_P(SplitProperties, RandomPartsHaveTheirSizes) {
  const auto parts = split(Method::kRandom);
  EXPECT_EQ(static_cast<std::int64_t>(parts[2].size()), wanted(*plan_.test, rows_.size()));
  const std::size_t rest = rows_.size() - parts[2].size();
  EXPECT_EQ(static_cast<std::int64_t>(parts[1].size()), wanted(*plan_.validation, rest));
}

TEST_P(SplitProperties, StratifiedSharesAreWithinOneRow) {
  const auto parts = split(Method::kStratified);
  Rows have = rows_;
  for (const std::size_t part : {2u, 1u}) {
    const double share = static_cast<double>(parts[part].size()) / static_cast<double>(have.size());
    for (std::int64_t key = 0; key < 17; ++key) {
      const auto is_key = [&](std::int64_t row) { return plan_.keys[row] == key; };
      const auto of_have = std::count_if(have.begin(), have.end(), is_key);
      const auto taken = std::count_if(parts[part].begin(), parts[part].end(), is_key);
      EXPECT_LT(std::abs(static_cast<double>(taken) - share * static_cast<double>(of_have)), 1.0);
    }
    Rows left;
    std::set_difference(have.begin(), have.end(), parts[part].begin(), parts[part].end(),
                        std::back_inserter(left));
    have = left;
  }
}

TEST_P(SplitProperties, GroupsNeverStraddle) {
  const auto parts = split(Method::kGroup);
  std::map<std::int64_t, std::set<std::size_t>> parts_of_group;
  for (std::size_t part = 0; part < 3; ++part) {
    for (const auto row : parts[part]) parts_of_group[plan_.keys[row]].insert(part);
  }
  for (const auto& [group, in] : parts_of_group) EXPECT_EQ(in.size(), 1u) << group;
}

TEST_P(SplitProperties, TimeRunsFromTrainToTest) {
  const auto parts = split(Method::kTime);
  const auto time = [&](std::int64_t a, std::int64_t b) { return plan_.keys[a] < plan_.keys[b]; };
  const auto last = [&](const Rows& rows) {
    return plan_.keys[*std::max_element(rows.begin(), rows.end(), time)];
  };
  const auto first = [&](const Rows& rows) {
    return plan_.keys[*std::min_element(rows.begin(), rows.end(), time)];
  };
  EXPECT_LT(last(parts[0]), first(parts[1]));
  EXPECT_LT(last(parts[1]), first(parts[2]));
}

INSTANTIATE_TEST_SUITE_P(Seeds, SplitProperties, ::testing::Range(0, 50));

TEST(SplitRows, DependsOnTheSeed) {
  Rows rows(100);
  std::iota(rows.begin(), rows.end(), 0);
  SplitPlan plan;
  plan.test = spec::Amount{0.2, true};
  const auto one = split_rows(rows, plan);
  EXPECT_TRUE(one[1].empty());
  plan.seed = 2;
  EXPECT_NE(one, split_rows(rows, plan));
}

TEST(SplitRows, KeepsEqualTimesTogether) {
  SplitPlan plan;
  plan.method = Method::kTime;
  plan.keys = {3, 1, 1, 1, 2, 2, 2, 3};
  plan.test = spec::Amount{3, false};
  const auto parts = split_rows({0, 1, 2, 3, 4, 5, 6, 7}, plan);
  EXPECT_EQ(parts[2], (Rows{0, 7}));
}

TEST(SplitRows, RefusesEmptyPartsNamingTheCounts) {
  SplitPlan plan;
  plan.test = spec::Amount{2, false};
  plan.validation = spec::Amount{5, false};
  const auto error = failure_of(ExitStatus::kInput, [&] { split_rows({1, 2, 3, 4}, plan); });
  EXPECT_HAS(error.message, "4 labelled rows");
  EXPECT_HAS(error.message, "validation part takes 5 of 2");
  plan.method = Method::kGroup;
  plan.keys = Rows(5, 7);
  plan.validation.reset();
  EXPECT_HAS(failure_of(ExitStatus::kInput,
                        [&] {
                          split_rows({1, 2, 3, 4}, plan);
                        })
                 .message,
             "groups stay whole");
}

}  // namespace
}  // namespace dlwork::data
