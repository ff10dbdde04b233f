#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <sstream>

#include "dlwork/base/rng.h"
#include "phase/audit/contents.h"
#include "phase/waivers.h"
#include "phase_files.h"

namespace dlwork {
namespace {

using artefact::Severity;
using artefact::Verdict;
using ::testing::ElementsAre;
using testing::findings_of;
using ::testing::HasSubstr;
using testing::PhaseOverFiles;
using testing::the_finding;

/// A clean table: `count` rows drawn alike of two numbers and a category; the first number tells
/// most of the class.
std::string table(int count, int offset = 0) {
  std::ostringstream text;
  text << "a,b,colour,y\n";
  Rng rng(static_cast<std::uint64_t>(offset), "table");
  for (int i = 0; i < count; ++i) {
    const double a = rng.normal(), b = rng.normal();
    text << a << "," << b << "," << (rng.below(3) == 0 ? "red" : "blue") << ","
         << (a + 0.3 * rng.normal() > 0 ? "yes" : "no") << "\n";
  }
  return text.str();
}

/// Train, validation and test from files of their own, so that each row's part is known.
void three_files(PhaseOverFiles& phase, const std::string& train, const std::string& test) {
  phase.write("train.csv", train);
  phase.write("validation.csv", table(150, 10000));
  phase.write("test.csv", test);
  phase.project.data.validation.paths = {"validation.csv"};
  phase.project.data.test.paths = {"test.csv"};
}

std::vector<std::string> places(const artefact::Finding& finding) {
  std::vector<std::string> names;
  for (const auto& row : finding.evidence["rows"]) {
    names.push_back(std::filesystem::path(row.get<std::string>()).filename().string());
  }
  return names;
}

TEST(Audit, CleanDataPass) {
  PhaseOverFiles phase;
  three_files(phase, table(400), table(1500, 20000));
  const auto result = phase.run("audit");
  for (const auto& finding : result.findings) {
    EXPECT_EQ(finding.severity, Severity::kInfo) << finding.id << ": " << finding.message;
  }
  EXPECT_EQ(result.verdict, Verdict::kPass);
  EXPECT_EQ(result.headline, "2,050 samples, 0 errors, 0 warnings");
  EXPECT_EQ(result.next.command, "dlwork analogy");
  EXPECT_THAT(result.tables.front().rows,
              ElementsAre(ElementsAre("train", "400"), ElementsAre("validation", "150"),
                          ElementsAre("test", "1,500")));
}

TEST(Audit, SizesRangesAndScalingAreFindings) {
  std::string train = "a,b,colour,y\n";
  for (int i = 0; i <= 100; ++i) {
    train += std::to_string(i) + "," + std::to_string(-2 * i) + (i % 3 ? ",red," : ",blue,") +
             (i % 2 ? "yes\n" : "no\n");
  }
  PhaseOverFiles phase;
  three_files(phase, train + "1,1,red,\n", table(1500, 20000));
  const auto result = phase.run("audit");
  const auto sizes = the_finding(result, "data-sizes");
  EXPECT_EQ(sizes.severity, Severity::kInfo);
  EXPECT_EQ(
      sizes.message,
      "samples: 101 in the train part, 150 in the validation part and 1,500 in the test part");
  EXPECT_EQ(sizes.evidence["train"], 101);
  EXPECT_EQ(sizes.evidence["without_target"], 1);
  EXPECT_EQ(sizes.evidence["training_classes"], (Json{{"no", 51}, {"yes", 50}}));
  const auto ranges = the_finding(result, "value-ranges");
  EXPECT_EQ(ranges.severity, Severity::kInfo);
  EXPECT_EQ(ranges.message, "values of the training part: a from 0 to 100 and b from -200 to 0");
  EXPECT_EQ(ranges.evidence["columns"][0], (Json{{"column", "a"},
                                                 {"least", 0.0},
                                                 {"lower_quartile", 25.0},
                                                 {"median", 50.0},
                                                 {"upper_quartile", 75.0},
                                                 {"most", 100.0}}));
  const auto scaling = the_finding(result, "normalisation");
  EXPECT_EQ(scaling.severity, Severity::kInfo);
  EXPECT_EQ(scaling.message, "scaling of 3 columns, fitted on 101 training samples alone");
  const Json& columns = scaling.evidence["columns"];
  EXPECT_NEAR(columns[0]["mean"].get<double>(), 50, 1e-9);
  EXPECT_NEAR(columns[1]["deviation"].get<double>(), 2 * std::sqrt(850.0), 0.3);
  EXPECT_EQ(columns[2], (Json{{"column", "colour"}, {"categories", 2}}));
  // Each names the table that shows it.
  for (const auto& finding : {sizes, ranges, scaling}) {
    const auto named = [&](const auto& shown) { return finding.evidence["table"] == shown.id; };
    EXPECT_TRUE(std::any_of(result.tables.begin(), result.tables.end(), named)) << finding.id;
  }
}

TEST(Audit, NamesTheRowsWithMissingTargetsAndValues) {
  std::string train = table(100);
  train += ",,,yes\n,0.5,blue,no\n0.1,0.25,red,\n";  // lines 102 to 104
  for (int i = 0; i < 10; ++i) train += ",0.125" + std::to_string(i) + ",blue,no\n";
  PhaseOverFiles phase;
  three_files(phase, train, table(1500, 20000));
  const auto result = phase.run("audit");
  const auto target = the_finding(result, "missing-target");
  EXPECT_EQ(target.severity, Severity::kError);
  EXPECT_THAT(places(target), ElementsAre("train.csv:104"));
  const auto missing = the_finding(result, "missing-rate");
  EXPECT_EQ(missing.evidence["column"], "a");
  EXPECT_EQ(missing.evidence["samples"], 12);
  EXPECT_EQ(places(missing).front(), "train.csv:102");
  EXPECT_EQ(missing.severity, Severity::kInfo);  // 12 of 112 is below 20 %
  EXPECT_EQ(result.verdict, Verdict::kFail);
}

TEST(Audit, SeesColumnsThatSayNothingOrTheSame) {
  std::ostringstream train;
  train << "id,flat,nearly,empty,code,word,same,copy,a,y\n";
  for (int i = 0; i < 200; ++i) {
    train << 1000 + i << ",7," << (i == 50 ? 1 : 0) << ",," << i % 4 << ","
          << "abcd"[i % 4] << "," << std::sin(i) << "," << std::sin(i) << "," << std::cos(3.0 * i)
          << "," << (std::sin(17.0 * i * i) > 0 ? "yes" : "no") << "\n";
  }
  PhaseOverFiles phase;
  phase.write("train.csv", train.str());
  const auto result = phase.run("audit");
  EXPECT_THAT(the_finding(result, "column-identifier").message, HasSubstr("column id"));
  EXPECT_EQ(the_finding(result, "column-empty").evidence["column"], "empty");
  const auto constant = findings_of(result, "column-constant");
  ASSERT_FALSE(constant.empty());
  EXPECT_EQ(constant.front().message, "column flat is 7 in every training sample");
  EXPECT_EQ(constant.front().severity, Severity::kWarn);
  const auto redundant = findings_of(result, "column-redundant");
  ASSERT_EQ(redundant.size(), 2u);
  EXPECT_THAT(redundant[0].message, HasSubstr("column word says the same as column code"));
  EXPECT_THAT(redundant[1].message,
              HasSubstr("column copy says the same as column same (equal values)"));
}

TEST(Audit, FindsTheExtremeValueAndItsRow) {
  std::string train = table(200);
  train += "455,0.5,blue,no\n";
  PhaseOverFiles phase;
  three_files(phase, train, table(1500, 20000));
  const auto far = the_finding(phase.run("audit"), "value-outlier-extreme");
  EXPECT_THAT(far.message, HasSubstr("column a"));
  EXPECT_THAT(far.message, HasSubstr("such as 455 at "));
  EXPECT_THAT(places(far), ElementsAre("train.csv:202"));
}

TEST(Audit, FindsRepeatsAndConflictsAndBoundsTheAccuracy) {
  std::string train = table(196);
  train += "9,9,red,yes\n9,9,red,yes\n9,9,red,no\n9,9.0,red,yes\n";  // lines 198 to 201
  PhaseOverFiles phase;
  three_files(phase, train, table(1500, 20000));
  const auto result = phase.run("audit");
  const auto repeats = the_finding(result, "duplicate-exact");
  EXPECT_EQ(repeats.severity, Severity::kWarn);  // 3 of 200 is above 1 %
  EXPECT_THAT(places(repeats), ElementsAre("train.csv:199", "train.csv:200", "train.csv:201"));
  const auto conflict = the_finding(result, "label-conflict-exact");
  EXPECT_EQ(conflict.severity, Severity::kError);  // 4 of 200
  EXPECT_NEAR(conflict.evidence["reachable_accuracy"].get<double>(), 0.995, 1e-12);
}

TEST(Audit, GradesSharedSamplesByTheirShare) {
  for (const int shared : {4, 9}) {
    PhaseOverFiles phase;
    std::string test = table(1000 - shared, 20000);
    const std::string train = table(400);
    std::istringstream lines(train);
    std::string line;
    std::getline(lines, line);
    for (int i = 0; i < shared && std::getline(lines, line); ++i) test += line + "\n";
    three_files(phase, train, test);
    const auto finding = the_finding(phase.run("audit"), "split-overlap-exact");
    EXPECT_EQ(finding.evidence["samples"], shared);
    EXPECT_EQ(finding.evidence["part"], "test");
    EXPECT_EQ(finding.severity, shared == 4 ? Severity::kWarn : Severity::kError);
    const auto pair = finding.evidence["pairs"][0];
    EXPECT_THAT(pair[0].get<std::string>(), HasSubstr("test.csv:" + std::to_string(1002 - shared)));
    EXPECT_THAT(pair[1].get<std::string>(), HasSubstr("train.csv:2"));
  }
}

TEST(Audit, SharedSamplesOfAnotherClassAreNamedAndManyAreAnError) {
  const auto flipped = [](std::string line) {
    const auto comma = line.rfind(',') + 1;
    return line.substr(0, comma) + (line.substr(comma) == "yes" ? "no" : "yes");
  };
  const std::string train = table(400);
  const auto lines = split(train, '\n');
  PhaseOverFiles phase;
  // The third and fourth sample again, one of them as the other class.
  three_files(phase, train, table(998, 20000) + flipped(lines[3]) + "\n" + lines[4] + "\n");
  const auto result = phase.run("audit");
  const auto exact = the_finding(result, "split-overlap-exact");
  EXPECT_EQ(exact.severity, Severity::kWarn);
  EXPECT_EQ(exact.evidence["samples"], 2);
  EXPECT_EQ(exact.evidence["conflicts"], 1);
  const auto conflict = the_finding(result, "split-overlap-conflict");
  EXPECT_EQ(conflict.severity, Severity::kWarn);
  EXPECT_EQ(conflict.evidence["part"], "test");
  EXPECT_EQ(conflict.evidence["samples"], 1);
  EXPECT_EQ(conflict.evidence["share"], 0.001);
  EXPECT_EQ(conflict.evidence["pairs"].dump(), "[[\"test.csv:1000\",\"train.csv:4\"]]");
  EXPECT_EQ(conflict.message,
            "1 samples of the test part are also in an earlier part as another class, the first at "
            "test.csv:1000 and train.csv:4");
  phase.project.audit.thresholds.conflict_error = 0.0005;
  const auto strict = phase.run("audit");
  EXPECT_EQ(the_finding(strict, "split-overlap-conflict").severity, Severity::kError);
  EXPECT_EQ(strict.verdict, artefact::Verdict::kFail);
  phase.project.audit.thresholds.overlap_conflicts = 1;
  EXPECT_TRUE(findings_of(phase.run("audit"), "split-overlap-conflict").empty());
}

/// Three columns of 6, 5 and 4 values have 120 different rows: 600 drawn ones meet by chance. With
/// a fourth of numbers they do not, and equal ones are copies.
TEST(Audit, RowsOfCoarseColumnsAreEqualByChance) {
  for (const bool fine : {false, true}) {
    Rng rng(4, "coarse");
    std::string text = fine ? "a,b,c,d,y\n" : "a,b,c,y\n";
    for (int i = 0; i < 600; ++i) {
      for (const int kinds : {6, 5, 4}) text += std::to_string(rng.below(kinds)) + ",";
      if (fine) text += number_text(i % 5 == 4 ? 0.25 * (i / 50) : rng.normal()) + ",";
      text += rng.uniform() < 0.5 ? "yes\n" : "no\n";
    }
    if (fine) {
      const auto lines = split(text, '\n');
      for (int i = 0; i < 60; ++i) text += lines[static_cast<std::size_t>(5 * i + 1)] + "\n";
    }
    PhaseOverFiles phase;
    phase.write("train.csv", text);
    const auto result = phase.run("audit");
    const auto expected = fine ? Severity::kError : Severity::kWarn;
    const auto overlaps = findings_of(result, "split-overlap-exact");
    ASSERT_EQ(overlaps.size(), 2u);
    for (const auto& overlap : overlaps) {
      EXPECT_EQ(overlap.severity, expected);
      EXPECT_EQ(overlap.evidence["by_chance"], !fine);
      EXPECT_EQ(overlap.message.find("equal by chance") == std::string::npos, fine);
    }
    if (fine) continue;
    EXPECT_EQ(the_finding(result, "label-conflict-exact").severity, Severity::kWarn);
    EXPECT_EQ(findings_of(result, "split-overlap-conflict").front().severity, Severity::kWarn);
    phase.project.audit.thresholds.equal_chance = 0.5;
    EXPECT_EQ(the_finding(phase.run("audit"), "label-conflict-exact").severity, Severity::kError);
  }
}

TEST(Audit, ComparesClassesWithWhatIsExpected) {
  PhaseOverFiles phase;
  three_files(phase, table(400), table(1500, 20000));
  phase.project.data.expect.classes = {"maybe", "no", "yes"};
  phase.project.data.expect.balance = {{"yes", 0.05}, {"no", 0.95}};
  phase.project.data.expect.rows = 5000;
  const auto result = phase.run("audit");
  const auto missing = findings_of(result, "class-missing");
  ASSERT_EQ(missing.size(), 3u);
  EXPECT_EQ(missing[0].severity, Severity::kError);
  EXPECT_EQ(missing[0].message, "no sample of maybe in the train part");
  const auto shift = the_finding(result, "prior-shift-declared");
  EXPECT_EQ(shift.severity, Severity::kError);
  EXPECT_GT(shift.evidence["distance"].get<double>(), 0.35);
  EXPECT_EQ(the_finding(result, "rows-missing").evidence["samples"], 2050);
}

TEST(Audit, SeesRareClassesSmallTestPartsAndSortedRows) {
  std::ostringstream train;
  train << "a,y\n";
  for (int i = 0; i < 300; ++i) train << std::sin(i) << "," << (i < 290 ? "no" : "yes") << "\n";
  PhaseOverFiles phase;
  phase.write("train.csv", train.str());
  const auto result = phase.run("audit");
  EXPECT_THAT(the_finding(result, "class-too-few").message, HasSubstr("yes (7)"));
  EXPECT_EQ(the_finding(result, "class-too-few").severity, Severity::kError);
  EXPECT_EQ(the_finding(result, "class-imbalance").severity, Severity::kWarn);
  EXPECT_THAT(the_finding(result, "split-size").message, HasSubstr("yes (2)"));
  EXPECT_EQ(the_finding(result, "test-size").severity, Severity::kWarn);
}

TEST(Audit, RowsSortedByClassAreSaid) {
  std::ostringstream train;
  train << "a,y\n";
  for (int i = 0; i < 300; ++i) train << std::sin(i) << "," << (i < 150 ? "no" : "yes") << "\n";
  PhaseOverFiles phase;
  phase.write("train.csv", train.str());
  const auto order = the_finding(phase.run("audit"), "row-order-by-target");
  EXPECT_EQ(order.severity, Severity::kInfo);
  // 216 training rows in two runs; expected 109 with deviation about 7.33.
  EXPECT_NEAR(order.evidence["runs_z"].get<double>(), -14.6, 0.3);
}

TEST(Audit, TellsNewCategoriesOfTheTestPart) {
  PhaseOverFiles phase;
  three_files(phase, table(400), table(1500, 20000) + "0.5,0.5,green,no\n");
  const auto finding = the_finding(phase.run("audit"), "split-category-new");
  EXPECT_EQ(finding.severity, Severity::kInfo);
  EXPECT_THAT(finding.message, HasSubstr("'green' at "));
  EXPECT_THAT(places(finding), ElementsAre("test.csv:1502"));
}

TEST(Audit, RegressionTargetsAreAuditedToo) {
  std::ostringstream train;
  train << "a,b,y\n";
  for (int i = 0; i < 300; ++i) {
    train << i + 150 * std::sin(i) << "," << std::cos(3.0 * i) << "," << i << "\n";
  }
  PhaseOverFiles phase;
  phase.write("train.csv", train.str());
  phase.project.task = "regression";
  phase.project.goal.metric = "rmse";
  const auto result = phase.run("audit");
  EXPECT_NEAR(the_finding(result, "row-order-by-target").evidence["rank_correlation"].get<double>(),
              1, 1e-3);  // of row numbers, which the split thins out, and ranks of the target
  for (const auto& finding : result.findings) {
    EXPECT_NE(finding.severity, Severity::kError) << finding.id << ": " << finding.message;
  }
}

TEST(Contents, CompareValueByValue) {
  data::Samples samples;
  samples.count = 5;
  samples.table.rows = 5;
  data::Column number;
  number.numbers = {0.0, -0.0, NAN, NAN, 1.0};
  data::Column word;
  word.type = data::ColumnType::kCategory;
  word.codes = {0, 0, -1, -1, 0};
  word.categories = {"a"};
  samples.table.columns = {number, word};
  const auto contents = phase::audit::compare_contents(samples);
  EXPECT_THAT(contents.equal, ElementsAre(ElementsAre(0, 1), ElementsAre(2, 3)));
}

TEST(Contents, ComparePictures) {
  data::Samples samples;
  samples.kind = data::Kind::kImage;
  samples.count = 3;
  samples.pictures = {3, 1, 1, 2, {1, 2, 3, 4, 1, 2}};
  EXPECT_THAT(phase::audit::compare_contents(samples).equal, ElementsAre(ElementsAre(0, 2)));
}

artefact::Finding error_finding(const std::string& id) {
  return artefact::make_finding(id, Severity::kError, "message");
}

TEST(Waivers, HoldUntilTheirDate) {
  std::vector<artefact::Finding> findings{error_finding("missing-target"),
                                          error_finding("column-empty")};
  const std::vector<spec::Waiver> waivers{{"missing-target", "to be predicted", "2026-12-31"},
                                          {"column-empty", "filled next month", "2026-10-31"}};
  phase::apply_waivers(waivers, "2026-11-23", findings);
  phase::apply_waivers(waivers, "2026-11-23", findings);  // again changes nothing
  EXPECT_EQ(findings[0].waived, "to be predicted");
  EXPECT_EQ(findings[1].waived, "");
  EXPECT_EQ(findings[1].message,
            "message (accepted until 2026-10-31, which is over: filled next month)");
  EXPECT_EQ(findings.size(), 2u);
}

TEST(Waivers, LeaveAloneWhatOnlyInforms) {
  std::vector<artefact::Finding> findings{
      artefact::make_finding("network-needed", Severity::kInfo, "message")};
  phase::apply_waivers({{"network-needed", "to compare", "2999-01-01"}}, "2026-11-23", findings);
  EXPECT_EQ(findings[0].waived, "");
}

TEST(Waivers, ThatMatchNoFindingAreSaid) {
  const auto findings = phase::check_waivers(
      {{"mising-target", "typing", ""}, {"goal-missing", "later", ""}}, "project.yaml");
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].id, "waiver-unknown");
  EXPECT_THAT(findings[0].message, HasSubstr("did you mean missing-target?"));
  EXPECT_EQ(findings[0].at.file, "project.yaml");
}

