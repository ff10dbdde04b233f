#include <gmock/gmock.h>

#include <sstream>

#include "dlwork/base/error.h"
#include "dlwork/base/rng.h"
#include "dlwork/base/text.h"
#include "phase/audit/sample.h"
#include "phase_files.h"

/// Tables that are gone through as a stream, by a low limit.
namespace dlwork {
namespace {

using artefact::Severity;
using testing::findings_of;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::PhaseOverFiles;
using testing::the_finding;
using testing::the_table;

constexpr int kRows = 6000;

/// Two numbers that tell the class and a category that does not, with `change` applied to a row's
/// cells: a, b, colour, y.
template <class Change>
std::string big_table(const Change& change) {
  Rng rng(4, "stream");
  std::ostringstream text;
  text << "a,b,colour,y\n";
  for (int i = 0; i < kRows; ++i) {
    const double a = rng.normal(), b = rng.normal();
    std::vector<std::string> cells{number_text(a), number_text(b), i % 3 ? "red" : "blue",
                                   a + b + rng.normal() > 0 ? "yes" : "no"};
    change(i, cells);
    text << join(cells, ",") << "\n";
  }
  return text.str();
}

class AuditStreams : public ::testing::Test {
 protected:
  AuditStreams() { phase_.project.goal.target = 0.8; }
  template <class Change>
  artefact::PhaseResult audit(const Change& change) {
    phase_.write("train.csv", big_table(change));
    return run();
  }
  /// The phase with low limits.
  artefact::PhaseResult run() {
    return phase_.run_as("audit", [](phase::Context& context) {
      return phase::audit::audit_project(context, {0.001, 1000});
    });
  }
  PhaseOverFiles phase_;
};

constexpr auto kUntouched = [](int, std::vector<std::string>&) {};

TEST_F(AuditStreams, SaysSoAndCountsEveryRow) {
  const auto result = audit(kUntouched);
  const auto sampled = the_finding(result, "audit-sampled");
  EXPECT_EQ(sampled.evidence["rows"], kRows);
  EXPECT_EQ(sampled.evidence["sampled"], 1000);
  EXPECT_THAT(result.headline, HasSubstr("6,000 samples, 0 errors"));
  bool shown = false;
  for (const auto& table : result.tables) {
    if (table.id != "survey") continue;
    shown = true;
    ASSERT_EQ(table.rows.size(), 4u);
    EXPECT_NEAR(std::stod(table.rows[0][10]), 0, 0.06);  // mean of a
    EXPECT_NEAR(std::stod(table.rows[0][11]), 1, 0.06);
  }
  EXPECT_TRUE(shown);
  EXPECT_EQ(run().headline, result.headline);
  phase_.project.data.columns["b"].unit = "cm";
  EXPECT_EQ(the_table(run(), "survey").rows[1][0], "b (cm)");
}

/// One odd row in six thousand, which no sample of a thousand is sure to hold.
TEST_F(AuditStreams, FindSingleOddValues) {
  phase_.project.data.columns["b"].range = {-10, 10};
  const auto result = audit([](int i, std::vector<std::string>& cells) {
    if (i == 3210) cells[0] = "many";
    if (i == 1234) cells[1] = "77";
    if (i == 4321) cells[1] = "inf";
    if (i == 555) cells[3] = "";
  });
  const auto mixed = the_finding(result, "type-mixed");
  EXPECT_EQ(mixed.evidence["column"], "a");
  EXPECT_EQ(mixed.evidence["rows"][0], "train.csv:3212");
  EXPECT_THAT(mixed.message, HasSubstr("'many'"));
  EXPECT_EQ(the_finding(result, "out-of-declared-range").evidence["samples"], 1);
  EXPECT_EQ(the_finding(result, "value-not-finite").evidence["rows"][0], "train.csv:4323");
  EXPECT_EQ(the_finding(result, "missing-target").evidence["rows"][0], "train.csv:557");
  EXPECT_EQ(result.verdict, artefact::Verdict::kFail);
}

TEST_F(AuditStreams, FindRepeatsAndConflicts) {
  std::vector<std::vector<std::string>> seen;
  const auto result = audit([&](int i, std::vector<std::string>& cells) {
    if (i >= kRows / 2 && i < kRows / 2 + 300) {
      const auto& earlier = seen[static_cast<std::size_t>(i - kRows / 2)];
      const std::string other = earlier[3] == "yes" ? "no" : "yes";
      cells = earlier;
      if (i % 3 == 0) cells[3] = other;
    }
    seen.push_back(cells);
  });
  EXPECT_NEAR(the_finding(result, "duplicate-exact").evidence["share"].get<double>(), 0.05, 1e-9);
  EXPECT_NEAR(the_finding(result, "label-conflict-exact").evidence["share"].get<double>(),
              200.0 / kRows, 1e-9);
  EXPECT_EQ(the_finding(result, "split-overlap-exact").severity, Severity::kError);
}

/// 60 of 6,000 rows are enough, though only about 10 of them are drawn.
TEST_F(AuditStreams, JudgeRareClassesByAllRows) {
  const auto rare = audit([](int i, std::vector<std::string>& cells) {
    if (i % 100 == 0) cells[3] = "perhaps";
  });
  EXPECT_TRUE(findings_of(rare, "class-too-few").empty());
  const auto too_rare = audit([](int i, std::vector<std::string>& cells) {
    if (i % 500 == 0) cells[3] = "perhaps";
  });
  EXPECT_EQ(the_finding(too_rare, "class-too-few").severity, Severity::kError);
}

/// Twelve rows need not be drawn to be there; a class without a row in a file is told by file.
TEST_F(AuditStreams, NameClassesThatNoRowHas) {
  phase_.project.data.expect.classes = {"no", "yes", "perhaps", "never"};
  phase_.write("test.csv",
               big_table([](int, std::vector<std::string>& cells) { cells[3] = "yes"; }));
  phase_.project.data.test.paths = {"test.csv"};
  const auto result = audit([](int i, std::vector<std::string>& cells) {
    if (i % 500 == 0) cells[3] = "perhaps";
  });
  const auto found = findings_of(result, "class-missing");
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].severity, Severity::kError);
  EXPECT_EQ(found[0].evidence["part"], "train");
  EXPECT_EQ(found[0].evidence["classes"], Json::array({"never"}));
  EXPECT_EQ(found[0].message, "no row of never in the files of the train part");
  EXPECT_EQ(found[1].severity, Severity::kWarn);
  EXPECT_EQ(found[1].evidence["part"], "test");
  EXPECT_EQ(found[1].evidence["classes"], Json::array({"never", "no", "perhaps"}));
  EXPECT_EQ(the_table(result, "classes").note, "of the rows drawn");
}

