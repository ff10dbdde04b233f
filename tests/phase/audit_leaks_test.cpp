#include <gmock/gmock.h>

#include <filesystem>
#include <functional>

#include "dlwork/base/png.h"
#include "limits.h"
#include "planted.h"

/// What tells the target, or a part from another, and should not.
namespace dlwork::testing {
namespace {

using artefact::Severity;
using ::testing::HasSubstr;

const Row kOther = [](const Sample& s) { return std::string(s.index % 2 == 0 ? "p" : "q"); };

TEST(AuditLeaks, NoneOfTheseOnCleanSamples) {
  const auto result = audit_with("d", kOther);
  for (const char* id :
       {"leak-pure-value", "leak-identifier", "leak-source-file", "leak-group-overlap",
        "leak-group-gap", "leak-time-overlap", "leak-time-gap", "leak-adversarial"}) {
    EXPECT_FALSE(has(result, id)) << id;
  }
}

TEST(AuditLeaks, ValuesThatGoWithOneClass) {
  const auto dead = [](const Sample& s) { return s.yes && s.c < 0.4; };
  const auto value = audit_small(
      "d", [&](const Sample& s) { return dead(s) ? std::string("dead") : kOther(s); }, label, 480);
  const auto found = the_finding(value, "leak-pure-value");
  EXPECT_EQ(found.severity, Severity::kInfo);
  EXPECT_EQ(found.evidence["value"], "'dead'");
  EXPECT_EQ(found.evidence["class"], "yes");
  EXPECT_NEAR(found.evidence["samples"].get<double>(), 0.2 * 432, 25);
  const auto gap = audit_small(
      "d", [&](const Sample& s) { return dead(s) ? std::string() : kOther(s); }, label, 480);
  EXPECT_EQ(the_finding(gap, "leak-pure-value").severity, Severity::kWarn);
}

TEST(AuditLeaks, ValuesThatGoWithOneClassInMostSamples) {
  const auto result = audit_small(
      "d",
      [](const Sample& s) {
        return std::string(s.c > 0.7 ? "open" : s.yes ? "dead" : "alive");
      },
      label, 480);
  const auto found = the_finding(result, "leak-pure-value");
  EXPECT_EQ(found.severity, Severity::kError);
  EXPECT_NEAR(found.evidence["share"], 0.7, 0.06);
  EXPECT_EQ(found.evidence["values"].size(), 2u);
  EXPECT_THAT(found.message, HasSubstr("'alive' (no)"));
}

std::string by_half(const Sample& s) { return s.index < 120 ? "no" : "yes"; }

TEST(AuditLeaks, IdentifiersAndRowNumbers) {
  PhaseOverFiles phase;
  const Row number = [](const Sample& s) { return std::to_string(1000 + s.index); };
  phase.write("train.csv", file(240, 1, "d", number, by_half));
  const auto result = phase.run("audit");
  const auto found = the_finding(result, "leak-identifier");
  EXPECT_EQ(found.severity, Severity::kError);
  EXPECT_EQ(found.evidence["column"], "d");
  EXPECT_GT(found.evidence["score"], 0.8);
  const auto row = the_finding(result, "leak-source-file");
  EXPECT_EQ(row.severity, Severity::kInfo);
  EXPECT_EQ(row.evidence["by"], "row number");
  // The same in the texts of a column that is carried; a shuffled number tells nothing.
  const Row name = [](const Sample& s) { return "P-" + std::to_string(1000 + s.index) + "b"; };
  phase.write("train.csv", file(240, 1, "d", name, by_half));
  phase.project.data.columns["d"].type = "id";
  const auto carried = the_finding(phase.run("audit"), "leak-identifier");
  EXPECT_EQ(carried.severity, Severity::kWarn);
  EXPECT_GT(carried.evidence["score"], 0.8);
  phase.write("train.csv", file(240, 1, "d", name));
  EXPECT_FALSE(has(phase.run("audit"), "leak-identifier"));
}

TEST(AuditLeaks, FilesOfOneClassEach) {
  PhaseOverFiles phase;
  const auto only = [](const char* name) {
    return [name](const Sample&) { return std::string(name); };
  };
  phase.write("one.csv", file(120, 1, "", kNothing, only("no")));
  phase.write("two.csv", file(120, 2, "", kNothing, only("yes")));
  phase.project.data.train.paths = {"one.csv", "two.csv"};
  const auto found = findings_of(phase.run("audit"), "leak-source-file");
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].severity, Severity::kWarn);
  EXPECT_EQ(found[0].evidence["by"], "file");
  EXPECT_GT(found[0].evidence["score"], 0.9);
  EXPECT_EQ(found[1].evidence["by"], "row number");
}

