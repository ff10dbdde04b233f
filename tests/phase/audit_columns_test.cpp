#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "planted.h"

/// What is wrong with columns and their values.
namespace dlwork::testing {
namespace {

using artefact::Severity;
using ::testing::HasSubstr;

TEST(AuditColumns, NoneOfTheseOnCleanSamples) {
  const auto result = audit_with("", kNothing);
  for (const char* id :
       {"column-associated", "category-high-cardinality", "value-outlier-share", "row-all-missing",
        "row-mostly-missing", "text-edge-space", "string-length-outlier", "column-numeric-category",
        "value-heavy-tail", "value-scale-disparity", "outlier-isolation", "row-order-non-iid",
        "date-implausible"}) {
    EXPECT_FALSE(has(result, id)) << id;
  }
}

TEST(AuditColumns, CategoriesThatGoTogether) {
  const auto result = audit_small("d,e", [](const Sample& s) {
    const bool x = s.c < 0.5;
    return std::string(x ? "x," : "z,") + (x != (s.index % 60 == 0) ? "p" : "q");
  });
  const auto found = the_finding(result, "column-associated");
  EXPECT_EQ(found.severity, Severity::kInfo);
  EXPECT_EQ(found.evidence["column"], "e");
  EXPECT_EQ(found.evidence["with"], "d");
  EXPECT_NEAR(found.evidence["effect"], 1 - 2.0 / 60, 0.02);
}

TEST(AuditColumns, ManyCategoriesAndOneLongText) {
  const auto result = audit_small("d,e", [](const Sample& s) {
    return "kind" + std::to_string(s.index % 60) + "," +
           (s.index == 70 ? std::string(120, 'x') : "name" + std::to_string(100 + s.index % 80));
  });
  const auto many = findings_of(result, "category-high-cardinality");
  ASSERT_EQ(many.size(), 2u);
  EXPECT_EQ(many[0].severity, Severity::kWarn);
  EXPECT_EQ(many[0].evidence["column"], "d");
  EXPECT_EQ(many[0].evidence["categories"], 60);
  const auto odd = the_finding(result, "string-length-outlier");
  EXPECT_EQ(odd.severity, Severity::kInfo);
  EXPECT_EQ(odd.evidence["samples"], 1);
  EXPECT_EQ(odd.evidence["median_bytes"], 7);
  EXPECT_EQ(odd.evidence["rows"], Json::array({"train.csv:72"}));
}

TEST(AuditColumns, ValuesFarOut) {
  const auto result = audit_small("d,e,f", [](const Sample& s) {
    return number_text(s.index % 20 == 0 ? 8 + s.c : s.a) + "," + number_text(std::exp(2.5 * s.b)) +
           "," + number_text(5000 * s.a * s.c);
  });
  std::vector<Json> columns;
  for (const auto& finding : findings_of(result, "value-outlier-share")) {
    columns.push_back(finding.evidence["column"]);
    if (finding.evidence["column"] == "d") {
      EXPECT_NEAR(finding.evidence["share"], 0.05, 0.02);
    }
  }
  EXPECT_THAT(columns, ::testing::Contains(Json("d")));
  const auto tail = the_finding(result, "value-heavy-tail");
  EXPECT_EQ(tail.evidence["column"], "e");
  EXPECT_GT(tail.evidence["excess_kurtosis"], 20);
  const auto scales = the_finding(result, "value-scale-disparity");
  EXPECT_EQ(scales.evidence["columns"], Json::array({"f", "c"}));
  // 5000 sqrt(E a^2 c^2) = 5000 sqrt(1/3) to sqrt(1/12): about 10,000.
  EXPECT_NEAR(scales.evidence["ratio"].get<double>(), 10000, 2500);
}

TEST(AuditColumns, SamplesWithoutValues) {
  PhaseOverFiles phase;
  std::string text = file(240, 1, "", kNothing) + ",,,yes\n" + "1,,,no\n";
  phase.write("train.csv", text);
  phase.write("test.csv", file(120, 2, "", kNothing));
  phase.project.data.test.paths = {"test.csv"};
  phase.write("check.csv", file(40, 3, "", kNothing));
  phase.project.data.validation.paths = {"check.csv"};
  const auto result = phase.run("audit");
  const auto none = the_finding(result, "row-all-missing");
  EXPECT_EQ(none.severity, Severity::kWarn);
  EXPECT_EQ(none.evidence["rows"], Json::array({"train.csv:242"}));
  const auto few = the_finding(result, "row-mostly-missing");
  EXPECT_EQ(few.severity, Severity::kInfo);
  EXPECT_EQ(few.evidence["rows"], Json::array({"train.csv:243"}));
}

TEST(AuditColumns, TextsWithBlanksAtTheirEnds) {
  PhaseOverFiles phase;
  write_small(phase, "d", [](const Sample& s) {
    return std::string(s.index % 40 == 7 ? "\" red\"" : s.index % 2 == 0 ? "red" : "blue");
  });
  phase.write("check.csv", file(40, 3, "d", [](const Sample&) { return "red"; }));
  phase.project.data.validation.paths = {"check.csv"};
  const auto found = the_finding(phase.run("audit"), "text-edge-space");
  EXPECT_EQ(found.severity, Severity::kWarn);
  EXPECT_EQ(found.evidence["samples"], 6);
  EXPECT_EQ(found.evidence["rows"][0], "train.csv:9");
}

TEST(AuditColumns, NumbersThatMayBeCodes) {
  const auto found =
      the_finding(audit_small("d", [](const Sample& s) { return std::to_string(s.index * 7 % 5); }),
                  "column-numeric-category");
  EXPECT_EQ(found.severity, Severity::kInfo);
  EXPECT_EQ(found.evidence["kinds"], 5);
}

TEST(AuditColumns, SamplesApartFromAllOthers) {
  const auto far = [](const Sample& s) { return s.index % 30 == 11; };
  const auto result = audit_small("d,e", [&](const Sample& s) {
    if (!far(s)) return number_text(s.a * s.b) + "," + number_text(s.c * s.a);
    const double angle = s.index;  // a ring of which none is near another
    return number_text(12 * std::cos(angle)) + "," + number_text(12 * std::sin(angle));
  });
  const auto found = the_finding(result, "outlier-multivariate");
  EXPECT_EQ(found.severity, Severity::kInfo);
  EXPECT_GE(found.evidence["far"], 5);
  EXPECT_GT(found.evidence["share"], 0.01);
  const auto one = audit_small("d,e", [](const Sample& s) {
    const bool odd = s.index == 100;
    return number_text(odd ? 60 : s.a * s.b) + "," + number_text(odd ? -60 : s.c * s.a);
  });
  const auto isolated = the_finding(one, "outlier-isolation");
  EXPECT_EQ(isolated.evidence["isolated"], 1);
  EXPECT_EQ(isolated.evidence["rows"], Json::array({"train.csv:102"}));
}

TEST(AuditColumns, NeighboursThatStandTogether) {
  const auto result = audit_small("d", [](const Sample& s) { return number_text(s.index * 0.1); });
  const auto found = the_finding(result, "row-order-non-iid");
  EXPECT_EQ(found.severity, Severity::kWarn);
  EXPECT_DOUBLE_EQ(found.evidence["p"], 1.0 / 201);
  EXPECT_LT(found.evidence["mean_gap"].get<double>(),
            0.8 * found.evidence["expected_gap"].get<double>());
}

std::string usual_date(const Sample& s) {
  return "2021-" + std::string(s.index % 2 ? "03" : "11") + "-" + std::to_string(10 + s.index % 18);
}

// Every day of the column exists, so it is read as a column of dates.
TEST(AuditColumns, DatesOfYearsThatCannotBe) {
  const Row dates = [](const Sample& s) {
    return s.index == 33 ? "1066-10-14" : s.index == 77 ? "2999-01-01" : usual_date(s);
  };
  PhaseOverFiles phase;
  phase.write("train.csv", file(240, 1, "day", dates));
  const auto found = the_finding(phase.run("audit"), "date-implausible");
  EXPECT_EQ(found.severity, Severity::kWarn);
  EXPECT_EQ(found.evidence["samples"], 2);
  EXPECT_EQ(found.evidence["texts"], Json::array({"1066-10-14", "2999-01-01"}));
  EXPECT_EQ(found.evidence["rows"], Json::array({"train.csv:35", "train.csv:79"}));
  EXPECT_THAT(found.message, HasSubstr("1066-10-14 at train.csv:35"));
  // As a column that is left out, and as that of a split by time.
  phase.project.data.inputs = {"a", "b", "c"};
  EXPECT_EQ(the_finding(phase.run("audit"), "date-implausible").evidence["samples"], 2);
  phase.project.data.split.method = "time";
  phase.project.data.columns["day"].type = "datetime";
  EXPECT_EQ(the_finding(phase.run("audit"), "date-implausible").evidence["samples"], 2);
  phase.project.audit.thresholds.date_first_year = 1000;
  EXPECT_EQ(the_finding(phase.run("audit"), "date-implausible").evidence["samples"], 1);
  phase.write("train.csv", file(240, 1, "day", usual_date));
  EXPECT_FALSE(has(phase.run("audit"), "date-implausible"));
}

}  // namespace
}  // namespace dlwork::testing