TEST(Waivers, CannotHideACheckThatDidNotRun) {
  std::vector<artefact::Finding> findings{error_finding("check-not-run")};
  findings[0].checked = false;
  phase::apply_waivers({{"check-not-run", "never mind", ""}}, "2026-11-23", findings);
  EXPECT_EQ(findings[0].waived, "");
}

TEST(Audit, AcceptedFindingsDoNotFailTheGate) {
  PhaseOverFiles phase;
  three_files(phase, table(100) + "0.1,0.25,red,\n", table(1500, 20000));
  phase.project.accept = {{"missing-target", "unlabelled rows are kept for later", "2999-01-01"}};
  const auto result = phase.run("audit");
  EXPECT_EQ(the_finding(result, "missing-target").waived, "unlabelled rows are kept for later");
  EXPECT_NE(result.verdict, Verdict::kFail);
  EXPECT_THAT(result.headline, HasSubstr("1 accepted"));
}

/// Rows of eight columns that two waves and a little of others make.
std::string two_waves(int first, int count) {
  std::ostringstream text;
  text << "c0,c1,c2,c3,c4,c5,c6,c7,y\n";
  for (int i = first; i < first + count; ++i) {
    const double a = std::sin(1.3 * i), b = std::cos(0.7 * i);
    for (int j = 0; j < 8; ++j) {
      text << (j % 2 == 1 ? a : b) * (j + 1) + 0.3 * std::sin((5.0 + j) * i) << ",";
    }
    text << (a > 0 ? "p" : "q") << "\n";
  }
  return text.str();
}

