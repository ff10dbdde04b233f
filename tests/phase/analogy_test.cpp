#include <gmock/gmock.h>

#include "phase/analogy/choose.h"
#include "phase_files.h"

namespace dlwork {
namespace {

using artefact::Severity;
using artefact::Verdict;
using ::testing::HasSubstr;
using testing::PhaseOverFiles;
using testing::the_finding;

constexpr char kTable[] = "a,b,y\n1,2,no\n2,1,yes\n3,4,no\n4,3,yes\n";

TEST(Analogy, WarnsWhereTheNearestIsNotWrittenDown) {
  PhaseOverFiles phase;
  phase.write("train.csv", kTable);
  phase.analogy_chosen = false;
  const auto result = phase.run("analogy");
  const auto finding = the_finding(result, "analogy-not-chosen");
  EXPECT_EQ(finding.severity, Severity::kWarn);
  EXPECT_EQ(finding.evidence["analogy"], "tabular-classification");
  EXPECT_EQ(result.values["analogy"], "tabular-classification");
  EXPECT_EQ(result.verdict, Verdict::kWarn);
  EXPECT_EQ(result.tables[0].rows[0][0], "tabular-classification");
  EXPECT_EQ(result.tables[0].rows[0][3], "yes");
  EXPECT_EQ(result.next.command, "dlwork test");
}

TEST(Analogy, PassesWhereTheProjectNamesOne) {
  PhaseOverFiles phase;
  phase.write("train.csv", kTable);
  phase.project.analogy = "tabular-classification";
  phase.project.origins["training.epochs"] = "project.yaml:9";
  const auto result = phase.run("analogy");
  EXPECT_EQ(result.verdict, Verdict::kPass);
  EXPECT_TRUE(result.findings.empty());
  bool shown = false;
  for (const auto& row : result.tables[2].rows) {
    shown = shown || (row[0] == "training.epochs" && row[2] == "project.yaml:9");
  }
  EXPECT_TRUE(shown);
}

TEST(Analogy, WritesTheChoiceAndKeepsTheFileAsItWas) {
  PhaseOverFiles phase;
  phase.write("train.csv", kTable);
  phase.write("project.yaml", "dlwork: 1  # format\n# the goal\ngoal: {target: 0.9}\n");
  phase.choose = "tabular-classification";
  const auto result = phase.run("analogy");
  EXPECT_EQ(result.verdict, Verdict::kPass);
  EXPECT_EQ(the_finding(result, "analogy-written").evidence["analogy"], "tabular-classification");
  EXPECT_THAT(phase.read("project.yaml"),
              HasSubstr("dlwork: 1  # format\n# the goal\ngoal: {target: 0.9}\n"));
  EXPECT_THAT(phase.read("project.yaml"), HasSubstr("analogy: tabular-classification\n"));
}

TEST(Analogy, RefusesWhatCannotBeRunOrIsForOtherData) {
  PhaseOverFiles phase;
  phase.write("train.csv", kTable);
  const std::string before = phase.read("project.yaml");
  phase.choose = "text-classification";
  auto result = phase.run("analogy");
  EXPECT_THAT(the_finding(result, "analogy-unfit").message, HasSubstr("cannot run it"));
  EXPECT_EQ(result.verdict, Verdict::kFail);
  phase.choose = "image-classification-small";
  result = phase.run("analogy");
  EXPECT_THAT(the_finding(result, "analogy-unfit").message,
              HasSubstr("it is for image data, these are table data"));
  EXPECT_EQ(phase.read("project.yaml"), before);
}

TEST(Analogy, AnUnknownIdIsAUsageErrorWithTheNearest) {
  PhaseOverFiles phase;
  phase.write("train.csv", kTable);
  phase.choose = "tabular-clasification";
  try {
    phase.run("analogy");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::kUsage);
    EXPECT_EQ(error.diagnostics().front().hint, "did you mean 'tabular-classification'?");
  }
}

TEST(Catalogue, HasWhatTheProgramRunsAndSaysWhereItsFiguresAreFrom) {
  int runnable = 0;
  for (const auto& analogy : spec::analogies()) {
    EXPECT_FALSE(analogy.source.empty()) << analogy.id;
    EXPECT_FALSE(analogy.expected.empty()) << analogy.id;
    EXPECT_FALSE(analogy.takes.empty()) << analogy.id;
    if (!analogy.runnable) continue;
    ++runnable;
    const auto project = spec::read_project("dlwork: 1\ndata: {train: x.csv}\n", "project.yaml", {},
                                            &analogy.project);
    EXPECT_FALSE(project.model.layers.empty()) << analogy.id;
    EXPECT_FALSE(project.baseline.model.layers.empty()) << analogy.id;
    EXPECT_FALSE(project.tune.space.empty()) << analogy.id;
  }
  EXPECT_EQ(runnable, 11);
  EXPECT_GE(spec::analogies().size(), 10u);
}

TEST(LaidKeys, AreTheLeavesOfTheFragment) {
  spec::Analogy analogy;
  Diagnostics problems;
  analogy.project = parse_yaml(
      "training: {epochs: 8}\nmodel:\n  layers:\n    - conv2d: {channels: 32, bias: false}\n"
      "    - relu\ntune:\n  space:\n    training.batch_size: [64, 128]\n",
      "x.yaml", problems);
  ASSERT_TRUE(problems.empty());
  const auto keys = phase::laid_keys(analogy);
  ASSERT_EQ(keys.size(), 3u);
  EXPECT_EQ(keys[0].path, "training.epochs");
  EXPECT_EQ(keys[0].value, "8");
  EXPECT_EQ(keys[1].path, "model.layers");
  EXPECT_EQ(keys[1].value, "[conv2d: {channels: 32, bias: false}, relu]");
  EXPECT_EQ(keys[2].path, "tune.space");
}

}  // namespace
}  // namespace dlwork
