#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "dlwork/base/files.h"
#include "dlwork/base/stats.h"
#include "dlwork/training/metrics.h"
#include "dlwork/training/supervised.h"
#include "support/fit_problem.h"
#include "support/python_reader.h"
#include "training/layer_values.h"

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
    EXPECT_EQ(tags(read.events, "histograms", epoch).size(), 2u * 6u + 6u) << epoch;
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
  EXPECT_EQ(graph[3][4], 0) << "as many channels come out as came in";
}

TEST(FitEvents, HoldWhatLayersInsideOthersGive) {
  const TemporaryFolder folder;
  const auto dataset = testing::bars();
  auto options = testing::fit_options(dataset, 1);
  options.events_folder = folder / "events";
  fit(dataset,
      "[{residual: {layers: [{conv2d: 1}, relu]}}, "
      "{sequential: {layers: [relu, {max_pool2d: 2}]}}, "
      "{concat: {branches: [{conv2d: 3}, {sequential: {layers: [{conv2d: 1}, relu]}}]}}]",
      options);
  const auto read = read_events(options.events_folder);
  if (!read.skipped.empty()) GTEST_SKIP() << read.skipped;
  ASSERT_EQ(read.problem, "");
  const std::string prefix = "activations/";
  std::vector<std::string> found;
  for (const auto& tag : tags(read.events, "histograms", 1)) {
    if (tag.starts_with(prefix)) found.push_back(tag.substr(prefix.size()));
  }
  std::sort(found.begin(), found.end());
  EXPECT_EQ(found, (std::vector<std::string>{"0 residual", "0.0 conv2d", "0.1 relu", "1 sequential",
                                             "1.0 relu", "1.1 max_pool2d", "2 concat", "2.0 conv2d",
                                             "2.1 sequential", "2.1.0 conv2d", "2.1.1 relu",
                                             "3 flatten", "4 output"}));
  // Of 48 validation samples: three channels of 4 x 4 and one, which its weights' name tells too.
  const auto count = [&](const std::string& tag) {
    double sum = 0;
    for (const Json& bucket : value_of(read.events, tag, 1)) sum += bucket[2].get<double>();
    return sum;
  };
  EXPECT_NEAR(count("activations/2.0 conv2d"), 48 * 3 * 16, 1e-3);
  EXPECT_NEAR(count("activations/2.1.0 conv2d"), 48 * 16, 1e-3);
  EXPECT_NEAR(count("weights/2.0.weight"), 3 * 9, 1e-3);
  EXPECT_NEAR(count("weights/2.1.0.weight"), 9, 1e-3);
}

TEST(FitEvents, DrawTheLayersInsideOthersAsTheyAre) {
  const TemporaryFolder folder;
  const auto dataset = testing::bars();
  auto options = testing::fit_options(dataset, 1);
  options.events_folder = folder / "events";
  fit(dataset,
      "[{residual: {layers: [{conv2d: 2}]}}, {sequential: {layers: [relu, {max_pool2d: 2}]}}, "
      "{concat: {branches: [{sequential: {layers: [{conv2d: 3}, relu]}}, {conv2d: 1}]}}]",
      options);
  const auto read = read_events(options.events_folder);
  if (!read.skipped.empty()) GTEST_SKIP() << read.skipped;
  ASSERT_EQ(read.problem, "");
  const Json graph = read.events[1]["graph"];
  std::vector<std::string> names;
  std::map<std::string, Json> inputs, parameters;
  for (const Json& node : graph) {
    names.push_back(node[0]);
    inputs[names.back()] = node[2];
    parameters[names.back()] = node[4];
  }
  const auto named = [&](const std::string& end) {
    for (const auto& name : names) {
      if (name.ends_with(end)) return name;
    }
    ADD_FAILURE() << "no " << end << " in " << graph;
    return std::string();
  };
  // The residual: one channel in, two out; its projection has 2 weights (and no bias).
  const std::string sum = named("/add"), joined = named("/concat");
  ASSERT_EQ(inputs[sum].size(), 2u);
  const std::string inner = inputs[sum][0];
  EXPECT_EQ(inputs[sum][1], "input");
  EXPECT_EQ(parameters[sum], 2);
  EXPECT_EQ(parameters[inner], 2 * 9 + 2);
  // The sequence is a chain behind it, without a node of its own.
  const std::string pool = named(" max_pool2d");
  const std::string rectifier = inputs[pool][0];
  EXPECT_EQ(inputs[rectifier], Json::array({sum}));
  // Both branches begin there, side by side.
  ASSERT_EQ(inputs[joined].size(), 2u);
  const std::string first = inputs[joined][0], second = inputs[joined][1];
  EXPECT_EQ(inputs[second], Json::array({pool}));
  EXPECT_EQ(parameters[second], 2 * 9 + 1);
  const std::string convolution = inputs[first][0];
  EXPECT_EQ(inputs[convolution], Json::array({pool}));
  EXPECT_EQ(parameters[convolution], 3 * 2 * 9 + 3);
  EXPECT_EQ(parameters[joined], 0);
  EXPECT_EQ(std::count_if(names.begin(), names.end(),
                          [](const std::string& name) { return name.ends_with("/add"); }),
            1);
}

