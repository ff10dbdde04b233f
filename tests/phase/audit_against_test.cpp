#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "dlwork/base/rng.h"
#include "dlwork/data/png.h"
#include "series_files.h"
#include "support/sounds.h"

/// Data that came after training, of every kind, against what an audit recorded.
namespace dlwork {
namespace {

using artefact::Severity;
using testing::findings_of;
using ::testing::HasSubstr;
using testing::PhaseOverFiles;
using testing::the_finding;

artefact::PhaseResult held_against(PhaseOverFiles& phase, const std::filesystem::path& path) {
  phase.against = path.string();
  auto result = phase.run("audit");
  phase.against.clear();
  return result;
}

void expect_none(const artefact::PhaseResult& result) {
  for (const auto& finding : result.findings) {
    ADD_FAILURE() << finding.id << ": " << finding.message;
  }
}

/// The finding of an id about a name, or a failed test.
artefact::Finding about_name(const artefact::PhaseResult& result, const std::string& id,
                             const std::string& name) {
  std::vector<artefact::Finding> found;
  for (const auto& finding : findings_of(result, id)) {
    const Json& evidence = finding.evidence;
    if (evidence.value("name", evidence.value("column", "")) == name) found.push_back(finding);
  }
  if (found.size() != 1) ADD_FAILURE() << found.size() << " findings " << id << " of " << name;
  return found.empty() ? artefact::Finding{} : found.front();
}

/// Two normal columns, the second of them without effect on the class.
std::string normal_table(int count, std::uint64_t seed, double offset) {
  Rng rng(seed, "against");
  std::ostringstream text;
  text << "a,b,y\n";
  for (int i = 0; i < count; ++i) {
    const double a = rng.normal(), b = rng.normal();
    text << a + offset << "," << b << "," << (a + 0.3 * rng.normal() > 0 ? "yes" : "no") << "\n";
  }
  return text.str();
}

class AgainstTable : public ::testing::Test {
 protected:
  AgainstTable() {
    phase_.write("train.csv", normal_table(700, 1, 0));
    phase_.run("audit");
    recorded_ = phase_.folder->file("profile.json").parent_path();
  }
  PhaseOverFiles phase_;
  std::filesystem::path recorded_;
};

TEST_F(AgainstTable, SamplesFromUseAreAskedForUntilSomeWereCompared) {
  const auto absent = the_finding(phase_.run("audit"), "deployment-sample-absent");
  EXPECT_EQ(absent.severity, Severity::kInfo);
  EXPECT_EQ(absent.evidence["samples_wanted"], 300);
  auto compared = held_against(phase_, phase_.write("new.csv", normal_table(300, 2, 0)));
  EXPECT_TRUE(findings_of(compared, "deployment-sample-absent").empty());
  compared.phase = "against";  // where the engine keeps looks at new data
  phase_.keep(compared);
  EXPECT_TRUE(findings_of(phase_.run("audit"), "deployment-sample-absent").empty());
}

/// Two deviations away: Wasserstein distance 2, area under the curve 0.92 (normal distribution at
/// 2 / sqrt(2)).
TEST_F(AgainstTable, AShiftIsToldByEveryMeasure) {
  const auto result = held_against(phase_, phase_.write("new.csv", normal_table(400, 2, 2)));
  EXPECT_EQ(the_finding(result, "against-drift").evidence["name"], "column a");
  const auto stability = the_finding(result, "against-psi");
  EXPECT_EQ(stability.severity, Severity::kWarn);
  EXPECT_EQ(stability.evidence["name"], "column a");
  EXPECT_GT(stability.evidence["stability_index"].get<double>(), 1);
  const auto distance = the_finding(result, "against-wasserstein");
  EXPECT_NEAR(distance.evidence["wasserstein"].get<double>(), 2, 0.25);
  const auto apart = the_finding(result, "against-separable");
  EXPECT_NEAR(apart.evidence["area"].get<double>(), 0.92, 0.05);
  EXPECT_EQ(apart.evidence["telling"][0]["name"], "column a");
  EXPECT_EQ(apart.evidence["samples"][1], 400);
  EXPECT_THAT(apart.message, HasSubstr("most by column a"));
}

TEST_F(AgainstTable, LikeDataAndTheFileItselfHaveNoFindings) {
  expect_none(held_against(phase_, phase_.write("new.csv", normal_table(400, 2, 0))));
  expect_none(held_against(phase_, std::filesystem::path(phase_.project.data.root) / "train.csv"));
}

TEST_F(AgainstTable, AProfileOfAnotherVersionAsksForAnAudit) {
  std::ofstream(recorded_ / "profile.json") << "{\"schema\": \"dlwork/profile/1\", \"rows\": 5}";
  try {
    held_against(phase_, phase_.write("new.csv", normal_table(60, 2, 0)));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::kInput);
    EXPECT_THAT(error.what(), HasSubstr("is of another version: dlwork/profile/2 is read"));
  }
}

TEST_F(AgainstTable, WithoutRecordedRowsAllButTheClassifierIsThere) {
  std::filesystem::remove(recorded_ / "profile-rows.json");
  const auto result = held_against(phase_, phase_.write("new.csv", normal_table(400, 2, 2)));
  EXPECT_EQ(findings_of(result, "against-drift").size(), 1u);
  EXPECT_TRUE(findings_of(result, "against-separable").empty());
}

/// Each recorded row has its own category among those recorded, most new rows have not.
TEST(AgainstCategories, ManyRareOnesDoNotTellNewFromRecorded) {
  const auto text = [](int count, std::uint64_t seed) {
    Rng rng(seed, "names");
    std::string rows = "a,name,y\n";
    for (int i = 0; i < count; ++i) {
      const double a = rng.normal();
      rows += std::to_string(a) + ",n" + std::to_string(rng.below(300)) +
              (a + rng.normal() > 0 ? ",yes\n" : ",no\n");
    }
    return rows;
  };
  PhaseOverFiles phase;
  phase.write("train.csv", text(700, 1));
  phase.run("audit");
  const auto result = held_against(phase, phase.write("new.csv", text(400, 2)));
  EXPECT_TRUE(findings_of(result, "against-separable").empty());
}

TEST(AgainstTarget, ANumberIsHeldAgainstItsRecord) {
  const auto text = [](double offset) {
    std::string rows = "a,y\n";
    Rng rng(5, "target");
    for (int i = 0; i < 200; ++i) {
      const double a = rng.normal();
      rows += std::to_string(a) + "," + std::to_string(a + offset + rng.normal()) + "\n";
    }
    return rows;
  };
  PhaseOverFiles phase;
  phase.project.task = "regression";
  phase.project.goal.metric = "rmse";
  phase.write("train.csv", text(0));
  phase.run("audit");
  const auto result = held_against(phase, phase.write("new.csv", text(9)));
  EXPECT_EQ(the_finding(result, "against-drift").evidence["name"], "the target");
}

/// The same series without labels, the second channel `times` as large.
std::string unlabelled(const std::vector<series_files::Series>& all, double times) {
  std::string text = "@problemName made\n@timestamps false\n@classLabel false\n@data\n";
  for (const auto& series : all) {
    std::vector<double> second;
    for (const double value : series.second) second.push_back(times * value);
    text +=
        series_files::channel_text(series.first) + ":" + series_files::channel_text(second) + "\n";
  }
  return text;
}

TEST(AgainstSeries, AChannelScaledIsFound) {
  PhaseOverFiles phase;
  const auto train = series_files::waves(80, 1);
  series_files::audit(phase, series_files::ts(train), series_files::ts(series_files::waves(40, 2)));
  expect_none(held_against(phase, std::filesystem::path(phase.project.data.root) / "train.ts"));
  expect_none(held_against(phase, phase.write("plain.ts", unlabelled(train, 1))));
  const auto result =
      held_against(phase, phase.write("scaled.ts", unlabelled(series_files::waves(60, 3), 4)));
  const auto drift = about_name(result, "against-drift", "deviation of channel 2");
  EXPECT_EQ(drift.severity, Severity::kWarn);
  EXPECT_EQ(drift.evidence["effect"], 1);  // every one lies above every recorded one
  EXPECT_EQ(about_name(result, "against-range", "deviation of channel 2").evidence["share"], 1);
  EXPECT_THAT(the_finding(result, "against-separable").message,
              HasSubstr("deviation of channel 2"));
  for (const auto& finding : result.findings) {
    EXPECT_THAT(finding.message, ::testing::Not(HasSubstr("deviation of channel 1"))) << finding.id;
  }
}

constexpr std::int64_t kSide = 8;

/// Stripes, upright or level by the label, on grounds of differing brightness.
data::Pictures stripes(int count, std::uint64_t seed, double light) {
  Rng rng(seed, "stripes");
  data::Pictures pictures;
  pictures.count = count;
  pictures.channels = 1;
  pictures.height = pictures.width = kSide;
  for (int i = 0; i < count; ++i) {
    const double ground = rng.uniform(100, 150), height = rng.uniform(20, 60);
    for (std::int64_t y = 0; y < kSide; ++y) {
      for (std::int64_t x = 0; x < kSide; ++x) {
        const std::int64_t along = i % 2 == 0 ? x : y;
        const double value = ground + (along % 4 < 2 ? height : -height) + 6 * rng.normal();
        pictures.pixels.push_back(static_cast<std::uint8_t>(std::clamp(light * value, 0.0, 255.0)));
      }
    }
  }
  return pictures;
}

std::string idx(std::uint32_t magic, const std::vector<std::uint32_t>& dims,
                const std::vector<std::uint8_t>& values) {
  std::string bytes;
  const auto number = [&](std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 255);
  };
  number(magic);
  for (const auto dim : dims) number(dim);
  bytes.append(values.begin(), values.end());
  return bytes;
}

