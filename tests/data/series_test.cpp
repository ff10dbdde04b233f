#include "data/series.h"

#include <cmath>
#include <cstdlib>
#include <numeric>

#include "data/series_source.h"
#include "data_support.h"
#include "dlwork/data/preprocess.h"

namespace dlwork::data {
namespace {

const char kHead[] =
    "#comment\n@problemName Try\n@timeStamps false\n@univariate false\n@dimensions 2\n"
    "@equalLength false\n@classLabel true up down\n@data\n";

std::string two_classes() {
  std::string text = kHead;
  for (int i = 0; i < 20; ++i) {
    text += i % 2 ? "1,2,3:4,5,6:up\n" : "7,8,9,10:1,?,3,5:down\n";
  }
  return text;
}

Dataset load(const Folder& folder, const std::string& file,
             const std::string& task = "classification") {
  Quiet quiet;
  return load_dataset(folder.project(file), task, quiet.run);
}

Diagnostic failure(const std::string& text) {
  Folder folder;
  const auto file = folder.write("try.ts", text);
  return failure_of(ExitStatus::kInput, [&] {
    SeriesReader reader(file);
    for (SeriesRecord record; reader.next(record);) {
    }
  });
}

TEST(Series, AreLaidOutTimeFirst) {
  Folder folder;
  folder.write("try.ts", two_classes());
  const Dataset dataset = load(folder, "try.ts");
  const Samples& samples = dataset.samples;
  EXPECT_EQ(samples.kind, Kind::kSequence);
  EXPECT_EQ(samples.count, 20);
  const Sequences& series = samples.sequences;
  EXPECT_EQ(series.count, 20);
  EXPECT_EQ(series.steps, 4);
  EXPECT_EQ(series.channels, 2);
  EXPECT_EQ(series.lengths[0], 4);
  EXPECT_EQ(series.lengths[1], 3);
  EXPECT_EQ(series.at(0)[2], 8) << "step 1, channel 0";
  EXPECT_TRUE(std::isnan(series.at(0)[3])) << "step 1, channel 1";
  EXPECT_EQ(series.at(1)[1], 4);
  EXPECT_EQ(series.at(1)[5], 6);
  EXPECT_TRUE(std::isnan(series.at(1)[6]) && std::isnan(series.at(1)[7])) << "behind the end";
  EXPECT_EQ(samples.target.classes, (std::vector<std::string>{"down", "up"}));
  EXPECT_EQ(samples.target.codes[0], 0);
  EXPECT_EQ(samples.where(1), "try.ts:10");
}

TEST(Series, EndWhereEveryChannelIsMissingFromThenOn) {
  Folder folder;
  folder.write("try.ts", std::string(kHead) + "1,2,?,?:3,?,4,NaN:up\n5,6,?,?:7,8,?,?:down\n" +
                             "1,2,?,?:3,4,?,?:up\n1,2,?,?:3,4,?,?:up\n5,6,?,?:7,8,?,?:down\n");
  SeriesReader reader((folder.path() / "try.ts").string());
  SeriesRecord record;
  ASSERT_TRUE(reader.next(record));
  EXPECT_EQ(record.steps, 3) << "the second channel still has a value at step 3";
  ASSERT_TRUE(reader.next(record));
  EXPECT_EQ(record.steps, 2);
  EXPECT_EQ(record.values, (std::vector<float>{5, 7, 6, 8}));
}

TEST(Series, TellWhatIsWrongAndWhere) {
  auto error = failure(std::string(kHead) + "1,2:3,x:up\n");
  EXPECT_EQ(error.at.line, 9);
  EXPECT_EQ(error.at.column, 7);
  EXPECT_EQ(error.message, "channel 2, step 2: 'x' is no number");
  error = failure(std::string(kHead) + "1,2:3:up\n");
  EXPECT_EQ(error.message, "channel 2 has 1 values, the first has 2");
  EXPECT_EQ(error.at.column, 5);
  error = failure(std::string(kHead) + "1,2:up\n");
  EXPECT_EQ(error.message, "the series has 1 channels, the head says 2");
  error = failure(std::string(kHead) + "1:2:upp\n");
  EXPECT_EQ(error.message, "the class 'upp' is not among those of @classLabel");
  EXPECT_EQ(error.hint, "did you mean up?");
  EXPECT_EQ(error.at.column, 5);
  error = failure(std::string(kHead) + "12\n");
  EXPECT_EQ(error.message, "the series has no label");
  error = failure(std::string(kHead) + "?,?:?,?:up\n");
  EXPECT_EQ(error.message, "the series has no values");
  error = failure("@dimensions 0\n@data\n");
  EXPECT_EQ(error.message, "@dimensions must be a number from 1 up, found '0'");
  error = failure("@univariat true\n@data\n");
  EXPECT_EQ(error.hint, "did you mean @univariate?");
  error = failure("@univariate true\n1,2,3:a\n");
  EXPECT_EQ(error.message, "there are values before the line @data");
  error = failure("@univariate true\n");
  EXPECT_EQ(error.message, "the file has no line @data");
  error = failure(std::string("@univariate true\n@data\n1,") + '\0' + "\n");
  EXPECT_EQ(error.message, "holds a NUL byte, so this is no text");
  EXPECT_EQ(error.at.column, 3);
}

// The first channel is long, and the line has many channels: their product is no promise of memory.
TEST(Series, TakeNoMemoryForChannelsThatAreNotThere) {
  std::string line = "1";
  for (int i = 0; i < 200000; ++i) line += ",1";
  line += std::string(500000, ':');
  Folder folder;
  const auto file = folder.write("try.ts", "@classLabel true a b\n@data\n" + line + "a\n");
  SeriesReader reader(file);
  SeriesRecord record;
  const auto error = failure_of(ExitStatus::kInput, [&] { reader.next(record); });
  EXPECT_EQ(error.message, "channel 2, step 1: '' is no number");
}

TEST(Series, OfNumbersAreARegression) {
  Folder folder;
  std::string text = "@targetLabel true\n@data\n";
  for (int i = 0; i < 20; ++i) text += "1,2,3:" + std::to_string(i) + ".5\n";
  text += "4,5,6:?\n";
  const auto file = folder.write("try.ts", text);
  const Dataset dataset = load(folder, "try.ts", "regression");
  EXPECT_EQ(dataset.samples.target.values[3], 3.5);
  EXPECT_EQ(dataset.unlabelled, std::vector<std::int64_t>{20});
  const Probe probe = probe_path(file, "");
  EXPECT_EQ(probe.kind, Kind::kSequence);
  EXPECT_FALSE(probe.target_is_class);
  EXPECT_EQ(probe.steps, 3);
  EXPECT_EQ(probe.channels, 1);
}

TEST(Series, KeysOfColumnsAreRefused) {
  Folder folder;
  folder.write("try.ts", two_classes());
  auto project = folder.project("try.ts");
  project.data.inputs = {"a"};
  Quiet quiet;
  const auto error =
      failure_of(ExitStatus::kUsage, [&] { load_dataset(project, "classification", quiet.run); });
  EXPECT_EQ(error.message, "names columns, but the data are series");
}

/// Two channels: 1 2 3 | ? 5 ? and a longer one 1 ? ? 4 | ? ? ? ?; worked out by hand below.
TEST(SeriesPreprocessor, InterpolatesStandardisesAndPads) {
  Samples samples;
  samples.kind = Kind::kSequence;
  samples.count = 2;
  const float gap = std::nanf("");
  samples.sequences = {
      2, 4, 2, {1, gap, 2, 5, 3, gap, gap, gap, 1, gap, gap, gap, gap, gap, 4, gap}, {3, 4}};
  const auto fitted = Preprocessor::fit(samples, {0, 1}, Categories::kOneHot);
  EXPECT_EQ(fitted.shape().dims, (std::vector<std::int64_t>{4, 2}));
  // Channel 1: 1 2 3 1 4, mean 2.2, deviation sqrt(1.36); channel 2 is 5 alone: constant.
  EXPECT_DOUBLE_EQ(fitted.columns()[0].mean, 2.2);
  EXPECT_DOUBLE_EQ(fitted.columns()[0].deviation, std::sqrt(1.36));
  EXPECT_TRUE(fitted.columns()[1].constant);
  std::vector<float> out(16, -1);
  const std::int64_t rows[] = {1, 0};
  fitted.apply(samples, rows, 2, out.data());
  const float wanted[] = {1, 2, 3, 4, 1, 2, 3};
  for (int t = 0; t < 7; ++t) {
    EXPECT_FLOAT_EQ(out[2 * t], static_cast<float>((wanted[t] - 2.2) / std::sqrt(1.36))) << t;
    EXPECT_EQ(out[2 * t + 1], 0) << t;
  }
  EXPECT_EQ(out[14], 0) << "behind the end";
  const auto again = Preprocessor::from_json(Json::parse(fitted.to_json().dump()));
  EXPECT_EQ(again.shape().dims, fitted.shape().dims);
  std::vector<float> same(16);
  again.apply(samples, rows, 2, same.data());
  EXPECT_EQ(out, same);
}

TEST(SeriesPreprocessor, RefusesADamagedRecord) {
  const auto fails = [](const char* text) {
    failure_of(ExitStatus::kInput, [&] { Preprocessor::from_json(Json::parse(text)); });
  };
  fails(R"({"version": 1, "kind": "sequence", "steps": 0, "channels": []})");
  fails(R"({"version": 1, "kind": "sequence", "steps": 3, "channels": []})");
  fails(R"({"version": 1, "kind": "sequence", "channels": []})");
  fails(R"({"version": 1, "kind": "sequence", "steps": 3,
            "channels": [{"name": "a", "type": "category", "categories": []}]})");
}

TEST(InputStream, ReadsSeriesInChunks) {
  Folder folder;
  const auto file = folder.write("try.ts", two_classes());
  const Dataset dataset = load(folder, "try.ts");
  const auto fitted =
      Preprocessor::fit(dataset.samples, dataset.part(Part::kTrain), Categories::kOneHot);
  InputStream stream(file, fitted, {});
  std::int64_t rows = 0;
  while (const auto chunk = stream.next(7)) {
    for (std::int64_t i = 0; i < chunk->count; ++i, ++rows) {
      std::vector<float> one(8), other(8);
      fitted.apply(*chunk, &i, 1, one.data());
      fitted.apply(dataset.samples, &rows, 1, other.data());
      EXPECT_EQ(one, other);
      EXPECT_EQ(chunk->sequences.lengths[i], dataset.samples.sequences.lengths[rows]);
    }
  }
  EXPECT_EQ(rows, 20);
  const auto longer =
      folder.write("longer.ts", "@classLabel false\n@data\n1,2:1,2\n1,2,3,4,5:1,2,3,4,5\n");
  InputStream unlabelled(longer, fitted, {});
  const auto error = failure_of(ExitStatus::kInput, [&] { unlabelled.next(7); });
  EXPECT_EQ(error.message, "the series has 5 steps, the model takes at most 4");
  EXPECT_EQ(error.at.line, 4);
}

// Counts, lengths and sums by an independent reader in Python (split and float, numpy's moments).
TEST(RealSeries, AreReadWhole) {
  const char* root = std::getenv("DLWORK_DATA");
  if (root == nullptr || !std::filesystem::exists(std::string(root) + "/time-series")) {
    GTEST_SKIP() << "needs time-series/JapaneseVowels (UEA) in the folder DLWORK_DATA names";
  }
  spec::Project project;
  project.data.root = std::string(root) + "/time-series/JapaneseVowels";
  project.data.train.paths = {"JapaneseVowels_TRAIN.ts"};
  project.data.test.paths = {"JapaneseVowels_TEST.ts"};
  Quiet quiet;
  const Dataset dataset = load_dataset(project, "classification", quiet.run);
  const Sequences& series = dataset.samples.sequences;
  EXPECT_EQ(series.count, 270 + 370);
  EXPECT_EQ(series.steps, 29);
  EXPECT_EQ(series.channels, 12);
  EXPECT_EQ(std::accumulate(series.lengths.begin(), series.lengths.end(), 0), 4274 + 5687);
  double sum = 0;
  for (const float value : series.values) sum += std::isnan(value) ? 0 : value;
  EXPECT_NEAR(sum, -1057.452303 - 2146.51343, 1e-3);
  const auto& classes = dataset.samples.target.classes;
  EXPECT_EQ(classes.size(), 9u);
  EXPECT_EQ(classes.front(), "1");
  EXPECT_EQ(
      std::count(dataset.samples.target.codes.begin() + 270, dataset.samples.target.codes.end(), 2),
      88);
  std::vector<std::int64_t> train(270);
  std::iota(train.begin(), train.end(), 0);
  const auto fitted = Preprocessor::fit(dataset.samples, train, Categories::kOneHot);
  EXPECT_NEAR(fitted.columns()[0].mean, 0.8691055006448446, 1e-12);
  EXPECT_NEAR(fitted.columns()[0].deviation, 0.4876198840752165, 1e-12);
  EXPECT_NEAR(fitted.columns()[11].mean, 0.08621397659609069, 1e-12);
  EXPECT_NEAR(fitted.columns()[11].deviation, 0.12754668918154505, 1e-12);
}

const char kStamped[] = "@timeStamps true\n@classLabel true a b\n@data\n";

TEST(Series, WithTimesAreLaidOnEqualSteps) {
  Folder folder;
  const auto file = folder.write(
      "try.ts", std::string(kStamped) +
                    "(0,1.5),(2,2.5),(3,?),(4,4):(2,20),(4,40):a\n"
                    "(2007-01-01 00:00:00,1),(2007-01-01 00:15:00,2):(2007-01-01 00:30:00,3):b\n");
  SeriesReader reader(file);
  SeriesRecord record;
  ASSERT_TRUE(reader.next(record));
  EXPECT_EQ(record.label, "a");
  ASSERT_EQ(record.steps, 5);
  const std::vector<float> expected{1.5, NAN, NAN, NAN, 2.5, 20, NAN, NAN, 4, 40};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (std::isnan(expected[i])) {
      EXPECT_TRUE(std::isnan(record.values[i])) << i;
    } else {
      EXPECT_EQ(record.values[i], expected[i]) << i;
    }
  }
  ASSERT_TRUE(reader.next(record));
  EXPECT_EQ(record.label, "b");
  ASSERT_EQ(record.steps, 3);
  EXPECT_EQ(record.values[0], 1);
  EXPECT_EQ(record.values[2], 2);
  EXPECT_EQ(record.values[5], 3);
  EXPECT_FALSE(reader.next(record));
}

