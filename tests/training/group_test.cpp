#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "support/team.h"
#include "training/gradient_exchange.h"
#include "training/shards.h"

namespace dlwork::training {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;
using testing::run_together;

TEST(Shards, CoverTheWholeEvenly) {
  for (const int size : {1, 2, 3, 7}) {
    for (std::int64_t count = 0; count < 20; ++count) {
      std::int64_t place = 5;
      for (int rank = 0; rank < size; ++rank) {
        const Shard shard = shard_of({5, 5 + count}, rank, size);
        EXPECT_EQ(shard.begin, place);
        EXPECT_GE(shard.count(), count / size);
        EXPECT_LE(shard.count(), (count + size - 1) / size);
        place = shard.end;
      }
      EXPECT_EQ(place, 5 + count);
    }
  }
}

TEST(Shards, WeighByTheClassesOfTheirRows) {
  data::Target target;
  target.codes = {0, 1, 1, 0};
  const std::vector<std::int64_t> order{3, 2, 1, 0};  // classes 0, 1, 1, 0
  EXPECT_DOUBLE_EQ(weight_share({}, target, order, {0, 1}, {0, 4}), 0.25);
  const auto weights = torch::tensor({1.0f, 3.0f});
  EXPECT_DOUBLE_EQ(weight_share(weights, target, order, {0, 1}, {0, 4}), 1.0 / 8);
  EXPECT_DOUBLE_EQ(weight_share(weights, target, order, {1, 4}, {0, 4}), 7.0 / 8);
}

TEST(Group, SumsBroadcastsAndGathers) {
  const auto ends = run_together(3, [](Group& group) {
    std::vector<double> values{1.0 + group.rank(), 0.5};
    group.sum(values);
    EXPECT_EQ(values, (std::vector<double>{6, 1.5}));
    std::string text = group.leads() ? "from the first" : "mine, and longer than the first's";
    group.broadcast(text);
    EXPECT_EQ(text, "from the first");
    text = std::string(static_cast<std::size_t>(group.rank()), 'x');
    EXPECT_EQ(group.gather(text), (std::vector<std::string>{"", "x", "xx"}));
    auto tensor = torch::full({4}, group.rank() + 1, torch::kFloat32);
    group.broadcast(tensor);
    EXPECT_TRUE(torch::equal(tensor, torch::ones({4})));
  });
  EXPECT_THAT(ends, Each(""));
}

TEST(Group, PutsOutputsOfAllInOrder) {
  // Seven rows in two batches, of 4 and 3, by three processes.
  Outputs whole{7, 2, std::vector<float>(14)};
  std::iota(whole.values.begin(), whole.values.end(), 1.0f);
  const auto ends = run_together(3, [&](Group& group) {
    const Team team(&group);
    const std::vector<Shard> places{team.own({0, 4}), team.own({4, 7})};
    const Outputs own = Team::pick(whole, places);
    EXPECT_EQ(own.rows, places[0].count() + places[1].count());
    EXPECT_EQ(team.gather(own, places, 7).values, whole.values);
    const std::vector<std::uint64_t> stream{~std::uint64_t{0} - static_cast<unsigned>(group.rank()),
                                            7};
    const auto all = team.gather_streams(stream);
    EXPECT_EQ(all.size(), 6u);
    EXPECT_EQ(team.own_stream(all), stream);
  });
  EXPECT_THAT(ends, Each(""));
}

TEST(Group, NoticesOtherSettings) {
  const auto ends = run_together(
      2, [](Group& group) { Team(&group).agree(group.leads() ? "these" : "those", "baseline"); });
  EXPECT_THAT(ends[0], HasSubstr("baseline: process 1 has other settings, data or another seed"));
}

TEST(Group, TheFirstTellsWhyAnotherEnds) {
  const auto ends = run_together(3, [](JoinedGroup& group) {
    if (group.rank() == 1) {
      EXPECT_TRUE(group.tell(Error(ExitStatus::kRuntime, "memory ran out", "smaller batches")));
      return;
    }
    std::vector<double> values{1};
    group.sum(values);
  });
  EXPECT_EQ(ends[0], "error: process 1 of 3: memory ran out (smaller batches)");
  EXPECT_EQ(ends[2], "told elsewhere");
}

TEST(Group, LetsTheOthersKnowThatTheFirstEnds) {
  const auto ends = run_together(2, [](JoinedGroup& group) {
    if (group.leads()) {
      EXPECT_TRUE(group.tell(Error(ExitStatus::kRuntime, "disk full")));
      return;
    }
    std::vector<double> values{1};
    group.sum(values);
  });
  EXPECT_EQ(ends[1], "told elsewhere");
}

TEST(Group, SaysThatOneEndedWithoutAWord) {
  const auto ends = run_together(2, [](JoinedGroup& group) {
    if (group.rank() == 1) return;
    std::vector<double> values{1};
    try {
      group.sum(values);
    } catch (const Error& error) {
      EXPECT_FALSE(group.tell(error)) << "nobody is left to read it";
      throw;
    }
  });
  EXPECT_THAT(ends[0], AllOf(HasSubstr("process 0 of 2: process 1 of 2 ended without a word"),
                             HasSubstr("go on with --resume")));
}

TEST(Group, WaitsNoLongerThanItsTime) {
  const auto ends = run_together(
      2,
      [](JoinedGroup& group) {
        std::vector<double> values{1};
        if (group.leads()) {
          group.sum(values);
        } else {
          std::this_thread::sleep_for(std::chrono::seconds(3));  // as one that hangs
        }
      },
      1);
  EXPECT_THAT(ends[0], HasSubstr("no answer within 1"));
}

TEST(Group, DoesNotWaitForEverForOneThatDoesNotCome) {
  const testing::TemporaryFolder folder;
  World world;
  world.size = 2;
  world.meeting_file = (folder / "meeting").string();
  world.timeout_seconds = 0.2;
  const StopFlag stop;
  try {
    join_group(world, "cpu", stop);
    ADD_FAILURE() << "one process cannot be a group of two";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("process 1 of 2 did not come within"));
  }
}

