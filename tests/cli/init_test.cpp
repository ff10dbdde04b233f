#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/harness.h"
#include "dlwork/data/png.h"
#include "dlwork/spec/questions.h"
#include "support/places.h"

namespace dlwork::cli {
namespace {

namespace fs = std::filesystem;
using testing::Cli;
using testing::CliResult;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::string table(int rows) {
  std::string text = "size,weight,species\n";
  for (int i = 0; i < rows; ++i) {
    text += std::to_string(i) + ".5," + std::to_string(i * i) + (i % 2 ? ",cat\n" : ",dog\n");
  }
  return text;
}

/// An IDX file: magic, dimensions, bytes.
std::string idx(const std::vector<int>& dims, const std::string& bytes) {
  std::string text = {0, 0, 8, static_cast<char>(dims.size())};
  for (const int dim : dims) {
    for (const int shift : {24, 16, 8, 0}) text += static_cast<char>((dim >> shift) & 0xFF);
  }
  return text + bytes;
}

spec::Project loaded(Cli& cli, const std::string& file = "project.yaml") {
  return spec::load_project((cli.path() / file).string(), {});
}

TEST(Init, WritesAProjectForATable) {
  Cli cli;
  cli.write("pets.csv", table(20));
  const CliResult result =
      cli.run({"init", "--target", "species", "--set", "goal.target=0.95", "--name", "pets"});
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("target 'species', 2 classes: cat, dog"));
  EXPECT_THAT(result.out,
              HasSubstr("Write the question and goal.budget into it, then: dlwork readiness\n"));
  const spec::Project project = loaded(cli);
  EXPECT_EQ(project.name, "pets");
  EXPECT_EQ(project.task, "classification");
  EXPECT_EQ(project.goal.metric, "accuracy");
  EXPECT_EQ(project.goal.target, 0.95);
  EXPECT_THAT(project.data.train.paths, ElementsAre("pets.csv"));
  EXPECT_EQ(project.data.target, "species");
  const std::string text = read_file(cli.path() / "project.yaml");
  EXPECT_TRUE(text.starts_with("# yaml-language-server: $schema=.dlwork/project.schema.json\n"))
      << text;
  EXPECT_THAT(text, Not(HasSubstr("# target:")));
  EXPECT_TRUE(Json::parse(read_file(cli.path() / ".dlwork/project.schema.json")).is_object());
  EXPECT_EQ(cli.run({"status"}).status, 0);
}

TEST(Init, NamesWhatIsStillToBeWritten) {
  Cli cli;
  cli.write("pets.csv", table(20));
  const auto said = [&](std::vector<std::string> more) {
    std::vector<std::string> args{"init", "--force", "--target", "species"};
    args.insert(args.end(), more.begin(), more.end());
    return cli.run(args).out;
  };
  EXPECT_THAT(said({}), HasSubstr("Write the question, goal.target and goal.budget into it"));
  EXPECT_THAT(said({"--set", "goal.budget.trials=3"}),
              HasSubstr("Write the question and goal.target into it"));
  EXPECT_THAT(said({"--set", "goal.budget.trials=3", "--set", "goal.target=0.9", "--set",
                    "question=Which pet?"}),
              HasSubstr("\nNext: dlwork readiness\n"));
}

TEST(Init, TakesANumberForRegression) {
  Cli cli;
  cli.write("pets.csv", table(20));
  ASSERT_EQ(cli.run({"init", "--target", "size"}).status, 0);
  EXPECT_EQ(loaded(cli).task, "regression");
  EXPECT_EQ(loaded(cli).goal.metric, "rmse");
}

TEST(Init, PlacesRowsByClassWhenTold) {
  Cli cli;
  cli.write("pets.csv", table(20));
  const CliResult result = cli.run({"init", "--target", "species", "--task", "similarity"});
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("target 'species', 2 classes: cat, dog"));
  EXPECT_THAT(result.out, HasSubstr("from the template table-similarity."));
  EXPECT_EQ(loaded(cli).task, "similarity");
  EXPECT_EQ(loaded(cli).goal.metric, "recall-at-1");
  EXPECT_EQ(loaded(cli).data.target, "species");
}

TEST(Init, TextsToBeWrittenAreNoClasses) {
  Cli cli;
  cli.write("said.csv", "file,said\na.wav,yes\nb.wav,no\nc.wav,yes\n");
  const CliResult result = cli.run({"init", "--data", "said.csv", "--target", "said", "--task",
                                    "transcription", "--set", "data.columns.file=sound"});
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("Found a table with 2 columns; target 'said'.\n"));
  EXPECT_THAT(result.out, HasSubstr("from the template table-transcription."));
  const spec::Project project = loaded(cli);
  EXPECT_EQ(project.goal.metric, "word-error-rate");
  EXPECT_EQ(project.data.target, "said");
  EXPECT_EQ(project.data.columns.at("file").type, "sound");
}

