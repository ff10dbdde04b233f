#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <sstream>

#include "phase/readiness/questions.h"
#include "phase_files.h"
#include "support/layers.h"
#include "support/sanitized.h"

namespace dlwork {
namespace {

using artefact::Severity;
using artefact::Verdict;
using testing::findings_of;
using ::testing::HasSubstr;
using testing::PhaseOverFiles;
using testing::the_finding;

enum class Labels { kByInputs, kNoise };

/// 600 rows of two numbers and a category; the class is 1 inside a circle, or has nothing to do
/// with the inputs.
std::string circle(Labels labels) {
  std::ostringstream text;
  text << "a,b,colour,y\n";
  for (int i = 0; i < 600; ++i) {
    const double a = std::sin(1.3 * i), b = std::sin(2.1 * i + 1);
    const bool inside = a * a + b * b < 1;
    const bool noise = std::fmod(i * 0.6180339887, 1.0) < 0.5;
    text << a << "," << b << "," << (i % 3 == 0 ? "red" : "blue") << ","
         << ((labels == Labels::kByInputs ? inside : noise) ? "yes" : "no") << "\n";
  }
  return text.str();
}

TEST(Readiness, SaysLoudlyThatANetworkIsNotNeeded) {
  PhaseOverFiles phase;
  phase.write("train.csv", circle(Labels::kByInputs));
  phase.project.data.validation.amount = spec::Amount{0.3, true};
  phase.project.goal.target = 0.75;
  const auto result = phase.run("readiness");
  const auto finding = the_finding(result, "network-needed");
  EXPECT_EQ(finding.severity, Severity::kError);
  EXPECT_THAT(finding.message, HasSubstr("DEEP LEARNING IS NOT NEEDED"));
  EXPECT_THAT(result.headline, HasSubstr("of goal 0.75: deep learning is not needed"));
  EXPECT_EQ(result.verdict, Verdict::kFail);
  EXPECT_EQ(result.next.command, "dlwork readiness");
  EXPECT_EQ(result.values["verdict"]["name"], "deep learning is not needed");
  EXPECT_EQ(result.values["verdict"]["target"], 0.75);
  EXPECT_EQ(result.values["verdict"]["value"], result.values["best_classical"]["value"]);
  ASSERT_EQ(result.tables.front().rows.size(), 7u);
  EXPECT_EQ(result.tables.front().rows[0][0], "trivial");
  EXPECT_EQ(result.tables.front().rows[1][0], "logistic regression");
  // A circle is out of a linear model's reach; neighbours and trees find it.
  EXPECT_LT(result.metrics[1].value, 0.7);
  EXPECT_GT(result.values["best_classical"]["value"].get<double>(), 0.85);
  EXPECT_EQ(result.metrics[1].part, "validation");
}

TEST(Readiness, ANetworkThatIsNotNeededCanBeAccepted) {
  PhaseOverFiles phase;
  phase.write("train.csv", circle(Labels::kByInputs));
  phase.project.data.validation.amount = spec::Amount{0.3, true};
  phase.project.goal.target = 0.75;
  phase.project.accept = {{"network-needed", "to compare the two", "2999-01-01"}};
  phase.project.readiness.time.seconds = 0.5;
  const auto result = phase.run("readiness");
  EXPECT_EQ(the_finding(result, "network-needed").waived, "to compare the two");
  EXPECT_NE(result.verdict, Verdict::kFail);
  EXPECT_THAT(result.headline, HasSubstr("deep learning is not needed, accepted"));
  EXPECT_EQ(result.values["verdict"]["name"], "deep learning is not needed");
  EXPECT_EQ(result.next.command, "dlwork audit");
}

/// The folds judge 420 rows where the validation part has 30: their interval decides.
TEST(Readiness, FoldsOfTheTrainingPartChooseSettingsAndTellMore) {
  PhaseOverFiles phase;
  phase.write("train.csv", circle(Labels::kByInputs));
  phase.project.data.validation.amount = spec::Amount{30, false};
  phase.project.goal.target = 0.9;
  phase.project.readiness.folds = 3;
  phase.project.readiness.time.seconds = testing::kSanitized ? 60 : 4;
  const auto result = phase.run("readiness");
  const auto& table = result.tables.front();
  EXPECT_EQ(table.columns[3], "by folds");
  EXPECT_EQ(table.rows[0][3], "-");  // the trivial predictor has no settings
  EXPECT_THAT(table.rows[3][0], HasSubstr("neighbours"));
  EXPECT_THAT(table.rows[3][3], HasSubstr("] of 3"));
  EXPECT_THAT(table.note, HasSubstr("tried on folds of 450 training samples"));
  const auto& verdict = result.values["verdict"];
  EXPECT_EQ(verdict["out_of_fold"]["count"], 450);
  EXPECT_GT(verdict["out_of_fold"]["low"].get<double>(), 0.85);
  EXPECT_LT(verdict["validation"]["low"].get<double>(), 0.9);  // 30 of 30 are known to 0.89
  EXPECT_EQ(verdict["name"], "deep learning is not needed");
}

TEST(Readiness, LinksEachQuestionToWhatWasFound) {
  PhaseOverFiles phase;
  phase.write("train.csv", circle(Labels::kByInputs));
  phase.project.goal.target = 0.99;
  phase.project.goal.incumbent = 0.8;
  phase.project.readiness.answers["human_level"] = "eight of ten";
  phase.project.readiness.time.seconds = 0.5;
  const auto result = phase.run("readiness");
  const auto table = std::find_if(result.tables.begin(), result.tables.end(),
                                  [](const auto& each) { return each.id == "answers"; });
  ASSERT_NE(table, result.tables.end());
  EXPECT_EQ(table->columns,
            (std::vector<std::string>{"question", "answer", "what the program found"}));
  ASSERT_EQ(table->rows.size(), phase::questions().size());
  EXPECT_EQ(table->rows[1][1], "eight of ten");
  EXPECT_EQ(table->rows[1][2], "goal.incumbent is 0.8");
  EXPECT_EQ(table->rows[0][1], "not answered");
  const auto evidence = [&](const char* id) {
    return result.values["questions"][id]["evidence"].get<std::string>();
  };
  EXPECT_THAT(evidence("why_network"), HasSubstr("reaches accuracy"));
  EXPECT_THAT(evidence("data_amount"), HasSubstr("432 samples to train, 48 to validate, 120 to"));
  EXPECT_THAT(evidence("data_source"), HasSubstr("1 file: train.csv"));
  EXPECT_THAT(evidence("class_balance"), HasSubstr("the commonest class is"));
  EXPECT_THAT(evidence("representative"), HasSubstr("stratified, seed 1"));
  EXPECT_THAT(evidence("cost_of_errors"), HasSubstr("the goal's metric is accuracy"));
  EXPECT_THAT(evidence("compute"), HasSubstr("2 threads"));
  EXPECT_TRUE(result.values["questions"]["why_network"]["answer"].is_null());
  EXPECT_EQ(result.values["questions"]["human_level"]["answer"], "eight of ten");
  EXPECT_EQ(findings_of(result, "question-unanswered").size(), phase::questions().size() - 1);
}

TEST(Readiness, TheNewestAuditIsEvidence) {
  PhaseOverFiles phase;
  phase.write("train.csv", circle(Labels::kByInputs));
  phase.project.goal.target = 0.99;
  auto audit = artefact::PhaseResult();
  audit.phase = "audit";
  audit.findings = {artefact::make_finding("train-size-curve", Severity::kWarn, "too few rows")};
  phase.keep(audit);
  phase.project.readiness.time.seconds = 0.5;
  const auto result = phase.run("readiness");
  EXPECT_THAT(result.values["questions"]["data_amount"]["evidence"].get<std::string>(),
              HasSubstr("audit: too few rows"));
}

TEST(Readiness, SaysThatANetworkIsWorthTrying) {
  PhaseOverFiles phase;
  phase.write("train.csv", circle(Labels::kByInputs));
  phase.project.data.inputs = {"a"};  // half of what decides
  phase.project.data.validation.amount = spec::Amount{0.3, true};
  phase.project.goal.target = 0.999;
  const auto result = phase.run("readiness");
  const auto finding = the_finding(result, "network-needed");
  EXPECT_EQ(finding.severity, Severity::kInfo);
  EXPECT_THAT(finding.message, HasSubstr("worth trying"));
  EXPECT_EQ(result.values["verdict"]["name"], "worth trying");
  EXPECT_THAT(result.headline, HasSubstr("a network is worth trying"));
  EXPECT_EQ(result.next.command, "dlwork audit");
}

/// A colour alone: red is yes in 8 of 10 rows, blue in 2 of 10.
std::string colours() {
  std::ostringstream text;
  text << "colour,person,y\n";
  for (int i = 0; i < 500; ++i) {
    const bool red = i % 2 == 0, usual = i / 2 % 10 < 8;
    text << (red ? "red," : "blue,") << (i % 10 < 9 ? "yes," : "no,")
         << (red == usual ? "yes" : "no") << "\n";
  }
  return text.str();
}

TEST(Readiness, SaysWhatTheLabelsAllow) {
  PhaseOverFiles phase;
  phase.write("train.csv", colours());
  phase.project.data.inputs = {"colour"};
  phase.project.goal.target = 0.9;
  const auto result = phase.run("readiness");
  const auto finding = the_finding(result, "goal-above-ceiling");
  EXPECT_EQ(finding.severity, Severity::kError);
  EXPECT_NEAR(finding.evidence["ceiling"].get<double>(), 0.8, 0.02);
  EXPECT_EQ(finding.evidence["by"], "equal inputs");
  EXPECT_EQ(result.values["verdict"]["name"], "not yet: data");
  EXPECT_TRUE(findings_of(result, "network-needed").empty()) << "worth trying, it would say";
  EXPECT_EQ(result.verdict, Verdict::kFail);
  phase.project.goal.target = 0.75;
  EXPECT_TRUE(findings_of(phase.run("readiness"), "goal-above-ceiling").empty());
  phase.project.audit.annotators = {"person"};  // right in about half
  const auto people = the_finding(phase.run("readiness"), "goal-above-ceiling");
  EXPECT_EQ(people.severity, Severity::kWarn);
  EXPECT_NEAR(people.evidence["ceiling"].get<double>(), 0.5, 0.05);
}

/// 500 rows of two far groups, every tenth under the other's name.
std::string mislabelled() {
  std::ostringstream text;
  text << "a,b,y\n";
  for (int i = 0; i < 500; ++i) {
    const double side = i % 2 == 0 ? 3 : -3;
    const bool wrong = i % 20 < 2;
    text << side + std::sin(1.3 * i) << "," << std::cos(2.1 * i) << ","
         << ((i % 2 == 0) != wrong ? "yes" : "no") << "\n";
  }
  return text.str();
}

TEST(Readiness, SaysWhatDoubtfulLabelsAllow) {
  PhaseOverFiles phase;
  phase.write("train.csv", mislabelled());
  phase.project.goal.target = 0.97;
  phase.project.readiness.folds = 3;
  phase.project.readiness.time.seconds = 4;
  const auto result = phase.run("readiness");
  const auto finding = the_finding(result, "goal-above-ceiling");
  EXPECT_EQ(finding.severity, Severity::kInfo);
  EXPECT_EQ(finding.evidence["by"], "doubtful labels");
  EXPECT_NEAR(finding.evidence["ceiling"].get<double>(), 0.9, 0.03);
  EXPECT_THAT(finding.message, HasSubstr("a better model may show that they are right"));
  EXPECT_THAT(result.values["questions"]["confidence"]["evidence"].get<std::string>(),
              HasSubstr("% of the labels"));
}

TEST(Readiness, EstimatesTheTimeAndMemoryOfTraining) {
  PhaseOverFiles phase;
  phase.write("train.csv", circle(Labels::kByInputs));
  phase.project.goal.target = 0.99;
  phase.project.model.layers = testing::layers("[{linear: 16}, relu]");
  const auto result = phase.run("readiness");
  ASSERT_TRUE(findings_of(result, "estimate-missing").empty());
  const auto& estimate = result.values["estimate"];
  EXPECT_GT(estimate["samples_per_second"].get<double>(), 100);
  const double tune = estimate["seconds"]["tune"];
  const double ensemble = estimate["seconds"]["ensemble"];
  // Both train with all epochs: 8 trials against 3 members.
  EXPECT_NEAR(tune / ensemble, 8.0 / 3, 1e-6);
  EXPECT_TRUE(findings_of(result, "estimate-over-budget").empty());
  phase.project.tune.trials = 1'000'000;
  phase.project.goal.budget.time.seconds = 60;
  const auto slow = the_finding(phase.run("readiness"), "estimate-over-budget");
  EXPECT_EQ(slow.key, "tune.trials");
}

TEST(Readiness, GoesOnWithoutATimeWhereTheNetworkCannotBeBuilt) {
  PhaseOverFiles phase;
  phase.write("train.csv", circle(Labels::kByInputs));
  phase.project.goal.target = 0.99;
  phase.project.model.layers = testing::layers("[{conv2d: 8}]");  // of a table
  const auto result = phase.run("readiness");
  EXPECT_EQ(the_finding(result, "estimate-missing").severity, Severity::kWarn);
  EXPECT_FALSE(result.metrics.empty());
}

TEST(Readiness, RanksShortcuts) {
  PhaseOverFiles phase;
  phase.write("train.csv", circle(Labels::kByInputs));
  phase.project.data.validation.amount = spec::Amount{0.3, true};
  phase.project.goal.target = 0.75;
  const auto result = phase.run("readiness");
  const auto table = std::find_if(result.tables.begin(), result.tables.end(),
                                  [](const auto& each) { return each.id == "shortcuts"; });
  ASSERT_NE(table, result.tables.end());
  EXPECT_THAT(table->rows.front()[0], HasSubstr("no network"));
  EXPECT_THAT(table->note, HasSubstr("dlwork audit"));
}

TEST(Readiness, FailsWhereTheInputsSayNothing) {
  PhaseOverFiles phase;
  phase.write("train.csv", circle(Labels::kNoise));
  phase.project.data.inputs = {"colour"};
  phase.project.goal.target = 0.9;
  const auto result = phase.run("readiness");
  EXPECT_EQ(the_finding(result, "no-signal").severity, Severity::kError);
  EXPECT_EQ(result.verdict, Verdict::kFail);
  EXPECT_TRUE(findings_of(result, "network-needed").empty());
  EXPECT_EQ(result.values["verdict"]["name"], "not yet: data");
  EXPECT_THAT(result.headline, HasSubstr(": not yet: data"));
  EXPECT_EQ(result.next.command, "dlwork audit");
}

/// Rows of which one in ten is yes, which `a` tells.
std::string rare_ones(int count) {
  std::ostringstream text;
  text << "a,y\n";
  for (int i = 0; i < count; ++i) {
    const bool yes = i % 10 == 0;
    text << (yes ? 5 : 0) + std::sin(1.3 * i) << (yes ? ",yes\n" : ",no\n");
  }
  return text.str();
}

/// Readiness of rows with three folds, beside a validation part of a file of its own.
artefact::PhaseResult beside_check(const std::string& train, const std::string& check,
                                   double target) {
  PhaseOverFiles phase;
  phase.write("train.csv", train);
  phase.write("check.csv", check);
  phase.project.data.validation.paths = {"check.csv"};
  phase.project.goal.target = target;
  phase.project.readiness.folds = 3;
  phase.project.readiness.time.seconds =
      120;  // it takes one or two; a sanitizer makes the folds slow
  return phase.run("readiness");
}

/// 20 right answers of 20 are known to 0.84, and "no" alone has 0.9 of them.
TEST(Readiness, ASmallValidationPartAloneSaysNotThatThereIsNoSignal) {
  const auto result = beside_check(rare_ones(450), rare_ones(20), 0.97);
  EXPECT_TRUE(findings_of(result, "no-signal").empty());
  EXPECT_LT(result.values["verdict"]["validation"]["low"].get<double>(), 0.9);
  EXPECT_EQ(result.values["verdict"]["trivial"], 0.9);
  EXPECT_EQ(result.values["verdict"]["name"], "deep learning is not needed");
}

/// 200 rows of each, so that one in four labels is wrong.
std::string half_noise() {
  auto rows = split(circle(Labels::kByInputs), '\n');
  const auto noise = split(circle(Labels::kNoise), '\n');
  rows.resize(201);  // the head too
  rows.insert(rows.end(), noise.begin() + 201, noise.begin() + 401);
  return join(rows, "\n") + "\n";
}

/// The validation part is as good as a few labels make it; the folds judge by what is usual.
TEST(Readiness, FoldsThatMissTheGoalSpeakAgainstGoingWithoutANetwork) {
  const auto result = beside_check(half_noise(), circle(Labels::kByInputs), 0.76);
  const auto& verdict = result.values["verdict"];
  ASSERT_GT(verdict["validation"]["value"].get<double>(), 0.76);
  ASSERT_LT(verdict["out_of_fold"]["value"].get<double>(), 0.76);
  EXPECT_EQ(verdict["name"], "worth trying");
  for (const auto& table : result.tables) {
    if (table.id != "shortcuts") continue;
    for (const auto& row : table.rows) EXPECT_THAT(row[0], Not(HasSubstr("no network")));
  }
}

/// The validation part's labels are half noise, those of the folds are not.
TEST(Readiness, AGoalThatTheFoldsMeetIsNotOutOfReach) {
  const auto result = beside_check(circle(Labels::kByInputs), half_noise(), 0.9);
  const auto& verdict = result.values["verdict"];
  ASSERT_LT(verdict["validation"]["high"].get<double>(), 0.9);
  ASSERT_GT(verdict["out_of_fold"]["value"].get<double>(), 0.9);
  const auto finding = the_finding(result, "network-needed");
  EXPECT_THAT(finding.message, HasSubstr("but a classical model is near"));
}

TEST(Readiness, TheGoalsThreeKeysMustBeThere) {
  PhaseOverFiles phase;
  phase.write("train.csv", circle(Labels::kByInputs));
  phase.project.goal = {};
  const auto found = findings_of(phase.run("readiness"), "goal-missing");
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].key, "goal.metric");
  EXPECT_EQ(found[0].severity, Severity::kError);
  EXPECT_EQ(found[0].message,
            "goal.metric is not set: nothing says what success is measured by; accuracy is used "
            "meanwhile");
  EXPECT_EQ(found[1].key, "goal.budget");
  EXPECT_EQ(found[1].severity, Severity::kError);
  EXPECT_EQ(found[2].key, "goal.target");
  EXPECT_EQ(found[2].severity, Severity::kError);
}

