#include <cmath>

#include "data/target.h"
#include "data_support.h"

namespace dlwork::data {
namespace {

/// `rows` rows of x, colour, when, site and y.
std::string table_text(int rows) {
  std::string text = "x,colour,when,site,y\n";
  for (int i = 0; i < rows; ++i) {
    const char day = static_cast<char>('0' + i % 10);
    text += std::to_string(i) + "," + (i % 3 ? "red" : "blue") + ",2024-0" +
            std::to_string(1 + i / 10) + "-0" + day + ",s" + std::to_string(i / 5) + "," +
            (i % 2 ? "yes" : "no") + "\n";
  }
  return text;
}

class Load : public ::testing::Test {
 protected:
  Dataset load(const spec::Project& project, const std::string& task = "classification") {
    return load_dataset(project, task, quiet_.run);
  }
  Diagnostic fails(ExitStatus status, const spec::Project& project,
                   const std::string& task = "classification") {
    return failure_of(status, [&] { load(project, task); });
  }
  /// A project over one file with this text.
  spec::Project project_of(const std::string& text, const std::string& target = "y") {
    folder_.write("t.csv", text);
    return folder_.project("t.csv", target);
  }
  Folder folder_;
  Quiet quiet_;
};

TEST_F(Load, ReadsATableAndSplitsIt) {
  const Dataset dataset = load(project_of(table_text(60)));
  const Samples& samples = dataset.samples;
  EXPECT_EQ(samples.kind, Kind::kTable);
  EXPECT_EQ(samples.count, 60);
  EXPECT_EQ(samples.table.rows, 60);
  ASSERT_EQ(samples.table.columns.size(), 4u);
  EXPECT_EQ(samples.table.find("x")->numbers[59], 59);
  EXPECT_EQ(samples.table.find("y"), nullptr);
  EXPECT_EQ(samples.target.name, "y");
  EXPECT_EQ(samples.target.classes, (std::vector<std::string>{"no", "yes"}));
  EXPECT_EQ(samples.target.codes[1], 1);
  EXPECT_EQ(samples.where(0), "t.csv:2");
  EXPECT_EQ(dataset.part(Part::kTest).size(), 12u);
  EXPECT_EQ(dataset.part(Part::kValidation).size(), 5u);
  EXPECT_EQ(dataset.part(Part::kTrain).size(), 43u);
  EXPECT_EQ(dataset.split, "stratified, seed 1: 43 / 5 / 12");
  EXPECT_EQ(dataset.fingerprint, data_fingerprint(folder_.project("t.csv", "y"), ""));
}

TEST_F(Load, TakesFilesForPartsAndUnifiesClasses) {
  auto project = project_of(table_text(40));
  folder_.write("test.csv", "y,site,x,colour,when\nmaybe,s1,5,green,2025\nno,s2,6,red,2025\n");
  project.data.test.paths = {"test.csv"};
  const Dataset dataset = load(project);
  EXPECT_EQ(dataset.part(Part::kTest), (std::vector<std::int64_t>{40, 41}));
  EXPECT_EQ(dataset.samples.target.classes, (std::vector<std::string>{"maybe", "no", "yes"}));
  EXPECT_EQ(dataset.samples.target.codes[40], 0);
  EXPECT_EQ(dataset.samples.where(41), "test.csv:3");
  project.data.validation.paths = {"test.csv"};
  EXPECT_EQ(load(project).split, "as in the files: 40 / 2 / 2");
}

TEST_F(Load, SplitsByGroupAndByTimeWithoutThemAsInputs) {
  auto project = project_of(table_text(60));
  project.data.split = {"group", "site"};
  const Dataset groups = load(project);
  EXPECT_EQ(groups.samples.table.find("site"), nullptr);
  EXPECT_EQ(groups.part(Part::kTest).size() % 5, 0u);
  project.data.split = {"time", "when"};
  project.data.inputs = {"x", "when"};
  const Dataset times = load(project);
  EXPECT_NE(times.samples.table.find("when"), nullptr);
  EXPECT_EQ(times.part(Part::kTest).front(), 48);
  EXPECT_EQ(times.part(Part::kValidation).back(), 47);
}

TEST_F(Load, SortsNumericClassesByNumber) {
  const Dataset dataset = load(project_of("x,y\n1,10\n2,9\n3,10\n4,9\n5,1.5\n6,1.5\n"));
  EXPECT_EQ(dataset.samples.target.classes, (std::vector<std::string>{"1.5", "9", "10"}));
  auto project = project_of("x,y\n1,10\n2,9\n3,10\n4,9\n5,01\n6,01\n");
  project.data.columns["y"].type = "category";
  EXPECT_EQ(load(project).samples.target.classes, (std::vector<std::string>{"01", "9", "10"}));
}

TEST_F(Load, LeavesUnlabelledRowsOutAndListsThem) {
  std::string text = "x,y\n";
  for (int i = 0; i < 40; ++i) {
    text += std::to_string(i) + "," + (i % 10 == 3 ? "NaN" : i % 2 ? "1" : "0") + "\n";
  }
  for (const char* task : {"classification", "regression"}) {
    const Dataset dataset = load(project_of(text), task);
    EXPECT_EQ(dataset.unlabelled, (std::vector<std::int64_t>{3, 13, 23, 33}));
    std::size_t split = 0;
    for (const auto& rows : dataset.rows) {
      split += rows.size();
      for (const auto row : rows) EXPECT_NE(row % 10, 3);
    }
    EXPECT_EQ(split, 36u);
  }
}

TEST_F(Load, KeepsAColumnThatIsMissingEverywhere) {
  const Dataset dataset = load(project_of("x,empty,y\n1,,a\n2,NA,b\n3,,a\n4,?,b\n5,,a\n"));
  const Column* empty = dataset.samples.table.find("empty");
  ASSERT_NE(empty, nullptr);
  for (int row = 0; row < 5; ++row) EXPECT_TRUE(empty->is_missing(row));
}

TEST_F(Load, ReadsNumbersForRegression) {
  const Dataset dataset = load(project_of("x,y\n1,0.5\n2,1.5\n3,2\n4,3\n5,4\n"), "regression");
  EXPECT_FALSE(dataset.samples.target.is_class);
  EXPECT_EQ(dataset.samples.target.values[1], 1.5);
  EXPECT_EQ(dataset.split.substr(0, 6), "random");
  const auto error = fails(ExitStatus::kInput, project_of("x,y\n1,0.5\n2,high\n"), "regression");
  EXPECT_EQ(error.at.line, 3);
  EXPECT_EQ(error.at.column, 3);
  EXPECT_HAS(error.hint, "task: classification");
}

TEST_F(Load, RefusesAnInfiniteTargetAtItsRow) {
  for (const std::string infinite : {"inf", "-inf", "1e999"}) {
    const auto error =
        fails(ExitStatus::kInput, project_of("x,y\n1,0.5\n2,\n3," + infinite + "\n4,inf\n5,2\n"),
              "regression");
    EXPECT_EQ(error.message, "the target y is infinite here, and no model can learn that");
    EXPECT_HAS(error.at.file, "t.csv");
    EXPECT_EQ(error.at.line, 4) << infinite;
  }
  // An infinite input is not: the audit finds it, and training fills it in.
  const Dataset dataset = load(project_of("x,y\ninf,0.5\n2,1\n3,2\n4,3\n5,4\n"), "regression");
  EXPECT_TRUE(std::isinf(dataset.samples.table.find("x")->numbers[0]));
}

TEST_F(Load, RefusesWhatCannotBeLearned) {
  EXPECT_HAS(fails(ExitStatus::kInput, project_of("x,y\n1,a\n2,a\n3,a\n")).message,
             "every row has the class 'a'");
  EXPECT_HAS(fails(ExitStatus::kInput, project_of("x,y\n1,\n2,NA\n3,\n")).message,
             "missing in every row");
  std::string text = "x,y\n";
  for (int i = 0; i < 150; ++i) text += "1," + std::to_string(i) + ".5\n";
  EXPECT_EQ(fails(ExitStatus::kUsage, project_of(text)).key, "task");
  EXPECT_HAS(fails(ExitStatus::kInput, project_of("x,y\n1,a\n2,b\n")).message, "2 labelled rows");
}

TEST_F(Load, NamesTheFirstRowOutsideTheDeclaredClasses) {
  auto project = project_of("x,y\n1,a\n2,b\n3,c\n4,a\n5,c\n");
  project.data.expect.classes = {"a", "b", "see"};
  const auto error = fails(ExitStatus::kInput, project);
  EXPECT_EQ(error.at.line, 4);
  EXPECT_EQ(error.at.file, (folder_ / "t.csv").string());
  EXPECT_HAS(error.message, "'c'");
}

TEST_F(Load, NamesTheKeyOfAnUnknownColumn) {
  auto project = project_of(table_text(30), "sitee");
  project.places["data.target"] = {project.file, 7, 11};
  const auto target = fails(ExitStatus::kUsage, project);
  EXPECT_EQ(target.key, "data.target");
  EXPECT_EQ(target.at.file, project.file);
  EXPECT_EQ(target.at.line, 7);
  EXPECT_EQ(target.at.column, 11);
  EXPECT_HAS(target.hint, "did you mean site?");
  project = project_of(table_text(30), "");
  EXPECT_EQ(fails(ExitStatus::kUsage, project).key, "data.target");
  project = project_of(table_text(30));
  project.data.inputs = {"x", "color"};
  const auto inputs = fails(ExitStatus::kUsage, project);
  EXPECT_EQ(inputs.key, "data.inputs");
  EXPECT_HAS(inputs.hint, "colour");
  project.data.inputs = {"x", "y"};
  EXPECT_HAS(fails(ExitStatus::kUsage, project).message, "the target y");
  project = project_of(table_text(30));
  project.data.columns["sight"].type = "ignore";
  EXPECT_EQ(fails(ExitStatus::kUsage, project).key, "data.columns.sight");
  project.data.columns = {};
  project.data.split = {"group", ""};
  EXPECT_EQ(fails(ExitStatus::kUsage, project).key, "data.split.column");
}

TEST_F(Load, TakesDeclaredColumnTypes) {
  auto project = project_of(table_text(30));
  project.data.columns["x"].type = "category";
  project.data.columns["when"].type = "ignore";
  const Dataset dataset = load(project);
  EXPECT_EQ(dataset.samples.table.find("when"), nullptr);
  EXPECT_EQ(dataset.samples.table.find("x")->type, ColumnType::kCategory);
}

TEST_F(Load, NamesTheRowWithoutAGroup) {
  auto project = project_of("x,g,y\n1,a,0\n2,,1\n3,b,0\n4,c,1\n");
  project.data.split = {"group", "g"};
  const auto error = fails(ExitStatus::kInput, project);
  EXPECT_EQ(error.at.line, 3);
  EXPECT_HAS(error.message, "column g is missing");
}

TEST_F(Load, ReadsIdxWithLabelsAndNames) {
  std::string pixels(20 * 4, '\x05'), labels;
  for (int i = 0; i < 20; ++i) labels += static_cast<char>(i % 2 ? 2 : 0);
  folder_.write("p.idx", idx_bytes({20, 2, 2}, pixels));
  folder_.write("l.idx", idx_bytes({20}, labels));
  auto project = folder_.project("p.idx");
  EXPECT_EQ(fails(ExitStatus::kUsage, project).key, "data.train.labels");
  project.data.train.labels = "l.idx";
  EXPECT_EQ(load(project).samples.target.classes, (std::vector<std::string>{"0", "2"}));
  EXPECT_EQ(load(project, "regression").samples.target.values[1], 2);
  project.data.class_names = {"shirt", "bag", "boot"};
  const Dataset dataset = load(project);
  EXPECT_EQ(dataset.samples.target.classes, project.data.class_names);
  EXPECT_EQ(dataset.samples.target.codes[1], 2);
  EXPECT_EQ(dataset.samples.where(1), "p.idx:2");
  project.data.class_names = {"shirt", "bag"};
  EXPECT_HAS(fails(ExitStatus::kInput, project).message, "record 2 has the label 2");
  project.data.class_names = {};
  folder_.write("short.idx", idx_bytes({19}, labels.substr(0, 19)));
  project.data.train.labels = "short.idx";
  EXPECT_HAS(fails(ExitStatus::kInput, project).message, "19 labels for 20 pictures");
}

TEST_F(Load, RefusesMissingFilesAndMixedKinds) {
  EXPECT_HAS(fails(ExitStatus::kInput, folder_.project("no.csv", "y")).message, "No such file");
  auto project = project_of(table_text(20));
  folder_.write("p.idx", idx_bytes({1, 2, 2}, "1234"));
  project.data.test.paths = {"p.idx"};
  EXPECT_EQ(fails(ExitStatus::kUsage, project).key, "data.test");
}

TEST(ClassNames, SortNumericallyWhenAllAreNumbers) {
  std::vector<std::string> numbers{"10", "9", "-1", "1e1"};
  sort_class_names(numbers);
  EXPECT_EQ(numbers, (std::vector<std::string>{"-1", "9", "10", "1e1"}));
  std::vector<std::string> texts{"b", "10", "9", "a"};
  sort_class_names(texts);
  EXPECT_EQ(texts, (std::vector<std::string>{"10", "9", "a", "b"}));
}

}  // namespace
}  // namespace dlwork::data
