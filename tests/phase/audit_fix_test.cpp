#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "dlwork/base/files.h"
#include "dlwork/base/rng.h"
#include "dlwork/base/stats.h"
#include "dlwork/base/two_samples.h"
#include "phase/audit/comparison.h"
#include "phase/audit/patches.h"
#include "phase_files.h"

namespace dlwork {
namespace {

using artefact::Severity;
using phase::audit::apply_changes;
using phase::audit::CellChange;
using testing::findings_of;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::PhaseOverFiles;
using testing::the_finding;

/// A text with changes, whose columns are named by place.
std::string changed(const std::string& text, char separator,
                    const std::vector<std::string>& columns, std::vector<CellChange>& changes) {
  const testing::TemporaryFolder folder;
  data::CopyPlan plan;
  plan.path = (folder / "t.csv").string();
  plan.columns = columns;
  plan.separator = separator;
  write_file(plan.path, text);
  return apply_changes(plan, "t.csv", changes);
}

TEST(Patches, ChangeNothingButTheirCells) {
  const std::string text = "a;b;c\r\n1;\"x;\"\"y\r\nz\";3\r\n4;5;6\r\n\r\n7;8;9";
  std::vector<CellChange> changes{{2, "c", "30", "id"}, {6, "a", "", "id"}};
  EXPECT_EQ(changed(text, ';', {"a", "b", "c"}, changes),
            "a;b;c\r\n1;\"x;\"\"y\r\nz\";30\r\n4;5;6\r\n\r\n;8;9");
  EXPECT_EQ(changes[0].before, "3");
  EXPECT_EQ(changes[1].before, "7");
}

TEST(Patches, LeaveRecordsOut) {
  std::vector<CellChange> changes{{3, "", "", "id"}};
  EXPECT_EQ(changed("a,b\n1,2\n3,4\n5,6\n", ',', {"a", "b"}, changes), "a,b\n1,2\n5,6\n");
  changes = {{1, "second", "9", "id"}};
  EXPECT_EQ(changed("1,2\n3,4\n", ',', {"first", "second"}, changes), "1,9\n3,4\n");
}

// As the reader takes them, so that lines are those of the samples.
TEST(Patches, TakeQuotesWithinACellAsText) {
  const std::string text = "name;size\nAnn;5' 4\"\nBob;6' 1\"\nCid;5' 2\"\n";
  std::vector<CellChange> changes{{2, "name", "", "id"}, {3, "size", "", "id"}};
  EXPECT_EQ(changed(text, ';', {"name", "size"}, changes),
            "name;size\n;\"5' 4\"\"\"\nBob;\nCid;5' 2\"\n");
  EXPECT_EQ(changes[0].before, "Ann");
  EXPECT_EQ(changes[1].before, "6' 1\"");
}

TEST(Patches, EndRecordsAtALoneCarriageReturn) {
  std::vector<CellChange> changes{{2, "", "", "id"}, {3, "b", "40", "id"}};
  EXPECT_EQ(changed("a,b\r1,2\r3,4\r5,6\r", ',', {"a", "b"}, changes), "a,b\r3,40\r5,6\r");
  EXPECT_EQ(changes[1].before, "4");
}

TEST(Patches, KeepTheByteOrderMark) {
  std::vector<CellChange> changes{{1, "x", "9", "id"}};
  EXPECT_EQ(changed("\xEF\xBB\xBF 1 ,2\n3,4\n", ',', {"x", "y"}, changes),
            "\xEF\xBB\xBF"
            "9,2\n3,4\n");
  EXPECT_EQ(changes[0].before, "1");
}

// The reader leaves blank lines out, so the row would be lost.
TEST(Patches, LeaveNoLineBlank) {
  std::vector<CellChange> changes{{3, "a", "", "id"}};
  EXPECT_EQ(changed("a\n1\n2\n", ',', {"a"}, changes), "a\n1\n\"\"\n");
}

TEST(Patches, OfAFileThatHasChangedAreRefused) {
  std::vector<CellChange> changes{{9, "a", "", "id"}};
  EXPECT_THROW(changed("a,b\n1,2\n", ',', {"a", "b"}, changes), Error);
}

/// Numbers, a colour and a class that goes with them.
std::string rows(int count, std::uint64_t seed, double offset = 0,
                 const std::string& colour = "green", bool with_target = true) {
  Rng rng(seed, "rows");
  std::ostringstream text;
  text << (with_target ? "a,b,colour,y\n" : "a,b,colour\n");
  for (int i = 0; i < count; ++i) {
    const double a = rng.normal(), b = 20 + rng.normal();
    text << a + offset << "," << b << "," << (rng.uniform() < 0.5 ? "red" : colour);
    if (with_target) text << "," << (a + 0.3 * rng.normal() > 0 ? "yes" : "no");
    text << "\n";
  }
  return text.str();
}

TEST(AuditFix, WritesAMendedCopyThatPassesAndLeavesTheSource) {
  PhaseOverFiles phase;
  std::string train = rows(400, 1);
  train += "0.5,-999,red,yes\n0.25,-999,red,no\n0.125,-999,\" red\",no\n";  // lines 402 to 404
  train += "0.5,20,RED,yes\n";                                              // line 405
  train += "0.75,20.5,green,\n";                                            // line 406
  train += "1.5,21,green,yes\n1.5,21,green,yes\n";                          // line 408 repeats
  phase.write("train.csv", train);
  phase.write("test.csv", rows(200, 2));
  phase.project.data.test.paths = {"test.csv"};
  phase.project.data.validation.amount = spec::Amount{10, false};
  phase.fix = true;
  const auto result = phase.run("audit");
  EXPECT_EQ(phase.read("train.csv"), train);
  const auto mended = the_finding(result, "data-mended");
  EXPECT_GE(mended.evidence["cells"].get<int>(), 4);
  EXPECT_GE(mended.evidence["rows"].get<int>(), 1);
  const auto folder = phase.folder->file("fixed");
  const std::string copy = read_file(folder / "train.csv");
  EXPECT_THAT(copy, HasSubstr("\n0.5,,red,yes\n0.25,,red,no\n0.125,,red,no\n0.5,20,red,yes\n"));
  EXPECT_THAT(copy, Not(HasSubstr("0.75,20.5,green,\n")));
  EXPECT_EQ(read_file(folder / "test.csv"), phase.read("test.csv"));
  const std::string patches = read_file(folder / "patches.csv");
  EXPECT_THAT(patches, HasSubstr("file,line,column,before,after,why\n"));
  EXPECT_THAT(patches, HasSubstr("train.csv,402,b,-999,,missing-sentinel-code\n"));
  EXPECT_THAT(patches, HasSubstr("train.csv,406,,,(left out),missing-target\n"));

  phase.fix = false;
  phase.project.data.root = folder.string();
  const auto again = phase.run("audit");
  EXPECT_TRUE(findings_of(again, "missing-sentinel-code").empty());
  EXPECT_TRUE(findings_of(again, "category-variants").empty());
  EXPECT_TRUE(findings_of(again, "missing-target").empty());
}

TEST(AuditFix, TakesTheSeparatorThatTheReaderTook) {
  PhaseOverFiles phase;
  const auto with_colons = [](std::string text) {
    std::replace(text.begin(), text.end(), ',', ':');
    return text;
  };
  const std::string coded = "0.5,-999,red,yes\n0.25,-999,red,no\n0.125,-999,red,no\n";
  phase.write("train.csv", with_colons(rows(400, 1) + coded));
  phase.write("test.csv", with_colons(rows(200, 2)));
  phase.project.data.separator = ":";
  phase.project.data.test.paths = {"test.csv"};
  phase.project.data.validation.amount = spec::Amount{10, false};
  phase.fix = true;
  EXPECT_EQ(the_finding(phase.run("audit"), "data-mended").evidence["cells"], 3);
  EXPECT_EQ(read_file(phase.folder->file("fixed") / "train.csv"),
            with_colons(rows(400, 1) + "0.5,,red,yes\n0.25,,red,no\n0.125,,red,no\n"));
}

TEST(AuditFix, RefusesTheFolderOfTheData) {
  PhaseOverFiles phase;
  phase.write("train.csv", rows(200, 1));
  phase.fix = true;
  phase.fix_to = phase.project.data.root;
  EXPECT_THROW(phase.run("audit"), Error);
}

class AuditAgainst : public ::testing::Test {
 protected:
  void SetUp() override {
    phase_.write("train.csv", rows(500, 1));
    phase_.run("audit");
  }
  artefact::PhaseResult against(const std::string& text) {
    phase_.against = phase_.write("new.csv", text).string();
    return phase_.run("audit");
  }
  PhaseOverFiles phase_;
};

TEST_F(AuditAgainst, LikeDataHaveNoFindings) {
  for (const bool with_target : {true, false}) {
    const auto result = against(rows(300, 7, 0, "green", with_target));
    EXPECT_TRUE(result.findings.empty()) << result.findings.front().message;
  }
}

TEST_F(AuditAgainst, DriftAndNewCategoriesAreFound) {
  const auto result = against(rows(300, 7, 3, "violet"));
  EXPECT_EQ(the_finding(result, "against-range").evidence["column"], "a");
  EXPECT_EQ(the_finding(result, "against-category").evidence["column"], "colour");
  EXPECT_GE(findings_of(result, "against-drift").size(), 2u);
}

TEST_F(AuditAgainst, OtherColumnsAreFound) {
  const auto result = against("a,colour,z\n" + [] {
    std::string text;
    for (int i = 0; i < 60; ++i) text += std::to_string(i % 7) + ",red,1\n";
    return text;
  }());
  const auto schema = findings_of(result, "against-schema");
  ASSERT_EQ(schema.size(), 2u);
  EXPECT_EQ(schema[0].evidence["missing"], Json::array({"b"}));
  EXPECT_EQ(schema[1].evidence["extra"], Json::array({"z"}));
}

TEST_F(AuditAgainst, TypesAndGapsAreFound) {
  std::string text = "a,b,colour\n";
  for (int i = 0; i < 100; ++i) {
    text += std::to_string(0.01 * i) + "," + (i == 50 ? "many" : "20") + "," +
            (i % 2 ? "" : "red") + "\n";
  }
  const auto result = against(text);
  EXPECT_EQ(the_finding(result, "against-type").evidence["column"], "b");
  EXPECT_EQ(the_finding(result, "against-missing").evidence["column"], "colour");
}

TEST(AuditAgainstNothing, IsAUsersMistake) {
  PhaseOverFiles phase;
  phase.write("train.csv", rows(200, 1));
  phase.against = phase.write("new.csv", rows(100, 2)).string();
  EXPECT_THROW(phase.run("audit"), Error);
}

// Against the exact distance of the two samples, scipy.stats.ks_2samp's statistic.
TEST(AgainstQuantiles, AgreesWithTheTwoSampleDistance) {
  Rng rng(3, "quantiles");
  std::vector<double> recorded(2000), values(700), grid;
  for (double& value : recorded) value = rng.normal();
  for (double& value : values) value = 0.4 + rng.normal();
  std::sort(recorded.begin(), recorded.end());
  for (int i = 0; i <= 200; ++i) grid.push_back(quantile(recorded, i / 200.0));
  EXPECT_NEAR(phase::audit::distance_to_quantiles(grid, values),
              kolmogorov_smirnov(recorded, values).distance, 0.006);
}

}  // namespace
}  // namespace dlwork