/// Twelve patients (or months), each known by a column of its own; which is ill follows no rule.
/// `first` is the cell before them.
std::string patients(const std::string& first, const std::function<int(int, Rng&)>& who_of,
                     const std::function<std::string(int, int)>& cell) {
  std::string text = first;
  for (int i = 0; i < 12; ++i) text += ",p" + std::to_string(i);
  text += ",y\n";
  Rng rng(8, "patients");
  for (int i = 0; i < 360; ++i) {
    const int who = who_of(i, rng);
    text += cell(i, who);
    for (int j = 0; j < 12; ++j) text += "," + number_text((who == j ? 1 : 0) + 0.1 * rng.normal());
    text += (who * 7 % 12 < 6) ? ",ill\n" : ",well\n";
  }
  return text;
}

struct Patients {
  PhaseOverFiles phase;
  Patients() {
    phase.write("train.csv",
                patients(
                    "patient", [](int, Rng& rng) { return static_cast<int>(rng.below(12)); },
                    [](int, int who) { return "P" + std::to_string(who); }));
  }
};

TEST(AuditLeaks, GroupsThatAreLearnedByHeart) {
  Patients patients;
  auto& columns = patients.phase.project.data.columns;
  columns["patient"].type = "ignore";
  const auto guessed = patients.phase.run("audit");
  const auto gap = the_finding(guessed, "leak-group-gap");
  EXPECT_EQ(gap.severity, Severity::kError);
  EXPECT_LT(gap.evidence["random"], 0.05);
  EXPECT_GT(gap.evidence["apart"], 0.3);
  EXPECT_NEAR(gap.evidence["gap"].get<double>(),
              gap.evidence["apart"].get<double>() - gap.evidence["random"].get<double>(), 1e-9);
  EXPECT_EQ(findings_of(guessed, "leak-group-overlap").front().severity, Severity::kWarn);
  run_rounds(patients.phase, guessed,
             {
                 {1, "gap_error", 1, "leak-group-gap", "", Becomes::kGone},
                 {2, "gap_deviations", 1e9, "leak-group-gap", "", Becomes::kGone},
             });
  // Declared, the same overlap is an error; dealt by the group there is none.
  columns["patient"].type = "group";
  EXPECT_EQ(findings_of(patients.phase.run("audit"), "leak-group-overlap").front().severity,
            Severity::kError);
  patients.phase.project.data.split.method = "group";
  const auto whole = patients.phase.run("audit");
  EXPECT_FALSE(has(whole, "leak-group-overlap"));
  EXPECT_FALSE(has(whole, "check-not-run"));
}

TEST(AuditLeaks, GroupsAmongTheInputs) {
  Patients patients;
  const auto result = patients.phase.run("audit");
  const auto overlap = findings_of(result, "leak-group-overlap");
  ASSERT_EQ(overlap.size(), 2u);  // validation and test
  EXPECT_EQ(overlap[0].severity, Severity::kWarn);
  EXPECT_EQ(overlap[0].evidence["column"], "patient");
  EXPECT_THAT(overlap[0].message, HasSubstr("which is an input"));
  EXPECT_EQ(the_finding(result, "leak-group-gap").severity, Severity::kWarn);
}

std::string date_of(int index) {
  const int month = 1 + index / 28 % 12, day = 1 + index % 28, year = 2015 + index / 336;
  const auto two = [](int number) { return (number < 10 ? "0" : "") + std::to_string(number); };
  return std::to_string(year) + "-" + two(month) + "-" + two(day);
}

// Each month has a rule of its own, which random folds know from the month itself.
TEST(AuditLeaks, TimesThatAreLearnedFromTheFuture) {
  PhaseOverFiles phase;
  phase.write("train.csv", patients(
                               "day", [](int i, Rng&) { return i / 30; },
                               [](int i, int) { return date_of(i); }));
  phase.project.data.columns["day"].type = "ignore";
  const auto left_out = phase.run("audit");
  const auto overlap = the_finding(left_out, "leak-time-overlap");
  EXPECT_EQ(overlap.severity, Severity::kInfo);
  EXPECT_EQ(overlap.evidence["column"], "day");
  const auto gap = the_finding(left_out, "leak-time-gap");
  EXPECT_EQ(gap.severity, Severity::kError);
  EXPECT_GT(gap.evidence["gap"].get<double>(), 0.1);
  // As an input its values alone say that later ones are to come.
  phase.project.data.columns["day"].type = "datetime";
  const auto input = phase.run("audit");
  EXPECT_EQ(the_finding(input, "leak-time-overlap").evidence["column"], "day");
  EXPECT_EQ(the_finding(input, "leak-time-gap").severity, Severity::kWarn);
}

