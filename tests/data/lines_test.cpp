#include "data_support.h"

#include "data/line_source.h"
#include "dlwork/data/resolve.h"
#include "dlwork/data/words.h"

namespace dlwork::data {
namespace {

constexpr char kTask[] = "embedding";

std::string story(int lines) {
  std::string text;
  for (int i = 0; i < lines; ++i) text += "Line " + std::to_string(i) + " of a text.\n";
  return text;
}

/// The message of the error that reading `project` ends with.
Diagnostic refused(const spec::Project& project, const std::string& task, ExitStatus status) {
  Quiet quiet;
  try {
    load_dataset(project, task, quiet.run);
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), status);
    return error.diagnostics().front();
  }
  ADD_FAILURE() << "nothing was refused";
  return {};
}

TEST(Lines, EachIsASampleWithoutATarget) {
  const Folder folder;
  Quiet quiet;
  folder.write("train.txt", "\xEF\xBB\xBFOne line\r\n\r\nAnd a third, \xC3\xA4 b\n" + story(17));
  const auto dataset = load_dataset(folder.project("train.txt"), kTask, quiet.run);
  const auto& samples = dataset.samples;
  EXPECT_EQ(samples.kind, Kind::kText);
  ASSERT_EQ(samples.count, 20);
  EXPECT_EQ(samples.texts[0], "One line");
  EXPECT_EQ(samples.texts[1], "");
  EXPECT_EQ(samples.texts[2], "And a third, \xC3\xA4 b");
  EXPECT_EQ(samples.where(2), "train.txt:3");
  EXPECT_FALSE(samples.target.given());
  EXPECT_TRUE(dataset.unlabelled.empty());
  EXPECT_EQ(dataset.part(Part::kTest).size(), 4u);
  EXPECT_EQ(dataset.part(Part::kValidation).size(), 2u);
  EXPECT_EQ(dataset.part(Part::kTrain).size(), 14u);
}

TEST(Lines, PartsMayHavePackedFilesOfTheirOwn) {
  const Folder folder;
  Quiet quiet;
  folder.write("train.txt.gz", packed(story(5)));
  folder.write("check.txt", "only this");
  auto project = folder.project("train.txt.gz");
  project.data.validation.paths = {"check.txt"};
  project.data.test.paths = {"check.txt"};
  const auto dataset = load_dataset(project, kTask, quiet.run);
  EXPECT_EQ(dataset.samples.count, 7);
  EXPECT_EQ(dataset.part(Part::kValidation), std::vector<std::int64_t>{5});
  EXPECT_EQ(dataset.samples.where(6), "check.txt:1");
}

TEST(Lines, ATextFileWithRowsIsATable) {
  const Folder folder;
  EXPECT_FALSE(is_line_file(folder.write("rows.txt", "a\tb\ty\n1\t2\t3\n4\t5\t6\n")));
  EXPECT_FALSE(is_line_file(folder.write("commas.txt", "a,y\n1,2\n3,4\n")));
  EXPECT_FALSE(is_line_file(folder.write("prose.csv", "Once, a tale.\nIt ended.\n")));
  EXPECT_TRUE(is_line_file(folder.write("prose.txt", "Once, a tale, of old.\nIt ended.\n")));
  EXPECT_TRUE(is_line_file(folder.write("words.TXT", "boat\nsoup\n")));
}

TEST(Lines, FaultsAreToldWithTheirLine) {
  const Folder folder;
  folder.write("bad.txt", "good\nba\xFF\xFE\n");
  const auto bytes = refused(folder.project("bad.txt"), kTask, ExitStatus::kInput);
  EXPECT_EQ(bytes.at.line, 2);
  EXPECT_NE(bytes.message.find("no UTF-8"), std::string::npos) << bytes.message;
  folder.write("zero.txt", std::string("a\nb\0c\n", 6));
  EXPECT_EQ(refused(folder.project("zero.txt"), kTask, ExitStatus::kInput).at.line, 2);
  folder.write("empty.txt", "");
  EXPECT_NE(
      refused(folder.project("empty.txt"), kTask, ExitStatus::kInput).message.find("no lines"),
      std::string::npos);
}

