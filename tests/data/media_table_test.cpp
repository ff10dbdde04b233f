#include <cmath>

#include "data/series_cell.h"
#include "data_support.h"
#include "dlwork/data/file_facts.h"
#include "dlwork/data/preprocess.h"
#include "support/sounds.h"

/// Tables whose columns hold the samples or name their files; those of pictures are in media_test.
namespace dlwork::data {
namespace {

using dlwork::testing::tone;
using dlwork::testing::wav;

std::vector<float> parsed(const std::string& text, std::int64_t channels = 1) {
  LoneSeries series;
  EXPECT_EQ(parse_series(text, series), "") << text;
  EXPECT_EQ(series.channels, channels) << text;
  return series.values;
}

TEST(SeriesCell, IsReadAsPeopleWriteThem) {
  const std::vector<float> three{1, -2.5, 300};
  for (const char* text : {"1 -2.5 3e2", "1,-2.5,300", " 1; -2.5 ;300 ", "[1, -2.5, 300]",
                           "[1.  -2.5 300.]", "1, -2.5, 300,"}) {
    EXPECT_EQ(parsed(text), three) << text;
  }
  for (const char* text : {"1 ? 3", "1,,3", "[1, nan, 3]", "[1, null, 3]", "1; NA; 3"}) {
    const auto values = parsed(text);
    ASSERT_EQ(values.size(), 3u) << text;
    EXPECT_EQ(values[0], 1);
    EXPECT_TRUE(std::isnan(values[1])) << text;
    EXPECT_EQ(values[2], 3);
  }
  EXPECT_EQ(parsed("[[1, 2], [3, 4], [5, 6]]", 2), (std::vector<float>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(parsed("[[1. 2.]\n [3. 4.]]", 2), (std::vector<float>{1, 2, 3, 4}));
}

TEST(SeriesCell, SaysWhatIsWrong) {
  const auto wrong = [](const std::string& text) {
    LoneSeries series;
    return parse_series(text, series);
  };
  EXPECT_EQ(wrong("1 2 x 4"), "value 3: 'x' is no number");
  EXPECT_EQ(wrong("[1, 2"), "a bracket is not closed");
  EXPECT_EQ(wrong("[1, 2] 3"), "there is more behind the last bracket");
  EXPECT_EQ(wrong("[[1, 2], [3]]"), "step 2 has 1 values, the first has 2");
  EXPECT_EQ(wrong("[[1, 2], [3, 4]"), "a bracket is not closed");
  EXPECT_EQ(wrong("[[1, 2], [3, b]]"), "step 2: value 2: 'b' is no number");
  for (const char* series : {"1", "? 2", "[x", "-1,2"}) EXPECT_TRUE(holds_series(series)) << series;
  for (const char* name : {"a.npy", "runs/7.csv", "7.csv", "1_2.csv"}) {
    EXPECT_FALSE(holds_series(name)) << name;
  }
}

TEST(SoundColumn, NamesRecordings) {
  Folder folder;
  std::string table = "take,who,kind\n";
  for (int i = 0; i < 24; ++i) {
    const std::string name = "takes/" + std::to_string(i) + ".wav";
    folder.write(name,
                 wav(tone(i % 2 ? 440 : 1760, 8000, 800 + 8 * static_cast<std::size_t>(i)), 8000));
    table += name + ",p" + std::to_string(i / 4) + "," + (i % 2 ? "low" : "high") + "\n";
  }
  folder.write("takes.csv", table);
  auto project = folder.project("takes.csv", "kind");
  project.data.columns["take"].type = "sound";
  project.data.columns["who"].type = "group";
  project.data.split.method = "group";
  const Probe found = probe(project);
  EXPECT_EQ(found.kind, Kind::kSequence);
  EXPECT_EQ(found.channels, 40);
  EXPECT_EQ(found.classes, (std::vector<std::string>{"high", "low"}));
  Quiet quiet;
  const Dataset dataset = load_dataset(project, "classification", quiet.run);
  ASSERT_EQ(dataset.samples.kind, Kind::kSequence);
  ASSERT_TRUE(dataset.samples.sequences.sound);
  EXPECT_EQ(dataset.samples.sequences.sound->rate, 8000);
  EXPECT_EQ(dataset.samples.where(5), "takes.csv:7 (take takes/5.wav)");
  EXPECT_EQ(dataset.split_method, "group");
  // The same recordings in class folders give the same frames.
  for (int i = 0; i < 24; ++i) {
    folder.write(
        "folders/" + std::string(i % 2 ? "low/" : "high/") + std::to_string(100 + i) + ".wav",
        wav(tone(i % 2 ? 440 : 1760, 8000, 800 + 8 * static_cast<std::size_t>(i)), 8000));
  }
  const Dataset same = load_dataset(folder.project("folders"), "classification", quiet.run);
  const Sequences &mine = dataset.samples.sequences, &theirs = same.samples.sequences;
  ASSERT_EQ(mine.steps, theirs.steps);
  for (std::int64_t i = 0; i < mine.lengths[3] * mine.channels; ++i) {
    EXPECT_EQ(mine.at(3)[i], theirs.at(13)[i]) << "the second of the folder low";
  }

  const auto fitted = Preprocessor::from_json(
      Preprocessor::fit(dataset.samples, dataset.part(Part::kTrain), Categories::kOneHot)
          .to_json());
  EXPECT_EQ(fitted.media_columns(), std::vector<std::string>{"take"});
  const auto list = folder.write("new.csv", "n,take\n1,takes/3.wav\n2,takes/gone.wav\n");
  InputStream stream(list, fitted, {});
  EXPECT_EQ(stream.next(1)->sequences.values[40], mine.at(3)[40]);
  EXPECT_HAS(failure_of(ExitStatus::kInput, [&] { stream.next(1); }).at.file, "takes/gone.wav");
  InputStream carets(folder.write("carets.csv", "n^take\n1^takes/3.wav\n"), fitted, {}, "^");
  EXPECT_EQ(carets.next(1)->sequences.values[40], mine.at(3)[40]);
  InputStream one((folder / "takes/3.wav").string(), fitted, {});
  EXPECT_EQ(one.next(1)->sequences.values[40], mine.at(3)[40]) << "a recording by itself";

  const std::string before = data_fingerprint(project, "");
  folder.write("takes/3.wav", wav(tone(450, 8000, 900), 8000));
  EXPECT_NE(data_fingerprint(project, ""), before) << "what the table names is data too";
  folder.write("takes.csv", table + ",p9,low\n");
  const auto error =
      failure_of(ExitStatus::kInput, [&] { load_dataset(project, "classification", quiet.run); });
  EXPECT_EQ(error.message, "column take names no sound");
  EXPECT_EQ(error.at.line, 26);
}

TEST(SequenceColumns, HoldSeriesWhoseChannelsTheyAre) {
  Folder folder;
  std::string table = "left,note,right,y\n";
  for (int i = 0; i < 20; ++i) {
    const std::string n = std::to_string(i);
    table += "\"" + n + ", 1, 2\",n" + n + "," + n + " ? 4" + (i == 7 ? " ?" : "") + "," +
             (i % 2 ? "a" : "b") + "\n";
  }
  table.replace(table.find("\"7, 1, 2\""), 9, "7 1 2 3  ");
  folder.write("t.csv", table);
  auto project = folder.project("t.csv", "y");
  project.data.columns["right"].type = "sequence";
  project.data.columns["left"].type = "sequence";
  const Probe found = probe(project);
  EXPECT_EQ(found.kind, Kind::kSequence);
  EXPECT_EQ(found.channels, 2);
  EXPECT_EQ(found.steps, 3);
  Quiet quiet;
  const Dataset dataset = load_dataset(project, "classification", quiet.run);
  const Sequences& series = dataset.samples.sequences;
  EXPECT_EQ(dataset.samples.count, 20);
  EXPECT_EQ(series.channels, 2);
  EXPECT_EQ(series.steps, 4);
  EXPECT_EQ(series.lengths[5], 3);
  EXPECT_EQ(series.lengths[7], 4);
  EXPECT_EQ(series.at(5)[0], 5) << "the columns in the order of the table";
  EXPECT_EQ(series.at(5)[1], 5);
  EXPECT_EQ(series.at(5)[2], 1);
  EXPECT_TRUE(std::isnan(series.at(5)[3]));
  EXPECT_EQ(dataset.samples.where(5), "t.csv:7");
  EXPECT_TRUE(dataset.samples.carried.columns.empty()) << "the texts are not kept";
  const auto fitted = Preprocessor::from_json(
      Preprocessor::fit(dataset.samples, dataset.part(Part::kTrain), Categories::kOneHot)
          .to_json());
  const auto lines = folder.write("new.jsonl",
                                  "{\"left\": [1, 2], \"right\": [3.5, null], \"w\": {\"a\": 1}}\n"
                                  "{\"left\": [1, 2], \"right\": [3]}\n");
  InputStream stream(lines, fitted, {});
  const auto chunk = stream.next(1);
  EXPECT_EQ(chunk->sequences.lengths[0], 2);
  EXPECT_EQ(chunk->sequences.at(0)[1], 3.5);
  EXPECT_TRUE(std::isnan(chunk->sequences.at(0)[3]));
  EXPECT_EQ(failure_of(ExitStatus::kInput, [&] { stream.next(1); }).message,
            "has 1 steps, the column before has 2");
}

TEST(SequenceColumns, NameFilesOfOneSeries) {
  Folder folder;
  std::string table = "run,y\n";
  for (int i = 0; i < 20; ++i) {
    const std::string n = std::to_string(i), name = "runs/" + n + (i % 2 ? ".csv" : ".jsonl");
    folder.write(name,
                 i % 2 ? "x,z\n" + n + ",1\n2,\n" : "{\"x\": " + n + ", \"z\": 1}\n{\"x\": 2}\n");
    table += name + "," + n + ".5\n";
  }
  folder.write("runs/20.ts",
               "@univariate false\n@dimensions 2\n@classLabel false\n@data\n1,2:3,4\n");
  folder.write("t.csv", table + "runs/20.ts,20.5\n");
  auto project = folder.project("t.csv", "y");
  project.data.columns["run"].type = "sequence";
  EXPECT_EQ(probe(project).channels, 2);
  Quiet quiet;
  const Dataset dataset = load_dataset(project, "regression", quiet.run);
  const Sequences& series = dataset.samples.sequences;
  EXPECT_EQ(series.channels, 2);
  EXPECT_EQ(series.at(13)[0], 13);
  EXPECT_EQ(series.at(14)[0], 14);
  EXPECT_EQ(series.at(14)[1], 1);
  EXPECT_TRUE(std::isnan(series.at(13)[3]) && std::isnan(series.at(14)[3]));
  EXPECT_EQ(series.at(20)[3], 4);
  EXPECT_EQ(dataset.samples.target.values[3], 3.5);
  EXPECT_EQ(dataset.samples.where(13), "t.csv:15 (run runs/13.csv)");
  const std::string before = data_fingerprint(project, "");
  folder.write("runs/13.csv", "x,z\n1,1\n2,2\n");
  EXPECT_NE(data_fingerprint(project, ""), before);
}

TEST(SequenceColumns, ThatCannotBeReadAreNamedAndForTheAuditListed) {
  Folder folder;
  std::string table = "run,y\n";
  for (int i = 0; i < 20; ++i) table += "1 2 3," + std::string(i % 2 ? "a" : "b") + "\n";
  folder.write("t.csv", table + "1 x 3,a\nruns/gone.csv,b\n\"[[1, 2]]\",a\n");
  auto project = folder.project("t.csv", "y");
  project.data.columns["run"].type = "sequence";
  Quiet quiet;
  const auto error =
      failure_of(ExitStatus::kInput, [&] { load_dataset(project, "classification", quiet.run); });
  EXPECT_EQ(error.at.line, 22);
  EXPECT_HAS(error.message, "column run: value 2: 'x' is no number");
  FileFacts facts;
  const Dataset dataset = load_with_facts(project, "classification", quiet.run, facts);
  EXPECT_EQ(dataset.samples.count, 20);
  ASSERT_EQ(facts.unreadable.size(), 3u);
  EXPECT_EQ(facts.unreadable[0].file, "t.csv:22");
  EXPECT_EQ(facts.unreadable[1].file, "t.csv:23");
  EXPECT_EQ(facts.unreadable[2].reason, "column run: the series has 2 channels, the first has 1");
  project.data.columns["y"].type = "sequence";
  EXPECT_HAS(
      failure_of(ExitStatus::kUsage, [&] { load_dataset(project, "classification", quiet.run); })
          .message,
      "the target of a classification cannot be of type sequence");
  project.data.columns["y"].type = "picture";
  project.data.target = "run";
  EXPECT_EQ(
      failure_of(ExitStatus::kUsage, [&] { load_dataset(project, "classification", quiet.run); })
          .message,
      "is of type picture, beside a column of type sequence");
}

}  // namespace
}  // namespace dlwork::data