TEST(AuditLeaks, TestPartsFromBeforeTheTrainingPart) {
  PhaseOverFiles phase;
  phase.write("train.csv",
              file(240, 1, "day", [](const Sample& s) { return date_of(s.index + 500); }));
  phase.write("test.csv", file(120, 2, "day", [](const Sample& s) { return date_of(s.index); }));
  phase.project.data.test.paths = {"test.csv"};
  phase.project.data.split.method = "time";
  phase.project.data.columns["day"].type = "datetime";
  const auto found = the_finding(phase.run("audit"), "leak-time-overlap");
  EXPECT_EQ(found.severity, Severity::kError);
  EXPECT_EQ(found.evidence["samples"], 120);
}

/// Pictures of 8 x 8: noise in grey, of one number of grey levels for each class.
std::string picture(Rng& rng, int levels) {
  std::vector<std::uint8_t> pixels;
  for (int i = 0; i < 64; ++i) {
    pixels.push_back(static_cast<std::uint8_t>(255 / levels * static_cast<int>(rng.below(levels))));
  }
  return png_bytes(8, 8, 1, pixels.data());
}

TEST(AuditLeaks, FileSizesOfPictures) {
  PhaseOverFiles phase;
  Rng rng(3, "pictures");
  for (int i = 0; i < 120; ++i) {
    const std::string path = std::string("set/") + (i % 2 == 0 ? "plain" : "rich") + "/" +
                             std::to_string(rng.below(1000000)) + ".png";
    std::filesystem::create_directories(phase.write("project.yaml", "dlwork: 1\n").parent_path() /
                                        "set" / (i % 2 == 0 ? "plain" : "rich"));
    phase.write(path, picture(rng, i % 2 == 0 ? 2 : 200));
  }
  phase.project.data.train.paths = {"set"};
  phase.project.data.target = "";
  const auto found = the_finding(phase.run("audit"), "leak-source-file");
  EXPECT_EQ(found.severity, Severity::kWarn);
  EXPECT_EQ(found.evidence["by"], "file size");
  EXPECT_GT(found.evidence["score"], 0.8);
}

TEST(AuditLeaks, NumbersAndFoldersOfPicturesInATable) {
  PhaseOverFiles phase;
  Rng rng(3, "pictures");
  std::string table = "file,y\n";
  const auto root = phase.write("project.yaml", "dlwork: 1\n").parent_path();
  for (const char* folder : {"first", "second"}) std::filesystem::create_directories(root / folder);
  for (int i = 0; i < 120; ++i) {
    const std::string path =
        std::string(i < 60 ? "first" : "second") + "/shot" + std::to_string(100 + i) + ".png";
    phase.write(path, picture(rng, 16));
    table += path + (i < 60 ? ",no\n" : ",yes\n");
  }
  phase.write("train.csv", table);
  phase.project.data.columns["file"].type = "picture";
  const auto result = phase.run("audit");
  std::vector<std::string> by;
  for (const auto& found : findings_of(result, "leak-source-file")) {
    by.push_back(found.evidence["by"].get<std::string>());
    EXPECT_EQ(found.severity, Severity::kInfo);
    EXPECT_GT(found.evidence["score"], 0.8);
  }
  EXPECT_EQ(by, (std::vector<std::string>{"row number", "file name", "folder"}));
}

TEST(AuditLeaks, GroupsInFileNames) {
  PhaseOverFiles phase;
  Rng rng(3, "pictures");
  const auto root = phase.write("project.yaml", "dlwork: 1\n").parent_path();
  std::filesystem::create_directories(root / "set");
  for (int i = 0; i < 80; ++i) {
    phase.write(std::string("set/") + (i % 2 == 0 ? "cat" : "dog") + "_s" + std::to_string(i % 5) +
                    "_" + std::to_string(i) + ".png",
                picture(rng, 16));
  }
  phase.project.data.train.paths = {"set"};
  phase.project.data.target = "";
  phase.project.data.label_pattern = "{label}_{group}_{}.png";
  const auto overlap = findings_of(phase.run("audit"), "leak-group-overlap");
  ASSERT_EQ(overlap.size(), 2u);
  EXPECT_EQ(overlap[0].severity, Severity::kError);
  EXPECT_EQ(overlap[0].evidence["column"], "group");
  phase.project.data.split.method = "group";
  EXPECT_FALSE(has(phase.run("audit"), "leak-group-overlap"));
}

}  // namespace
}  // namespace dlwork::testing