TEST(Readiness, SeesATargetThatCannotBe) {
  PhaseOverFiles phase;
  phase.write("train.csv", circle(Labels::kByInputs));
  phase.project.goal.target = 92.5;
  const auto finding = the_finding(phase.run("readiness"), "goal-target-out-of-range");
  EXPECT_EQ(finding.severity, Severity::kError);
  EXPECT_EQ(finding.message,
            "accuracy is at most 1, but goal.target is 92.5 (did you mean 0.925?)");
}

TEST(Readiness, SeesATargetBelowTheIncumbentAndASmallTestPart) {
  PhaseOverFiles phase;
  phase.write("train.csv", circle(Labels::kByInputs));
  phase.project.goal.target = 0.9;
  phase.project.goal.incumbent = 0.92;
  const auto result = phase.run("readiness");
  EXPECT_EQ(the_finding(result, "goal-not-above-incumbent").severity, Severity::kWarn);
  const auto small = the_finding(result, "goal-test-too-small");
  EXPECT_EQ(small.evidence["test_samples"], 120);
  // Wilson's interval of 108 of 120 is [0.8336, 0.9417].
  EXPECT_NEAR(small.evidence["half_width"].get<double>(), 0.0540, 1e-3);
}

TEST(Readiness, KeepsToItsTimeAndRows) {
  PhaseOverFiles phase;
  phase.write("train.csv", circle(Labels::kByInputs));
  phase.project.goal.target = 0.9;
  phase.project.readiness.rows = 100;
  phase.project.readiness.folds = 5;
  phase.project.readiness.time.seconds = 0;
  const auto result = phase.run("readiness");
  const auto& rows = result.tables.front().rows;
  EXPECT_EQ(rows[1][3], "-");  // no time for folds
  EXPECT_EQ(rows[1][5], "100");
  EXPECT_THAT(rows[6][6], HasSubstr("time was up after round 1"));
}

