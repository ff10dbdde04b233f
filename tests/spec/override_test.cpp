#include "spec_support.h"

namespace dlwork::spec {
namespace {

using ::testing::ElementsAre;

const char* const kText = "data: {train: a.csv}\nmodel: {layers: [linear: 4, relu]}\n";

Project with(const std::string& path, const std::string& value) {
  return read(kText, {{path, value, "--set #1"}});
}

std::vector<std::string> refusal(const std::string& path, const std::string& value) {
  return problems_of(kText, {{"seed", "2", "--set #1"}, {path, value, "--set #2"}});
}

TEST(Override, ReachesEveryKindOfKey) {
  EXPECT_EQ(with("training.learning_rate", "1e-2").training.learning_rate, 0.01);
  EXPECT_EQ(with("training.early_stopping.patience", "3").training.early_stopping.patience, 3);
  EXPECT_EQ(with("question", "Is this: a [thing]?").question, "Is this: a [thing]?");
  EXPECT_EQ(with("name", "'quoted'").name, "quoted");
  EXPECT_EQ(with("name", "").name, "");
  EXPECT_EQ(with("goal.target", "null").goal.target, std::nullopt);
  EXPECT_THAT(with("data.inputs", "[a, b]").data.inputs, ElementsAre("a", "b"));
  EXPECT_EQ(with("data.columns.age", "category").data.columns.at("age").type, "category");
  EXPECT_EQ(with("readiness.answers.who", "we: us").readiness.answers.at("who"), "we: us");
  EXPECT_EQ(with("data.test", "20%").data.test.amount->value, 0.2);
  EXPECT_EQ(with("data.train.labels", "l.gz").data.train.labels, "l.gz");
  EXPECT_EQ(with("model.layers", "[relu]").model.layers.size(), 1u);
  EXPECT_EQ(std::get<Linear>(with("model.layers.0.units", "9").model.layers[0].options).units, 9);
  const Project tuned = with("tune.space.training.epochs", "[1, 2]");
  EXPECT_EQ(tuned.tune.space.at("training.epochs").choices.size(), 2u);
  EXPECT_EQ(with("training", "{epochs: 4}").training.epochs, 4);
}

TEST(Override, FaultsNameTheOption) {
  EXPECT_THAT(refusal("training.lerning_rate", "1"),
              ElementsAre("--set #2: error: training.lerning_rate: unknown key "
                          "(did you mean 'training.learning_rate'?)"));
  EXPECT_THAT(refusal("learning_rate", "1"),
              ElementsAre("--set #2: error: learning_rate: unknown key "
                          "(did you mean 'training.learning_rate'?)"));
  EXPECT_THAT(refusal("seed.x", "1"),
              ElementsAre("--set #2: error: seed.x: unknown key (did you mean 'seed'?)"));
  EXPECT_THAT(refusal("data.accept", "[]"),
              ElementsAre("--set #2: error: data.accept: unknown key "
                          "('accept' stands at the top of the file)"));
  EXPECT_THAT(refusal("training.epochs", "lots"),
              ElementsAre("--set #2: error: training.epochs: expected a whole number, "
                          "found 'lots'"));
  EXPECT_THAT(refusal("data.inputs", "[a"),
              ElementsAre("--set #2: error: data.inputs: the '[' that opens here is not closed"));
  EXPECT_THAT(refusal("model.layers.7.units", "3"),
              ElementsAre("--set #2: error: model.layers.7.units: there are 2 layers, counted "
                          "from 0"));
  EXPECT_THAT(refusal("data.split.method", "group"),
              ElementsAre("--set #2: error: data.split.method: group needs data.split.column "
                          "(name the column whose values decide, or give one column the type "
                          "group)"));
  EXPECT_THAT(refusal("goal.budget.time", "30m"),
              ElementsAre(::testing::HasSubstr("expected a duration such as 90s")));
}

TEST(Override, MayGiveWhatTheFileLacks) {
  const Project project = read("name: x\n", {{"data.train", "b.csv", "--set #1"}});
  EXPECT_THAT(project.data.train.paths, ElementsAre("b.csv"));
}

TEST(Override, AsTuningMakesThem) {
  const Project base = read(kText);
  Node node;
  node.kind = Node::Kind::kScalar;
  node.scalar = "0.5";
  node.at = {"p/project.yaml", 12, 3};
  const Project changed = with_override(base, "training.learning_rate", node);
  EXPECT_EQ(changed.training.learning_rate, 0.5);
  EXPECT_EQ(changed.origins.at("training.learning_rate"), "project.yaml:12");
  EXPECT_EQ(changed.origins.at("seed"), "default");
  EXPECT_EQ(base.training.learning_rate, 1e-3);
  node.scalar = "-1";
  try {
    with_override(base, "training.learning_rate", node);
    FAIL() << "took -1";
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::kUsage);
    EXPECT_STREQ(error.what(),
                 "p/project.yaml:12:3: error: training.learning_rate: "
                 "must be above 0 and at most 100, found -1");
  }
}

}  // namespace
}  // namespace dlwork::spec