/// Of a column that has one value in all rows nothing is said twice.
TEST_F(AuditStreams, FindNearlyConstantColumns) {
  const auto nearly = the_finding(audit([](int i, std::vector<std::string>& cells) {
                                    cells[2] = i % 1000 == 0 ? "blue" : "red";
                                  }),
                                  "column-constant");
  EXPECT_EQ(nearly.severity, Severity::kInfo);
  EXPECT_EQ(nearly.evidence["column"], "colour");
  EXPECT_GE(nearly.evidence["share"], 0.99);
  EXPECT_THAT(nearly.message, HasSubstr("column colour is one value in "));
  EXPECT_THAT(nearly.message, HasSubstr(" of the training samples drawn"));
  const auto wholly = the_finding(
      audit([](int, std::vector<std::string>& cells) { cells[2] = "red"; }), "column-constant");
  EXPECT_EQ(wholly.severity, Severity::kWarn);
  EXPECT_EQ(wholly.message, "column colour has one value in all rows");
}

/// What is declared of the target is checked of every row too.
TEST_F(AuditStreams, FindUndeclaredClassesAndTargetsOutOfRange) {
  phase_.project.data.columns["y"].type = "category";
  phase_.project.data.columns["y"].categories = {"yes", "no"};
  const auto classes = audit([](int i, std::vector<std::string>& cells) {
    if (i == 2222) cells[3] = "perhaps";
  });
  const auto undeclared = the_finding(classes, "category-undeclared");
  EXPECT_EQ(undeclared.evidence["column"], "y");
  EXPECT_EQ(undeclared.evidence["categories"], Json({{"perhaps", 1}}));
  EXPECT_EQ(undeclared.evidence["rows"], Json::array({"train.csv:2224"}));
  phase_.project.data.columns["y"] = {};
  phase_.project.data.columns["y"].range = {0, 1};
  phase_.project.task = "regression";
  phase_.project.goal.metric = "rmse";
  const auto numbers = audit([](int i, std::vector<std::string>& cells) {
    cells[3] = i == 3333 ? "7" : cells[3] == "yes" ? "0.75" : "0.25";
  });
  const auto outside = the_finding(numbers, "out-of-declared-range");
  EXPECT_EQ(outside.evidence["column"], "y");
  EXPECT_EQ(outside.evidence["samples"], 1);
  EXPECT_EQ(outside.evidence["rows"], Json::array({"train.csv:3335"}));
}

/// A column that is no input may have as many texts as it likes.
TEST_F(AuditStreams, CountCategoriesOfInputsAlone) {
  const auto named = [](int i, std::vector<std::string>& cells) {
    cells[2] = "n" + std::to_string(i % 500);
  };
  phase_.project.data.columns["colour"].type = "category";
  const auto input = the_finding(audit(named), "category-high-cardinality");
  EXPECT_EQ(input.evidence["column"], "colour");
  EXPECT_NEAR(input.evidence["categories"].get<double>(), 500, 25);
  phase_.project.data.columns["colour"].type = "group";
  EXPECT_TRUE(findings_of(audit(named), "category-high-cardinality").empty());
}