TEST(Readiness, RegressionTakesRidgeAndLessIsBetter) {
  std::ostringstream text;
  text << "a,b,y\n";
  for (int i = 0; i < 300; ++i) {
    const double a = std::sin(1.3 * i), b = std::sin(2.1 * i + 1);
    text << a << "," << b << "," << 3 * a - b + 0.05 * std::sin(77.0 * i) << "\n";
  }
  PhaseOverFiles phase;
  phase.write("train.csv", text.str());
  phase.project.task = "regression";
  phase.project.goal.metric = "rmse";
  phase.project.goal.target = 0.1;
  const auto result = phase.run("readiness");
  EXPECT_EQ(result.values["best_classical"]["name"], "ridge regression");
  EXPECT_NEAR(result.values["best_classical"]["value"].get<double>(), 0.0354, 0.01);
  EXPECT_THAT(the_finding(result, "network-needed").message, HasSubstr("NOT NEEDED"));
}

TEST(Questions, EachMissingAnswerIsAskedWithItsText) {
  std::map<std::string, std::string> answers{{"data_source", "the plant's own cameras"},
                                             {"human_level", "  "},
                                             {"why_netwrk", "pictures"}};
  const auto findings = phase::check_answers(answers, "project.yaml");
  ASSERT_EQ(findings.size(), phase::questions().size());  // one answered, one unknown
  EXPECT_EQ(findings.front().message, phase::questions().front().text);
  EXPECT_EQ(findings.front().key, "readiness.answers.why_network");
  EXPECT_EQ(findings.back().id, "answer-unknown");
  EXPECT_THAT(findings.back().message, HasSubstr("did you mean why_network?"));
  EXPECT_GE(phase::questions().size(), 12u);
}