std::string idx_of(const data::Pictures& pictures) {
  return idx(0x803, {static_cast<std::uint32_t>(pictures.count), kSide, kSide}, pictures.pixels);
}

/// Where every brightness lies below every recorded one: 0.4 * 150 is less than 100.
void expect_darkened(const artefact::PhaseResult& result) {
  const auto drift = about_name(result, "against-drift", "brightness of the pictures");
  EXPECT_EQ(drift.evidence["effect"], 1);
  EXPECT_EQ(about_name(result, "against-range", "brightness of the pictures").evidence["share"], 1);
  EXPECT_EQ(findings_of(result, "against-separable").size(), 1u);
}

TEST(AgainstPictures, OfIdxFilesNeedNoLabels) {
  PhaseOverFiles phase;
  std::vector<std::uint8_t> labels;
  for (int i = 0; i < 200; ++i) labels.push_back(static_cast<std::uint8_t>(i % 2));
  const auto file = phase.write("images", idx_of(stripes(200, 1, 1)));
  phase.write("labels", idx(0x801, {200}, labels));
  phase.project.data.target = "";
  phase.project.data.train.paths = {"images"};
  phase.project.data.train.labels = "labels";
  phase.run("audit");
  expect_none(held_against(phase, file));
  expect_darkened(held_against(phase, phase.write("dark", idx_of(stripes(60, 2, 0.4)))));
}

