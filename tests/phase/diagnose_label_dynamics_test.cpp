// Samples that are hard to learn, by dynamics that are made up and of networks that are trained.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "scripted_study.h"
#include "support/fit_problem.h"

namespace dlwork::phase::diagnose {
namespace {

using artefact::Severity;
using ::testing::ElementsAre;
using testing::findings_of;
using ::testing::HasSubstr;
using testing::repeated;
using testing::ScriptedStudy;
using testing::the_figure;
using testing::the_finding;
using testing::the_table;

/// 24 training samples of three classes, of which the first three of class b are hard.
void make_three_hard(ScriptedStudy& scripted) {
  scripted.classes(repeated({{0, 8}, {1, 8}, {2, 8}}), {0, 1, 2});
  scripted.project.training.epochs = 10;
  scripted.script.label_dynamics = [](const training::FitOptions& options) {
    training::LabelDynamics dynamics{options.label_epochs, std::vector<double>(24, 3),
                                     std::vector<double>(24, 0.9), std::vector<double>(24, 0.05)};
    const std::vector<double> margins{-0.5, -2, 0.25};
    for (std::size_t i = 0; i < margins.size(); ++i) {
      dynamics.margin[8 + i] = margins[i];
      dynamics.confidence[8 + i] = 0.25;
      dynamics.variability[8 + i] = 0.125;
    }
    return dynamics;
  };
  scripted.script.answer = [](const data::Samples&, std::int64_t, const auto&) {
    return std::vector<float>{0.1f, 0.6f, 0.3f};
  };
}

TEST(DiagnoseLabelDynamics, SamplesBelowTheMarginAreListedLowestFirst) {
  ScriptedStudy scripted;
  make_three_hard(scripted);
  auto& study = scripted.study();
  check_label_dynamics(study);
  const auto finding = the_finding(study.result, "diagnosis-label-dynamics");
  EXPECT_EQ(finding.severity, Severity::kInfo);
  EXPECT_EQ(finding.evidence["hard"], 2);
  EXPECT_EQ(finding.evidence["of"], 24);
  EXPECT_NEAR(finding.evidence["share"].get<double>(), 2.0 / 24, 1e-12);
  EXPECT_EQ(finding.evidence["threshold"], 0);
  EXPECT_EQ(finding.evidence["epochs"], 5) << "the first half of ten";
  EXPECT_EQ(finding.evidence["lowest"], -2);
  EXPECT_EQ(finding.evidence["file"], "hard-to-learn.csv");
  EXPECT_THAT(finding.message, HasSubstr("'b', probably 'c'"));
  const auto where = [&](std::int64_t row) { return study.dataset().samples.where(row); };
  EXPECT_EQ(read_file(scripted.run_folder->file("hard-to-learn.csv")),
            "sample,label,probably,aum,confidence,variability\n" + where(9) +
                ",b,c,-2,0.25,0.125\n" + where(8) + ",b,c,-0.5,0.25,0.125\n");
  const auto table = the_table(study.result, "hard-to-learn");
  ASSERT_EQ(table.rows.size(), 2u);
  EXPECT_EQ(table.rows[0][1], "b (0.25), or c");
  const Json series = the_figure(study.result, "data-map").data["series"];
  EXPECT_EQ(series[0]["x"].size(), 22u);
  EXPECT_EQ(series[1]["x"], Json({0.125, 0.125}));
  EXPECT_EQ(series[1]["y"], Json({0.25, 0.25}));
}

TEST(DiagnoseLabelDynamics, TheMarginIsTheProjects) {
  ScriptedStudy scripted;
  make_three_hard(scripted);
  scripted.project.diagnose.label_margin = -1;
  check_label_dynamics(scripted.study());
  const auto finding = the_finding(scripted.study().result, "diagnosis-label-dynamics");
  EXPECT_EQ(finding.evidence["hard"], 1);
  EXPECT_EQ(finding.evidence["threshold"], -1);
}

TEST(DiagnoseLabelDynamics, WhereNoneIsHardTheMapAloneIsShown) {
  ScriptedStudy scripted;
  make_three_hard(scripted);
  scripted.project.diagnose.label_margin = -3;
  check_label_dynamics(scripted.study());
  EXPECT_TRUE(scripted.study().result.findings.empty());
  EXPECT_TRUE(scripted.study().left_out.empty());
  the_figure(scripted.study().result, "data-map");
}

TEST(DiagnoseLabelDynamics, WhatTellsNothingIsLeftOutWithItsReason) {
  const auto why = [](const std::function<void(ScriptedStudy&)>& change) {
    ScriptedStudy scripted;
    make_three_hard(scripted);
    change(scripted);
    check_label_dynamics(scripted.study());
    EXPECT_TRUE(scripted.study().result.findings.empty());
    const auto& left_out = scripted.study().left_out;
    return left_out.size() == 1 ? left_out[0].why : std::to_string(left_out.size());
  };
  EXPECT_EQ(why([](auto& scripted) { scripted.project.training.augment.mixup = 0.2; }),
            "training.augment mixes samples, so that none is seen by itself");
  EXPECT_EQ(why([](auto& scripted) { scripted.project.training.epochs = 4; }),
            "the first half of the epochs is 2, fewer than 3");
  EXPECT_EQ(why([](auto& scripted) {
              scripted.script.label_dynamics = [](const auto&) {
                return training::LabelDynamics{};
              };
            }),
            "the training does not tell what it makes of samples by epoch");
  EXPECT_EQ(why([](auto& scripted) {
              scripted.script.label_dynamics = [](const auto&) {
                return training::LabelDynamics{5, {1, -1}, {0.5, 0.5}, {0, 0}};
              };
            }),
            "2 training samples, fewer than 20");
  EXPECT_EQ(why([](auto& scripted) { scripted.script.places = true; }), "0")
      << "outputs that are no shares of classes";
}

TEST(DiagnoseLabelDynamics, PlantedWrongLabelsAreTheHardOnes) {
  for (const std::uint64_t seed : {1, 2}) {
    ScriptedStudy scripted;
    scripted.real_networks = true;
    scripted.dataset = testing::two_moons();
    auto& codes = scripted.dataset.samples.target.codes;
    auto order = scripted.dataset.part(data::Part::kTrain);
    Rng(seed, "planted").shuffle(order);
    const std::set<std::string> planted = [&] {
      std::set<std::string> wrong;
      for (std::size_t i = 0; i < order.size() / 12; ++i) {  // 20 of 240
        codes[order[i]] = 1 - codes[order[i]];
        wrong.insert(scripted.dataset.samples.where(order[i]));
      }
      return wrong;
    }();
    scripted.project.seed = static_cast<std::int64_t>(seed);
    scripted.project.model.layers = testing::layers("[{linear: 32}, relu, {linear: 32}, relu]");
    scripted.project.training.epochs = 100;
    scripted.project.training.batch_size = 32;
    scripted.project.training.learning_rate = 0.01;
    check_label_dynamics(scripted.study());
    const auto finding = the_finding(scripted.study().result, "diagnosis-label-dynamics");
    const auto lines = split(trim(read_file(scripted.run_folder->file("hard-to-learn.csv"))), '\n');
    double found = 0;
    for (const auto& line : lines) found += planted.contains(split(line, ',')[0]) ? 1 : 0;
    const auto listed = static_cast<double>(lines.size()) - 1;
    EXPECT_EQ(finding.evidence["hard"], listed);
    EXPECT_GE(found / listed, 0.7) << listed << " listed, seed " << seed;
    EXPECT_GE(found / static_cast<double>(planted.size()), 0.6) << found << ", seed " << seed;
  }
}

}  // namespace
}  // namespace dlwork::phase::diagnose
