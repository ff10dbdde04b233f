#include <gmock/gmock.h>

#include <cmath>

#include "dlwork/base/rng.h"
#include "limits.h"
#include "support/encoded_sounds.h"
#include "support/sounds.h"

/// Flaws planted in recordings.
namespace dlwork {
namespace {

using artefact::Severity;
using testing::Becomes;
using testing::findings_of;
using ::testing::HasSubstr;
using testing::PhaseOverFiles;
using testing::the_finding;

constexpr std::uint32_t kRate = 4000;
using Samples = std::vector<float>;

/// A recording and how it is written.
struct Sound {
  std::string name;  ///< label_speaker_number.wav
  Samples samples;
  std::uint32_t rate = kRate, channels = 1, bits = 16;
};

/// Three tones that come and go over noise; those of class b are higher. Four speakers.
std::vector<Sound> calls(int count, std::uint64_t seed) {
  Rng rng(seed, "calls");
  std::vector<Sound> all;
  for (int i = 0; i < count; ++i) {
    const bool high = rng.below(2) == 1;
    Sound sound;
    sound.name = std::string(high ? "b" : "a") + "_s" + std::to_string(i % 4) + "_" +
                 std::to_string(seed) + "-" + std::to_string(1000 + i) + ".wav";
    const auto length = static_cast<std::size_t>(rng.uniform(900, 1200));
    sound.samples.assign(length, 0.0f);
    const double loud = rng.uniform(0.1, 0.2);
    for (int k = 0; k < 3; ++k) {
      const double hertz = high ? rng.uniform(700, 1500) : rng.uniform(150, 600);
      const double middle = rng.uniform(0, static_cast<double>(length)),
                   width = rng.uniform(60, 250);
      for (std::size_t t = 0; t < length; ++t) {
        const double away = (static_cast<double>(t) - middle) / width;
        sound.samples[t] += static_cast<float>(
            loud * std::exp(-away * away) *
            std::sin(2 * std::numbers::pi * hertz * static_cast<double>(t) / kRate));
      }
    }
    for (float& value : sound.samples) value += static_cast<float>(0.02 * rng.normal());
    all.push_back(std::move(sound));
  }
  return all;
}

artefact::PhaseResult audit(PhaseOverFiles& phase, const std::vector<Sound>& train,
                            const std::vector<Sound>& test) {
  for (const auto& [folder, sounds] : {std::pair("train", &train), std::pair("test", &test)}) {
    std::filesystem::create_directories(std::filesystem::path(phase.project.data.root) / folder);
    for (const Sound& sound : *sounds) {
      phase.write(std::string(folder) + "/" + sound.name,
                  testing::wav(sound.samples, sound.rate, sound.channels, sound.bits));
    }
  }
  auto& data = phase.project.data;
  data.target = "";
  data.label_pattern = "{label}_{group}_{}.wav";
  data.train.paths = {"train"};
  data.test.paths = {"test"};
  data.validation.amount = spec::Amount{8, false};
  return phase.run("audit");
}

std::string rows_of(const artefact::Finding& finding) { return finding.evidence["rows"].dump(); }

constexpr const char* kSoundIds[] = {
    "audio-format-mixed", "audio-clipped",       "audio-silent",      "audio-dc-offset",
    "audio-bandwidth",    "audio-duration",      "audio-group-shift", "duplicate-near-audio",
    "split-overlap-near", "leak-window-overlap", "series-length",     "unreadable-record"};

TEST(AuditSounds, CleanOnesHaveNoneOfTheirFaults) {
  PhaseOverFiles phase;
  const auto result = audit(phase, calls(60, 1), calls(30, 2));
  for (const auto& finding : result.findings) EXPECT_TRUE(finding.checked) << finding.message;
  for (const char* id : kSoundIds) {
    for (const auto& finding : findings_of(result, id))
      ADD_FAILURE() << id << ": " << finding.message;
  }
}

TEST(AuditSounds, FaultsAreNamedWithTheirFiles) {
  auto train = calls(60, 1);
  auto test = calls(30, 2);
  for (float& value : train[2].samples) value = std::clamp(value * 60, -1.0f, 1.0f);
  for (float& value : train[4].samples) value *= 0.0005f;
  train[6].samples.assign(1000, 0.0f);
  for (float& value : train[8].samples) value += 0.05f;
  train[10].samples.resize(150);  // 37.5 ms
  train[12].samples = testing::tone(440, kRate, 40000);
  // Brought up from 2,000 Hz: nothing above 1,000 Hz.
  train[14].samples = testing::tone(300, kRate, 1024, 0.3);
  for (std::size_t t = 0; t < 1024; ++t)
    train[14].samples[t] += testing::tone(820, kRate, 1024, 0.2)[t];
  train[16].bits = 8;
  train[18].channels = 2;
  Samples both;
  for (const float value : train[18].samples) both.insert(both.end(), {value, value});
  train[18].samples = both;
  // The same call again: later, louder, with other noise.
  Rng rng(9, "again");
  const auto again = [&](const Samples& from) {
    Samples samples(160, 0.0f);
    for (const float value : from) samples.push_back(1.3f * value);
    for (float& value : samples) value += static_cast<float>(0.001 * rng.normal());
    samples.erase(samples.begin(), samples.begin() + 80);
    return samples;
  };
  train[22].samples = again(train[20].samples);
  train[22].name[0] = train[20].name[0];
  test[3].samples = again(train[24].samples);
  PhaseOverFiles phase;
  const auto result = audit(phase, train, test);
  const auto place = [&](int i) { return "\"train/" + train[i].name + "\""; };

  const auto clipped = the_finding(result, "audio-clipped");
  EXPECT_EQ(clipped.severity, Severity::kWarn);
  EXPECT_EQ(rows_of(clipped), "[" + place(2) + "]");
  EXPECT_GT(clipped.evidence["clipped"].get<double>(), 0.01);
  const auto silent = the_finding(result, "audio-silent");
  EXPECT_EQ(silent.severity, Severity::kWarn);
  EXPECT_EQ(silent.evidence["samples"], 2);
  EXPECT_THAT(rows_of(silent), HasSubstr(place(4)));
  EXPECT_THAT(rows_of(silent), HasSubstr(place(6)));
  const auto offset = the_finding(result, "audio-dc-offset");
  EXPECT_EQ(offset.severity, Severity::kWarn);
  EXPECT_THAT(rows_of(offset), HasSubstr(place(8)));
  const auto durations = the_finding(result, "audio-duration");
  EXPECT_EQ(durations.severity, Severity::kInfo);
  EXPECT_EQ(durations.evidence["samples"], 2);
  EXPECT_THAT(rows_of(durations), HasSubstr(place(10)));
  EXPECT_THAT(rows_of(durations), HasSubstr(place(12)));
  const auto band = the_finding(result, "audio-bandwidth");
  EXPECT_EQ(band.severity, Severity::kWarn);
  EXPECT_THAT(rows_of(band), HasSubstr(place(14)));
  EXPECT_LT(band.evidence["band"].get<double>(), 0.5);
  EXPECT_GT(band.evidence["others"].get<double>(), 0.95);
  const auto format = the_finding(result, "audio-format-mixed");
  EXPECT_EQ(format.severity, Severity::kWarn) << "the rate is one";
  EXPECT_EQ(format.evidence["files"].size(), 2u);
  EXPECT_EQ(format.evidence["formats"]["4,000 Hz, 1 channel, 8 bits"], 1);
  EXPECT_EQ(format.evidence["formats"]["4,000 Hz, 2 channels, 16 bits"], 1);
  std::string near;
  for (const char* id : {"duplicate-near-audio", "split-overlap-near"}) {
    for (const auto& finding : findings_of(result, id)) near += finding.evidence["pairs"].dump();
  }
  EXPECT_THAT(near, HasSubstr(place(20) + "," + place(22)));
  EXPECT_THAT(near, HasSubstr(place(24) + ",\"test/" + test[3].name + "\""));
  run_rounds(phase, result,
             {
                 {1, "clipped_share", 1.1, "audio-clipped", "", Becomes::kGone},
                 {1, "offset_share", 1e9, "audio-dc-offset", "", Becomes::kGone},
                 {1, "band_narrow", 0, "audio-bandwidth", "", Becomes::kGone},
                 {2, "band_energy", 0, "audio-bandwidth", "", Becomes::kGone},
                 // A short and a long one: neither goes without both limits.
                 {1, "duration_least", 0, "audio-duration", "", Becomes::kGone},
                 {1, "duration_ranges", 1e9, "audio-duration", "", Becomes::kGone},
                 {1, "near_sound", 1.1, "duplicate-near-audio", "", Becomes::kGone},
             });
}

TEST(AuditSounds, OneThatIsLikeSeveralIsCountedOnce) {
  auto train = calls(60, 1);
  auto test = calls(30, 2);
  Rng rng(9, "again");
  for (Samples* copy : {&train[22].samples, &test[3].samples}) {
    *copy = train[20].samples;
    for (float& value : *copy) value += static_cast<float>(0.001 * rng.normal());
  }
  PhaseOverFiles phase;
  for (const auto& near : findings_of(audit(phase, train, test), "split-overlap-near")) {
    if (near.evidence["part"] != "test") continue;
    EXPECT_EQ(near.evidence["pairs"].size(), 2u);
    EXPECT_EQ(near.evidence["count"], 1);
    EXPECT_EQ(near.evidence["share"], 1 / 30.0);
    return;
  }
  ADD_FAILURE() << "none of the test part";
}

TEST(AuditSounds, OfSeveralRatesAreAllNamed) {
  auto train = calls(40, 1);
  for (int i = 0; i < 12; ++i) train[3 * i].rate = 2 * kRate;
  PhaseOverFiles phase;
  const auto format = the_finding(audit(phase, train, calls(20, 2)), "audio-format-mixed");
  EXPECT_EQ(format.severity, Severity::kError);
  EXPECT_EQ(format.evidence["files"].size(), 12u) << "every one, not the first ten";
  EXPECT_EQ(format.evidence["rates"], 2);
  EXPECT_EQ(format.key, "data.sound.rate");
  phase.project.data.sound.rate = kRate;
  const auto declared = the_finding(phase.run("audit"), "audio-format-mixed");
  EXPECT_EQ(declared.severity, Severity::kWarn) << "all are brought to one on purpose";
}

TEST(AuditSounds, SpeakersRecordedOtherwiseAreTold) {
  auto train = calls(60, 1);
  for (std::size_t i = 0; i < train.size(); ++i) {
    for (float& value : train[i].samples) value *= std::pow(0.5f, static_cast<float>(i % 4));
  }
  PhaseOverFiles phase;
  phase.project.data.sound.length.seconds = 0.24;
  const auto result = audit(phase, train, calls(30, 2));
  const auto shift = the_finding(result, "audio-group-shift");
  EXPECT_EQ(shift.severity, Severity::kWarn);
  EXPECT_EQ(shift.evidence["property"], "level");
  EXPECT_EQ(shift.evidence["groups"], 4);
  EXPECT_GT(shift.evidence["share"].get<double>(), 0.7);
  const auto cut = the_finding(result, "series-length");
  EXPECT_EQ(cut.severity, Severity::kWarn);
  EXPECT_EQ(cut.key, "data.sound.length");
  EXPECT_GT(cut.evidence["share"].get<double>(), 0.6);
  run_rounds(phase, result,
             {
                 {1, "group_share", 1.1, "audio-group-shift", "", Becomes::kGone},
                 {1, "series_cut_warn", 1.1, "series-length", "", Becomes::kInfo},
                 {2, "series_cut_info", 1.1, "series-length", "", Becomes::kGone},
             });
}

TEST(AuditSounds, ThatCannotBeReadAreListedAndLeftOut) {
  const auto train = calls(40, 1);
  PhaseOverFiles phase;
  audit(phase, train, calls(20, 2));  // writes them
  phase.write("train/" + train[0].name, "RIFF");
  phase.write("train/" + train[7].name, "no sound at all");
  const auto result = phase.run("audit");
  const auto unreadable = the_finding(result, "unreadable-record");
  EXPECT_EQ(unreadable.severity, Severity::kError);
  EXPECT_EQ(unreadable.evidence["samples"], 2);
  EXPECT_THAT(unreadable.evidence["files"].dump(), HasSubstr("train/" + train[7].name));
  EXPECT_THAT(unreadable.evidence["files"].dump(), HasSubstr("cannot be read as a sound"));
  EXPECT_THAT(result.headline, HasSubstr("58 samples"));
  try {
    phase.run("baseline");
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::kInput);
    EXPECT_THAT(error.what(), HasSubstr("cannot be read as a sound"));
    EXPECT_THAT(error.what(), HasSubstr("; 1 more file cannot be read"));
  }
}

/// Its head is whole: only reading it to the end tells.
TEST(AuditSounds, AFlacThatIsCutIsNamed) {
  PhaseOverFiles phase;
  const auto file = phase.write("whole.flac", "");
  if (!testing::write_encoded(file.string(), SF_FORMAT_FLAC | SF_FORMAT_PCM_16,
                              testing::tone(440, kRate, 20000), kRate)) {
    GTEST_SKIP() << "this libsndfile writes no FLAC";
  }
  const std::string whole = phase.read("whole.flac");
  audit(phase, calls(60, 1), calls(30, 2));  // writes them
  phase.write("train/a_s0_whole.flac", whole);
  phase.write("train/a_s0_cut.flac", whole.substr(0, whole.size() - 20));
  phase.project.data.label_pattern = "{label}_{group}_{}";
  const auto result = phase.run("audit");
  const auto unreadable = the_finding(result, "unreadable-record");
  ASSERT_EQ(unreadable.evidence["files"].size(), 1u);
  EXPECT_EQ(unreadable.evidence["files"][0]["file"], "train/a_s0_cut.flac");
  EXPECT_THAT(unreadable.evidence["files"][0]["reason"].get<std::string>(),
              HasSubstr("the FLAC file ends before its recording does"));
  EXPECT_THAT(unreadable.message, HasSubstr("the first train/a_s0_cut.flac: "));
  EXPECT_THAT(result.headline, HasSubstr("91 samples"));
}

TEST(AuditSounds, RecordingsNamedByATableAreAuditedAsThoseOfFolders) {
  PhaseOverFiles phase;
  std::string table = "take,kind\n";
  for (int i = 0; i < 60; ++i) {
    const bool low = i % 2 == 0;
    auto heard = testing::tone((low ? 440 : 1760) + 3 * i, 8000, 800);
    if (i == 8) std::fill(heard.begin(), heard.end(), 0.0f);
    const std::string name = "takes/" + std::to_string(i) + ".wav";
    std::filesystem::create_directories(phase.write("x", "").parent_path() / "takes");
    phase.write(name, i == 12 ? "no sound" : testing::wav(heard, 8000));
    table += name + "," + (low ? "low" : "high") + "\n";
  }
  phase.write("takes.csv", table);
  auto& data = phase.project.data;
  data.train.paths = {"takes.csv"};
  data.target = "kind";
  data.columns["take"].type = "sound";
  const auto result = phase.run("audit");
  EXPECT_EQ(the_finding(result, "unreadable-record").evidence["files"][0]["file"],
            "takes.csv:14 (take takes/12.wav)");
  const auto silent = the_finding(result, "audio-silent");
  EXPECT_EQ(silent.evidence["rows"][0], "takes.csv:10 (take takes/8.wav)");
  EXPECT_THAT(result.headline, HasSubstr("59 samples"));
  for (const auto& finding : result.findings) EXPECT_TRUE(finding.checked) << finding.message;
}

}  // namespace
}  // namespace dlwork