// phoneme (5,404 rows): scikit-learn and XGBoost with default settings, 5-fold means: majority
// 0.7065, logistic regression 0.750, 5 neighbours 0.877, boosted trees 0.900.
TEST(Readiness, FiguresOnPhonemeAreThoseOfOtherPrograms) {
  const char* data = std::getenv("DLWORK_DATA");
  if (data == nullptr) GTEST_SKIP() << "DLWORK_DATA does not say where tables/phoneme.csv is";
  PhaseOverFiles phase;
  std::ifstream source(std::string(data) + "/tables/phoneme.csv");
  if (!source) GTEST_SKIP() << data << "/tables/phoneme.csv is not there";
  std::ostringstream text;
  text << "a,b,c,d,e,y\n" << source.rdbuf();
  phase.write("train.csv", text.str());
  phase.project.data.validation.amount = spec::Amount{0.3, true};
  phase.project.goal.target = 0.95;
  const auto result = phase.run("readiness");
  ASSERT_EQ(result.metrics.size(), 7u);
  EXPECT_NEAR(result.metrics[0].value, 0.7065, 0.01);
  EXPECT_NEAR(result.metrics[1].value, 0.750, 0.03);
  EXPECT_NEAR(result.metrics[3].value, 0.877, 0.03);
  EXPECT_NEAR(result.metrics[6].value, 0.890, 0.03);
}

/// Figures without the weights asked for would be wrong, so no phase goes on in silence.
TEST(Phases, RefuseSampleWeightsThatNothingUses) {
  for (const char* name : {"readiness", "audit", "baseline"}) {
    PhaseOverFiles phase;
    std::string text = "a,w,y\n";
    for (int i = 0; i < 60; ++i) {
      text += std::to_string(i) + "," + std::to_string(1 + i % 3) + (i % 2 ? ",p\n" : ",q\n");
    }
    phase.write("train.csv", text);
    phase.project.data.columns["w"].type = "weight";
    try {
      phase.run(name);
      ADD_FAILURE() << name;
    } catch (const Error& error) {
      EXPECT_EQ(error.status(), ExitStatus::kUsage) << name;
      EXPECT_EQ(error.diagnostics().front().key, "data.columns.w");
      EXPECT_THAT(error.what(), HasSubstr("do not take sample weights into account"));
    }
  }
}

}  // namespace
}  // namespace dlwork