TEST(AgainstPictures, OfAFolderNeedNoClassFolders) {
  PhaseOverFiles phase;
  const std::filesystem::path root = phase.project.data.root;
  for (const char* folder : {"train/level", "train/upright", "flat", "dark"}) {
    std::filesystem::create_directories(root / folder);
  }
  const auto bright = stripes(80, 1, 1), dark = stripes(40, 2, 0.4);
  for (int i = 0; i < 80; ++i) {
    const std::string name = "p" + std::to_string(100 + i) + ".png";
    data::write_png(bright, i, root / (i % 2 == 0 ? "train/upright" : "train/level") / name);
    data::write_png(bright, i, root / "flat" / name);
  }
  for (int i = 0; i < 40; ++i)
    data::write_png(dark, i, root / "dark" / (std::to_string(i) + ".png"));
  phase.project.data.target = "";
  phase.project.data.train.paths = {"train"};
  phase.run("audit");
  expect_none(held_against(phase, root / "train"));
  expect_none(held_against(phase, root / "flat"));
  expect_darkened(held_against(phase, root / "dark"));
}

constexpr std::uint32_t kRate = 4000;

/// Tones of a tenth of a second in noise.
void write_sounds(const PhaseOverFiles& phase, const std::string& folder, int count,
                  std::uint64_t seed, std::uint32_t rate) {
  std::filesystem::create_directories(std::filesystem::path(phase.project.data.root) / folder);
  Rng rng(seed, "sounds");
  for (int i = 0; i < count; ++i) {
    auto samples = testing::tone(i % 2 == 0 ? 300 : 900, rate, rate / 10, rng.uniform(0.1, 0.3));
    for (float& value : samples) value += static_cast<float>(0.02 * rng.normal());
    phase.write(
        folder + "/" + (i % 2 == 0 ? "low" : "high") + "_" + std::to_string(100 + i) + ".wav",
        testing::wav(samples, rate));
  }
}

TEST(AgainstSounds, AnotherRateIsFound) {
  PhaseOverFiles phase;
  write_sounds(phase, "train", 60, 1, kRate);
  write_sounds(phase, "fast", 40, 2, 2 * kRate);
  const std::filesystem::path root = phase.project.data.root;
  phase.project.data.target = "";
  phase.project.data.label_pattern = "{label}_{}.wav";
  phase.project.data.train.paths = {"train"};
  phase.run("audit");
  expect_none(held_against(phase, root / "train"));
  const auto result = held_against(phase, root / "fast");
  const auto rate = about_name(result, "against-range", "rate of the recordings");
  EXPECT_EQ(rate.evidence["share"], 1);
  EXPECT_EQ(rate.evidence["high"], kRate);
  EXPECT_EQ(about_name(result, "against-drift", "rate of the recordings").evidence["effect"], 1);
}

TEST(AgainstText, AnotherVocabularyIsFound) {
  PhaseOverFiles phase;
  phase.project.data.train.paths = {"text.txt"};
  phase.project.data.target = "";
  phase.project.task = "embedding";
  phase.project.goal.metric = "neighbour-preference";
  std::string text;
  for (int i = 0; i < 300; ++i) {
    text += "the " + std::to_string(i % 7) + " ships sail " + (i % 3 == 0 ? "south" : "north");
    text += i % 5 == 0 ? " again\n" : "\n";
  }
  const auto file = phase.write("text.txt", text);
  phase.run("audit");
  expect_none(held_against(phase, file));
  std::string other;
  for (int i = 0; i < 60; ++i) other += "das Schiff faehrt north\n";
  const auto result = held_against(phase, phase.write("other.txt", other));
  const auto words = the_finding(result, "against-words");
  EXPECT_EQ(words.severity, Severity::kWarn);
  EXPECT_EQ(words.evidence["share"], 0.75);
  EXPECT_EQ(words.evidence["words"], 240);
  EXPECT_EQ(words.evidence["most"], "das");
}

}  // namespace
}  // namespace dlwork
