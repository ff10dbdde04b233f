#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "dlwork/spec/audit_thresholds.h"
#include "limits.h"
#include "planted.h"

/// Flaws planted one at a time, each of which its check must find.
namespace dlwork::testing {
namespace {

using artefact::Severity;
using ::testing::HasSubstr;

TEST(AuditFinds, NothingWrongWithCleanSamples) {
  const auto result = audit_with("", kNothing);
  for (const auto& finding : result.findings) {
    EXPECT_NE(finding.severity, Severity::kError) << finding.id << ": " << finding.message;
    EXPECT_TRUE(finding.checked) << finding.message;
  }
}

TEST(AuditFinds, TheSameTwice) {
  const auto text = [](const artefact::PhaseResult& result) {
    std::string all;
    for (const auto& finding : result.findings) {
      all += finding.id + finding.message + finding.evidence.dump();
    }
    return all;
  };
  EXPECT_EQ(text(audit_with("", kNothing)), text(audit_with("", kNothing)));
}

TEST(AuditFinds, HeadersAmongTheRows) {
  PhaseOverFiles phase;
  phase.write("train.csv", file(300, 1, "d", [](const Sample& s) {
                             return s.index % 2 ? "x" : "z";
                           }) + "1,2,3,d,yes\n");
  const auto found = the_finding(phase.run("audit"), "header-as-data");
  EXPECT_EQ(found.severity, Severity::kError);
  EXPECT_THAT(found.message, HasSubstr("train.csv:302"));
}

TEST(AuditFinds, TextsAmongNumbers) {
  const auto mixed = audit_with("d", [](const Sample& s) {
    return s.index == 40 ? "about 7" : number_text(std::floor(100 * s.c));
  });
  EXPECT_EQ(the_finding(mixed, "type-mixed").evidence["samples"], 1);
  EXPECT_THAT(the_finding(mixed, "type-mixed").message, HasSubstr("'about 7'"));
  const auto dressed =
      audit_with("d", [](const Sample& s) { return number_text(std::floor(100 * s.c)) + " cm"; });
  EXPECT_EQ(the_finding(dressed, "numeric-as-text").severity, Severity::kWarn);
  const auto words = audit_with("d", [](const Sample& s) {
    return s.index % 50 == 0 ? "unknown" : number_text(std::floor(100 * s.c));
  });
  EXPECT_EQ(the_finding(words, "missing-token-mixed").severity, Severity::kError);
}

TEST(AuditFinds, CodesForMissing) {
  const auto result = audit_with("d", [](const Sample& s) {
    return s.index % 20 == 0 ? "-999" : number_text(20 + 5 * s.c + s.a);
  });
  const auto found = the_finding(result, "missing-sentinel-code");
  EXPECT_EQ(found.evidence["value"], -999);
  EXPECT_EQ(found.evidence["column"], "d");
  // Zeros where other values begin at about 15, as in measurements of people.
  const auto zeros = audit_with("d", [](const Sample& s) {
    return s.index % 10 == 0 ? "0" : number_text(std::round(20 + 5 * s.c + s.a));
  });
  EXPECT_EQ(the_finding(zeros, "missing-sentinel-code").evidence["value"], 0);
}

TEST(AuditFinds, CutOffValues) {
  const auto result =
      audit_with("d", [](const Sample& s) { return number_text(std::min(1.0, s.a)); });
  const auto found = the_finding(result, "value-censored");
  EXPECT_EQ(found.evidence["value"], 1);
}

TEST(AuditFinds, TwoUnitsInOneColumn) {
  for (const double factor : {2.54, 1000.0}) {
    const auto result = audit_with("height", [&](const Sample& s) {
      const double height = 170 + 8 * s.a;
      return number_text(s.index % 10 == 0 ? height / factor : height);
    });
    const auto found = the_finding(result, "mixed-units");
    EXPECT_EQ(found.evidence["factor"], factor);
    EXPECT_EQ(found.evidence["samples"], 54);  // of 540 training samples
  }
}

/// Hours a week, some of them in minutes or in tens: the scales overlap, and no gap parts them.
TEST(AuditFinds, TwoUnitsWhoseValuesMeet) {
  const auto result = audit_with("hours", [](const Sample& s) {
    const double hours = std::clamp(40 + 12 * s.a, 1.0, 99.0) + (s.index % 50 == 3 ? 55 : 0);
    return number_text(s.index % 10 == 0 ? std::round(hours) * 60 : std::round(hours));
  });
  const auto found = the_finding(result, "mixed-units");
  EXPECT_EQ(found.evidence["factor"], 60);
  EXPECT_EQ(found.evidence["samples"], 54);
}

TEST(AuditFinds, DatesThatCannotBe) {
  const auto result = audit_with("day", [](const Sample& s) {
    if (s.index == 33) return std::string("2023-02-30");
    if (s.index == 77) return std::string("1066-10-14");
    return "2021-" + std::string(s.index % 2 ? "03" : "11") + "-" +
           std::to_string(10 + s.index % 18);
  });
  EXPECT_TRUE(has(result, "date-as-text"));
  EXPECT_EQ(the_finding(result, "date-implausible").evidence["samples"], 2);
}

TEST(AuditFinds, TablesNameTheUnitsOfColumns) {
  PhaseOverFiles phase;
  write_small(phase, "", kNothing);
  phase.project.data.columns["b"].unit = "cm";
  const auto result = phase.run("audit");
  for (const char* id : {"ranges", "normalisation"}) {
    const auto rows = the_table(result, id).rows;
    ASSERT_EQ(rows.size(), 3u) << id;
    EXPECT_EQ(rows[0][0], "a") << id;
    EXPECT_EQ(rows[1][0], "b (cm)") << id;
  }
}

/// Categories and classes that differ by a sign are not spellings of one, and no mending joins
/// them.
TEST(AuditFinds, SignsThatTellValuesApart) {
  const char* kNames[] = {"C", "C++", "C#", "A+", "A-"};
  const Row more = [&](const Sample& s) { return std::string(kNames[s.index % 5]); };
  const Row income = [](const Sample& s) { return std::string(s.yes ? ">50K" : "<=50K"); };
  PhaseOverFiles phase;
  write_small(phase, "d", more, income);
  phase.fix = true;
  const auto result = phase.run("audit");
  EXPECT_FALSE(has(result, "category-variants"));
  EXPECT_FALSE(has(result, "class-variants"));
  EXPECT_EQ(the_finding(result, "data-mended").evidence["cells"], 0);
  EXPECT_EQ(read_file(phase.folder->file("fixed") / "train.csv"), phase.read("train.csv"));
  const auto dotted = audit_small("d", more, [](const Sample& s) {
    return std::string(s.yes ? (s.index % 2 ? ">50K." : ">50K") : "<=50K");
  });
  EXPECT_EQ(the_finding(dotted, "class-variants").evidence["sets"],
            Json::parse(R"([[">50K", ">50K."]])"));
}

TEST(AuditFinds, FaultyTexts) {
  const Row more = [](const Sample& s) {
    const char* kWords[] = {"copper", "Copper", "silver", "platinum"};
    if (s.index == 5) return std::string("platinmu");
    if (s.index % 100 == 6) return std::string("\"silver \"");
    if (s.index % 50 == 7) return std::string("caf\xC3\x83\xC2\xA9");
    return std::string(kWords[s.index % 4]);
  };
  PhaseOverFiles phase;
  phase.write("train.csv", file(600, 1, "d", more));
  phase.write("test.csv", file(300, 2, "d", more));
  phase.project.data.test.paths = {"test.csv"};
  const auto result = phase.run("audit");
  EXPECT_THAT(the_finding(result, "category-variants").message, HasSubstr("'copper' and 'Copper'"));
  EXPECT_THAT(the_finding(result, "category-typo").message,
              HasSubstr("'platinmu' (1) for 'platinum'"));
  // Rows of the training part are samples of the first file.
  const auto count = [&](auto holds) {
    return std::count_if(phase.train_rows.begin(), phase.train_rows.end(), holds);
  };
  const auto garbled = count([](std::int64_t row) { return row % 50 == 7; });
  const auto edged = count([](std::int64_t row) { return row % 100 == 6; });
  const auto mojibake = the_finding(result, "text-mojibake");
  EXPECT_EQ(mojibake.severity, Severity::kWarn);
  EXPECT_EQ(mojibake.evidence["column"], "d");
  EXPECT_EQ(mojibake.evidence["samples"], garbled);
  const auto rare = the_finding(result, "category-rare");
  EXPECT_EQ(rare.severity, Severity::kInfo);
  EXPECT_EQ(rare.evidence["column"], "d");
  // Fewer than ten: the slip, the word with a blank behind it, and the garbled one at times.
  EXPECT_EQ(rare.evidence["categories"], garbled < 10 ? 3 : 2);
  EXPECT_EQ(rare.evidence["samples"], 1 + edged + (garbled < 10 ? garbled : 0));
  EXPECT_THAT(rare.message, HasSubstr("'platinmu' (1)"));
}

TEST(AuditFinds, OneClassInTwoSpellings) {
  const auto result = audit_with("", kNothing, [](const Sample& s) {
    return std::string(s.yes ? (s.index % 2 ? "yes." : "yes") : "no");
  });
  EXPECT_EQ(the_finding(result, "class-variants").severity, Severity::kError);
}

TEST(AuditFinds, GapsThatTell) {
  const auto result = audit_with("d,e,f", [](const Sample& s) {
    const bool gap = s.yes ? s.index % 10 != 0 : s.index % 10 == 0;
    return (gap ? std::string(",,") : number_text(s.c) + "," + number_text(s.a) + ",") +
           (gap ? "1" : "0");
  });
  EXPECT_EQ(findings_of(result, "missing-by-class").size(), 2u);
  EXPECT_EQ(findings_of(result, "leak-missingness").size(), 2u);
  EXPECT_TRUE(has(result, "missing-cooccurrence"));
  EXPECT_EQ(findings_of(result, "column-mask-pair").size(), 2u);
  EXPECT_TRUE(has(result, "rows-complete-few"));
}

TEST(AuditFinds, GapsThatDifferBetweenParts) {
  PhaseOverFiles phase;
  const auto often = [](const Sample& s) { return s.index % 2 ? std::string() : number_text(s.c); };
  const auto never = [](const Sample& s) { return number_text(s.c); };
  phase.write("train.csv", file(600, 1, "d", never));
  phase.write("test.csv", file(300, 2, "d", often));
  phase.project.data.test.paths = {"test.csv"};
  EXPECT_EQ(the_finding(phase.run("audit"), "missing-shift-split").evidence["part"], "test");
}

TEST(AuditFinds, SkewWithItsRemedy) {
  const auto result =
      audit_with("d", [](const Sample& s) { return number_text(std::exp(1.5 * s.a)); });
  const auto found = the_finding(result, "value-skew");
  EXPECT_LT(std::abs(found.evidence["skewness_after"].get<double>()), 1);
  const auto zeros = audit_with(
      "d", [](const Sample& s) { return s.c < 0.7 ? std::string("0") : number_text(s.a * s.a); });
  EXPECT_NEAR(the_finding(zeros, "value-zero-inflated").evidence["share"].get<double>(), 0.7, 0.05);
}

TEST(AuditFinds, SamplesThatAreNearlyOne) {
  PhaseOverFiles phase;
  std::string train = file(600, 1, "", kNothing);
  for (const Sample& s : draw(30, 1)) {  // the first thirty once more, a little off
    Sample near = s;
    near.a += 1e-4;
    train += base(near) + "," + label(near) + "\n";
  }
  phase.write("train.csv", train);
  phase.write("test.csv", file(300, 2, "", kNothing));
  phase.project.data.test.paths = {"test.csv"};
  phase.project.data.validation.amount = spec::Amount{5, false};
  const auto found = the_finding(phase.run("audit"), "duplicate-near");
  EXPECT_EQ(found.severity, Severity::kWarn);
  EXPECT_GE(found.evidence["near"].get<int>(), 50);
}

TEST(AuditFinds, WrongLabels) {
  Rng rng(5, "flips");
  std::vector<bool> flipped;
  const auto result = audit_with("", kNothing, [&](const Sample& s) {
    flipped.push_back(rng.uniform() < 0.1 && std::abs(s.a + s.b) > 1);
    return std::string(s.yes != flipped.back() ? "yes" : "no");
  });
  const auto found = findings_of(result, "label-noise");
  ASSERT_FALSE(found.empty());
  int right = 0;
  const auto rows = found.front().evidence["rows"];
  for (const auto& place : rows) {
    const std::string text = place;
    const auto line = std::stoul(text.substr(text.rfind(':') + 1));
    right += flipped[line - 2] ? 1 : 0;
  }
  EXPECT_GE(right, 9) << rows.dump();  // of the ten most doubtful
}

/// Nobody errs: r1 labels with r2 to r6 or with r7, and samples of r8 are labelled by r8 alone.
TEST(AuditFinds, NobodyOutsideAmongPeopleWhoShareFewSamples) {
  PhaseOverFiles phase;
  const auto people = [](const Sample& s) {
    const bool alone = s.index % 10 == 9, pair = !alone && s.index % 2 == 1;
    const std::string given = label(s);
    std::string cells = alone ? "" : given;
    for (int person = 2; person <= 6; ++person) cells += "," + (alone || pair ? "" : given);
    return cells + "," + (pair ? given : "") + "," + (alone ? given : "");
  };
  phase.write("train.csv", file(300, 1, "r1,r2,r3,r4,r5,r6,r7,r8", people));
  phase.project.audit.annotators = {"r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8"};
  phase.project.data.inputs = {"a", "b", "c"};
  const auto result = phase.run("audit");
  EXPECT_FALSE(has(result, "label-annotator-outlier"));
  EXPECT_FALSE(has(result, "label-agreement"));
  EXPECT_EQ(result.values["label_agreement"], 1);
  EXPECT_EQ(result.values["label_kappas"]["cohen"]["r1"], 1);
  EXPECT_EQ(result.values["label_kappas"]["cohen"]["r7"], 1);
  EXPECT_TRUE(result.values["label_kappas"]["cohen"]["r8"].is_null());
  EXPECT_TRUE(result.values["label_kappas"]["fleiss"].is_null());
  const auto rows = the_table(result, "agreement").rows;
  ASSERT_EQ(rows.size(), 10u);
  EXPECT_EQ(rows[0], (std::vector<std::string>{"Krippendorff's alpha", "1", "1 to 1"}));
  EXPECT_EQ(rows[8][0], "Cohen's kappa of r7 with the others, mean");
  EXPECT_EQ(rows[8][1], "1");
  EXPECT_EQ(rows[9][1], "-");
}

TEST(AuditFinds, PeopleWhoDisagree) {
  PhaseOverFiles phase;
  Rng rng(6, "people");
  const auto people = [&](const Sample& s) {
    const auto other = [&](double chance) {
      return std::string(s.yes != (rng.uniform() < chance) ? "yes" : "no");
    };
    return label(s) + "," + other(0.1) + "," + other(0.1) + "," + other(0.5);
  };
  phase.write("train.csv", file(600, 1, "r1,r2,r3,r4", people));
  phase.project.audit.annotators = {"r1", "r2", "r3", "r4"};
  phase.project.data.inputs = {"a", "b", "c"};
  const auto result = phase.run("audit");
  EXPECT_EQ(the_finding(result, "label-agreement").severity, Severity::kError);
  EXPECT_EQ(the_finding(result, "label-annotator-outlier").evidence["annotator"], "r4");
  EXPECT_FALSE(has(result, "annotator-is-input"));
  run_rounds(phase, result,
             {
                 {1, "agreement_error", -1, "label-agreement", "", Becomes::kWarn},
                 {2, "agreement_info", -1, "label-agreement", "", Becomes::kGone},
                 {1, "annotator_deviations", 1e6, "label-annotator-outlier", "", Becomes::kGone},
             });
  phase.project.data.inputs = {};
  EXPECT_EQ(findings_of(phase.run("audit"), "annotator-is-input").size(), 4u);
}

TEST(AuditFinds, ColumnsThatGiveTheAnswerAway) {
  const auto copy = audit_with("d", [](const Sample& s) { return s.yes ? "1" : "0"; });
  EXPECT_EQ(the_finding(copy, "leak-target-copy").evidence["column"], "d");
  EXPECT_EQ(the_finding(copy, "leak-single-feature").severity, Severity::kError);
  const auto nearly =
      audit_with("d", [](const Sample& s) { return number_text((s.yes ? 1 : -1) + 0.2 * s.c); });
  EXPECT_EQ(the_finding(nearly, "leak-single-feature").evidence["column"], "d");
  EXPECT_EQ(the_finding(nearly, "leak-single-feature").severity, Severity::kError);
  const auto body = audit_with("body", [](const Sample& s) {
    return s.yes && s.c < 0.3 ? number_text(s.index) : std::string();
  });
  EXPECT_FALSE(has(audit_with("", kNothing), "leak-single-feature"));
  EXPECT_FALSE(has(body, "leak-target-copy"));
}

TEST(AuditFinds, TargetsThatNothingTells) {
  Rng rng(9, "coins");
  const auto result = audit_with(
      "", kNothing, [&](const Sample&) { return std::string(rng.uniform() < 0.5 ? "yes" : "no"); });
  EXPECT_EQ(the_finding(result, "target-unlearnable").severity, Severity::kError);
}

TEST(AuditFinds, ScalingBeforeTheSplit) {
  std::vector<Sample> samples = draw(500, 1);
  double sum = 0, square = 0;
  for (const Sample& s : samples) sum += s.c;
  for (const Sample& s : samples) square += (s.c - sum / 500) * (s.c - sum / 500);
  const double deviation = std::sqrt(square / 500);
  std::ostringstream text;
  text.precision(17);
  text << "a,b,c,y\n";
  for (const Sample& s : samples) {
    text << s.a << "," << s.b << "," << (s.c - sum / 500) / deviation << "," << label(s) << "\n";
  }
  PhaseOverFiles phase;
  phase.write("train.csv", text.str());
  EXPECT_EQ(the_finding(phase.run("audit"), "leak-preproc-scope").evidence["columns"],
            Json::array({"c"}));
}

TEST(AuditFinds, GroupsOnBothSides) {
  PhaseOverFiles phase;
  Rng rng(9, "patients");
  std::vector<double> offset(30);
  std::vector<bool> sick(30);
  for (int i = 0; i < 30; ++i) {
    offset[i] = 10 * rng.normal();
    sick[i] = rng.uniform() < 0.5;
  }
  std::string text = "a,b,patient,y\n";
  for (int i = 0; i < 900; ++i) {
    const int who = static_cast<int>(rng.below(30));
    text += number_text(offset[who] + 0.1 * rng.normal()) + "," + number_text(rng.normal()) + ",P" +
            std::to_string(who) + "," + (sick[who] ? "yes" : "no") + "\n";
  }
  phase.write("train.csv", text);
  phase.project.data.inputs = {"a", "b"};
  const auto result = phase.run("audit");
  const auto overlap = findings_of(result, "leak-group-overlap");
  ASSERT_EQ(overlap.size(), 2u);
  EXPECT_EQ(overlap[0].evidence["column"], "patient");
  EXPECT_EQ(overlap[0].severity, Severity::kWarn);
}

TEST(AuditFinds, PartsFromTwoPopulations) {
  PhaseOverFiles phase;
  phase.write("train.csv",
              file(600, 1, "d", [](const Sample& s) { return number_text(s.c + s.a); }));
  phase.write("test.csv",
              file(300, 2, "d", [](const Sample& s) { return number_text(s.c + s.a + 2.5); }));
  phase.project.data.test.paths = {"test.csv"};
  const auto result = phase.run("audit");
  EXPECT_EQ(the_finding(result, "drift-feature-split").evidence["column"], "d");
  EXPECT_EQ(the_finding(result, "drift-psi").severity, Severity::kWarn);
  EXPECT_EQ(the_finding(result, "drift-wasserstein").evidence["column"], "d");
  const auto apart = the_finding(result, "leak-adversarial");
  EXPECT_EQ(apart.severity, Severity::kError);
  EXPECT_EQ(apart.evidence["telling"][0]["column"], "d");
  EXPECT_THAT(apart.message, HasSubstr("most by d"));
  EXPECT_TRUE(has(result, "split-range-exceeded"));
  // d is a + c, so the shift of 2.4 deviations leads 1.7 off the plane of all training samples.
  const auto hole = the_finding(result, "space-hole");
  EXPECT_EQ(hole.severity, Severity::kWarn);
  EXPECT_GT(hole.evidence["share"], 0.9);
  EXPECT_LT(hole.evidence["reach"], 1.7);
  EXPECT_EQ(hole.evidence["train_samples"], phase.train_rows.size());
  EXPECT_EQ(hole.evidence["test_samples"], 300);
  EXPECT_EQ(hole.evidence["rows"].size(), 10u);
}

TEST(AuditFinds, RelationsThatChange) {
  PhaseOverFiles phase;
  phase.write("train.csv",
              file(600, 1, "d", [](const Sample& s) { return number_text(s.c + s.a); }));
  phase.write("test.csv",
              file(300, 2, "d", [](const Sample& s) { return number_text(s.c - s.a); }));
  phase.project.data.test.paths = {"test.csv"};
  const auto found = the_finding(phase.run("audit"), "drift-relation-split");
  EXPECT_EQ(found.severity, Severity::kInfo);
  EXPECT_EQ(found.evidence["column"], "a");
  EXPECT_EQ(found.evidence["with"], "d");
  EXPECT_EQ(found.evidence["part"], "test");
  // c is even in [0, 1], so the correlation is 1 / sqrt(1 + 1 / 12).
  EXPECT_NEAR(found.evidence["train"], 0.961, 0.02);
  EXPECT_NEAR(found.evidence["other"], -0.961, 0.02);
  EXPECT_LT(found.evidence["p_adjusted"], 1e-12);
}

TEST(AuditFinds, ColumnsThatFollowFromOthers) {
  const auto result =
      audit_with("d", [](const Sample& s) { return number_text(2 * s.a + 1e-3 * s.c); });
  EXPECT_EQ(the_finding(result, "column-collinear").evidence["count"], 1);
  EXPECT_TRUE(has(result, "column-variance-inflation"));
  // d follows from a and c, so but for rounding, which counts as 1e-12, an eigenvalue is 0.
  const auto condition = the_finding(result, "column-condition");
  EXPECT_EQ(condition.severity, Severity::kInfo);
  EXPECT_NEAR(condition.evidence["condition"], 1e12, 1e6);
  EXPECT_EQ(condition.evidence["columns"], 4);
}

TEST(AuditFinds, PersonalData) {
  const auto result = audit_with("note,surname", [](const Sample& s) {
    return (s.index % 9 == 0 ? "write to p" + std::to_string(s.index) + "@example.org" : "fine") +
           std::string(",") + (s.index % 2 ? "Miller" : "Smith");
  });
  const auto found = the_finding(result, "text-personal-data");
  EXPECT_EQ(found.evidence["kind"], "e-mail address");
  EXPECT_EQ(found.evidence.dump().find("example.org"), std::string::npos);
  EXPECT_EQ(the_finding(result, "column-personal-data").evidence["column"], "surname");
}

TEST(AuditFinds, ValuesAndGapsAgainstTheDeclaredRange) {
  PhaseOverFiles phase;
  phase.write("train.csv", file(600, 1, "d", [](const Sample& s) {
                return s.index == 17 ? std::string("12") : number_text(5 * s.c);
              }));
  phase.project.data.columns["d"].range = {0, 10};
  const auto result = phase.run("audit");
  const auto beyond = the_finding(result, "out-of-declared-range");
  EXPECT_EQ(beyond.severity, Severity::kError);
  EXPECT_THAT(beyond.message, HasSubstr("train.csv:19"));
  const auto empty = the_finding(result, "space-range-coverage");
  EXPECT_EQ(empty.severity, Severity::kError);  // half of the range is empty
  EXPECT_EQ(empty.evidence["empty"].size(), 5u);
}

TEST(AuditFinds, MoreOrLessByItsThresholds) {
  PhaseOverFiles phase;
  phase.write("train.csv", file(600, 1, "d", [](const Sample& s) {
                return s.index % 10 == 0 ? std::string() : number_text(s.c);
              }));
  EXPECT_EQ(the_finding(phase.run("audit"), "missing-rate").severity, Severity::kInfo);
  phase.project.audit.thresholds.missing_warn = 0.08;
  EXPECT_EQ(the_finding(phase.run("audit"), "missing-rate").severity, Severity::kWarn);
  phase.project.audit.thresholds.missing_info = 0.5;
  EXPECT_FALSE(has(phase.run("audit"), "missing-rate"));
}

TEST(AuditThresholds, EachDecidesOnAFindingOfTheAudit) {
  for (const auto& threshold : spec::audit_thresholds()) {
    const auto* info = artefact::find_finding(threshold.finding);
    ASSERT_NE(info, nullptr) << threshold.key << " decides on " << threshold.finding;
    EXPECT_EQ(info->phase, "audit") << threshold.key;
    EXPECT_FALSE(threshold.help.empty()) << threshold.key;
  }
}

TEST(AuditThresholds, ThereAreAHundredFindings) {
  int count = 0;
  for (const auto& info : artefact::finding_infos()) count += info.phase == "audit" ? 1 : 0;
  EXPECT_GE(count, 100);
}

}  // namespace
}  // namespace dlwork::testing
