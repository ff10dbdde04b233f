#include "dlwork/training/together.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <map>

#include "support/fit_problem.h"
#include "training/supervised_learner.h"

namespace dlwork::training {
namespace {

struct Setting {
  SilentReporter reporter;
  StopFlag stop;
  RunContext context{reporter, stop};
};

/// LibTorch's threads while a test runs.
struct Threads {
  explicit Threads(int threads) { at::set_num_threads(threads); }
  ~Threads() { at::set_num_threads(before); }
  int before = at::get_num_threads();
};

using Learners = std::vector<std::unique_ptr<Learner>>;

/// Networks of the same layers from other seeds.
Learners learners_of(const data::Dataset& dataset, const std::string& layers, std::size_t count,
                     RunContext& run) {
  Learners learners;
  for (std::size_t i = 0; i < count; ++i) {
    learners.push_back(make_supervised(testing::problem(dataset, layers, i + 1), run));
  }
  return learners;
}

FitOptions options_of(const data::Dataset& dataset, std::size_t member) {
  auto options = testing::fit_options(dataset, 3);
  options.seed = member + 1;
  return options;
}

std::map<std::size_t, std::string> fit_all(const data::Dataset& dataset, const Learners& learners,
                                           RunContext& run) {
  std::vector<Fitting> fittings;
  for (std::size_t i = 0; i < learners.size(); ++i) {
    fittings.push_back({learners[i].get(), options_of(dataset, i)});
  }
  std::map<std::size_t, std::string> paths;
  fit_together(
      fittings, [&](std::size_t i, const FitReport& report) { paths[i] = report.path; }, run);
  return paths;
}

void expect_the_same_bits(const Learner& left, const Learner& right) {
  const auto a = static_cast<const SupervisedLearner&>(left).named_tensors();
  const auto b = static_cast<const SupervisedLearner&>(right).named_tensors();
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_TRUE(torch::equal(a[i].second, b[i].second)) << a[i].first;
  }
}

TEST(FitTogether, SideBySideGivesTheBitsOfOneAfterTheOther) {
  const auto moons = testing::two_moons();
  for (const char* layers : {"[{linear: 20}, relu, {dropout: 0.4}, {linear: 20}, batch_norm]",
                             "[{linear: 9}, alpha_dropout, selu]"}) {  // by autograd
    SCOPED_TRACE(layers);
    Setting run;
    Threads threads(3);
    const auto alone = learners_of(moons, layers, 5, run.context);
    for (std::size_t i = 0; i < alone.size(); ++i) {
      alone[i]->fit(options_of(moons, i), run.context);
    }
    const auto together = learners_of(moons, layers, 5, run.context);
    const auto paths = fit_all(moons, together, run.context);
    EXPECT_EQ(paths.size(), 5u);
    EXPECT_EQ(at::get_num_threads(), 3) << "as before";
    for (std::size_t i = 0; i < alone.size(); ++i) expect_the_same_bits(*alone[i], *together[i]);
  }
}

/// Keeps what it is told, in order; of progress only that there was some.
struct Told final : Reporter {
  std::vector<std::string> said;
  void debug(const std::string&) override {}
  void info(const std::string& message) override { said.push_back(message); }
  void warn(const std::string&) override {}
  void progress(const Progress&) override { said.push_back("progress"); }
  void progress_done() override {}
};

// How many may run at once depends on what their batches take.
TEST(FitTogether, ChoosesAutomaticBatchSizesBeforeAnyBegins) {
  Told told;
  StopFlag stop;
  RunContext run{told, stop};
  Threads threads(2);
  const auto moons = testing::two_moons();
  const auto learners = learners_of(moons, "[{linear: 20}, relu]", 4, run);
  std::vector<Fitting> fittings;
  for (const auto& learner : learners) fittings.push_back({learner.get(), options_of(moons, 0)});
  for (auto& fitting : fittings) fitting.options.training.batch_size = 0;
  std::int64_t steps = 0;
  fit_together(
      fittings, [&](std::size_t, const FitReport& report) { steps += report.history.back().steps; },
      run);
  EXPECT_EQ(steps, 4 * 3 * 15) << "240 samples in 16s, three epochs";
  ASSERT_GT(told.said.size(), 4u);
  for (std::size_t i = 0; i < told.said.size(); ++i) {
    EXPECT_EQ(told.said[i].rfind("fit: batch size 16: ", 0) == 0, i < 4) << i << told.said[i];
  }
}

TEST(FitTogether, ThrowsWhatAFitThrewAfterAllHaveEnded) {
  Setting run;
  Threads threads(2);
  const auto moons = testing::two_moons();
  const auto learners = learners_of(moons, "[{linear: 20}, relu]", 3, run.context);
  std::vector<Fitting> fittings;
  for (const auto& learner : learners) fittings.push_back({learner.get(), options_of(moons, 0)});
  fittings[1].options.training.learning_rate = 1e30;
  fittings[1].options.training.optimizer = "sgd";
  fittings[1].options.label = "the second";
  try {
    fit_together(
        fittings, [](std::size_t, const FitReport&) {}, run.context);
    ADD_FAILURE() << "a rate of 1e30 went well";
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::kRuntime);
    EXPECT_NE(std::string(error.what()).find("the second: "), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace dlwork::training
