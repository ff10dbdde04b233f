// What is lost without each component, by networks whose figures are made up.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "scripted_study.h"

namespace dlwork::phase::diagnose {
namespace {

using ::testing::ElementsAre;
using testing::findings_of;
using ::testing::HasSubstr;
using ::testing::Pair;
using testing::Script;
using testing::ScriptedNetwork;
using testing::ScriptedStudy;
using testing::the_finding;
using testing::the_table;

/// A network that is better without weight decay, and worse without its schedule.
class DiagnoseAblation : public ::testing::Test {
 protected:
  DiagnoseAblation() {
    std::vector<std::int32_t> codes;
    for (int i = 0; i < 40; ++i) codes.push_back(i % 2);
    scripted.classes(codes, codes);
    scripted.project.goal.target = 0.99;
    scripted.project.diagnose.ablate = true;
    scripted.project.training.weight_decay = 0.1;
    scripted.project.training.schedule = "cosine";
    scripted.script.metric = [](const training::FitOptions& options, const ScriptedNetwork&) {
      return 0.8 + (options.training.weight_decay == 0 ? 0.1 : 0) -
             (options.training.schedule == "constant" ? 0.2 : 0);
    };
  }

  ScriptedStudy scripted;
};

TEST_F(DiagnoseAblation, AComponentThatHarmsIsNamedWithWhatItCosts) {
  auto& study = scripted.study();
  ablate(study);
  const auto finding = the_finding(study.result, "diagnosis-component-harmful");
  EXPECT_EQ(finding.evidence["component"], "weight decay");
  EXPECT_NEAR(finding.evidence["better"].get<double>(), 0.1, 1e-12);
  EXPECT_EQ(finding.evidence["values"].size(), 3u);
  EXPECT_THAT(the_finding(study.result, "diagnosis-ablation").message,
              HasSubstr("clearly needed: schedule (cosine) (0.2 "));
  EXPECT_THAT(the_table(study.result, "ablation").note, HasSubstr("from the project as it is"));
}

TEST_F(DiagnoseAblation, OneSeedComparesNothing) {
  scripted.project.diagnose.ablate_seeds = 1;
  auto& study = scripted.study();
  ablate(study);
  EXPECT_EQ(the_finding(study.result, "diagnosis-ablation").message,
            "no component could be compared with the whole over two seeds or more");
  EXPECT_TRUE(findings_of(study.result, "diagnosis-component-harmful").empty());
}

TEST_F(DiagnoseAblation, ASecondOneTrainsNothingAnew) {
  scripted.run();
  const int first = scripted.script.trained;
  EXPECT_GT(first, 3);
  const auto again = scripted.run();
  // The diagnosed network goes on from its checkpoint and the probes are short; no other is
  // trained.
  int ablations = 0;
  scripted.script.losses = [&](const training::FitOptions& options,
                               const ScriptedNetwork&) -> Script::Losses {
    ablations += options.label.find("without") != std::string::npos;
    return std::vector<double>{1.0, 0.5};
  };
  const auto third = scripted.run();
  EXPECT_EQ(ablations, 0);
  EXPECT_EQ(the_table(third, "ablation").rows, the_table(again, "ablation").rows);
}

TEST_F(DiagnoseAblation, StartsFromTheBestTrialOfTheLastTuning) {
  auto tuned = scripted.workspace().new_run("tune");
  artefact::PhaseResult result;
  result.phase = "tune";
  result.values["trials"] = Json::parse(R"([
    {"number": 7, "state": "pruned", "value": 0.99, "settings": {"training.schedule": "constant"}},
    {"number": 3, "state": "complete", "value": 0.9, "settings": {"training.weight_decay": "0", "training.label_smoothing": "0.1"}},
    {"number": 0, "state": "complete", "value": 0.8, "settings": {}}])");
  tuned.finish(result);
  auto& study = scripted.study();
  ablate(study);
  std::vector<std::string> names;
  for (const auto& row : the_table(study.result, "ablation").rows) names.push_back(row.front());
  EXPECT_THAT(names, ::testing::Contains("label smoothing"));
  EXPECT_THAT(names, ::testing::Not(::testing::Contains("weight decay")));
  const auto finding = the_finding(study.result, "diagnosis-ablation");
  EXPECT_THAT(finding.evidence["from"].get<std::string>(), HasSubstr("trial 3 of the last tuning"));
  EXPECT_THAT(the_table(study.result, "ablation").note, HasSubstr("training.label_smoothing 0.1"));
  EXPECT_NEAR(finding.evidence["rows"][0]["values"][0].get<double>(), 0.9, 1e-12);
}

TEST_F(DiagnoseAblation, ATrialThatNoLongerFitsTheProjectIsSaid) {
  auto tuned = scripted.workspace().new_run("tune");
  artefact::PhaseResult result;
  result.phase = "tune";
  result.values["trials"] = Json::parse(
      R"([{"number": 3, "state": "complete", "value": 0.9, "settings": {"training.gone": "0"}}])");
  tuned.finish(result);
  ablate(scripted.study());
  EXPECT_THAT(the_table(scripted.study().result, "ablation").note, HasSubstr("no longer fits it"));
}

TEST_F(DiagnoseAblation, WhatCannotBeTakenOutIsSaid) {
  scripted.script.fits = [](const spec::Model& model) { return model.layers.size() > 1; };
  ablate(scripted.study());
  const auto table = the_table(scripted.study().result, "ablation");
  EXPECT_THAT(table.rows, ::testing::Contains(ElementsAre("layers 0 to 1 (linear)", "-", "-",
                                                          HasSubstr("cannot be built"))));
}

/// Series of four steps: the second of three channels stands at the class, -1 or 1; what the others
/// hold, a series of the other class holds too.
void make_series(data::Dataset& dataset) {
  auto& samples = dataset.samples;
  samples.kind = data::Kind::kSequence;
  samples.table.columns.clear();
  auto& series = samples.sequences;
  series = {samples.count, 4, 3, {}, {}};
  for (std::int64_t row = 0; row < samples.count; ++row) {
    Rng rng(static_cast<std::uint64_t>(row / 2), "pairs");
    series.lengths.push_back(4);
    for (int step = 0; step < 4; ++step) {
      series.values.push_back(static_cast<float>(rng.normal()));
      series.values.push_back(samples.target.codes[row] == 0 ? -1.0f : 1.0f);
      series.values.push_back(static_cast<float>(rng.normal()));
    }
  }
}

// Without the second channel each answer is right of one series of a pair.
TEST(DiagnoseSeriesAblation, ALoneChannelThatTellsTheClassCostsAll) {
  ScriptedStudy scripted;
  scripted.real_networks = true;
  std::vector<std::int32_t> codes;
  for (int i = 0; i < 32; ++i) codes.push_back(i % 2);
  scripted.classes(codes, {codes.begin(), codes.begin() + 20});
  make_series(scripted.dataset);
  scripted.project.model.layers = dlwork::testing::layers("[flatten]");
  scripted.project.training.learning_rate = 0.1;
  scripted.project.training.batch_size = 8;
  scripted.project.diagnose.ablate = true;
  scripted.project.diagnose.ablate_seeds = 2;
  auto& study = scripted.study();
  ablate(study);
  const auto finding = the_finding(study.result, "diagnosis-ablation");
  std::map<std::string, double> lost;
  for (const Json& row : finding.evidence["rows"]) {
    EXPECT_EQ(row["values"].size(), 2u) << row;
    lost[row["without"].get<std::string>()] = row["lost"].get<double>();
  }
  EXPECT_THAT(lost, ElementsAre(Pair("channel 1", 0), Pair("channel 2", 0.5), Pair("channel 3", 0),
                                Pair("nothing", 0)));
  EXPECT_EQ(finding.evidence["rows"][0]["values"], Json({1.0, 1.0}));
  EXPECT_EQ(finding.evidence["rows"][1]["values"], Json({0.5, 0.5})) << "what costs most is first";
  EXPECT_THAT(finding.message, HasSubstr("clearly needed: channel 2 (0.5 "));
  EXPECT_THAT(finding.message, HasSubstr("within chance: channel 1 and channel 3"));
  EXPECT_TRUE(study.left_out.empty());
}

}  // namespace
}  // namespace dlwork::phase::diagnose
