#include <map>

#include "dlwork/base/rng.h"
#include "spec_support.h"

namespace dlwork::spec {
namespace {

TEST(Dump, ShowsWhereEachValueComesFrom) {
  const Project project = read("data: {train: a.csv}\ntraining:\n  epochs: 3\n",
                               {{"data.columns.age", "number", "--set #1"}});
  const std::string text = dump_yaml(project, Origins::kShow);
  EXPECT_THAT(text, ::testing::HasSubstr("\n  epochs: 3  # project.yaml:3\n"));
  EXPECT_THAT(text, ::testing::HasSubstr("\n  batch_size: 64  # default\n"));
  EXPECT_THAT(text,
              ::testing::HasSubstr("\n  columns:  # --set #1\n    age: number  # --set #1\n"));
  EXPECT_THAT(text, ::testing::HasSubstr("\n  train: a.csv  # project.yaml:1\n"));
  EXPECT_EQ(dump_yaml(project, Origins::kHide).find('#'), std::string::npos);
  EXPECT_EQ(dump_json(read(text)), dump_json(project)) << "accepted back";
}

TEST(Dump, JsonHasPlainValues) {
  const Json json = dump_json(read(
      "data: {train: {path: i.gz, labels: l.gz}, test: 10%}\nmodel: {layers: [linear: 3, relu]}\n"
      "goal: {budget: {time: 2h}}\ntraining: {memory: 3MiB}\n"));
  EXPECT_EQ(json.at("data").at("train").dump(), R"({"path":"i.gz","labels":"l.gz"})");
  EXPECT_EQ(json.at("data").at("test"), 0.1);
  EXPECT_EQ(json.at("data").at("validation"), nullptr);
  EXPECT_EQ(json.at("model").at("layers").dump(),
            R"([{"linear":{"units":3,"bias":true,"each_step":false,"init":""}},"relu"])");
  EXPECT_EQ(json.at("goal").at("budget").at("time"), 7200.0);
  EXPECT_EQ(json.at("training").at("memory"), 3 << 20);
  EXPECT_EQ(json.at("dlwork"), 1);
}

class RoundTrip : public ::testing::TestWithParam<int> {};

std::string text_of(Rng& rng) {
  static const std::vector<std::string> words{"a",    "no",   "012",  "x: y",   "#",    "\"",
                                              "é",    "a\nb", "null", "",       "10%",  "[",
                                              "true", "- a",  "'",    "${env}", "1e-3", "0.1"};
  return words[rng.below(words.size())];
}

double number_of(Rng& rng, double low, double high) {
  return rng.below(3) == 0 ? low + (high - low) * 0.1 : rng.uniform(low, high);
}

LayerSpec layer_of(Rng& rng, int depth) {
  LayerSpec layer;
  switch (rng.below(depth > 0 ? 6 : 5)) {
    case 0:
      layer = {"linear",
               {},
               Linear{1 + static_cast<std::int64_t>(rng.below(99)), false, true, "xavier"}};
      break;
    case 1:
      layer = {"relu", {}, Relu{}};
      break;
    case 2:
      layer = {"dropout", {}, Dropout{number_of(rng, 0, 0.99)}};
      break;
    case 3:
      layer = {"conv2d", {}, Conv2d{8, 5, 2, "valid", 3, 1, true, "lecun"}};
      break;
    case 4:
      layer = {"batch_norm", {}, BatchNorm{0.1, number_of(rng, 1e-9, 1e-2)}};
      break;
    default: {
      Residual residual;
      for (auto left = rng.below(4); left > 0; --left)
        residual.layers.push_back(layer_of(rng, depth - 1));
      layer = {"residual", {}, residual};
    }
  }
  return layer;
}

Source source_of(Rng& rng, bool may_be_share) {
  Source source;
  if (may_be_share && rng.below(3) == 0) return source;
  if (may_be_share && rng.below(2) == 0) {
    source.amount = rng.below(2) ? Amount{number_of(rng, 0.001, 0.49), true}
                                 : Amount{1.0 + static_cast<double>(rng.below(100000)), false};
    return source;
  }
  const auto count = 1 + rng.below(3);
  for (std::uint64_t i = 0; i < count; ++i) source.paths.push_back("p" + text_of(rng));
  if (rng.below(4) == 0) source.paths.front() = "10%";
  if (count == 1 && rng.below(2)) source.labels = text_of(rng);
  return source;
}

void vary_data(Data& data, Rng& rng) {
  data.root = text_of(rng);
  data.train = source_of(rng, false);
  data.validation = source_of(rng, true);
  data.test = source_of(rng, true);
  data.target = text_of(rng) + "t";
  data.missing.clear();
  for (auto left = rng.below(4); left > 0; --left) data.missing.push_back(text_of(rng));
  if (rng.below(2)) data.columns[text_of(rng)].type = "category";
  if (rng.below(2)) {
    data.columns[text_of(rng)] = {"number", "cm",         {0, 1}, {}, {text_of(rng)},
                                  "",       text_of(rng), "",     {}};
  }
  data.separator = rng.below(2) ? ";" : "\t";
  data.header = rng.below(2) ? "no" : "yes";
  if (rng.below(2)) {
    const double share = number_of(rng, 0, 1);
    data.expect.balance = {{"n", share}, {"y", 1 - share}};
  }
}

Project project_of(int seed) {
  Rng rng(static_cast<std::uint64_t>(seed), "project");
  Project project;
  project.name = text_of(rng);
  project.question = text_of(rng) + text_of(rng);
  project.seed = static_cast<std::int64_t>(rng.below(1u << 30));
  if (rng.below(2)) project.goal.target = number_of(rng, -5, 5);
  if (rng.below(2)) project.goal.incumbent = 1e-20;
  project.goal.budget.time.seconds = rng.below(2) ? 60.0 * rng.below(300) : rng.uniform() * 1e-6;
  project.readiness.time.seconds = number_of(rng, 0, 1e6);
  project.readiness.answers = {{"q", text_of(rng)}, {text_of(rng), text_of(rng)}};
  vary_data(project.data, rng);
  project.task = rng.below(2) ? "regression" : "";
  for (auto left = rng.below(5); left > 0; --left) project.model.layers.push_back(layer_of(rng, 2));
  project.training.learning_rate = number_of(rng, 1e-7, 1);
  project.training.momentum = number_of(rng, 0, 0.99);
  project.training.augment.flip = rng.below(2) != 0;
  if (rng.below(2)) {
    Dimension range;
    range.low = number_of(rng, 1e-6, 1e-3);
    range.high = 0.5;
    range.log = rng.below(2) != 0;
    project.tune.space["training.learning_rate"] = range;
    Dimension choices;
    Node choice;
    choice.kind = Node::Kind::kScalar;
    choice.scalar = "adam";
    choices.choices = {choice};
    project.tune.space["training.optimizer"] = choices;
  }
  if (rng.below(2)) project.accept.push_back({"AUDIT_X", "r " + text_of(rng), "2027-12-31"});
  const int shift = static_cast<int>(rng.below(4)) * 10;
  project.training.memory.bytes = static_cast<std::int64_t>(rng.below(5000)) << shift;
  return project;
}

TEST_P(RoundTrip, ReadsBackEqual) {
  const Project project = project_of(GetParam());
  const std::string text = dump_yaml(project, Origins::kHide);
  const Project again = read(text);
  ASSERT_EQ(dump_json(again).dump(1), dump_json(project).dump(1)) << text;
  EXPECT_EQ(dump_yaml(again, Origins::kHide), text);
  const Project with_comments = read(dump_yaml(again, Origins::kShow));
  EXPECT_EQ(dump_json(with_comments), dump_json(project));
}

INSTANTIATE_TEST_SUITE_P(Seeds, RoundTrip, ::testing::Range(0, 50));

}  // namespace
}  // namespace dlwork::spec
