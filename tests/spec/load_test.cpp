#include <cstdlib>
#include <filesystem>

#include "dlwork/base/files.h"
#include "spec_support.h"
#include "support/temporary_folder.h"

namespace dlwork::spec {
namespace {

using ::testing::ElementsAre;

Node fragment(const std::string& text) {
  Diagnostics problems;
  Node node = parse_yaml(text, "configs/analogies/pictures.yaml", problems);
  EXPECT_TRUE(problems.empty());
  return node;
}

TEST(Load, LaterLayersWinAndOriginsTellWhich) {
  const Node analogy = fragment(
      "training: {epochs: 5, batch_size: 32, learning_rate: 0.1}\nmodel: {layers: [relu]}\n"
      "tune: {space: {training.epochs: [1]}}\n");
  const Project project = read_project(
      "data: {train: a}\ntraining:\n  batch_size: 16\n  learning_rate: 0.2\n"
      "tune: {space: {training.momentum: [0.5]}}\n",
      "p/project.yaml", {{"training.learning_rate", "0.3", "--set #1"}}, &analogy);
  EXPECT_EQ(project.training.epochs, 5);
  EXPECT_EQ(project.training.batch_size, 16);
  EXPECT_EQ(project.training.learning_rate, 0.3);
  EXPECT_EQ(project.model.layers.at(0).type, "relu");
  EXPECT_EQ(project.tune.space.size(), 1u) << "maps are replaced as a whole";
  EXPECT_EQ(project.origins.at("training.epochs"), "analogy pictures.yaml");
  EXPECT_EQ(project.origins.at("training.batch_size"), "project.yaml:3");
  EXPECT_EQ(project.origins.at("training.learning_rate"), "--set #1");
  EXPECT_EQ(project.origins.at("training.optimizer"), "default");
  EXPECT_EQ(project.origins.at("tune.space.training.momentum"), "project.yaml:5");
  EXPECT_EQ(project.origins.count("tune.space.training.epochs"), 0u);
  EXPECT_EQ(project.origins.at("data.train"), "project.yaml:1");
  const Location& place = project.places.at("training.batch_size");
  EXPECT_EQ(place.file, "p/project.yaml");
  EXPECT_EQ(place.line, 3);
  EXPECT_EQ(place.column, 15);
  EXPECT_EQ(project.places.at("training.learning_rate").file, "--set #1");
  EXPECT_EQ(project.places.count("training.optimizer"), 0u);
}

TEST(Load, AFileThatIsNotThereIsAUsageError) {
  try {
    load_project("/nowhere/project.yaml", {});
    FAIL() << "loaded nothing";
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::kUsage);
    EXPECT_THAT(error.what(), ::testing::HasSubstr("/nowhere/project.yaml"));
    EXPECT_THAT(error.what(), ::testing::HasSubstr("`dlwork init` writes a project file"));
  }
}

TEST(Load, PathsAreRelativeToTheProjectFile) {
  const dlwork::testing::TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "deep" / "project.yaml";
  make_folder(file.parent_path());
  write_file(file, "data: {root: ../data, train: a.csv}\n");
  const Project project = load_project(file.string(), {});
  EXPECT_EQ(data_path(project, "a.csv"), (folder.path() / "data" / "a.csv").string());
  EXPECT_EQ(data_path(project, "/abs/b.csv"), "/abs/b.csv");
}

TEST(Load, EnvironmentIsReplacedInPathsOnly) {
  ::setenv("DLWORK_TEST_FOLDER", "/big", 1);
  ::unsetenv("DLWORK_TEST_UNSET");
  const Project project = read(
      "name: ${env:DLWORK_TEST_FOLDER}\n"
      "data:\n  root: ${env:DLWORK_TEST_FOLDER}/x\n"
      "  train: [\"${env:DLWORK_TEST_UNSET:-a}.csv\", '${env:DLWORK_TEST_FOLDER}${env:HOME:-}']\n");
  EXPECT_EQ(project.name, "${env:DLWORK_TEST_FOLDER}");
  EXPECT_EQ(project.data.root, "/big/x");
  EXPECT_EQ(project.data.train.paths.at(0), "a.csv");
  EXPECT_THAT(problems_of("data:\n  train: ${env:DLWORK_TEST_UNSET}/a\n  test: {path: '${env:A'}\n"
                          "  validation: ${env:1A}\n"),
              ElementsAre("2:10: error: data.train: the environment variable DLWORK_TEST_UNSET is "
                          "not set (set it, or write ${env:DLWORK_TEST_UNSET:-default})",
                          "3:16: error: data.test.path: '${env:' is not closed by '}'",
                          "4:15: error: data.validation: '1A' is no name of an environment "
                          "variable (write ${env:NAME} or ${env:NAME:-default})"));
}

}  // namespace
}  // namespace dlwork::spec