TEST(Lines, TheTaskMustFitTheData) {
  const Folder folder;
  folder.write("train.txt", story(20));
  folder.write("train.csv", "a,y\n1,2\n3,4\n");
  const auto supervised =
      refused(folder.project("train.txt"), "classification", ExitStatus::kUsage);
  EXPECT_EQ(supervised.key, "task");
  EXPECT_NE(supervised.message.find("needs a target"), std::string::npos) << supervised.message;
  EXPECT_EQ(refused(folder.project("train.csv", "y"), kTask, ExitStatus::kUsage).key, "task");
  EXPECT_EQ(refused(folder.project("train.txt", "y"), kTask, ExitStatus::kUsage).key,
            "data.target");
  auto stratified = folder.project("train.txt");
  stratified.data.split.method = "stratified";
  EXPECT_EQ(refused(stratified, kTask, ExitStatus::kUsage).key, "data.split.method");
}

TEST(Lines, TheTaskIsToldFromTheFile) {
  const Folder folder;
  folder.write("train.txt", story(20));
  const auto project = folder.write("project.yaml", "dlwork: 1\ndata: {train: train.txt}\n");
  const auto resolved = resolve_project(project, {});
  EXPECT_EQ(resolved.probe.kind, Kind::kText);
  EXPECT_EQ(resolved.project.task, "embedding");
  EXPECT_EQ(resolved.project.analogy, "word-vectors");
  EXPECT_EQ(resolved.project.model.layers.size(), 1u);
}

TEST(Lines, AWorldNeedsNoFiles) {
  const Folder folder;
  const auto project =
      folder.write("project.yaml", "dlwork: 1\ndata: {environment: cartpole, episodes: 50}\n");
  const auto resolved = resolve_project(project, {});
  EXPECT_EQ(resolved.probe.kind, Kind::kEnvironment);
  EXPECT_EQ(resolved.project.task, "reinforcement-learning");
  EXPECT_EQ(resolved.project.analogy, "reinforcement-cartpole");
  EXPECT_NE(data_fingerprint(resolved.project, ""), "");
  folder.write("none.yaml", "dlwork: 1\ndata: {root: .}\n");
  try {
    resolve_project((folder.path() / "none.yaml").string(), {});
    FAIL() << "neither files nor a world";
  } catch (const Error& error) {
    EXPECT_EQ(error.diagnostics().front().key, "data.train");
    EXPECT_EQ(error.diagnostics().front().message, "is missing");
  }
}

TEST(LineWords, AreRunsOfLettersInLowerCase) {
  EXPECT_EQ(line_words("Don't STOP 3 times - 'quoted' (\xC3\x84rger)..."),
            (std::vector<std::string>{"don't", "stop", "3", "times", "quoted", "\xC3\x84rger"}));
  EXPECT_TRUE(line_words(" .,;- ").empty());
}

TEST(Lines, ThatTakeMoreThanTheMemoryAreRefused) {
  const Folder folder;
  Quiet quiet;
  folder.write("a.txt", story(1000));
  folder.write("b.txt", story(1000));
  spec::Project project = folder.project("a.txt");
  // Each line takes its text, what a string is, its line's number and that of its file.
  constexpr std::uint64_t kMost = 1000 * (32 + 19 + 12);
  EXPECT_EQ(read_line_sources(project, quiet.run, 2 * kMost).samples.count, 1000);
  const auto fails = [&](std::uint64_t most) {
    return failure_of(ExitStatus::kInput, [&] { read_line_sources(project, quiet.run, most); });
  };
  const auto error = fails(16 << 10);
  EXPECT_EQ(error.at.file, (folder / "a.txt").string());
  EXPECT_EQ(error.message,
            "the lines read so far take 16.0 KiB of memory, more than this machine has");
  EXPECT_EQ(error.hint, "name fewer files");
  project.data.train.paths = {"a.txt", "b.txt"};
  EXPECT_EQ(fails(kMost).at.file, (folder / "b.txt").string()) << "all files count";
}

}  // namespace
}  // namespace dlwork::data
