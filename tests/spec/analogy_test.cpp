#include <algorithm>
#include <filesystem>

#include "dlwork/base/files.h"
#include "spec_support.h"
#include "support/places.h"

namespace dlwork::spec {
namespace {

using ::testing::ElementsAre;

TEST(Catalogue, EveryEntryReadsOverTheSmallestProject) {
  const auto& catalogue = analogies();
  std::size_t files = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(places::source_folder() + "/configs/analogies")) {
    if (entry.path().extension() != ".yaml") continue;
    ++files;
    SCOPED_TRACE(entry.path().string());
    EXPECT_NO_THROW(read_analogy(read_file(entry.path()), entry.path().string()));
  }
  EXPECT_EQ(catalogue.size(), files);
  EXPECT_FALSE(catalogue.empty());
  for (const Analogy& analogy : catalogue) {
    SCOPED_TRACE(analogy.id);
    const Project project =
        read_project("data: {train: a.csv}\n", "project.yaml", {}, &analogy.project);
    if (analogy.runnable) {
      EXPECT_FALSE(project.model.layers.empty()) << "a runnable entry brings its network";
      EXPECT_FALSE(project.baseline.model.layers.empty())
          << "there is a baseline for its kind and task";
    }
    EXPECT_FALSE(analogy.words.empty());
  }
  EXPECT_TRUE(std::is_sorted(catalogue.begin(), catalogue.end(),
                             [](const auto& a, const auto& b) { return a.id < b.id; }));
}

/// The file of configs/baselines that a project on such data takes its baseline from.
std::string baseline_file(const Analogy& analogy, const std::string& kind,
                          const std::string& task) {
  return fragment_for(analogy, kind, task).find("baseline")->at.file;
}

TEST(Catalogue, TheBaselineIsForTheKindOfDataAndTheTask) {
  const auto& catalogue = analogies();
  const auto named = [&](const std::string& id) {
    return *std::find_if(catalogue.begin(), catalogue.end(),
                         [&](const Analogy& a) { return a.id == id; });
  };
  const Analogy pictures = named("image-classification-small");
  EXPECT_EQ(baseline_file(pictures, "image", "classification"), "image-classification.yaml");
  EXPECT_EQ(baseline_file(pictures, "image", "regression"), "image-regression.yaml");
  EXPECT_EQ(baseline_file(named("sequence-classification"), "sequence", "regression"),
            "sequence-regression.yaml");
  EXPECT_EQ(baseline_file(named("tabular-regression"), "sequence", "regression"),
            "sequence-regression.yaml");
  EXPECT_EQ(baseline_file(pictures, "text", "regression"), "image-classification.yaml")
      << "there is none: the entry's";
  EXPECT_EQ(fragment_for(pictures, "image", "regression").find("training")->at.line,
            pictures.project.find("training")->at.line)
      << "all else stays";
}

TEST(Catalogue, ABaselineThatAnEntryBringsStays) {
  Analogy own;
  own.kind = "image";
  own.task = "classification";
  Diagnostics problems;
  own.project = parse_yaml("baseline: {epochs: 3}\n", "own.yaml", problems);
  ASSERT_TRUE(problems.empty());
  EXPECT_EQ(baseline_file(own, "image", "classification"), "own.yaml");
  EXPECT_EQ(baseline_file(own, "image", "regression"), "own.yaml");
  own.project = {};
  EXPECT_EQ(baseline_file(own, "table", "regression"), "table-regression.yaml");
}

TEST(Catalogue, FaultsInAnEntryHavePlaces) {
  try {
    read_analogy(
        "id: other\ntitle: t\nsummary: s\nkind: sound\ntask: classification\n"
        "project:\n  training:\n    epochs: many\n",
        "a/this.yaml");
    FAIL() << "read a wrong entry";
  } catch (const Error& error) {
    std::vector<std::string> lines;
    for (const Diagnostic& problem : error.diagnostics()) lines.push_back(format(problem));
    EXPECT_THAT(
        lines,
        ElementsAre("a/this.yaml:4:7: error: kind: must be one of table, image, sequence, text, "
                    "audio, environment; found 'sound'",
                    "a/this.yaml:1:1: error: source: is missing (Paper or data set.)",
                    "a/this.yaml:1:5: error: id: is 'other', but the file is named this",
                    "a/this.yaml:8:13: error: training.epochs: expected a whole number, "
                    "found 'many'"));
  }
}

Analogy entry(const std::string& id, const std::string& kind, const std::string& task,
              std::vector<std::string> words = {}) {
  Analogy analogy;
  analogy.id = id;
  analogy.kind = kind;
  analogy.task = task;
  analogy.words = std::move(words);
  return analogy;
}

TEST(Ranking, WeighsKindTaskAndWords) {
  const std::vector<Analogy> catalogue{
      entry("d", "table", "regression"), entry("c", "image", "regression"),
      entry("b", "table", "classification"),
      entry("z", "image", "classification", {"garment", "type of shoe", "art"}),
      entry("a", "image", "classification", {"digit"})};
  const auto ranking = rank_analogies(catalogue, "image", "classification",
                                      "Which Garments or type-of-shoe start here?");
  ASSERT_EQ(ranking.size(), 4u) << "of another kind and task: left out";
  EXPECT_EQ(ranking[0].analogy->id, "z");
  EXPECT_DOUBLE_EQ(ranking[0].score, 0.5 + 0.35 + 0.15 * 2 / 3);
  EXPECT_THAT(ranking[0].why,
              ElementsAre("same kind of data: image", "same task: classification",
                          "question says 'garment'", "question says 'type of shoe'"));
  EXPECT_EQ(ranking[1].analogy->id, "a");
  EXPECT_DOUBLE_EQ(ranking[1].score, 0.85);
  EXPECT_EQ(ranking[2].analogy->id, "c");
  EXPECT_DOUBLE_EQ(ranking[2].score, 0.5);
  EXPECT_EQ(ranking[3].analogy->id, "b");
  EXPECT_DOUBLE_EQ(ranking[3].score, 0.35);
}

TEST(Ranking, TiesGoToTheLowerId) {
  const std::vector<Analogy> catalogue{entry("b", "table", "x"), entry("a", "table", "x")};
  EXPECT_EQ(rank_analogies(catalogue, "table", "x", "")[0].analogy->id, "a");
}

}  // namespace
}  // namespace dlwork::spec
