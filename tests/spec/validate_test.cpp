#include "spec_support.h"

namespace dlwork::spec {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> problems_of_data(const std::string& keys) {
  return problems_of("data: {train: a.csv, " + keys + "}\n");
}

TEST(Validate, Split) {
  EXPECT_THAT(problems_of_data("split: {method: group}"),
              ElementsAre("1:38: error: data.split.method: group needs data.split.column "
                          "(name the column whose values decide, or give one column the type "
                          "group)"));
  EXPECT_THAT(problems_of_data("split: {method: time, column: day}"), IsEmpty());
  EXPECT_THAT(problems_of_data("test: 60%, validation: 0.4"),
              ElementsAre("1:45: error: data.validation: validation and test together take 100 % "
                          "of the training data (leave some to learn from)"));
}

TEST(Validate, Columns) {
  EXPECT_THAT(problems_of_data("separator: comma"),
              ElementsAre("1:33: error: data.separator: must be auto, tab or one character; "
                          "found 'comma'"));
  EXPECT_THAT(problems_of_data("target: y, inputs: [x, y, x]"),
              ElementsAre("1:41: error: data.inputs: names 'x' twice",
                          "1:41: error: data.inputs: the target 'y' is among the inputs"));
  EXPECT_THAT(problems_of("data: {train: {path: [a, b], labels: c}}\n"),
              ElementsAre("1:15: error: data.train: labels belong to one file, but there are 2 "
                          "paths"));
}

TEST(Validate, Balance) {
  EXPECT_THAT(problems_of_data("expect: {balance: {a: 0.5, b: 0.4}}"),
              ElementsAre("1:40: error: data.expect.balance: the shares sum to 0.9, not to 1"));
  EXPECT_THAT(problems_of_data("expect: {balance: {a: 0.33, b: 0.33, c: 0.33}}"), IsEmpty());
  EXPECT_THAT(problems_of_data("expect: {classes: [cat, dog], balance: {cat: 0.5, dgo: 0.5}}"),
              ElementsAre("1:77: error: data.expect.balance.dgo: 'dgo' is not in "
                          "data.expect.classes (did you mean 'dog'?)"));
}

TEST(Validate, Space) {
  EXPECT_THAT(
      problems_beside(R"(model: {layers: [linear: 4]}
tune:
  space:
    training.learning_rat: [0.1]
    training.epochs: {low: 8, high: 4}
    training.learning_rate: {low: 0, high: 1, log: true}
    training.optimizer: [sgd, adma]
    training.augment.flip: {low: 0, high: 1}
    training.batch_size: {low: 8}
    data.inputs: [a]
    training.momentum: 0.5
    model.layers.0.units: {low: 2, high: 8}
    model.layers.0.unit: [2]
    model.layers.1.units: [2]
    training.weight_decay: []
)"),
      ElementsAre("5:28: error: tune.space.training.learning_rat: unknown key "
                  "(did you mean 'training.learning_rate'?)",
                  "6:22: error: tune.space.training.epochs: low must be below high, found 8 and 4",
                  "7:29: error: tune.space.training.learning_rate: log needs low above 0, found 0",
                  "7:29: error: tune.space.training.learning_rate: learning_rate must be above 0 "
                  "and at most 100, found 0",
                  "8:31: error: tune.space.training.optimizer: must be one of sgd, adam, adamw, "
                  "rmsprop; found 'adma' (did you mean 'adam'?)",
                  "9:28: error: tune.space.training.augment.flip: is no number, so it has no range "
                  "(give a list of values, as [a, b])",
                  "10:26: error: tune.space.training.batch_size: needs low and high, or a list of "
                  "values (as {low: 0.001, high: 0.1, log: true} or [a, b])",
                  "11:18: error: tune.space.data.inputs: holds more than one value, so it cannot "
                  "be searched",
                  "12:24: error: tune.space.training.momentum: expected a list of values or a "
                  "range, found '0.5' (write [a, b] or {low: 1, high: 10})",
                  "14:26: error: tune.space.model.layers.0.unit: 'linear' has no key 'unit' "
                  "(did you mean 'model.layers.0.units'?)",
                  "15:27: error: tune.space.model.layers.1.units: there are 1 layers, counted "
                  "from 0",
                  "16:28: error: tune.space.training.weight_decay: names no value"));
}

TEST(Validate, WholeNumbersAreSearchedWhole) {
  const Project project =
      read("data: {train: a}\ntune: {space: {training.epochs: {low: 1, high: 9}}}");
  EXPECT_TRUE(project.tune.space.at("training.epochs").integer);
}

TEST(Validate, LayersOfTheAnalogyAreCheckedOnceKnown) {
  const std::string text = "data: {train: a}\ntune: {space: {model.layers.0.units: [2]}}\n";
  EXPECT_THAT(problems_of(text), IsEmpty());
  Diagnostics none;
  const Node fragment = parse_yaml("model: {layers: [relu]}", "analogies/x.yaml", none);
  EXPECT_THROW(read_project(text, "p", {}, &fragment), Error);
}

TEST(Validate, ComponentsAreKeptByShareOrWholeCount) {
  EXPECT_EQ(read("data: {train: a, reduce: {method: pca, keep: 12}}").data.reduce.keep, 12);
  const Project project = read("data:\n  train: a\n  reduce: {method: pca}\n");
  EXPECT_EQ(project.data.reduce.keep, 0.95);
  EXPECT_EQ(project.data.reduce.at.line, 3);
  EXPECT_THAT(problems_of("data:\n  train: a\n  reduce: {method: svd, keep: 2.5}\n"),
              ElementsAre("3:20: error: data.reduce.method: must be one of none, pca; found 'svd'",
                          "3:31: error: data.reduce.keep: a count of components is a whole number, "
                          "found 2.5 (write a share of the variance below 1, as 0.95)"));
  EXPECT_THAT(problems_of("data: {train: a, reduce: {keep: 0}}"),
              ElementsAre("1:33: error: data.reduce.keep: must be above 0 and at most 65536, "
                          "found 0"));
}

TEST(Validate, Waivers) {
  EXPECT_THAT(
      problems_beside(R"(accept:
  - {finding: A, reason: " ", until: 2027-02-29}
  - {finding: B, until: soon}
)"),
      ElementsAre("3:26: error: accept.0.reason: is empty (say why the finding is accepted)",
                  "3:38: error: accept.0.until: expected a day as 2027-01-31, found "
                  "'2027-02-29'",
                  "4:5: error: accept.1.reason: is missing (Why it is accepted.)",
                  "4:25: error: accept.1.until: expected a day as 2027-01-31, found "
                  "'soon'"));
}

}  // namespace
}  // namespace dlwork::spec
