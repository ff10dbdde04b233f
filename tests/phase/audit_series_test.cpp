#include <gmock/gmock.h>

#include <cstdlib>

#include "data/series.h"
#include "series_files.h"

/// Flaws planted in series.
namespace dlwork {
namespace {

using artefact::Severity;
using series_files::about;
using series_files::audit;
using series_files::kHead;
using series_files::kSteps;
using series_files::Series;
using series_files::ts;
using series_files::waves;
using testing::Becomes;
using testing::findings_of;
using ::testing::HasSubstr;
using testing::PhaseOverFiles;
using testing::the_finding;

constexpr const char* kSeriesIds[] = {"missing-rate",
                                      "value-not-finite",
                                      "column-constant",
                                      "column-empty",
                                      "missing-sentinel-code",
                                      "value-outlier-extreme",
                                      "time-gap",
                                      "time-duplicate",
                                      "time-unsorted",
                                      "time-jitter",
                                      "series-length",
                                      "series-flatline",
                                      "series-level-shift",
                                      "series-stationary",
                                      "series-baseline",
                                      "series-history-short",
                                      "leak-window-overlap",
                                      "leak-lookahead",
                                      "drift-feature-split",
                                      "duplicate-near",
                                      "split-overlap-near",
                                      "spurious-property"};

TEST(AuditSeries, CleanOnesHaveNoneOfTheirFaults) {
  const auto result = audit(waves(120, 1), waves(100, 2));
  for (const auto& finding : result.findings) {
    EXPECT_TRUE(finding.checked) << finding.message;
  }
  for (const char* id : kSeriesIds) {
    for (const auto& finding : findings_of(result, id))
      ADD_FAILURE() << id << ": " << finding.message;
  }
}

/// Three steps of every tenth series are -999, and one step of one training series is a spike.
TEST(AuditSeries, CodesForMissingAndSpikesAreNamed) {
  PhaseOverFiles phase;
  auto train = waves(120, 1);
  const std::string test = ts(waves(100, 2));
  audit(phase, ts(train), test);
  const auto spiked = phase.train_rows[3];
  train[static_cast<std::size_t>(spiked)].second[30] = 1e6;
  std::size_t coded = 0;
  for (const auto row : phase.train_rows) coded += row % 10 == 0 ? 1 : 0;
  for (std::size_t i = 0; i < train.size(); i += 10) {
    for (std::size_t t = 5; t < 8; ++t) train[i].first[t] = -999;
  }
  const auto result = audit(phase, ts(train), test);
  const auto code = the_finding(result, "missing-sentinel-code");
  EXPECT_EQ(code.severity, Severity::kWarn);
  EXPECT_EQ(code.evidence["channel"], 1);
  EXPECT_EQ(code.evidence["value"], -999);
  EXPECT_EQ(code.evidence["series"], coded);
  EXPECT_EQ(code.evidence["steps"], 3 * coded);
  EXPECT_EQ(code.evidence["step"], 6);
  const auto spike = the_finding(result, "value-outlier-extreme");
  const std::string place = "train.ts:" + std::to_string(kHead + 1 + spiked);
  EXPECT_EQ(spike.severity, Severity::kWarn);
  EXPECT_EQ(spike.evidence["channel"], 2);
  EXPECT_EQ(spike.evidence["steps"], 1);
  EXPECT_EQ(spike.evidence["first"], 1e6);
  EXPECT_EQ(spike.evidence["rows"], Json::array({place}));
  EXPECT_THAT(spike.message, HasSubstr("such as 1e+06 at step 31 of " + place + " ("));
}

TEST(AuditSeries, LinesThatCannotBeReadAreListedAndLeftOut) {
  PhaseOverFiles phase;
  auto lines = split(ts(waves(60, 1)), '\n');
  lines[kHead + 1] = "1,2,3:a";    // one channel
  lines[kHead + 3] = "1,x:2,2:b";  // no number
  lines[kHead + 4] = "1,2:2,2:c";  // no class of the head
  const auto result = audit(phase, join(lines, "\n"), ts({}) + "1,2:\n1,?,:2:b\n");
  const auto unreadable = the_finding(result, "unreadable-record");
  EXPECT_EQ(unreadable.severity, Severity::kError);
  const auto& files = unreadable.evidence["files"];
  ASSERT_EQ(files.size(), 5u);
  EXPECT_EQ(files[0]["file"], "train.ts:7");
  EXPECT_EQ(files[0]["reason"], "the series has 1 channels, the first has 2");
  EXPECT_EQ(files[1]["file"], "train.ts:9");
  EXPECT_EQ(files[1]["reason"], "channel 1, step 2: 'x' is no number");
  EXPECT_EQ(files[2]["file"], "train.ts:10");
  EXPECT_THAT(files[2]["reason"].get<std::string>(), HasSubstr("the class 'c' is not among"));
  EXPECT_EQ(files[3]["file"], "test.ts:6");
  EXPECT_EQ(files[4]["file"], "test.ts:7");
  EXPECT_THAT(result.headline, HasSubstr("57 samples"));
  for (const auto& finding : result.findings) EXPECT_TRUE(finding.checked) << finding.message;
  const auto empty = the_finding(result, "part-empty");
  EXPECT_EQ(empty.severity, Severity::kError);
  EXPECT_EQ(empty.message, "the test part is empty");
  EXPECT_EQ(empty.evidence["part"], "test");
  try {
    phase.run("baseline");
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.diagnostics().front().at.line, 7) << "elsewhere the first ends it";
  }
}

TEST(AuditSeries, FaultsOfValuesAreNamedWithTheirChannels) {
  auto train = waves(120, 1);
  for (int i = 0; i < 120; ++i) {
    for (int t = 0; t < kSteps; t += 6) train[i].second[t] = NAN;  // a sixth
  }
  train[40].first[7] = INFINITY;
  for (int t = 20; t < 45; ++t) train[50].first[t] = 0.25;
  train[60].first.resize(5);
  train[60].second.resize(5);
  for (int i = 0; i < 120; ++i) {  // not all of one length
    train[i].first.resize(std::min<std::size_t>(train[i].first.size(), 58 + i % 3));
    train[i].second.resize(train[i].first.size());
  }
  auto test = waves(100, 2);
  for (int i = 50; i < 100; ++i) {
    for (double& value : test[i].second) value += 5;
  }
  for (auto& series : test) {
    series.first.resize(58);
    series.second.resize(58);
  }
  PhaseOverFiles phase;
  const auto result = audit(phase, ts(train), ts(test));
  const auto missing = about(result, "missing-rate", 2);
  EXPECT_EQ(missing.severity, Severity::kInfo);
  EXPECT_NEAR(missing.evidence["share"].get<double>(), 1 / 6.0, 0.01);
  const auto infinite = about(result, "value-not-finite", 1);
  EXPECT_EQ(infinite.severity, Severity::kError);
  EXPECT_EQ(infinite.evidence["values"], 1);
  EXPECT_EQ(infinite.evidence["rows"][0], "train.ts:" + std::to_string(kHead + 41));
  const auto flat = about(result, "series-flatline", 1);
  EXPECT_EQ(flat.severity, Severity::kWarn);
  EXPECT_EQ(flat.evidence["steps"], 25);
  EXPECT_EQ(flat.evidence["step"], 21);
  EXPECT_EQ(flat.evidence["rows"].size(), 1u);
  EXPECT_EQ(flat.evidence["longest"], "train.ts:" + std::to_string(kHead + 51));
  const auto lengths = findings_of(result, "series-length");
  ASSERT_EQ(lengths.size(), 2u);
  EXPECT_EQ(lengths[0].evidence["part"], "test") << "warnings first";
  EXPECT_EQ(lengths[0].severity, Severity::kWarn);
  EXPECT_EQ(lengths[1].evidence["rows"][0], "train.ts:" + std::to_string(kHead + 61));
  EXPECT_EQ(lengths[1].evidence["steps"], 5);
  const auto level = about(result, "series-level-shift", 2);
  EXPECT_EQ(level.severity, Severity::kWarn);
  EXPECT_EQ(level.evidence["part"], "test");
  EXPECT_EQ(level.evidence["from"], "test.ts:" + std::to_string(kHead + 51));
  EXPECT_GT(level.evidence["change"].get<double>(), 5);
  EXPECT_THAT(level.message, HasSubstr("and not in the training part"));
  bool drifted = false;
  for (const auto& finding : findings_of(result, "drift-feature-split")) {
    drifted =
        drifted || (finding.evidence["channel"] == 2 && finding.evidence["figure"] == "mean" &&
                    finding.evidence["part"] == "test");
  }
  EXPECT_TRUE(drifted);
  run_rounds(phase, result,
             {
                 {1, "flat_steps", 26, "series-flatline", "channel 1", Becomes::kGone},
                 {2, "flat_share", 0.5, "series-flatline", "channel 1", Becomes::kGone},
                 {1, "level_shift", 1e9, "series-level-shift", "channel 2", Becomes::kGone},
             });
}

TEST(AuditSeries, TrendsSeasonsAndLengthsThatTellTheClassAreTold) {
  auto train = waves(120, 1);
  for (auto& series : train) {
    double level = 0;
    for (int t = 0; t < kSteps; ++t) {
      level += 0.4 + series.second[t];
      series.second[t] = level;
      series.first[t] = std::sin(2 * std::numbers::pi * t / 12) + 0.05 * series.first[t];
    }
    if (series.label == "b") continue;
    series.first.resize(52);
    series.second.resize(52);
  }
  PhaseOverFiles phase;
  const auto result = audit(phase, ts(train), ts(waves(60, 2)));
  const auto kinds = findings_of(result, "series-stationary");
  ASSERT_EQ(kinds.size(), 2u);
  EXPECT_EQ(kinds[0].evidence["season"], 12);
  EXPECT_EQ(kinds[0].evidence["channel"], 1);
  EXPECT_EQ(kinds[1].evidence["channel"], 2);
  EXPECT_EQ(kinds[1].evidence["tested"], 100);
  EXPECT_GT(kinds[1].evidence["series"].get<int>(), 60);
  EXPECT_EQ(kinds[1].severity, Severity::kInfo);
  const auto spurious = the_finding(result, "spurious-property");
  EXPECT_EQ(spurious.evidence["property"], "length");
  EXPECT_EQ(spurious.severity, Severity::kError);
  run_rounds(phase, result,
             {
                 {1, "seasonal_correlation", 1.1, "series-stationary", "channel 1", Becomes::kGone},
                 {1, "property_error", 1.1, "spurious-property", "", Becomes::kWarn},
                 {2, "property_warn", 1.1, "spurious-property", "", Becomes::kGone},
             });
}

TEST(AuditSeries, WindowsOfOneRecordingInBothPartsAreAnError) {
  const auto all = waves(120, 1);
  auto test = waves(60, 2);
  for (int i = 0; i < 7; ++i) {  // the second half of a training series, then something else
    for (int t = 0; t < kSteps / 2; ++t) {
      test[3 * i].first[t] = all[10 * i].first[t + kSteps / 2];
      test[3 * i].second[t] = all[10 * i].second[t + kSteps / 2];
    }
  }
  test[50] = all[5];  // as a whole: a repeat, told as such
  PhaseOverFiles phase;
  const auto result = audit(phase, ts(all), ts(test));
  std::vector<artefact::Finding> found;
  for (const auto& finding : findings_of(result, "leak-window-overlap")) {
    if (finding.evidence["part"] == "test") found.push_back(finding);
  }
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].severity, Severity::kError);
  // A series that is one of validation shares nothing with training.
  EXPECT_GE(found[0].evidence["series"].get<int>(), 5);
  EXPECT_LE(found[0].evidence["series"].get<int>(), 7);
  EXPECT_EQ(found[0].evidence["steps"], kSteps / 2);
  EXPECT_THAT(found[0].evidence["rows"].dump(),
              Not(HasSubstr("test.ts:" + std::to_string(kHead + 51))));
  EXPECT_FALSE(findings_of(result, "split-overlap-exact").empty());
  run_rounds(phase, result,
             {
                 {1, "window_steps", kSteps + 1, "leak-window-overlap", "", Becomes::kGone},
                 {2, "window_share", 1.1, "leak-window-overlap", "", Becomes::kGone},
             });
}