TEST(Series, OfAThousandDatesASecondKeepTheirSteps) {
  Folder folder;
  std::string text = kStamped;
  for (int i = 0; i < 5000; ++i) {
    char stamp[64];
    std::snprintf(stamp, sizeof stamp, "%s(2021-03-04 05:06:%06.3f,%d)", i == 0 ? "" : ",",
                  i / 1000.0, i);
    text += stamp;
  }
  const auto file = folder.write("fast.ts", text + ":a\n");
  SeriesReader reader(file);
  SeriesRecord record;
  ASSERT_TRUE(reader.next(record));
  ASSERT_EQ(record.steps, 5000);
  for (int i = 0; i < 5000; ++i) ASSERT_EQ(record.values[i], i);
}

TEST(Series, WithTimesTellWhatIsWrong) {
  const std::string head = kStamped;
  EXPECT_HAS(failure(head + "1,2,3:a\n").message, "stand in parentheses");
  EXPECT_HAS(failure(head + "(0,1),(soon,2):a\n").message, "'soon' is neither a number nor a date");
  EXPECT_EQ(failure(head + "(0,1),(soon,2):a\n").at.column, 8);
  EXPECT_HAS(failure(head + "(0,1),(1,x):a\n").message, "'x' is no number");
  EXPECT_HAS(failure(head + "(1,1),(1,2):a\n").message, "times must rise");
  EXPECT_HAS(failure(head + "(0,1),(2,2),(3,5),(4.5,1):a\n").message, "between two equal steps");
  // A grid in proportion to a number of the file would be two thousand million steps.
  EXPECT_HAS(failure(head + "(0,1),(1,2),(2000000000,3):a\n").message, "the times reach over 2e");
  EXPECT_HAS(failure(head + ":a\n").message, "the series has no values");
}

