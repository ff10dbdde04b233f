#include "task/reinforcement/cart_pole.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <sstream>

#include "dlwork/base/files.h"
#include "support/places.h"
#include "support/temporary_folder.h"

namespace dlwork::task {
namespace {

constexpr int kEpisodes = 40;
constexpr int kActions = 120;

struct Trajectory {
  std::vector<double> start;
  std::string actions;
};

/// Starts as the world draws them, and wilder ones; actions that fall at once and ones that do not.
std::vector<Trajectory> trajectories() {
  Rng rng(11, "trajectories");
  std::vector<Trajectory> all;
  for (int episode = 0; episode < kEpisodes; ++episode) {
    Trajectory trajectory{CartPole().draw_start(rng), ""};
    if (episode % 4 == 3) {
      trajectory.start = {rng.uniform(-2, 2), rng.uniform(-1, 1), rng.uniform(-0.15, 0.15),
                          rng.uniform(-1, 1)};
    }
    CartPole world;
    world.start(trajectory.start);
    for (int step = 0; step < kActions; ++step) {
      // A policy that stays up for long, and one that does not.
      const bool right =
          episode % 2 == 0 ? world.state()[2] + 0.5 * world.state()[3] > 0 : rng.below(2) == 1;
      trajectory.actions += right ? '1' : '0';
      world.step(right ? 1 : 0);
    }
    all.push_back(trajectory);
  }
  return all;
}

std::string told(const std::vector<Trajectory>& all) {
  std::ostringstream text;
  text.precision(17);
  for (const auto& each : all) {
    for (const double value : each.start) text << value << ' ';
    text << each.actions << '\n';
  }
  return text.str();
}

/// What `python tests/task/cart_pole.py how` says, or nothing and why.
std::string ask(const std::string& python, const std::string& how,
                const std::vector<Trajectory>& all, std::string& why_not) {
  const testing::TemporaryFolder folder;
  write_file(folder / "in", told(all));
  const std::string command = python + " " + places::source_folder() + "/tests/task/cart_pole.py " +
                              how + " < " + (folder / "in").string() + " > " +
                              (folder / "out").string() + " 2> " + (folder / "err").string();
  if (std::system(command.c_str()) == 0) return read_file(folder / "out");
  why_not = read_file(folder / "err");
  return "";
}

/// Every step of every trajectory against what Python said of it.
void expect_equal(const std::string& said, const std::vector<Trajectory>& all) {
  std::istringstream lines(said);
  std::int64_t steps = 0, falls = 0;
  for (const auto& each : all) {
    CartPole world;
    world.start(each.start);
    std::string line;
    for (std::size_t i = 0; std::getline(lines, line) && line != "end"; ++i) {
      ASSERT_LT(i, each.actions.size());
      const WorldStep done = world.step(each.actions[i] == '1' ? 1 : 0);
      std::istringstream words(line);
      for (const double value : world.state()) {
        double expected = 0;
        words >> expected;
        ASSERT_NEAR(value, expected, 1e-12 * std::max(1.0, std::abs(expected))) << line;
      }
      int fell = 0;
      words >> fell;
      ASSERT_EQ(done.ended, fell == 1) << line;
      ASSERT_EQ(done.reward, 1.0);
      ++steps;
      falls += fell;
    }
    ASSERT_EQ(line, "end");
  }
  EXPECT_GT(steps, 1000);
  EXPECT_GT(falls, kEpisodes / 4);
}

TEST(CartPole, MovesAsTheEquationsSayStepByStep) {
  std::string why_not;
  const auto all = trajectories();
  const std::string said = ask("python3", "equations", all, why_not);
  if (said.empty()) GTEST_SKIP() << "python3 could not be asked: " << why_not;
  expect_equal(said, all);
}

TEST(CartPole, MovesAsGymnasiumsStepByStep) {
  const char* python = std::getenv("DLWORK_PEERS_PYTHON");
  std::string why_not;
  const auto all = trajectories();
  const std::string said = ask(python != nullptr ? python : "python3", "gymnasium", all, why_not);
  if (said.empty()) {
    GTEST_SKIP() << "name a Python that has Gymnasium with DLWORK_PEERS_PYTHON: " << why_not;
  }
  expect_equal(said, all);
}

TEST(CartPole, StartsNearTheMiddleAndEndsAfter500Steps) {
  Rng rng(3, "starts");
  double least = 1, most = -1;
  for (int i = 0; i < 1000; ++i) {
    for (const double value : CartPole().draw_start(rng)) {
      least = std::min(least, value);
      most = std::max(most, value);
    }
  }
  EXPECT_GE(least, -0.05);
  EXPECT_LT(most, 0.05);
  EXPECT_LT(least, -0.049);
  EXPECT_GT(most, 0.049);

  CartPole world;
  world.start({0, 0, 0, 0});
  WorldStep done;
  int steps = 0;
  while (!done.ended && !done.cut) {
    // Leans against the fall and the drift: stays up.
    const auto& s = world.state();
    done = world.step(s[2] + 0.5 * s[3] + 0.02 * s[0] + 0.05 * s[1] > 0 ? 1 : 0);
    ++steps;
  }
  EXPECT_EQ(steps, 500);
  EXPECT_TRUE(done.cut);
  EXPECT_FALSE(done.ended);
}

}  // namespace
}  // namespace dlwork::task
