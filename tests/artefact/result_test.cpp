#include "dlwork/artefact/result.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "dlwork/base/rng.h"

namespace dlwork::artefact {
namespace {

using ::testing::HasSubstr;

PhaseResult full_result() {
  PhaseResult result;
  result.phase = "audit";
  result.verdict = Verdict::kWarn;
  result.headline = "2 findings, \"quoted\" — ok";
  Finding finding = make_finding("goal-missing", Severity::kWarn, "no target",
                                 {{"rows", {1, 2, 3}}, {"share", 0.1}});
  finding.key = "goal.target";
  finding.at = {"project.yaml", 4, 3};
  finding.waived = "later";
  finding.checked = false;
  result.findings = {finding, make_finding("goal-missing", Severity::kError, "no metric")};
  result.metrics = {{"accuracy", 0.1 + 0.2, 0.29, 0.31, "test", 10'000, "network", true},
                    {"loss", 1e-300, std::nullopt, std::nullopt, "train", 0, "", false}};
  result.artefacts = {{"model", "model.safetensors", "the best epoch"}};
  result.tables = {{"classes",
                    "Classes",
                    {"class", "rows"},
                    {false, true},
                    {{"coat", "6,000"}, {"bag", "6,000"}},
                    "all there"}};
  result.figures = {{"pca", "PCA", "lines", {{"x_label", "components"}}, "steep"}};
  result.next = {"dlwork analogy", "the data are clean"};
  result.values = {{"subset", {5, 7}}};
  result.record = {{"seed", std::numeric_limits<std::uint64_t>::max()}};
  return result;
}

PhaseResult read_back(const PhaseResult& result) {
  return result_from_json(parse_json(json_text(to_json(result), 2), "r.json"), "r.json");
}

TEST(Result, RoundTripsExactly) {
  const PhaseResult result = full_result();
  const PhaseResult again = read_back(result);
  EXPECT_EQ(to_json(again), to_json(result));
  EXPECT_EQ(json_text(to_json(again)), json_text(to_json(result)));
  EXPECT_EQ(again.metrics[0].value, 0.1 + 0.2);
  EXPECT_EQ(again.metrics[0].low, 0.29);
  EXPECT_EQ(again.metrics[1].low, std::nullopt);
  EXPECT_EQ(again.metrics[1].value, 1e-300);
  EXPECT_EQ(again.findings[0].at.line, 4);
  EXPECT_FALSE(again.findings[0].checked);
  EXPECT_EQ(again.tables[0].rows[1][0], "bag");
  EXPECT_EQ(again.record.at("seed"), std::numeric_limits<std::uint64_t>::max());
}

TEST(Result, OrdersFindingsAsTheyAreListed) {
  const auto standing = [](Severity severity, bool checked = true, const char* waived = "") {
    Finding finding = make_finding("goal-missing", severity, "");
    finding.checked = checked;
    finding.waived = waived;
    return standing_of(finding);
  };
  const std::vector<Standing> listed{
      standing(Severity::kError), standing(Severity::kInfo, false), standing(Severity::kWarn),
      standing(Severity::kError, false, "known"), standing(Severity::kInfo)};
  EXPECT_EQ(listed, (std::vector<Standing>{Standing::kError, Standing::kUnchecked, Standing::kWarn,
                                           Standing::kWaived, Standing::kInfo}));
  EXPECT_TRUE(std::is_sorted(listed.begin(), listed.end()));
}

TEST(Result, NamesItsSchemaFirst) {
  const std::string text = json_text(to_json(PhaseResult{}));
  EXPECT_EQ(text.find(R"({"schema":"dlwork/result/1","phase":"","verdict":"pass")"), 0u);
}

TEST(Result, WritesNoNumberAsNullAndReadsItAsNaN) {
  PhaseResult result = full_result();
  result.metrics[0].value = std::nan("");
  result.metrics[0].low = -std::numeric_limits<double>::infinity();
  const Json json = to_json(result);
  EXPECT_TRUE(json.at("metrics")[0].at("value").is_null());
  const PhaseResult again = read_back(result);
  EXPECT_TRUE(std::isnan(again.metrics[0].value));
  ASSERT_TRUE(again.metrics[0].low.has_value());
  EXPECT_TRUE(std::isnan(*again.metrics[0].low));
}

TEST(Result, KeepsTextThatIsNoUtf8Readable) {
  PhaseResult result;
  result.headline =
      "Gr\xf6\xdf"
      "e";
  EXPECT_EQ(read_back(result).headline,
            "Gr\ufffd\ufffd"
            "e");
}

void expect_refused(const Json& json, const std::string& key, const std::string& message) {
  try {
    result_from_json(json, "r.json");
    FAIL() << "accepted: " << key;
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::kInput);
    EXPECT_EQ(error.diagnostics()[0].at.file, "r.json");
    EXPECT_EQ(error.diagnostics()[0].key, key);
    EXPECT_THAT(error.what(), HasSubstr(message));
  }
}

TEST(Result, SaysWhatIsWrongAndWhere) {
  const Json good = to_json(full_result());
  const auto broken = [&good](const char* pointer, const Json& value) {
    Json json = good;
    json[Json::json_pointer(pointer)] = value;
    return json;
  };
  expect_refused(Json::array(), "", "names no schema");
  expect_refused(broken("/schema", "dlwork/result/2"), "schema", "'dlwork/result/2'");
  expect_refused(broken("/verdict", "fine"), "verdict", "unknown value 'fine'");
  expect_refused(broken("/findings/1/severity", 3), "findings[1].severity",
                 "must be text, not number");
  expect_refused(broken("/findings/0/at/line", 1e300), "findings[0].at.line", "whole number");
  expect_refused(broken("/findings/0/at/line", 1ull << 40), "findings[0].at.line", "out of range");
  expect_refused(broken("/metrics/0/count", std::numeric_limits<std::uint64_t>::max()),
                 "metrics[0].count", "64 bits");
  expect_refused(broken("/tables/0/rows/1/0", nullptr), "tables[0].rows[1][0]", "must be text");
  expect_refused(broken("/next", Json::array()), "next", "must be an object");
  expect_refused(broken("/values", nullptr), "values", "missing");
  Json cut = good;
  cut.erase("headline");
  expect_refused(cut, "headline", "missing");
}

// Every value of a good document is replaced by each kind of value: an error or a result, always.
TEST(Result, SurvivesAnyDocument) {
  const Json good = to_json(full_result());
  const Json flat = good.flatten();
  const std::vector<Json> strangers{nullptr,       true, -1, 1e308, "text", Json::array({Json()}),
                                    Json::object()};
  int refused = 0;
  for (const auto& [pointer, value] : flat.items()) {
    for (Json::json_pointer at(pointer); !at.empty(); at.pop_back()) {
      for (const Json& stranger : strangers) {
        Json json = good;
        json[at] = stranger;
        try {
          result_from_json(json, "r.json");
        } catch (const Error& error) {
          EXPECT_EQ(error.status(), ExitStatus::kInput);
          ++refused;
        }
      }
    }
  }
  EXPECT_GT(refused, 300);
}

TEST(Json, NamesThePlaceOfASyntaxError) {
  try {
    parse_json("{\"a\": 1,\n \"b\": }", "x.json");
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "x.json:2:7: error: this is not valid JSON here");
  }
  EXPECT_THROW(parse_json("", "x.json"), Error);
  EXPECT_THROW(parse_json("[1e999]", "x.json"), Error);
}

TEST(Json, RefusesDocumentsThatAreTooDeep) {
  const std::string deep(1'000'000, '[');
  EXPECT_THROW(parse_json(deep, "x.json"), Error);
  const std::string fine = std::string(100, '[') + std::string(100, ']');
  EXPECT_EQ(json_text(parse_json(fine, "x.json")), fine);
}

TEST(Json, SurvivesAnyBytes) {
  const std::string good = json_text(to_json(full_result()));
  Rng rng(1, "bytes");
  for (int i = 0; i < 3000; ++i) {
    std::string bytes = good.substr(0, rng.below(good.size()) + 1);
    for (int change = 0; change < 3; ++change) {
      bytes[rng.below(bytes.size())] = static_cast<char>(rng.below(256));
    }
    try {
      result_from_json(parse_json(bytes, "r.json"), "r.json");
    } catch (const Error& error) {
      EXPECT_EQ(error.status(), ExitStatus::kInput);
    }
  }
}

}  // namespace
}  // namespace dlwork::artefact