// scikit-learn 1.9.1: StandardScaler and PCA(n_components=0.95) fitted on the training part,
// inverse_transform(transform(.)) of the validation part.
TEST(Audit, SaysWhatComponentsLose) {
  PhaseOverFiles phase;
  three_files(phase, two_waves(0, 100), two_waves(140, 40));
  phase.write("validation.csv", two_waves(100, 40));
  phase.project.audit.thresholds.compress_share = 0.5;
  const auto advised = the_finding(phase.run("audit"), "dimension-compress");
  EXPECT_EQ(advised.evidence["components"], 2);
  EXPECT_NEAR(advised.evidence["lost_share"].get<double>(), 0.018052729205946794, 1e-5);
  EXPECT_NEAR(advised.evidence["reconstruction_error"].get<double>(), 0.13591462987001277, 1e-5);
  EXPECT_THAT(advised.message, HasSubstr("data.reduce would take 2: rebuilt from them, the "
                                         "validation part loses 1.81 % of its variance"));
  phase.project.data.reduce = {"pca", 1, {}};
  const auto result = phase.run("audit");
  EXPECT_TRUE(findings_of(result, "dimension-compress").empty());
  const auto done = the_finding(result, "dimension-reduced");
  EXPECT_EQ(done.key, "data.reduce");
  EXPECT_NEAR(done.evidence["kept"].get<double>(), 0.5001535, 1e-5);
  EXPECT_NEAR(done.evidence["lost_share"].get<double>(), 0.5042033080478107, 1e-5);
  EXPECT_NEAR(done.evidence["reconstruction_error"].get<double>(), 0.7182863581200697, 1e-5);
}

}  // namespace
}  // namespace dlwork