TEST(Init, PicturesToBeEnlargedNeedNoLabels) {
  Cli cli;
  const data::Pictures picture{1, 1, 4, 6, std::vector<std::uint8_t>(24, 90)};
  for (const char* name : {"dawn.png", "dusk.png"}) {
    fs::create_directories(cli.path() / "views");
    data::write_png(picture, 0, cli.path() / "views" / name);
  }
  EXPECT_EQ(cli.run({"init", "--data", "views"}).status, 3) << "no class folders";
  const CliResult result = cli.run({"init", "--data", "views", "--task", "super-resolution"});
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("Found 2 pictures of 6 x 4 pixels, 1 channel.\n"));
  EXPECT_THAT(result.out, HasSubstr("from the template pictures-to-enlarge."));
  EXPECT_EQ(loaded(cli).task, "super-resolution");
  EXPECT_EQ(loaded(cli).goal.metric, "psnr");
  EXPECT_EQ(loaded(cli).data.root, "views");
}

TEST(Init, LabelsBesidePicturesToBeEnlargedAreLeftOut) {
  Cli cli;
  cli.write("idx/train-images-idx3-ubyte", idx({2, 4, 4}, std::string(32, 'x')));
  cli.write("idx/train-labels-idx1-ubyte", idx({2}, std::string("\0\1", 2)));
  const CliResult result = cli.run({"init", "--data", "idx", "--task", "super-resolution"});
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("Found 2 pictures of 4 x 4 pixels, 1 channel.\n"));
  EXPECT_THAT(loaded(cli).data.train.paths, ElementsAre("train-images-idx3-ubyte"));
  EXPECT_EQ(loaded(cli).data.train.labels, "");
}

TEST(Init, OfferedTasksHaveEachAMetric) {
  Cli cli;
  for (const char* task : {
#define TASK(folder, name) name,
#include "dlwork/spec/tasks.def"
#undef TASK
       }) {
    const CliResult result = cli.run({"init", task, "--template", "series", "--task", task});
    ASSERT_EQ(result.status, 0) << result.err;
    const spec::Project project = loaded(cli, std::string(task) + "/project.yaml");
    EXPECT_EQ(project.task, task);
    EXPECT_NE(project.goal.metric, "") << task;
    EXPECT_THAT(cli.run({"completion", "bash"}).out, HasSubstr(task));
  }
}

TEST(Init, ATaskThatIsNoneIsRefusedWithTheNearest) {
  Cli cli;
  const CliResult result = cli.run({"init", "--template", "series", "--task", "similarty"});
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.err, HasSubstr("similarity"));
  EXPECT_FALSE(fs::exists(cli.path() / "project.yaml"));
}

TEST(Init, FindsTrainAndTestTables) {
  Cli cli;
  cli.write("data/train.csv", table(20));
  cli.write("data/test.csv", table(10));
  const CliResult result = cli.run({"init", "work", "--data", "data", "--target", "species"});
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("dlwork readiness -p work/project.yaml\n"));
  const spec::Project project = loaded(cli, "work/project.yaml");
  EXPECT_EQ(project.data.root, "../data");
  EXPECT_THAT(project.data.train.paths, ElementsAre("train.csv"));
  EXPECT_THAT(project.data.test.paths, ElementsAre("test.csv"));
  EXPECT_FALSE(project.data.validation.given());
}

TEST(Init, FindsIdxPairs) {
  Cli cli;
  cli.write("idx/train-images-idx3-ubyte", idx({6, 2, 2}, std::string(24, 'x')));
  cli.write("idx/train-labels-idx1-ubyte", idx({6}, std::string("\0\1\2\0\1\2", 6)));
  cli.write("idx/t10k-images-idx3-ubyte", idx({3, 2, 2}, std::string(12, 'x')));
  cli.write("idx/t10k-labels-idx1-ubyte", idx({3}, std::string("\0\1\2", 3)));
  const CliResult result = cli.run({"init", "--data", (cli.path() / "idx").string()});
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("6 pictures of 2 x 2 pixels, 1 channel, 3 classes: 0, 1, 2"));
  const spec::Project project = loaded(cli);
  EXPECT_EQ(project.data.root, "idx");
  EXPECT_THAT(project.data.train.paths, ElementsAre("train-images-idx3-ubyte"));
  EXPECT_EQ(project.data.train.labels, "train-labels-idx1-ubyte");
  EXPECT_THAT(project.data.test.paths, ElementsAre("t10k-images-idx3-ubyte"));
  EXPECT_EQ(project.data.test.labels, "t10k-labels-idx1-ubyte");
  EXPECT_THAT(project.data.expect.classes, ElementsAre("0", "1", "2"));
}