/// The series again under a little noise.
Series nearly(Series series, Rng& rng) {
  for (auto* channel : {&series.first, &series.second}) {
    for (double& value : *channel) value += 0.001 * rng.normal();
  }
  return series;
}

TEST(AuditSeries, NearTwinsWithinAndAcrossThePartsAreFound) {
  constexpr int kTwins = 12;
  Rng rng(9, "twins");
  auto train = waves(150, 1), test = waves(100, 2);
  for (int i = 0; i < kTwins; ++i) {
    test[static_cast<std::size_t>(i)] = nearly(train[static_cast<std::size_t>(i)], rng);
    train.push_back(nearly(train[static_cast<std::size_t>(i) + 50], rng));
  }
  PhaseOverFiles phase;
  const auto result = audit(phase, ts(train), ts(test));
  const auto inside = the_finding(result, "duplicate-near");
  EXPECT_EQ(inside.severity, Severity::kWarn);
  // Both of a pair count; ten series went to validation, each of which can end one pair.
  EXPECT_LE(inside.evidence["near"].get<int>(), 2 * kTwins);
  EXPECT_GE(inside.evidence["near"].get<int>(), 2 * (kTwins - 10));
  for (const auto& pair : inside.evidence["pairs"]) {
    const auto line_of = [&](int side) {
      return std::stoi(pair[side].get<std::string>().substr(std::string("train.ts:").size()));
    };
    EXPECT_EQ(std::abs(line_of(0) - line_of(1)), 100) << pair;
  }
  const auto across = the_finding(result, "split-overlap-near");
  EXPECT_EQ(across.severity, Severity::kWarn);
  EXPECT_LE(across.evidence["near"].get<int>(), kTwins);
  EXPECT_GE(across.evidence["near"].get<int>(), kTwins - 10);
  EXPECT_EQ(across.evidence["test_samples"], 100);
  for (const auto& pair : across.evidence["pairs"]) {
    EXPECT_EQ(pair[0].get<std::string>().substr(5), pair[1].get<std::string>().substr(6)) << pair;
  }
  run_rounds(phase, result,
             {
                 {1, "near_distance", 0, "duplicate-near", "", Becomes::kGone},
                 {1, "near_overlap_warn", 1, "split-overlap-near", "", Becomes::kGone},
                 {2, "near_share", 1, "duplicate-near", "", Becomes::kInfo},
             });
}