/// Five parameters with gradients of their own in each of `size` processes.
struct Parameters {
  explicit Parameters(int rank) {
    for (int p = 0; p < 5; ++p) {
      named.emplace_back(std::to_string(p), torch::zeros({p + 1, 3}).requires_grad_());
    }
    flat = std::make_unique<FlatParameters>(named);
    const torch::NoGradGuard no_grad;
    for (int p = 0; p < 5; ++p) named[p].second.mutable_grad().fill_(10 * p + rank + 1);
  }
  std::vector<std::pair<std::string, torch::Tensor>> named;
  std::unique_ptr<FlatParameters> flat;
};

TEST(GradientExchange, GivesTheWeighedMeanWhateverTheBuckets) {
  for (const std::int64_t bucket : {1, 10, 1000}) {
    const auto ends = run_together(2, [bucket](Group& group) {
      Parameters parameters(group.rank());
      auto running = torch::full({2}, 1 + 2 * group.rank(), torch::kFloat32);
      GradientExchange exchange(group, *parameters.flat, {running}, bucket);
      exchange.begin(group.leads() ? 0.25 : 0.75);
      for (const std::size_t p : {4, 2, 3, 1, 0}) exchange.ready(p);
      const auto sums = exchange.finish({group.leads() ? 1.0f : 0.0f, 0.0f});
      EXPECT_EQ(sums[0], 1);
      EXPECT_EQ(sums[1], 0);
      for (int p = 0; p < 5; ++p) {
        const auto gradient = parameters.named[p].second.grad();
        EXPECT_TRUE(torch::allclose(gradient, torch::full_like(gradient, 10 * p + 1.75))) << p;
      }
      EXPECT_TRUE(torch::equal(running, torch::full({2}, 2.0f)));
    });
    EXPECT_THAT(ends, Each(""));
  }
}

TEST(GradientExchange, LeavesOutAProcessWithoutSamples) {
  const auto ends = run_together(2, [](Group& group) {
    Parameters parameters(group.rank());
    if (!group.leads()) parameters.flat->gradients.fill_(NAN);  // of nothing
    GradientExchange exchange(group, *parameters.flat, {});
    exchange.begin(group.leads() ? 1 : 0);
    exchange.finish({});
    EXPECT_TRUE(torch::equal(parameters.named[2].second.grad(), torch::full({3, 3}, 21.0f)));
  });
  EXPECT_THAT(ends, Each(""));
}

}  // namespace
}  // namespace dlwork::training