TEST(FitEvents, TellWeightsAndBiasesApart) {
  EXPECT_TRUE(is_bias("2.bias"));
  EXPECT_TRUE(is_bias("0.bias_ih_l0"));
  EXPECT_FALSE(is_bias("0.weight"));
  EXPECT_FALSE(is_bias("1.bias.weight"));
  const TemporaryFolder folder;
  const auto dataset = testing::two_moons();
  auto options = testing::fit_options(dataset, 1);
  options.events_folder = folder / "events";
  fit(dataset, "[{linear: 8}, relu]", options);
  const auto read = read_events(options.events_folder);
  if (!read.skipped.empty()) GTEST_SKIP() << read.skipped;
  ASSERT_EQ(read.problem, "");
  std::vector<std::string> found = tags(read.events, "histograms", 1);
  std::sort(found.begin(), found.end());
  EXPECT_EQ(found,
            (std::vector<std::string>{
                "activations/0 linear", "activations/1 relu", "activations/2 output",
                "biases/0.bias", "biases/2.bias", "gradients/0.bias", "gradients/0.weight",
                "gradients/2.bias", "gradients/2.weight", "weights/0.weight", "weights/2.weight"}));
}

TEST(LayerValues, AreThoseOfLayersInsideOthersAndSpreadsOfTheWhole) {
  const auto dataset = testing::bars();
  Setting run;
  const std::string layers =
      "[{residual: {layers: [{conv2d: 1}, {concat: {branches: [relu, identity]}}]}}]";
  const auto made = make_supervised(testing::problem(dataset, layers), run.context);
  const auto& learner = dynamic_cast<SupervisedLearner&>(*made);
  const FlatParameters flat(learner.network().parameters());
  const LayerValues values(learner, flat, dataset.part(data::Part::kValidation));
  std::map<std::string, std::vector<double>> given;
  values.activations([&](const model::PlannedLayer& layer, const torch::Tensor& shown) {
    const auto own = on_host(shown);
    given[layer.name].assign(own.data_ptr<float>(), own.data_ptr<float>() + own.numel());
  });
  std::vector<std::string> names;
  for (const auto& [name, all] : given) names.push_back(name);
  EXPECT_EQ(names, (std::vector<std::string>{"0 residual", "0.0 conv2d", "0.1 concat", "0.1.0 relu",
                                             "0.1.1 identity", "1 flatten", "2 output"}));
  const auto& inner = given["0.0 conv2d"];
  ASSERT_EQ(inner.size(), 48u * 64u);
  for (std::size_t i = 0; i < inner.size(); ++i) {
    EXPECT_EQ(given["0.1.0 relu"][i], std::max(0.0, inner[i]));
  }
  const auto spreads = values.spreads(1);
  const auto found = std::find_if(spreads.begin(), spreads.end(), [](const auto& spread) {
    return spread.layer == 0 && spread.of == LayerSpread::Of::kActivations;
  });
  ASSERT_NE(found, spreads.end());
  EXPECT_EQ(found->high, quantile(given["0 residual"], 0.95));
}

