#include "data_support.h"
#include "dlwork/data/file_facts.h"
#include "support/sounds.h"

/// Targets that are texts to be written.
namespace dlwork::data {
namespace {

constexpr char kTask[] = "transcription";

class Transcripts : public ::testing::Test {
 protected:
  Dataset load(const spec::Project& project) { return load_dataset(project, kTask, quiet_.run); }
  Diagnostic fails(const spec::Project& project) {
    return failure_of(ExitStatus::kUsage, [&] { load(project); });
  }
  /// A table of series with the text that each says; of every sixth row it is not known.
  spec::Project said(const std::string& header = "heard,said") {
    std::string text = header + "\n";
    for (int i = 0; i < 30; ++i) {
      text +=
          "1 2 " + std::to_string(i) + "," +
          (i % 6 == 5   ? std::string()
           : i % 6 == 4 ? "00" + std::to_string(i)
                        : "\"one, two \"\"" + std::to_string(i) + "\"\" and many words more\"") +
          "\n";
    }
    folder_.write("said.csv", text);
    auto project = folder_.project("said.csv", "said");
    project.data.columns["heard"].type = "sequence";
    return project;
  }

  Folder folder_;
  Quiet quiet_;
};

TEST_F(Transcripts, AreTheTextsOfTheTargetColumn) {
  const Dataset dataset = load(said());
  const Target& target = dataset.samples.target;
  EXPECT_EQ(dataset.samples.kind, Kind::kSequence);
  EXPECT_FALSE(target.is_class);
  EXPECT_FALSE(target.given());
  ASSERT_EQ(target.texts.size(), 30u);
  EXPECT_EQ(target.texts[0], "one, two \"0\" and many words more");
  EXPECT_EQ(target.texts[4], "004") << "a text of digits is no number";
  EXPECT_EQ(target.texts[5], "");
  EXPECT_EQ(dataset.unlabelled, (std::vector<std::int64_t>{5, 11, 17, 23, 29}));
  EXPECT_EQ(dataset.split, "random, seed 1: 18 / 2 / 5");
  auto other = said();
  other.data.columns["said"].type = "text";
  EXPECT_EQ(load(other).samples.target.texts, target.texts);
}

TEST_F(Transcripts, OfASeriesAreItsLabel) {
  std::string text = "@problemName heard\n@classLabel true\n@data\n";
  for (int i = 0; i < 20; ++i) {
    text += "1,2,3:" + (i == 7 ? std::string("?") : "a b " + std::to_string(i)) + "\n";
  }
  folder_.write("heard.ts", text);
  const Dataset dataset = load(folder_.project("heard.ts"));
  EXPECT_EQ(dataset.samples.target.texts[3], "a b 3");
  EXPECT_EQ(dataset.unlabelled, std::vector<std::int64_t>{7});
}

TEST_F(Transcripts, OfRecordingsAreTheirFolders) {
  for (const std::string name : {"yes", "no"}) {
    for (int i = 0; i < 8; ++i) {
      folder_.write("takes/" + name + "/" + std::to_string(i) + ".wav",
                    testing::wav(testing::tone(300.0 + i, 8000, 900), 8000));
    }
  }
  const Dataset dataset = load(folder_.project("takes"));
  EXPECT_EQ(dataset.samples.target.texts.front(), "no");
  EXPECT_EQ(dataset.samples.target.texts.back(), "yes");
}

TEST_F(Transcripts, OfNewDataMayBeMissing) {
  auto project = said();
  FileFacts facts;
  EXPECT_EQ(load_new(project, kTask, quiet_.run, facts).target.texts.size(), 30u);
  folder_.write("new.csv", "heard\n1 2\n3 4\n");
  project.data.train.paths = {"new.csv"};
  FileFacts new_facts;
  const Samples samples = load_new(project, kTask, quiet_.run, new_facts);
  EXPECT_EQ(samples.count, 2);
  EXPECT_TRUE(samples.target.texts.empty());
}

TEST_F(Transcripts, NeedStepsAndATextAndARandomSplit) {
  auto project = said();
  project.data.columns.clear();
  Diagnostic diagnostic = fails(project);
  EXPECT_EQ(diagnostic.key, "task");
  EXPECT_EQ(diagnostic.message,
            "transcription reads series and recordings, but the data are a table");
  project = said();
  project.data.columns["said"].type = "number";
  EXPECT_EQ(fails(project).message, "the target of a transcription cannot be of type number");
  project = said();
  project.data.split.method = "stratified";
  EXPECT_EQ(fails(project).message, "stratified needs classes, but the target is a text");
  folder_.write("lines.txt", "one\ntwo\n");
  EXPECT_EQ(fails(folder_.project("lines.txt")).key, "task");
}

}  // namespace
}  // namespace dlwork::data