TEST(Series, ThatTakeMoreThanTheMemoryAreRefused) {
  Folder folder;
  Quiet quiet;
  folder.write("try.ts", two_classes());
  const auto project = folder.project("try.ts");
  // Ten of 8 and ten of 6 values, each with its length and its line.
  constexpr std::uint64_t kBytes = 10 * (8 * 4 + 12) + 10 * (6 * 4 + 12);
  const std::string task = "classification";
  EXPECT_EQ(read_series_sources(project, task, quiet.run, nullptr, kBytes).samples.count, 20);
  FileFacts facts;
  for (FileFacts* noted : {static_cast<FileFacts*>(nullptr), &facts}) {
    const auto error = failure_of(
        ExitStatus::kInput, [&] { read_series_sources(project, task, quiet.run, noted, 100); });
    EXPECT_EQ(error.at.file, (folder / "try.ts").string());
    EXPECT_EQ(error.message,
              "the series read so far take 124 B of memory, more than this machine has")
        << "44 + 36 + 44";
    EXPECT_EQ(error.hint, "cut series into windows, or name fewer files");
  }
  EXPECT_HAS(failure_of(ExitStatus::kInput,
                        [&] { read_series_sources(project, task, quiet.run, nullptr, kBytes - 1); })
                 .message,
             "take 800 B of memory");
}

}  // namespace
}  // namespace dlwork::data
