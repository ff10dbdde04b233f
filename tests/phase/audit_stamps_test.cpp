#include <gmock/gmock.h>

#include "series_files.h"

/// Flaws planted in the stamps of series.
namespace dlwork {
namespace {

using artefact::Severity;
using series_files::audit;
using series_files::channel_text;
using series_files::kHead;
using series_files::stamped;
using testing::Becomes;
using testing::findings_of;
using ::testing::HasSubstr;
using testing::PhaseOverFiles;
using testing::the_finding;

TEST(AuditSeries, FaultsOfStampsAreToldWhereTheReaderRefusesThem) {
  std::vector<std::vector<double>> train(60), test(40);
  for (auto* part : {&train, &test}) {
    for (auto& stamps : *part) {
      for (int t = 0; t < 30; ++t) stamps.push_back(60 * t);
    }
  }
  const auto clean = [&] {
    PhaseOverFiles phase;
    return audit(phase, stamped(train, "@classLabel true a b", 1),
                 stamped(test, "@classLabel true a b", 2));
  }();
  for (const char* id : {"time-gap", "time-duplicate", "time-unsorted", "time-jitter"}) {
    for (const auto& finding : findings_of(clean, id))
      ADD_FAILURE() << id << ": " << finding.message;
  }
  for (int t = 10; t < 30; ++t) train[3][t] += 240;  // four steps are missing
  train[5][7] = train[5][6];
  std::swap(train[8][20], train[8][21]);
  Rng rng(3, "jitter");
  for (double& stamp : test[4]) stamp += rng.uniform(-9, 9);
  PhaseOverFiles phase;
  const auto result = audit(phase, stamped(train, "@classLabel true a b", 1),
                            stamped(test, "@classLabel true a b", 2));
  const auto gap = the_finding(result, "time-gap");
  EXPECT_EQ(gap.severity, Severity::kWarn);
  EXPECT_EQ(gap.evidence["missing"], 4 + 1) << "what repeats the stamp before lacks its own";
  EXPECT_EQ(gap.evidence["series"], 2);
  EXPECT_EQ(gap.evidence["first_gap"], 10);
  EXPECT_EQ(gap.evidence["period"], 60);
  EXPECT_EQ(gap.evidence["rows"][0], "train.ts:" + std::to_string(kHead + 4));
  const auto repeated = the_finding(result, "time-duplicate");
  EXPECT_EQ(repeated.severity, Severity::kError);
  EXPECT_EQ(repeated.evidence["stamps"], 1);
  EXPECT_EQ(repeated.evidence["rows"][0], "train.ts:" + std::to_string(kHead + 6));
  const auto unsorted = the_finding(result, "time-unsorted");
  EXPECT_EQ(unsorted.severity, Severity::kError);
  EXPECT_EQ(unsorted.evidence["rows"].dump(), "[\"train.ts:" + std::to_string(kHead + 9) + "\"]");
  const auto jitter = the_finding(result, "time-jitter");
  EXPECT_EQ(jitter.severity, Severity::kWarn);
  EXPECT_EQ(jitter.evidence["rows"].dump(), "[\"test.ts:" + std::to_string(kHead + 5) + "\"]");
  EXPECT_GT(jitter.evidence["jitter"].get<double>(), 0.05);
  run_rounds(phase, result,
             {
                 {1, "time_gap_share", 1e-6, "time-gap", "", Becomes::kError},
                 {1, "time_jitter", 1e9, "time-jitter", "", Becomes::kGone},
             });
  // Every other phase needs them mended.
  try {
    phase.run("baseline");
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::kInput);
    EXPECT_THAT(error.what(), HasSubstr("times must rise"));
  }
}

/// One channel of 30 values, each with a stamp as `stamp(t)`, and a number to be told.
template <class Stamp>
std::string dated(int count, std::uint64_t seed, const Stamp& stamp) {
  Rng rng(seed, "dated");
  std::string text =
      "@problemName made\n@timestamps true\n@univariate true\n@targetLabel true\n@data\n";
  for (int i = 0; i < count; ++i) {
    for (int t = 0; t < 30; ++t) {
      text += (t > 0 ? ",(" : "(") + stamp(t) + "," + number_text(rng.normal()) + ")";
    }
    text += ":" + number_text(rng.normal()) + "\n";
  }
  return text;
}

TEST(AuditSeries, OnlyDatesHaveTheSeasonsOfACalendar) {
  const auto short_of = [](const auto& stamp) {
    PhaseOverFiles phase;
    phase.project.task = "regression";
    phase.project.goal.metric = "mae";
    return findings_of(audit(phase, dated(60, 1, stamp), dated(40, 2, stamp)),
                       "series-history-short");
  };
  const auto hours = short_of([](int t) {
    return "2024-05-0" + std::to_string(1 + t / 24) + (t % 24 < 10 ? " 0" : " ") +
           std::to_string(t % 24) + ":00:00";
  });
  ASSERT_EQ(hours.size(), 1u);
  EXPECT_EQ(hours[0].evidence["season"], 24);
  EXPECT_EQ(hours[0].evidence["needed"], 72);
  // 3,600 of a unit that is not known, milliseconds perhaps.
  EXPECT_TRUE(short_of([](int t) { return std::to_string(3600 * t); }).empty());
}

TEST(AuditSeries, StampsAreThoseOfTheirSeriesWhereAFileHasNone) {
  std::vector<std::vector<double>> test(40);
  for (auto& stamps : test) {
    for (int t = 0; t < 30; ++t) stamps.push_back(60 * t + (t > 9 ? 60 : 0));
  }
  Rng rng(1, "plain");
  std::string train =
      "@problemName made\n@timestamps false\n@univariate true\n@classLabel true a b\n@data\n";
  for (int i = 0; i < 60; ++i) {
    std::vector<double> values;
    for (int t = 0; t < 30; ++t) values.push_back(rng.normal());
    train += channel_text(values) + (i % 2 == 0 ? ":a\n" : ":b\n");
  }
  PhaseOverFiles phase;
  const auto gap =
      the_finding(audit(phase, train, stamped(test, "@classLabel true a b", 2)), "time-gap");
  EXPECT_EQ(gap.evidence["series"], 40);
  EXPECT_EQ(gap.evidence["rows"][0], "test.ts:" + std::to_string(kHead + 1));
}

}  // namespace
}  // namespace dlwork