TEST(FitSpreads, AreQuantilesOfTheLayersValues) {
  const auto dataset = testing::two_moons();
  auto options = testing::fit_options(dataset, 3);
  options.validation_rows = {};  // the newest epoch is the one that is kept
  options.spreads = 20;
  const auto fitted = fit(dataset, "[{linear: 8}, relu]", options);
  const auto& network = dynamic_cast<SupervisedLearner&>(*fitted.learner).network();
  std::map<std::string, std::vector<double>> values;
  for (const auto& [name, tensor] : network.parameters()) {
    const auto flat = tensor.detach().flatten();
    for (std::int64_t i = 0; i < flat.numel(); ++i) values[name].push_back(flat[i].item<float>());
  }
  using Of = LayerSpread::Of;
  std::vector<std::int64_t> epochs;
  std::size_t seen = 0;
  for (const auto& spread : fitted.report.spreads) {
    if (epochs.empty() || epochs.back() != spread.epoch) epochs.push_back(spread.epoch);
    EXPECT_TRUE(spread.layer == 0 || spread.layer == 2) << "the rectifier learns nothing";
    EXPECT_LE(spread.low, spread.median);
    EXPECT_LE(spread.median, spread.high);
    if (spread.epoch != 3 || spread.of == Of::kActivations || spread.of == Of::kGradients) continue;
    const auto& of =
        values.at(std::to_string(spread.layer) + (spread.of == Of::kBiases ? ".bias" : ".weight"));
    EXPECT_EQ(spread.low, quantile(of, 0.05));
    EXPECT_EQ(spread.median, quantile(of, 0.5));
    EXPECT_EQ(spread.high, quantile(of, 0.95));
    ++seen;
  }
  EXPECT_EQ(epochs, (std::vector<std::int64_t>{1, 2, 3}));
  EXPECT_EQ(seen, 4u);
  EXPECT_EQ(fitted.report.spreads.size(), 3u * 2u * 4u);
}

