#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "phase/diagnose/components.h"
#include "phase/diagnose/fits.h"
#include "dlwork/base/png.h"
#include "phase/diagnose/order.h"
#include "phase/diagnose/sprite.h"
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
  std::vector<artefact::Finding> findings{
      found("diagnosis-threshold", Severity::kInfo), found("diagnosis-high-variance", Severity::kWarn),
      found("diagnosis-high-bias", Severity::kWarn), found("diagnosis-learning-rate-low", Severity::kWarn),
      found("diagnosis-class-missing", Severity::kError)};
  put_in_order(findings);
  EXPECT_THAT(ids(findings), ElementsAre("diagnosis-class-missing", "diagnosis-learning-rate-low", "diagnosis-high-variance",
                                         "diagnosis-high-bias", "diagnosis-threshold"));
  EXPECT_EQ(next_step(findings).command, "dlwork audit");
}

TEST(DiagnosisOrder, ASliceIsACauseWhereItMakesMostErrors) {
  std::vector<artefact::Finding> findings{found("diagnosis-high-bias", Severity::kWarn), found("diagnosis-weak-slice", Severity::kWarn, 0.2)};
  put_in_order(findings);
  EXPECT_EQ(findings.front().id, "diagnosis-high-bias");
  findings = {found("diagnosis-high-bias", Severity::kWarn), found("diagnosis-weak-slice", Severity::kWarn, 0.7)};
  put_in_order(findings);
  EXPECT_EQ(findings.front().id, "diagnosis-weak-slice");
}

TEST(Components, AreWhatTheProjectHas) {
  spec::Project project;
  project.model.layers = dlwork::testing::layers(
      "[{conv2d: 8}, batch_norm, relu, {max_pool2d: 2}, {dropout: 0.2}, {conv2d: 8}, relu, flatten, {linear: 16}, relu]");
  project.training.augment.flip = true;
  project.training.weight_decay = 0.01;
  data::Dataset dataset;
  std::vector<std::string> names;
  const auto components = components_of(project, dataset);
  for (const auto& component : components) names.push_back(component.name);
  EXPECT_THAT(names, ElementsAre("augmentation: flip", "dropout", "normalisation", "layers 0 to 4 (conv2d)", "layers 5 to 6 (conv2d)",
                                 "layers 8 to 9 (linear)", "weight decay", "schedule (one-cycle)"));
  EXPECT_FALSE(components[0].project.training.augment.flip);
  EXPECT_EQ(components[1].project.model.layers.size(), 9u);
  EXPECT_EQ(components[3].project.model.layers.front().type, "conv2d");
  EXPECT_EQ(components[3].project.model.layers.size(), 5u);
  EXPECT_EQ(components[7].project.training.schedule, "constant");
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
  const auto reduced = without_columns(dataset, components[0].columns);
  EXPECT_EQ(reduced->samples.table.columns.size(), 10u);
  EXPECT_EQ(reduced->samples.table.columns[0].name, "worst_0");
}

TEST(Sprite, HoldsEachPictureInATileAndNoMoreBytesThanAllowed) {
  data::Pictures pictures{5, 3, 40, 64, {}};
  Rng rng(1, "sprite");
  for (std::int64_t i = 0; i < 5 * pictures.size(); ++i) pictures.pixels.push_back(static_cast<std::uint8_t>(rng.below(256)));
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

}  // namespace
}  // namespace dlwork::phase::diagnose
