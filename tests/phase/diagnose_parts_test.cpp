#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "dlwork/base/png.h"
#include "model/shapes.h"
#include "phase/diagnose/components.h"
#include "phase/diagnose/fits.h"
#include "phase/diagnose/input_names.h"
#include "phase/diagnose/order.h"
#include "phase/diagnose/sprite.h"
#include "phase/diagnose/width.h"
#include "support/fake_phase.h"
#include "support/layers.h"

namespace dlwork::phase::diagnose {
namespace {

using artefact::Severity;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

artefact::Finding found(const std::string& id, Severity severity, double explains = -1) {
  Json evidence = Json::object();
  if (explains >= 0) evidence["explains"] = explains;
  return artefact::make_finding(id, severity, "", evidence);
}

std::vector<std::string> ids(const std::vector<artefact::Finding>& findings) {
  std::vector<std::string> ids;
  for (const auto& finding : findings) ids.push_back(finding.id);
  return ids;
}

TEST(DiagnosisOrder, PutsCausesFirstAndInformationLast) {
  std::vector<artefact::Finding> findings{found("diagnosis-threshold", Severity::kInfo),
                                          found("diagnosis-high-variance", Severity::kWarn),
                                          found("diagnosis-high-bias", Severity::kWarn),
                                          found("diagnosis-learning-rate-low", Severity::kWarn),
                                          found("diagnosis-class-missing", Severity::kError)};
  put_in_order(findings);
  EXPECT_THAT(ids(findings),
              ElementsAre("diagnosis-class-missing", "diagnosis-learning-rate-low",
                          "diagnosis-high-variance", "diagnosis-high-bias", "diagnosis-threshold"));
  EXPECT_EQ(next_step(findings).command, "dlwork audit");
}

TEST(DiagnosisOrder, PutsErrorsBeforeWarningsAsReportsDo) {
  auto unchecked = found("diagnosis-not-run", Severity::kError);
  unchecked.checked = false;
  std::vector<artefact::Finding> findings{found("diagnosis-leak", Severity::kWarn), unchecked,
                                          found("diagnosis-not-converging", Severity::kError),
                                          found("diagnosis-learning-rate-low", Severity::kError)};
  put_in_order(findings);
  EXPECT_THAT(ids(findings), ElementsAre("diagnosis-learning-rate-low", "diagnosis-not-converging",
                                         "diagnosis-not-run", "diagnosis-leak"));
}

TEST(DiagnosisOrder, ASliceIsACauseWhereItMakesMostErrors) {
  std::vector<artefact::Finding> findings{found("diagnosis-high-bias", Severity::kWarn),
                                          found("diagnosis-weak-slice", Severity::kWarn, 0.2)};
  put_in_order(findings);
  EXPECT_EQ(findings.front().id, "diagnosis-high-bias");
  findings = {found("diagnosis-high-bias", Severity::kWarn),
              found("diagnosis-weak-slice", Severity::kWarn, 0.7)};
  put_in_order(findings);
  EXPECT_EQ(findings.front().id, "diagnosis-weak-slice");
}

TEST(Components, AreWhatTheProjectHas) {
  spec::Project project;
  project.model.layers = dlwork::testing::layers(
      "[{conv2d: 8}, batch_norm, relu, {max_pool2d: 2}, {dropout: 0.2}, {conv2d: 8}, relu, "
      "flatten, {linear: 16}, relu]");
  project.training.augment.flip = true;
  project.training.weight_decay = 0.01;
  data::Dataset dataset;
  std::vector<std::string> names;
  const auto components = components_of(project, dataset);
  for (const auto& component : components) names.push_back(component.name);
  EXPECT_THAT(names, ElementsAre("augmentation: flip", "dropout", "normalisation",
                                 "layers 0 to 4 (conv2d)", "layers 5 to 6 (conv2d)",
                                 "layers 8 to 9 (linear)", "weight decay", "schedule (one-cycle)"));
  EXPECT_FALSE(components[0].project.training.augment.flip);
  EXPECT_EQ(components[1].project.model.layers.size(), 9u);
  EXPECT_EQ(components[3].project.model.layers.front().type, "conv2d");
  EXPECT_EQ(components[3].project.model.layers.size(), 5u);
  EXPECT_EQ(components[7].project.training.schedule, "constant");
}

TEST(Components, HoldAveragingAndInitialWeights) {
  spec::Project project;
  project.model.layers = dlwork::testing::layers("[{linear: 8}, relu]");
  project.model.init = "orthogonal";
  project.training.averaging.method = "ema";
  project.training.weight_decay = 0;
  project.training.schedule = "constant";
  std::vector<std::string> names;
  const auto components = components_of(project, data::Dataset{});
  for (const auto& component : components) names.push_back(component.name);
  ASSERT_THAT(names, ElementsAre("layers 0 to 1 (linear)", "weight averaging (ema)",
                                 "initial weights (orthogonal)"));
  EXPECT_EQ(components[1].project.training.averaging.method, "none");
  EXPECT_EQ(components[1].project.model.init, "orthogonal");
  EXPECT_EQ(components[2].project.model.init, "");
  EXPECT_EQ(components[2].project.training.averaging.method, "ema");
}

TEST(Components, AreTakenOutOfBranchesToo) {
  spec::Project project;
  project.model.layers = dlwork::testing::layers(
      "[{concat: {branches: [{sequential: {layers: [{conv2d: 4}, batch_norm, relu]}}, batch_norm,"
      " {sequential: {layers: [batch_norm]}}, {residual: {layers: [{conv2d: 3}, {dropout: "
      "0.1}]}}]}}, flatten]");
  const auto components = components_of(project, data::Dataset{});
  const auto without = [&](const std::string& name) {
    const auto found = std::find_if(components.begin(), components.end(),
                                    [&](const auto& one) { return one.name == name; });
    EXPECT_NE(found, components.end()) << name;
    return std::get<spec::Concat>(found->project.model.layers.front().options).branches;
  };
  const auto norm = without("normalisation");
  ASSERT_EQ(norm.size(), 4u) << "a branch that is all norm passes its input on";
  EXPECT_EQ(std::get<spec::Sequential>(norm[0].options).layers.size(), 2u);
  EXPECT_EQ(norm[1].type, "identity");
  EXPECT_EQ(std::get<spec::Sequential>(norm[2].options).layers.front().type, "identity");
  const auto dropout = without("dropout");
  EXPECT_EQ(std::get<spec::Residual>(dropout[3].options).layers.size(), 1u);
  EXPECT_EQ(std::get<spec::Sequential>(dropout[0].options).layers.size(), 3u);
  data::FeatureShape shape;
  shape.dims = {3, 8, 8};
  for (const auto& component : components) {
    if (component.name != "normalisation" && component.name != "dropout") continue;
    EXPECT_NO_THROW(model::plan_layers(component.project.model.layers, shape, 2)) << component.name;
  }
}

TEST(Components, HoldTheDropoutThatLayersHaveOfTheirOwn) {
  auto layers = dlwork::testing::layers(
      "[{gru: {units: 4, dropout: 0.2, gives: sequence}}, {residual: {layers: [{attention: {heads: "
      "2, dropout: 0.1}}]}}, {concat: {branches: [{transformer_encoder: {heads: 2}}, "
      "{transformer_encoder: {heads: 2, dropout: 0}}]}}, {dropout: 0.5}]");
  EXPECT_EQ(remove_dropout(layers), 4) << "gru, attention, one encoder, dropout";
  ASSERT_EQ(layers.size(), 3u);
  EXPECT_EQ(std::get<spec::Gru>(layers[0].options).dropout, 0);
  const auto& inside = std::get<spec::Residual>(layers[1].options).layers.front();
  EXPECT_EQ(std::get<spec::Attention>(inside.options).dropout, 0);
  const auto& branch = std::get<spec::Concat>(layers[2].options).branches.front();
  EXPECT_EQ(std::get<spec::TransformerEncoder>(branch.options).dropout, 0);
  EXPECT_EQ(remove_dropout(layers), 0);
}

/// Layers, with the shape of a sample.
struct Scaled {
  const char* layers;
  model::Shape input;
};

TEST(Width, KeepsEveryNetworkLegalAndChangesItsSize) {
  const Scaled networks[] = {
      {"[{conv2d: 12}, {group_norm: 4}, relu, {conv2d: {channels: 12, groups: 4}}, flatten, "
       "{linear: 6}, {group_norm: 3}]",
       {3, 8, 8}},
      {"[{conv2d: {channels: 6, groups: 3}}, {conv2d: {channels: 6, groups: 6}}, {conv2d: "
       "{channels: 12, groups: 6}}, {depthwise_conv2d: {multiplier: 2}}, {group_norm: 8}]",
       {3, 8, 8}},
      {"[{conv2d: 8}, {pixel_shuffle: 2}, {conv2d: 12}, relu, {pixel_shuffle: 2}, {group_norm: 3}]",
       {1, 4, 4}},
      {"[{conv1d: 12}, {conv_transpose1d: 8}, {group_norm: 4}, global_avg_pool]", {9, 3}},
      {"[{conv1d: 12}, {attention: 6}, {conv1d: {channels: 20, groups: 4}}, {transformer_encoder: "
       "{heads: 5, feedforward: 30}}]",
       {9, 3}},
      {"[{linear: {units: 12, each_step: true}}, {transformer_encoder: {heads: 4}}, "
       "global_avg_pool]",
       {9, 5}},
      {"[{gru: {units: 6, bidirectional: true, gives: sequence}}, {attention: 4}, {lstm: 5}]",
       {9, 3}},
      {"[{concat: {branches: [{conv2d: 4}, {conv2d: 8}, identity]}}, {group_norm: 5}, {conv2d: "
       "10}]",
       {3, 8, 8}},
      {"[{residual: {layers: [{conv2d: 6}, {group_norm: 6}, relu]}}, {residual: {layers: [{conv2d: "
       "6}, {group_norm: 2}]}}]",
       {6, 8, 8}},
      {"[{attention: 3}, {linear: 16}]", {9, 6}}};
  for (const auto& network : networks) {
    const auto layers = dlwork::testing::layers(network.layers);
    data::FeatureShape shape;
    shape.dims = network.input;
    const auto parameters = [&](double factor) {
      return model::parameter_count(model::plan_layers(scaled_width(layers, factor), shape, 2),
                                    shape);
    };
    const std::int64_t own = parameters(1);
    EXPECT_EQ(own, model::parameter_count(model::plan_layers(layers, shape, 2), shape))
        << network.layers;
    EXPECT_LT(parameters(0.25), own) << network.layers;
    EXPECT_LT(parameters(0.5), own) << network.layers;
    EXPECT_GT(parameters(2), own) << network.layers;
    EXPECT_GT(parameters(4), parameters(2)) << network.layers;
  }
}

TEST(Width, KeepsGroupsAndHeadsWhereTheyStillDivide) {
  const auto half = scaled_width(
      dlwork::testing::layers("[{conv2d: 32}, {group_norm: 8}, to_sequence, {attention: 4}, "
                              "{linear: {units: 10, each_step: true}}, {attention: 2}]"),
      0.5);
  EXPECT_EQ(std::get<spec::Conv2d>(half[0].options).channels, 16);
  EXPECT_EQ(std::get<spec::GroupNorm>(half[1].options).groups, 8);
  EXPECT_EQ(std::get<spec::Attention>(half[3].options).heads, 4);
  EXPECT_EQ(std::get<spec::Linear>(half[4].options).units, 5);
  EXPECT_EQ(std::get<spec::Attention>(half[5].options).heads, 1) << "2 does not divide 5";
  const auto twice = scaled_width(
      dlwork::testing::layers(
          "[{token_embedding: 12}, {transformer_encoder: {heads: 3, feedforward: 20}}, {gru: 7}]"),
      2);
  EXPECT_EQ(std::get<spec::TokenEmbedding>(twice[0].options).dimension, 24);
  EXPECT_EQ(std::get<spec::TransformerEncoder>(twice[1].options).heads, 3);
  EXPECT_EQ(std::get<spec::TransformerEncoder>(twice[1].options).feedforward, 40);
  EXPECT_EQ(std::get<spec::Gru>(twice[2].options).units, 14);
}

TEST(Components, GroupManyColumnsByTheirFirstWord) {
  data::Dataset dataset;
  for (int i = 0; i < 20; ++i) {
    data::Column column;
    column.name = std::string(i % 2 ? "mean" : "worst") + "_" + std::to_string(i);
    dataset.samples.table.columns.push_back(column);
  }
  spec::Project project;
  project.training.weight_decay = 0;
  project.training.schedule = "constant";
  const auto components = components_of(project, dataset);
  ASSERT_EQ(components.size(), 2u);
  EXPECT_EQ(components[0].name, "columns mean... (10)");
  const auto reduced = without_inputs(dataset, components[0].inputs);
  EXPECT_EQ(reduced->samples.table.columns.size(), 10u);
  EXPECT_EQ(reduced->samples.table.columns[0].name, "worst_0");
}

TEST(Components, GroupManyChannelsWithTheirNeighbours) {
  data::Dataset dataset;
  dataset.samples.kind = data::Kind::kSequence;
  dataset.samples.count = 2;
  auto& series = dataset.samples.sequences;
  series = {2, 2, 20, {}, {2, 1}, spec::Sound{}};
  for (int i = 0; i < 2 * 2 * 20; ++i) series.values.push_back(static_cast<float>(i));
  spec::Project project;
  project.training.weight_decay = 0;
  project.training.schedule = "constant";
  const auto components = components_of(project, dataset);
  ASSERT_EQ(components.size(), kMostSingleInputs);
  EXPECT_EQ(components[0].name, "channel 1");
  EXPECT_EQ(components[3].name, "channels 4 to 5");
  EXPECT_EQ(components[15].name, "channels 19 to 20");
  std::vector<std::string> all;
  for (const auto& component : components)
    all.insert(all.end(), component.inputs.begin(), component.inputs.end());
  EXPECT_EQ(all, input_names(dataset.samples)) << "each once";

  const auto reduced = without_inputs(dataset, components[3].inputs);
  const auto& left = reduced->samples.sequences;
  EXPECT_EQ(left.channels, 18);
  EXPECT_EQ(left.lengths, series.lengths);
  EXPECT_FALSE(left.sound) << "no recording gives these channels";
  ASSERT_EQ(left.values.size(), 2u * 2u * 18u);
  EXPECT_THAT(std::vector<float>(left.at(0), left.at(0) + 5), ElementsAre(0, 1, 2, 5, 6));
  EXPECT_THAT(std::vector<float>(left.at(1) + 18, left.at(1) + 23), ElementsAre(60, 61, 62, 65, 66))
      << "the second step of the second series";
}

TEST(Sprite, HoldsEachPictureInATileAndNoMoreBytesThanAllowed) {
  data::Pictures pictures{5, 3, 40, 64, {}};
  Rng rng(1, "sprite");
  for (std::int64_t i = 0; i < 5 * pictures.size(); ++i)
    pictures.pixels.push_back(static_cast<std::uint8_t>(rng.below(256)));
  const Sprite whole = sprite_of(pictures, {0, 2, 3, 4, 1}, 1 << 20);
  EXPECT_EQ(whole.width, 32) << "every second pixel: at most 32 a side";
  EXPECT_EQ(whole.height, 20);
  EXPECT_EQ(whole.columns, 3);
  const PngSize size = png_size(whole.png);
  EXPECT_EQ(size.width, 96);
  EXPECT_EQ(size.height, 60) << "square by tiles, as TensorBoard wants it";
  const std::size_t most = whole.png.size() / 2;
  const Sprite smaller = sprite_of(pictures, {0, 2, 3, 4, 1}, most);
  EXPECT_LE(smaller.png.size(), most) << "random pixels do not compress";
  EXPECT_LT(smaller.width, 32);
}

TEST(Fits, HoldDivergenceAloneForAResult) {
  using training::FitError;
  const auto ended = [](FitError::Cause cause) {
    return train_or_diverge([cause] { throw FitError(cause, "the loss is not finite", ""); });
  };
  EXPECT_EQ(train_or_diverge([] {}), "");
  EXPECT_THAT(ended(FitError::Cause::kDiverged), HasSubstr("the loss is not finite"));
  EXPECT_THROW(ended(FitError::Cause::kMemory), FitError);
  EXPECT_THROW(train_or_diverge([] { throw Error(ExitStatus::kInterrupted, "stopped"); }), Error);
}

TEST(TimeLimit, AllowsWhatFits) {
  TimeLimit limit(10, 0.01);
  EXPECT_TRUE(limit.allows(1000));
  EXPECT_FALSE(limit.allows(1001));
  limit.spend(5);
  EXPECT_FALSE(limit.allows(501));
  EXPECT_TRUE(TimeLimit(0, 1).allows(1e12)) << "0 sets no limit";
}

TEST(DiagnoseOverFake, DivergenceIsADiagnosis) {
  dlwork::testing::PhaseOverFake fake;
  fake.project.training.learning_rate = 10;
  const auto result = fake.run("diagnose");
  EXPECT_EQ(result.verdict, artefact::Verdict::kFail);
  EXPECT_THAT(ids(result.findings), ::testing::Contains("diagnosis-diverged"));
  EXPECT_THAT(result.headline, HasSubstr("diverged"));
}

TEST(DiagnoseOverFake, AFullDiskIsNone) {
  dlwork::testing::PhaseOverFake fake;
  fake.project.training.learning_rate = 1000;
  try {
    fake.run("diagnose");
    FAIL() << "it has a result";
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::kRuntime);
    EXPECT_THAT(error.what(), HasSubstr("No space left on device"));
  }
}

}  // namespace
}  // namespace dlwork::phase::diagnose
