#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <numeric>

#include "support/fit_problem.h"
#include "support/team.h"
#include "training/gradient_exchange.h"
#include "training/runner.h"
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

TEST(Group, MeetsWhoeverComesLateAndAgain) {
  std::atomic<int> come{0};
  const auto ends = run_together(
      3,
      [&](Group& group) {
        const StopFlag stop;
        for (int meeting = 1; meeting <= 2; ++meeting) {
          if (meeting == 1 && group.rank() == 1) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1200));  // past the time
          }
          ++come;
          group.meet(stop);
          EXPECT_GE(come, 3 * meeting);
        }
      },
      1);
  EXPECT_THAT(ends, Each(""));
}

TEST(Group, MeetsNobodyWhereOneFails) {
  const auto ends = run_together(2, [](JoinedGroup& group) {
    const StopFlag stop;
    if (group.leads()) return group.meet(stop);
    EXPECT_TRUE(group.tell(Error(ExitStatus::kRuntime, "disk full")));
  });
  EXPECT_EQ(ends[0], "error: process 1 of 2: disk full");
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

/// Counts the sums that are begun.
class CountingGroup final : public Group {
 public:
  explicit CountingGroup(Group& group) : group_(group) {}
  int rank() const override { return group_.rank(); }
  int size() const override { return group_.size(); }
  void start_sum(const at::Tensor& values) override {
    ++started;
    group_.start_sum(values);
  }
  void wait() override { group_.wait(); }
  void check() override { group_.check(); }
  void meet(const StopFlag& stop) override { group_.meet(stop); }
  void broadcast(const at::Tensor& values) override { group_.broadcast(values); }
  void sum(std::vector<double>& values) override { group_.sum(values); }
  void broadcast(std::string& text) override { group_.broadcast(text); }
  std::vector<std::string> gather(const std::string& text) override { return group_.gather(text); }

  int started = 0;

 private:
  Group& group_;
};

/// A network, its gradients, and what runs it.
struct Trainee {
  Trainee(const data::Dataset& dataset, const char* layers, RunContext& run)
      : owner(make_supervised(testing::problem(dataset, layers), run)),
        learner(static_cast<SupervisedLearner&>(*owner)),
        flat(learner.network().parameters()),
        runner(make_runner(learner, {})),
        batches(dataset.samples, learner.blueprint().preprocessor, learner.blueprint().coding,
                torch::kCPU) {}

  void pass(const std::int64_t* rows) {
    runner->gather({batches, rows, 16});
    runner->forward(model::Network::Mode::kTrain, 1);
    runner->backward();
  }

  std::unique_ptr<Learner> owner;
  SupervisedLearner& learner;
  FlatParameters flat;
  std::unique_ptr<Runner> runner;
  Batches batches;
};

TEST(GradientExchange, GoesOutWhileTheBackwardPassIsAtEarlierLayersOnBothPaths) {
  SilentReporter reporter;
  StopFlag stop;
  RunContext run{reporter, stop};
  const auto moons = testing::two_moons();
  const auto& rows = moons.part(data::Part::kTrain);
  const std::pair<const char*, const char*> cases[] = {
      {"[{linear: 8}, relu, {linear: 8}, tanh]", "planned"},
      {"[{linear: 8}, softplus, {linear: 8}, tanh]", "autograd"}};
  for (const auto& [layers, path] : cases) {
    SCOPED_TRACE(path);
    Trainee alone(moons, layers, run);
    ASSERT_THAT(alone.runner->path(), ::testing::StartsWith(path));
    alone.pass(rows.data());
    auto expected = 0.5 * alone.flat.gradients;
    alone.pass(rows.data() + 16);
    expected += 0.5 * alone.flat.gradients;

    Trainee first(moons, layers, run), second(moons, layers, run);
    const auto ends = run_together(2, [&](Group& joined) {
      CountingGroup group(joined);
      Trainee& own = group.leads() ? first : second;
      // A bucket for each parameter of any size: weights and biases of three layers.
      GradientExchange exchange(group, own.flat, {}, 1);
      own.runner->on_gradient([&](std::size_t parameter) { exchange.ready(parameter); });
      exchange.begin(0.5);
      own.pass(rows.data() + (group.leads() ? 0 : 16));
      EXPECT_EQ(group.started, 5) << "all but the last, which waits for its numbers";
      exchange.finish({});
      EXPECT_EQ(group.started, 6);
    });
    EXPECT_THAT(ends, Each(""));
    for (const Trainee* each : {&first, &second}) {
      EXPECT_LT((each->flat.gradients - expected).abs().max().item<double>(), 1e-6);
    }
    EXPECT_TRUE(torch::equal(first.flat.gradients, second.flat.gradients));
  }
}

}  // namespace
}  // namespace dlwork::training
