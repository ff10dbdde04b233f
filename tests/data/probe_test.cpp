#include "data_support.h"

namespace dlwork::data {
namespace {

std::string rows_text(const std::string& header, int rows, const std::vector<std::string>& cells) {
  std::string text = header + "\n";
  for (int i = 0; i < rows; ++i) text += std::to_string(i) + ".5," + cells[i % cells.size()] + "\n";
  return text;
}

TEST(ProbePath, GuessesTheTargetAndWhetherItIsAClass) {
  Folder folder;
  const auto probe = [&](const std::string& text) {
    return probe_path(folder.write("a.csv", text), "");
  };
  const Probe texts = probe(rows_text("x,kind", 30, {"b", "a"}));
  EXPECT_EQ(texts.target, "kind");
  EXPECT_TRUE(texts.target_is_class);
  EXPECT_EQ(texts.classes, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(texts.columns, (std::vector<std::string>{"x", "kind"}));
  const Probe codes = probe(rows_text("x,y", 30, {"10", "2", "1"}));
  EXPECT_TRUE(codes.target_is_class);
  EXPECT_EQ(codes.classes, (std::vector<std::string>{"1", "2", "10"}));
  EXPECT_FALSE(probe(rows_text("x,y", 6, {"10", "2", "1"})).target_is_class);
  EXPECT_FALSE(probe(rows_text("x,y", 30, {"1", "1.5"})).target_is_class);
  EXPECT_TRUE(probe(rows_text("x,y", 30, {"1", "1.5"})).classes.empty());
  std::vector<std::string> many;
  for (int i = 0; i < 21; ++i) many.push_back(std::to_string(i));
  EXPECT_FALSE(probe(rows_text("x,y", 300, many)).target_is_class);
  many.pop_back();
  EXPECT_TRUE(probe(rows_text("x,y", 300, many)).target_is_class);
  const Probe named = probe("Diagnosis,size\nbad,1\ngood,2\nbad,3\n");
  EXPECT_EQ(named.target, "Diagnosis");
}

TEST(ProbePath, TakesTheTargetNamedOrSaysWhatThereIs) {
  Folder folder;
  const auto file = folder.write("a.csv", rows_text("size,kind", 30, {"b", "a"}));
  EXPECT_FALSE(probe_path(file, "size").target_is_class);
  const auto error = failure_of(ExitStatus::kUsage, [&] { probe_path(file, "sise"); });
  EXPECT_HAS(error.hint, "size");
}

TEST(ProbePath, TellsClassesAndATargetWhereTheTaskHasThem) {
  Folder folder;
  const auto file = folder.write("a.csv", rows_text("size,kind", 30, {"b", "a"}));
  EXPECT_EQ(probe_path(file, "", "similarity").classes.size(), 2u);
  const Probe texts = probe_path(file, "", "transcription");
  EXPECT_TRUE(texts.classes.empty());
  EXPECT_EQ(texts.target, "kind");
  EXPECT_TRUE(texts.target_by_place);
  const Probe pictures = probe_path(file, "", "super-resolution");
  EXPECT_EQ(pictures.target, "");
  EXPECT_FALSE(pictures.target_by_place);
}

TEST(ProbePath, LooksAtTheBeginningOfABigFile) {
  Folder folder;
  const auto file = folder.write("big.csv", rows_text("x,y", 500000, {"a", "b"}) + "ragged\n");
  EXPECT_EQ(probe_path(file, "").classes.size(), 2u);
}

TEST(ProbePath, LooksAtIdxAndItsLabels) {
  Folder folder;
  const auto file = folder.write("train-images-idx3-ubyte.gz",
                                 packed(idx_bytes({3, 2, 4}, std::string(24, 'x'))));
  folder.write("train-labels-idx1-ubyte.gz", packed(idx_bytes({3}, "\x07\x0B\x07")));
  const Probe probe = probe_path(file, "");
  EXPECT_EQ(probe.kind, Kind::kImage);
  EXPECT_EQ(probe.records, 3);
  EXPECT_EQ(probe.channels, 1);
  EXPECT_EQ(probe.height, 2);
  EXPECT_EQ(probe.width, 4);
  EXPECT_EQ(probe.classes, (std::vector<std::string>{"7", "11"}));
}

TEST(Probe, UsesTheProjectsDeclarations) {
  Folder folder;
  folder.write("a.csv", rows_text("x,y", 30, {"1", "2"}));
  auto project = folder.project("a.csv", "y");
  EXPECT_TRUE(probe(project).target_is_class);
  project.data.target = "z";
  EXPECT_EQ(failure_of(ExitStatus::kUsage, [&] { probe(project); }).key, "data.target");
  project.data.target = "x";
  EXPECT_FALSE(probe(project).target_is_class);
  project.data.columns = {{"x", {"category", "", {}, {}, {}, "", "", "", {}}}};
  EXPECT_TRUE(probe(project).target_is_class);
}

TEST(FindData, FindsPartsInAFolder) {
  Folder folder;
  const std::string pixels = idx_bytes({1, 1, 1}, "x"), labels = idx_bytes({1}, "x");
  for (const char* part : {"train", "t10k"}) {
    folder.write(std::string("mnist/") + part + "-images-idx3-ubyte", pixels);
    folder.write(std::string("mnist/") + part + "-labels-idx1-ubyte", labels);
  }
  const FoundData mnist = find_data((folder / "mnist").string());
  EXPECT_EQ(mnist.train.paths.front(), (folder / "mnist/train-images-idx3-ubyte").string());
  EXPECT_EQ(mnist.train.labels, (folder / "mnist/train-labels-idx1-ubyte").string());
  EXPECT_EQ(mnist.test.labels, (folder / "mnist/t10k-labels-idx1-ubyte").string());
  EXPECT_FALSE(mnist.validation.given());
  folder.write("cifar/train/cat/1.png", "x");
  folder.write("cifar/test/cat/1.png", "x");
  const FoundData cifar = find_data((folder / "cifar").string());
  EXPECT_EQ(cifar.train.paths.front(), (folder / "cifar/train").string());
  EXPECT_EQ(cifar.test.paths.front(), (folder / "cifar/test").string());
  EXPECT_EQ(find_data((folder / "cifar/train").string()).train.paths.front(),
            (folder / "cifar/train").string());
  // Classes whose names only begin as parts do.
  for (const char* kind : {"trainers", "trains", "testers", "valves"}) {
    folder.write(std::string("shoes/") + kind + "/1.png", "x");
  }
  const FoundData shoes = find_data((folder / "shoes").string());
  EXPECT_EQ(shoes.train.paths.front(), (folder / "shoes").string());
  EXPECT_FALSE(shoes.validation.given());
  EXPECT_FALSE(shoes.test.given());
  for (const char* file : {"training_set.csv", "Validation.csv", "x_test.csv", "trainers.csv"}) {
    folder.write(std::string("words/") + file, "a,b\n1,2\n");
  }
  const FoundData words = find_data((folder / "words").string());
  EXPECT_EQ(words.train.paths.front(), (folder / "words/training_set.csv").string());
  EXPECT_EQ(words.validation.paths.front(), (folder / "words/Validation.csv").string());
  EXPECT_EQ(words.test.paths.front(), (folder / "words/x_test.csv").string());
  folder.write("one/data.csv", "a,b\n1,2\n");
  EXPECT_EQ(find_data((folder / "one").string()).train.paths.front(),
            (folder / "one/data.csv").string());
  EXPECT_HAS(failure_of(ExitStatus::kInput, [&] { find_data((folder / "no").string()); }).message,
             "No such file");
}

}  // namespace
}  // namespace dlwork::data
