#include "dlwork/data/resolve.h"

#include <algorithm>

#include "data_support.h"

namespace dlwork::data {
namespace {

std::string table_of(const std::vector<std::string>& targets) {
  std::string text = "x,y\n";
  for (int i = 0; i < 60; ++i) {
    text += std::to_string(i) + "," + targets[i % targets.size()] + "\n";
  }
  return text;
}

constexpr const char* kProject =
    "dlwork: 1\nname: trial\nquestion: which kind is it\n"
    "data:\n  train: t.csv\n  target: y\n";

TEST(ResolveProject, TakesTheTaskFromTheDataAndTheBestAnalogy) {
  Folder folder;
  folder.write("t.csv", table_of({"a", "b"}));
  const auto file = folder.write("project.yaml", kProject);
  const Resolved classes = resolve_project(file, {});
  EXPECT_EQ(classes.project.task, "classification");
  EXPECT_FALSE(classes.analogy_chosen);
  ASSERT_FALSE(classes.ranking.empty());
  EXPECT_EQ(classes.probe.classes, (std::vector<std::string>{"a", "b"}));
  const auto chosen = std::find_if(classes.ranking.begin(), classes.ranking.end(),
                                   [](const auto& one) { return one.analogy->runnable; });
  EXPECT_EQ(classes.project.analogy, chosen->analogy->id);
  EXPECT_EQ(chosen->analogy->kind, "table");
  EXPECT_EQ(chosen->analogy->task, "classification");
  EXPECT_FALSE(classes.project.model.layers.empty()) << "the analogy's";
  folder.write("t.csv", table_of({"0.5", "1.25", "7.5"}));
  EXPECT_EQ(resolve_project(file, {}).project.task, "regression");
}

TEST(ResolveProject, LetsTheFileDecide) {
  Folder folder;
  folder.write("t.csv", table_of({"0", "1"}));
  const auto file = folder.write("project.yaml", std::string(kProject) + "task: regression\n");
  const Resolved declared = resolve_project(file, {});
  EXPECT_EQ(declared.project.task, "regression");
  const std::string id = declared.project.analogy;
  const auto named = folder.write("named.yaml", std::string(kProject) + "analogy: " + id + "\n");
  const Resolved chosen = resolve_project(named, {});
  EXPECT_TRUE(chosen.analogy_chosen);
  EXPECT_EQ(chosen.project.analogy, id);
  EXPECT_EQ(chosen.project.task, "regression") << "the analogy's task";
}

TEST(ResolveProject, TakesTheSmallestNetworkForTheDataWhateverTheAnalogyIsOf) {
  Folder folder;
  folder.write("i.idx", idx_bytes({2, 2, 2}, "abcdefgh"));
  folder.write("l.idx", idx_bytes({2}, std::string{1, 2}));
  const auto pictures = resolve_project(
      folder.write("pictures.yaml",
                   "data: {train: {path: i.idx, labels: l.idx}}\ntask: regression\n"),
      {});
  EXPECT_EQ(pictures.project.analogy, "image-classification-small") << "the nearest there is";
  EXPECT_EQ(pictures.project.baseline.epochs, 10) << "image-regression's";
  EXPECT_EQ(pictures.project.baseline.model.layers.front().type, "conv2d");
  EXPECT_EQ(pictures.project.tune.space.count("training.learning_rate"), 1u);
  EXPECT_EQ(pictures.project.tune.space.count("training.label_smoothing"), 0u)
      << "numbers have no labels to spread";

  folder.write(
      "s.ts",
      "@problemName Try\n@timeStamps false\n@classLabel true a b\n@data\n1,2,3:a\n4,5,6:b\n");
  const auto series = resolve_project(
      folder.write("series.yaml", "data: {train: s.ts}\nanalogy: tabular-regression\n"), {});
  EXPECT_EQ(series.project.task, "regression");
  EXPECT_EQ(series.project.baseline.model.layers.front().type, "conv1d");
}

TEST(ResolveProject, RefusesToSearchWhatGoesByClassesWhereThereAreNone) {
  Folder folder;
  folder.write("t.csv", table_of({"0", "1"}));
  for (const std::string line : {"training.class_weights: [none, balanced]",
                                 "training.label_smoothing: {low: 0, high: 0.1}"}) {
    const std::string text = std::string(kProject) + "tune:\n  space:\n    " + line + "\n";
    const auto file = folder.write("project.yaml", text + "task: regression\n");
    const auto error = failure_of(ExitStatus::kUsage, [&] { resolve_project(file, {}); });
    EXPECT_EQ(error.key, "tune.space." + line.substr(0, line.find(':')));
    EXPECT_EQ(error.message, "has no effect on the task regression, without classes");
    EXPECT_EQ(error.at.file, file);
    EXPECT_EQ(error.at.line, 9);
    EXPECT_EQ(error.at.column, static_cast<int>(line.find(':')) + 7) << "of the value";
    folder.write("project.yaml", text + "task: classification\n");
    EXPECT_EQ(resolve_project(file, {}).project.tune.space.size(), 1u);
  }
}

TEST(ResolveProject, RefusesToTrainByClassesWhereThereAreNone) {
  Folder folder;
  folder.write("t.csv", table_of({"0", "1"}));
  const std::pair<std::string, std::string> keys[] = {{"class_weights", "balanced"},
                                                      {"label_smoothing", "0.1"}};
  for (const auto& [key, value] : keys) {
    const std::string text =
        std::string(kProject) + "training:\n  epochs: 3\n  " + key + ": " + value + "\n";
    const auto file = folder.write("project.yaml", text + "task: regression\n");
    const auto error = failure_of(ExitStatus::kUsage, [&] { resolve_project(file, {}); });
    EXPECT_EQ(error.key, "training." + key);
    EXPECT_EQ(error.message, "has no effect on the task regression, without classes");
    EXPECT_EQ(error.hint, "take it out");
    EXPECT_EQ(error.at.file, file);
    EXPECT_EQ(error.at.line, 9);
    EXPECT_EQ(error.at.column, static_cast<int>(key.size()) + 5) << "of the value";
    folder.write("project.yaml", text + "task: classification\n");
    EXPECT_EQ(resolve_project(file, {}).project.training.epochs, 3);
  }
  const auto plain = folder.write("project.yaml", std::string(kProject) +
                                                      "training: {label_smoothing: 0, "
                                                      "class_weights: none}\ntask: regression\n");
  EXPECT_EQ(resolve_project(plain, {}).project.task, "regression") << "they are off";
  const auto error = failure_of(ExitStatus::kUsage, [&] {
    resolve_project(plain, {{"training.label_smoothing", "0.1", "--set #1"}});
  });
  EXPECT_EQ(error.key, "training.label_smoothing") << "from the command line too";
  folder.write("t.txt", "a b c\nb c d\na d e\n");
  for (const auto& [key, value] : keys) {
    const auto words = folder.write("words.yaml",
                                    "dlwork: 1\ngoal: {metric: neighbour-preference, target: 0.9}\n"
                                    "data: {train: t.txt}\ntask: embedding\ntraining: {" +
                                        key + ": " + value + "}\n");
    const auto refused = failure_of(ExitStatus::kUsage, [&] { resolve_project(words, {}); });
    EXPECT_EQ(refused.key, "training." + key);
    EXPECT_EQ(refused.message, "has no effect on the task embedding, without classes");
    EXPECT_EQ(refused.at.line, 5);
  }
}

TEST(ResolveProject, ClassesThatArePlacedHaveNetworksThatEndWithAVector) {
  Folder folder;
  folder.write("t.csv", table_of({"a", "b"}));
  const std::string text = std::string(kProject) + "task: similarity\n";
  const auto resolved = resolve_project(folder.write("project.yaml", text), {});
  EXPECT_EQ(resolved.project.analogy, "tabular-similarity");
  EXPECT_EQ(resolved.project.model.layers.back().type, "linear");
  EXPECT_EQ(resolved.project.baseline.model.layers.back().type, "linear");
  const auto file = folder.write(
      "searched.yaml", text + "tune: {space: {training.label_smoothing: {low: 0, high: 0.1}}}\n");
  const auto error = failure_of(ExitStatus::kUsage, [&] { resolve_project(file, {}); });
  EXPECT_EQ(error.message, "has no effect on the task similarity");
}

TEST(ResolveProject, NamesAnUnknownAnalogyWithItsPlace) {
  Folder folder;
  folder.write("t.csv", table_of({"a", "b"}));
  const auto file = folder.write("project.yaml", std::string(kProject) + "analogy: nothing\n");
  const auto error = failure_of(ExitStatus::kUsage, [&] { resolve_project(file, {}); });
  EXPECT_EQ(error.key, "analogy");
  EXPECT_EQ(error.at.file, file);
  EXPECT_EQ(error.at.line, 7);
}

}  // namespace
}  // namespace dlwork::data