/// Windows of ten steps over a random walk; the target is the value `ahead` steps behind the
/// window.
std::vector<Series> windows(int count, int ahead, std::uint64_t seed) {
  Rng rng(seed, "walk");
  std::vector<double> walk{0};
  for (int t = 0; t < 3 * count + 20; ++t) walk.push_back(0.9 * walk.back() + rng.normal());
  std::vector<Series> all;
  for (int i = 0; i < count; ++i) {
    Series series;
    for (int t = 0; t < 10; ++t) {
      series.first.push_back(walk[3 * i + t]);
      series.second.push_back(rng.normal());
    }
    series.label = number_text(walk[3 * i + 9 + ahead]);
    all.push_back(std::move(series));
  }
  return all;
}

TEST(AuditSeries, ForecastsAreMeasuredAndThoseThatSeeTheFutureAreFound) {
  const auto run_in = [](PhaseOverFiles& phase, int ahead, std::size_t steps) {
    phase.project.task = "regression";
    phase.project.goal.metric = "mae";
    auto train = windows(150, ahead, 1), test = windows(60, ahead, 2);
    for (auto* part : {&train, &test}) {
      for (Series& series : *part) {
        series.first.resize(steps);
        series.second.resize(steps);
      }
    }
    return audit(phase, ts(train, "@targetLabel true"), ts(test, "@targetLabel true"));
  };
  const auto run = [&](int ahead, std::size_t steps) {
    PhaseOverFiles phase;
    return run_in(phase, ahead, steps);
  };
  const auto honest = run(1, 10);
  EXPECT_TRUE(findings_of(honest, "leak-lookahead").empty());
  EXPECT_TRUE(findings_of(honest, "series-history-short").empty());
  const auto baseline = the_finding(honest, "series-baseline");
  EXPECT_EQ(baseline.evidence["channel"], 1);
  EXPECT_EQ(baseline.evidence["forecasts"].size(), 4u);
  double median = 0, last = 0;
  for (const auto& forecast : baseline.evidence["forecasts"]) {
    if (forecast["forecast"] == "median of training") median = forecast["scaled"];
    if (forecast["forecast"] == "last value") last = forecast["scaled"];
  }
  EXPECT_NEAR(last, 1, 0.25) << "the same error as in training";
  EXPECT_GT(median, 1.5 * last);
  EXPECT_LT(baseline.evidence["scaled"].get<double>(), 1.1 * last);
  PhaseOverFiles phase;
  const auto peeks = run_in(phase, 0, 10);
  const auto peeking = the_finding(peeks, "leak-lookahead");
  EXPECT_EQ(peeking.severity, Severity::kError);
  EXPECT_EQ(peeking.evidence["channel"], 1);
  EXPECT_EQ(peeking.evidence["step_from_end"], 1);
  EXPECT_NEAR(peeking.evidence["correlation"].get<double>(), 1, 1e-6);
  const auto shorter = the_finding(run(1, 8), "series-history-short");
  EXPECT_EQ(shorter.severity, Severity::kWarn);
  EXPECT_EQ(shorter.evidence["steps"], 8);
  EXPECT_EQ(shorter.evidence["needed"], 10);
  run_rounds(phase, peeks,
             {
                 {1, "lookahead_correlation", 1.1, "leak-lookahead", "", Becomes::kGone},
                 {1, "history_horizons", 20, "series-history-short", "", Becomes::kTold},
             });
}

/// Classes in turn: folds that went by the places of the samples would hold one class each.
TEST(AuditSeries, LengthsTellClassesThatStandInTurn) {
  auto train = waves(90, 1), check = waves(30, 2), test = waves(60, 3);
  for (auto* part : {&train, &check, &test}) {
    for (std::size_t i = 0; i < part->size(); ++i) {
      auto& series = (*part)[i];
      series.label = std::string(1, "abc"[i % 3]);
      series.first.resize(40 + 10 * (i % 3));
      series.second.resize(series.first.size());
    }
  }
  const std::string label = "@classLabel true a b c";
  PhaseOverFiles phase;
  phase.write("check.ts", ts(check, label));
  phase.write("train.ts", ts(train, label));
  phase.write("test.ts", ts(test, label));
  phase.project.data.target = "";
  phase.project.data.train.paths = {"train.ts"};
  phase.project.data.validation.paths = {"check.ts"};
  phase.project.data.test.paths = {"test.ts"};
  const auto spurious = the_finding(phase.run("audit"), "spurious-property");
  EXPECT_EQ(spurious.evidence["property"], "length");
  EXPECT_GT(spurious.evidence["score"].get<double>(), 0.7);
}

}  // namespace
}  // namespace dlwork