TEST(Init, NeverOverwrites) {
  Cli cli;
  cli.write("pets.csv", table(20));
  cli.write("project.yaml", "mine\n");
  const CliResult result = cli.run({"init", "--target", "species"});
  EXPECT_EQ(result.status, 2);
  EXPECT_EQ(result.err,
            "project.yaml: error: it is there already; nothing was changed (--force "
            "overwrites it)\n");
  EXPECT_EQ(read_file(cli.path() / "project.yaml"), "mine\n");
  EXPECT_EQ(cli.run({"init", "--target", "species", "--force"}).status, 0);
}

TEST(Init, AsksForTheTargetOnATerminal) {
  Cli cli;
  cli.write("pets.csv", table(20));
  const CliResult result = cli.run({"init"}, "weight\n");
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("Which column is to be learned?"));
  EXPECT_THAT(result.err, HasSubstr("[species]"));
  EXPECT_EQ(loaded(cli).data.target, "weight");
}

TEST(Init, DoesNotAskForATargetOfAUsualName) {
  Cli cli;
  cli.write("pets.csv", "Target,weight,size\n1.5,2,3\n2.5,3,4\n0.5,5,1\n");
  const CliResult result = cli.run({"init"}, "weight\n");
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.err, Not(HasSubstr("Which column")));
  EXPECT_EQ(loaded(cli).data.target, "Target");
}

TEST(Init, AsksForTheDataOnATerminal) {
  Cli cli;
  cli.write("elsewhere/pets.csv", table(20));
  const CliResult result = cli.run({"init", "new"}, "elsewhere/pets.csv\n\n");
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(loaded(cli, "new/project.yaml").data.train.paths, ElementsAre("pets.csv"));
}

TEST(Init, RefusesAFolderWithoutData) {
  Cli cli;
  const CliResult result = cli.run({"init", "new"});
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.err, HasSubstr("there are no data in new (name them with --data PATH"));
  EXPECT_FALSE(fs::exists(cli.path() / "new"));
}

TEST(Init, RefusesDataThatAreNotThereAndColumnsThatAreNot) {
  Cli cli;
  EXPECT_EQ(cli.run({"init", "--data", "nowhere.csv"}).status, 3);
  cli.write("pets.csv", table(20));
  const CliResult result = cli.run({"init", "--target", "speces"});
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.err, HasSubstr("species"));
  EXPECT_FALSE(fs::exists(cli.path() / "project.yaml"));
}

TEST(Init, EveryTemplateIsAccepted) {
  Cli cli;
  const Json list = Json::parse(cli.run({"init", "--list", "--json"}).out).at("templates");
  ASSERT_GE(list.size(), 4u);
  for (const Json& item : list) {
    const std::string name = item.at("name");
    const CliResult result = cli.run({"init", name, "--template", name});
    EXPECT_EQ(result.status, 0) << name << ": " << result.err;
    EXPECT_EQ(loaded(cli, name + "/project.yaml").name, name);
  }
  EXPECT_THAT(cli.run({"init", "x", "--template", "table-regresion"}).err,
              HasSubstr("did you mean 'table-regression'?"));
}

TEST(Init, EveryTemplateAsksTheReadinessQuestions) {
  const fs::path templates = fs::path(places::source_folder()) / "configs/templates";
  for (const auto& file : fs::directory_iterator(templates)) {
    const std::string text = read_file(file.path());
    for (const auto& question : spec::questions()) {
      const std::string wanted = "    # " + question.text + "\n    # " + question.id + ": \"\"\n";
      EXPECT_THAT(text, HasSubstr(wanted)) << file.path();
    }
  }
}

TEST(Init, LooksAtFashionMnist) {
  const fs::path data = "/usr/share/datasets/fashion-mnist";
  if (!fs::exists(data))
    GTEST_SKIP() << data << " (package dataset-fashion-mnist) is not installed";
  Cli cli;
  const CliResult result = cli.run({"init", "--data", data.string()});
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("60,000 pictures of 28 x 28 pixels, 1 channel, 10 classes"));
  const spec::Project project = loaded(cli);
  EXPECT_EQ(project.data.root, data.string());
  EXPECT_EQ(project.data.test.labels, "t10k-labels-idx1-ubyte.gz");
}

}  // namespace
}  // namespace dlwork::cli