/// Single cells that no sample of a thousand is sure to hold.
TEST_F(AuditStreams, FindOneUndeclaredAndOneFarCell) {
  phase_.project.data.columns["colour"].type = "category";
  phase_.project.data.columns["colour"].categories = {"red", "blue"};
  const auto result = audit([](int i, std::vector<std::string>& cells) {
    if (i == 2222) cells[2] = "purple";
    if (i == 3333) cells[0] = "1000000";
  });
  const auto undeclared = the_finding(result, "category-undeclared");
  EXPECT_EQ(undeclared.severity, Severity::kError);
  EXPECT_EQ(undeclared.evidence["column"], "colour");
  EXPECT_EQ(undeclared.evidence["samples"], 1);
  EXPECT_EQ(undeclared.evidence["categories"], Json({{"purple", 1}}));
  EXPECT_EQ(undeclared.evidence["rows"], Json::array({"train.csv:2224"}));
  const auto far = the_finding(result, "value-outlier-extreme");
  EXPECT_EQ(far.evidence["column"], "a");
  EXPECT_EQ(far.evidence["farthest"], Json::array({1e6}));
  EXPECT_EQ(far.evidence["rows"], Json::array({"train.csv:3335"}));
  EXPECT_THAT(the_finding(result, "category-rare").message, HasSubstr("'purple' (1)"));
  EXPECT_TRUE(findings_of(result, "space-range-coverage").empty());
  EXPECT_EQ(result.verdict, artefact::Verdict::kFail);
}

TEST_F(AuditStreams, FindAHeaderAmongTheRows) {
  const auto result = audit([](int i, std::vector<std::string>& cells) {
    if (i == 4000) cells = {"a", "b", "colour", "y"};
  });
  const auto header = the_finding(result, "header-as-data");
  EXPECT_EQ(header.severity, Severity::kError);
  EXPECT_EQ(header.evidence["samples"], 1);
  EXPECT_EQ(header.evidence["rows"], Json::array({"train.csv:4002"}));
}

TEST_F(AuditStreams, FindOneUnlikelyDate) {
  const auto result = audit([](int i, std::vector<std::string>& cells) {
    cells[2] = "2020-01-" + std::to_string(10 + i % 20);
    if (i == 1500) cells[2] = "1866-10-14";
  });
  const auto date = the_finding(result, "date-implausible");
  EXPECT_EQ(date.evidence["column"], "colour");
  EXPECT_EQ(date.evidence["texts"], Json::array({"1866-10-14"}));
  EXPECT_EQ(date.evidence["rows"], Json::array({"train.csv:1502"}));
}

TEST_F(AuditStreams, FindOnePersonsAddress) {
  const auto result = audit([](int i, std::vector<std::string>& cells) {
    if (i == 777) cells[2] = "ann@example.org";
  });
  const auto personal = the_finding(result, "text-personal-data");
  EXPECT_EQ(personal.evidence["samples"], 1);
  EXPECT_EQ(personal.evidence["kind"], "e-mail address");
  EXPECT_EQ(personal.evidence["rows"], Json::array({"train.csv:779"}));
  EXPECT_THAT(personal.message, Not(HasSubstr("ann@example.org")));
}

/// A thousand rows of each file are drawn, and 50 more for validation.
TEST_F(AuditStreams, JudgeAmountsByAllRows) {
  phase_.project.goal.target = 0.95;
  phase_.write("test.csv", big_table(kUntouched));
  phase_.project.data.test.paths = {"test.csv"};
  phase_.project.data.validation.amount = spec::Amount{50, false};
  const auto result = audit(kUntouched);
  const auto parts = the_table(result, "parts").rows;
  ASSERT_EQ(parts.size(), 3u);
  EXPECT_EQ(parts[0][1], "5,950");
  EXPECT_EQ(parts[1][1], "50");
  EXPECT_EQ(parts[2][1], "6,000");
  EXPECT_THAT(the_finding(result, "train-size-curve").message, HasSubstr(", there are 5,950"));
}

/// Of 2,500 rows drawn a fifth is for testing and 1,500 for validation, which leaves 500 to train.
TEST_F(AuditStreams, DrawPartsOfManyRowsBesideThoseToTrain) {
  phase_.project.data.validation.amount = spec::Amount{1500, false};
  const auto result = audit(kUntouched);
  EXPECT_EQ(the_finding(result, "audit-sampled").evidence["sampled"], 2500);
  const auto parts = the_table(result, "parts").rows;
  ASSERT_EQ(parts.size(), 3u);
  EXPECT_EQ(parts[0][1], "3,300");
  EXPECT_EQ(parts[1][1], "1,500");
  EXPECT_EQ(parts[2][1], "1,200");
}

TEST_F(AuditStreams, MendNothingFromASample) {
  phase_.write("train.csv", big_table(kUntouched));
  phase_.fix = true;
  try {
    run();
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::kUsage);
    EXPECT_THAT(error.what(), HasSubstr("every row at hand"));
  }
}

}  // namespace
}  // namespace dlwork