// A normal's quantiles: of many values some are drawn, evenly over the whole tensor.
TEST(FitSpreads, OfManyValuesAreThoseOfSome) {
  const auto dataset = testing::two_moons();
  auto options = testing::fit_options(dataset, 1);
  options.training.learning_rate = 1e-12;
  options.spreads = 1;
  const auto fitted = fit(dataset, "[{linear: 300}, {linear: 200}]", options);
  const auto found = std::find_if(
      fitted.report.spreads.begin(), fitted.report.spreads.end(), [](const auto& spread) {
        return spread.layer == 1 && spread.of == LayerSpread::Of::kWeights;
      });
  ASSERT_NE(found, fitted.report.spreads.end());
  const auto& network = dynamic_cast<SupervisedLearner&>(*fitted.learner).network();
  const auto weights = network.parameters_of(1)[0].detach().flatten();
  ASSERT_EQ(weights.numel(), 60'000);
  const double width = weights.std().item<double>();
  EXPECT_NEAR(found->low, torch::quantile(weights, 0.05).item<double>(), 0.05 * width);
  EXPECT_NEAR(found->median, torch::quantile(weights, 0.5).item<double>(), 0.05 * width);
  EXPECT_NEAR(found->high, torch::quantile(weights, 0.95).item<double>(), 0.05 * width);
}

TEST(FitSpreads, ComeFromAFewEpochsOfMany) {
  for (const std::int64_t epochs : {1, 2, 19, 20, 21, 30, 100, 999}) {
    std::vector<std::int64_t> due;
    for (std::int64_t epoch = 1; epoch <= epochs; ++epoch) {
      if (epoch == epochs || spreads_due(epoch, epochs, 20)) due.push_back(epoch);
    }
    EXPECT_EQ(due.front(), 1);
    EXPECT_LE(due.size(), 20u) << epochs;
    EXPECT_GE(due.size(), static_cast<std::size_t>(std::min<std::int64_t>(10, epochs))) << epochs;
    for (std::size_t i = 2; i + 1 < due.size(); ++i) {
      EXPECT_EQ(due[i] - due[i - 1], due[1] - due[0]) << epochs;
    }
  }
}

TEST(FitSpreads, OfAResumedFitAreThoseOfAWholeOne) {
  const TemporaryFolder folder;
  const auto dataset = testing::two_moons();
  auto options = testing::fit_options(dataset, 4);
  options.spreads = 20;
  const auto whole = fit(dataset, "[{linear: 8}, relu]", options).report.spreads;
  options.checkpoint_folder = folder / "checkpoint";
  Setting stopped;
  options.after_epoch = [&](const EpochRecord& epoch) {
    if (epoch.epoch == 2) stopped.stop.request();
    return AfterEpoch::kGoOn;
  };
  auto learner = make_supervised(testing::problem(dataset, "[{linear: 8}, relu]"), stopped.context);
  EXPECT_THROW(learner->fit(options, stopped.context), Error);
  options.after_epoch = {};
  options.resume = true;
  const auto resumed = fit(dataset, "[{linear: 8}, relu]", options).report.spreads;
  ASSERT_EQ(resumed.size(), whole.size());
  for (std::size_t i = 0; i < whole.size(); ++i) {
    EXPECT_EQ(resumed[i].epoch, whole[i].epoch);
    EXPECT_EQ(resumed[i].layer, whole[i].layer);
    EXPECT_EQ(resumed[i].of, whole[i].of);
    EXPECT_EQ(resumed[i].low, whole[i].low);
    EXPECT_EQ(resumed[i].median, whole[i].median);
    EXPECT_EQ(resumed[i].high, whole[i].high);
  }
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
  auto learner = make_supervised(testing::problem(dataset, "[{linear: 8}, relu]"), stopped.context);
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

/// A trained network is taken up again from its checkpoint by another run, whose folder is empty.
TEST(FitEvents, OfATrainedNetworkTellItsTrainingAgain) {
  const TemporaryFolder folder;
  const auto dataset = testing::two_moons();
  const std::string layers = "[{linear: 8}, relu]";
  auto options = testing::fit_options(dataset, 4);
  options.events_folder = folder / "first";
  options.checkpoint_folder = folder / "checkpoint";
  const auto first = fit(dataset, layers, options);
  options.resume = true;
  options.events_folder = folder / "second";
  int trained = 0;
  options.after_epoch = [&](const EpochRecord&) {
    ++trained;
    return AfterEpoch::kGoOn;
  };
  const auto second = fit(dataset, layers, options);
  EXPECT_EQ(trained, 0);
  first.learner->save(folder / "first.safetensors");
  second.learner->save(folder / "second.safetensors");
  EXPECT_EQ(read_file(folder / "first.safetensors"), read_file(folder / "second.safetensors"));
  const auto told = read_events(folder / "first"), again = read_events(folder / "second");
  if (!told.skipped.empty()) GTEST_SKIP() << told.skipped;
  ASSERT_EQ(told.problem + again.problem, "");
  for (const Json& event : again.events) EXPECT_FALSE(event.contains("restarted")) << event;
  for (std::int64_t epoch = 1; epoch <= 4; ++epoch) {
    for (const char* tag : {"loss/training", "loss/validation", "accuracy/training",
                            "accuracy/validation", "training/learning rate", "training/seconds"}) {
      const Json value = value_of(told.events, tag, epoch);
      EXPECT_TRUE(value.is_number()) << tag << " " << epoch;
      EXPECT_EQ(value_of(again.events, tag, epoch), value) << tag << " " << epoch;
    }
  }
  // The inside of the network that was kept; its gradients are not.
  const std::int64_t best = second.report.best_epoch;
  std::vector<std::string> found = tags(again.events, "histograms", best);
  std::sort(found.begin(), found.end());
  EXPECT_EQ(found, (std::vector<std::string>{
                       "activations/0 linear", "activations/1 relu", "activations/2 output",
                       "biases/0.bias", "biases/2.bias", "weights/0.weight", "weights/2.weight"}));
  EXPECT_EQ(tags(again.events, "pr_curves", best),
            std::vector<std::string>{"precision-recall/lower"});
  const Json curve = value_of(again.events, "precision-recall/lower", best);
  const Json& true_positives = curve[0];
  const Json& false_positives = curve[1];
  EXPECT_EQ(true_positives[0].get<double>() + false_positives[0].get<double>(),
            static_cast<double>(options.validation_rows.size()))
      << "all samples of the validation part stand above the threshold 0";
}

TEST(FitEvents, ChangeNothingInTheFit) {
  const TemporaryFolder folder;
  const auto dataset = testing::two_moons();
  auto options = testing::fit_options(dataset, 5);
  const std::string layers = "[{linear: 8}, relu, {dropout: 0.2}]";
  fit(dataset, layers, options).learner->save(folder / "without.safetensors");
  options.events_folder = folder / "events";
  options.spreads = 20;
  fit(dataset, layers, options).learner->save(folder / "with.safetensors");
  EXPECT_EQ(read_file(folder / "without.safetensors"), read_file(folder / "with.safetensors"));
}

}  // namespace
}  // namespace dlwork::training
