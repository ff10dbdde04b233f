#include <gtest/gtest.h>

#include "dlwork/base/files.h"
#include "dlwork/training/metrics.h"
#include "dlwork/training/supervised.h"
#include "support/fit_problem.h"
#include "support/python_reader.h"

namespace dlwork::training {
namespace {

using testing::read_events;
using testing::TemporaryFolder;
using testing::value_of;

struct Setting {
  SilentReporter reporter;
  StopFlag stop;
  RunContext context{reporter, stop};
};

struct Fitted {
  std::unique_ptr<Learner> learner;
  FitReport report;
};
Fitted fit(const data::Dataset& dataset, const std::string& layers, const FitOptions& options) {
  Setting run;
  Fitted fitted{make_supervised(testing::problem(dataset, layers), run.context), {}};
  fitted.report = fitted.learner->fit(options, run.context);
  return fitted;
}

TEST(FitEvents, TellEachEpochAsTheReportDoes) {
  const TemporaryFolder folder;
  const auto dataset = testing::two_moons();
  auto options = testing::fit_options(dataset, 6);
  options.events_folder = folder / "events";
  const auto report = fit(dataset, "[{linear: 8}, relu]", options).report;
  const auto read = read_events(options.events_folder);
  if (!read.skipped.empty()) GTEST_SKIP() << read.skipped;
  ASSERT_EQ(read.problem, "");
  for (const auto& epoch : report.history) {
    const auto scalar = [&](const std::string& tag) {
      return value_of(read.events, tag, epoch.epoch).get<float>();
    };
    EXPECT_EQ(scalar("loss/training"), static_cast<float>(epoch.train_loss));
    EXPECT_EQ(scalar("loss/validation"), static_cast<float>(epoch.validation_loss));
    EXPECT_EQ(scalar("accuracy/training"), static_cast<float>(epoch.train_metric));
    EXPECT_EQ(scalar("accuracy/validation"), static_cast<float>(epoch.validation_metric));
    EXPECT_EQ(scalar("training/learning rate"), static_cast<float>(epoch.learning_rate));
  }
  const Json graph = read.events[1]["graph"];
  ASSERT_EQ(graph.size(), 4u) << graph;
  EXPECT_EQ(graph[0], Json::parse(R"(["input", "input", [], [-1, 2], 0])"));
  EXPECT_EQ(graph[1][1], "linear");
  EXPECT_EQ(graph[1][2], Json::array({"input"}));
  EXPECT_EQ(graph[1][4], 2 * 8 + 8);
  EXPECT_EQ(graph[3][3], Json::parse("[-1, 2]"));
}

/// Tags of one plugin that stand at a step.
std::vector<std::string> tags(const Json& events, const std::string& plugin, std::int64_t step) {
  std::vector<std::string> found;
  for (const Json& event : events) {
    if (event.value("plugin", "") == plugin && event["step"] == step) found.push_back(event["tag"]);
  }
  return found;
}

TEST(FitEvents, HoldTheNetworksInsideOfTheFirstAndTheLastEpoch) {
  const TemporaryFolder folder;
  const auto dataset = testing::bars();
  auto options = testing::fit_options(dataset, 3);
  options.events_folder = folder / "events";
  fit(dataset, "[{residual: {layers: [{conv2d: 1}, relu]}}, {linear: 4}]", options);
  const auto read = read_events(options.events_folder);
  if (!read.skipped.empty()) GTEST_SKIP() << read.skipped;
  ASSERT_EQ(read.problem, "");
  for (const int epoch : {1, 3}) {
    EXPECT_EQ(tags(read.events, "histograms", epoch).size(), 2u * 6u + 4u) << epoch;
    // What the second of four layers gives for the 48 validation samples.
    double count = 0;
    for (const Json& bucket : value_of(read.events, "activations/2 linear", epoch)) {
      count += bucket[2].get<double>();
    }
    EXPECT_EQ(count, 48 * 4);
    EXPECT_EQ(tags(read.events, "pr_curves", epoch),
              std::vector<std::string>{"precision-recall/lying"});
  }
  // 48 validation samples, all of them above the threshold 0.
  const Json curve = value_of(read.events, "precision-recall/lying", 3);
  EXPECT_EQ(curve[0][0].get<double>() + curve[1][0].get<double>(), 48);
  EXPECT_EQ(curve[2][0], 0);
  // The residual's inner layers stand within it, and the sum takes both ways in.
  const Json graph = read.events[1]["graph"];
  EXPECT_NE(graph[1][0].get<std::string>().find('/'), std::string::npos) << graph;
  EXPECT_EQ(graph[3][1], "add");
  EXPECT_EQ(graph[3][2].size(), 2u);
}

TEST(FitEvents, OfAResumedFitTellEachEpochOnce) {
  const TemporaryFolder folder;
  const auto dataset = testing::two_moons();
  auto options = testing::fit_options(dataset, 4);
  options.events_folder = folder / "events";
  options.checkpoint_folder = folder / "checkpoint";
  Setting stopped;
  options.after_epoch = [&](const EpochRecord& epoch) {
    if (epoch.epoch == 2) stopped.stop.request();
    return AfterEpoch::kGoOn;
  };
  auto learner =
      make_supervised(testing::problem(dataset, "[{linear: 8}, relu]"), stopped.context);
  EXPECT_THROW(learner->fit(options, stopped.context), Error);
  options.after_epoch = {};
  options.resume = true;
  fit(dataset, "[{linear: 8}, relu]", options);
  const auto read = read_events(options.events_folder);
  if (!read.skipped.empty()) GTEST_SKIP() << read.skipped;
  ASSERT_EQ(read.problem, "");
  std::vector<std::int64_t> steps;
  for (const Json& event : read.events) {
    if (event.value("tag", "") == "loss/training") steps.push_back(event["step"]);
  }
  EXPECT_EQ(steps, (std::vector<std::int64_t>{1, 2, 3, 4}));
  bool restarted = false;
  for (const Json& event : read.events) restarted |= event.value("restarted", 0) == 3;
  EXPECT_TRUE(restarted);
}

TEST(FitEvents, ChangeNothingInTheFit) {
  const TemporaryFolder folder;
  const auto dataset = testing::two_moons();
  auto options = testing::fit_options(dataset, 5);
  const std::string layers = "[{linear: 8}, relu, {dropout: 0.2}]";
  fit(dataset, layers, options).learner->save(folder / "without.safetensors");
  options.events_folder = folder / "events";
  fit(dataset, layers, options).learner->save(folder / "with.safetensors");
  EXPECT_EQ(read_file(folder / "without.safetensors"), read_file(folder / "with.safetensors"));
}

}  // namespace
}  // namespace dlwork::training
