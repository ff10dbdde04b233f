#include "spec/scalars.h"
#include "spec_support.h"

namespace dlwork::spec {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Reader, ReadsEveryTypeOfValue) {
  const Project project = read(R"(dlwork: 1
name: "tees"
seed: 7
goal: {metric: accuracy, target: 0.9, incumbent: null, budget: {time: 1h30min, trials: 3}}
readiness: {answers: {who: "we do", n: 12}, time: 90}
data:
  root: ../d
  train: {path: [a.gz, b.gz]}
  validation: 10%
  test: 5000
  columns: {age: number, id: ignore}
  missing: ["", "-"]
  expect: {classes: [a, b], balance: {a: 0.25, b: 0.75}}
training: {learning_rate: 1e-3, augment: {flip: true}}
tune:
  space:
    training.learning_rate: {low: 1e-4, high: 1e-1, log: true}
    training.batch_size: [32, 64]
accept: [{finding: AUDIT_X, reason: known, until: 2027-02-28}]
x-note: {anything: goes}
)");
  EXPECT_EQ(project.name, "tees");
  EXPECT_EQ(project.goal.target, 0.9);
  EXPECT_EQ(project.goal.incumbent, std::nullopt);
  EXPECT_EQ(project.goal.budget.time.seconds, 5400);
  EXPECT_EQ(project.readiness.answers.at("n"), "12");
  EXPECT_EQ(project.readiness.time.seconds, 90);
  EXPECT_THAT(project.data.train.paths, ElementsAre("a.gz", "b.gz"));
  EXPECT_TRUE(project.data.validation.amount->is_fraction);
  EXPECT_EQ(project.data.validation.amount->value, 0.1);
  EXPECT_FALSE(project.data.test.amount->is_fraction);
  EXPECT_EQ(project.data.test.amount->value, 5000);
  EXPECT_EQ(project.data.columns.at("id").type, "ignore");
  EXPECT_THAT(project.data.missing, ElementsAre("", "-"));
  EXPECT_EQ(project.data.expect.balance.at("b"), 0.75);
  EXPECT_EQ(project.training.learning_rate, 1e-3);
  EXPECT_TRUE(project.training.augment.flip);
  EXPECT_TRUE(project.tune.space.at("training.learning_rate").log);
  EXPECT_EQ(project.tune.space.at("training.learning_rate").low, 1e-4);
  EXPECT_EQ(project.tune.space.at("training.batch_size").choices.at(1).scalar, "64");
  EXPECT_EQ(project.accept.at(0).until, "2027-02-28");
  EXPECT_EQ(project.training.epochs, 10) << "a default";
}

TEST(Reader, ReportsEveryProblemInOneRunWithItsPlace) {
  EXPECT_THAT(
      problems_of(R"(dlwork: 2
data:
  train: 0.5
  colums: {}
  header: maybe
training:
  epochs: lots
  learning_rate: 0
  batch_size: "64"
  momentum: .nan
  optimiser: sgd
  optimizer: sdg
  augment: {flip: yes, noise: []}
  checkpoint_every: soon
learning_rate: 0.1
goal:
  target:
  budget: 3
seed: 012
)"),
      ElementsAre(
          "1:9: error: dlwork: must be 1, found 2",
          "3:10: error: data.train: expected a path, found '0.5' "
          "(quote it if it is the name of a file)",
          "4:3: error: data.colums: unknown key (did you mean 'columns'?)",
          "5:11: error: data.header: must be one of auto, yes, no; found 'maybe'",
          "7:11: error: training.epochs: expected a whole number, found 'lots'",
          "8:18: error: training.learning_rate: must be above 0 and at most 100, found 0",
          "9:15: error: training.batch_size: expected a whole number, found the text '64' "
          "(take the quotes away)",
          "10:13: error: training.momentum: must be finite, found .nan",
          "11:3: error: training.optimiser: unknown key (did you mean 'optimizer'?)",
          "12:14: error: training.optimizer: must be one of sgd, adam, adamw, rmsprop; "
          "found 'sdg' (did you mean 'sgd'?)",
          "13:19: error: training.augment.flip: expected true or false, found 'yes' (write true)",
          "13:31: error: training.augment.noise: expected a number, found a list",
          "14:21: error: training.checkpoint_every: expected a duration such as 90s, 30min or "
          "1h30min, found 'soon'",
          "15:1: error: learning_rate: unknown key (did you mean 'training.learning_rate'?)",
          "18:11: error: goal.budget: expected a map of keys, found '3'",
          "19:7: error: seed: expected a whole number, found '012' "
          "(a leading 0 is octal to some readers: leave it out)"));
}

TEST(Reader, SaysOfAKeyWithinOthersThatItStandsOutside) {
  EXPECT_THAT(problems_of("data:\n  train: a.csv\n  accept: []\n"),
              ElementsAre("3:3: error: data.accept: unknown key "
                          "('accept' stands at the top of the file)"));
}

TEST(Reader, NamesMissingKeys) {
  EXPECT_THAT(problems_of(""), ElementsAre("1:1: error: the project file is empty "
                                           "(`dlwork init` writes one)"));
  EXPECT_THAT(problems_of("name: x\n"),
              ElementsAre("1:1: error: data.train: is missing "
                          "(Training data: a path (* and ? match files), a list of paths, or "
                          "{path, labels}.)"));
  EXPECT_THAT(problems_of("name: x\ndata:\n  target: y\n"),
              ElementsAre(::testing::StartsWith("2:1: error: data.train: is missing")));
  EXPECT_THAT(problems_of("data: {train: {labels: l.gz}}\n"),
              ElementsAre("1:8: error: data.train.path: is missing "
                          "(File or folder, or a list of them.)"));
}

TEST(Reader, ScalarsThatHoldNothingAreErrorsAndSectionsMayBeEmpty) {
  EXPECT_THAT(problems_beside("name:\ntraining:\n  epochs: ~\n"),
              ElementsAre("2:1: error: name: has no value (leave the key out for its default)",
                          "4:11: error: training.epochs: has no value "
                          "(leave the key out for its default)"));
  EXPECT_THAT(problems_beside("training:\nmodel: {layers: }\nreadiness: {answers: ~}\n"),
              IsEmpty());
}

TEST(Reader, ReportsEveryKindOfFaultInOneRun) {
  EXPECT_THAT(
      problems_of("seed: 1\nseed: 2\nnmae: x\ntraining: {epochs: many, batch_size: -1}\n"),
      ElementsAre(HasSubstr("1:1: error: data.train: is missing"),
                  "2:1: error: seed: duplicate key, first given in line 1 "
                  "(keep one of the two)",
                  HasSubstr("3:1: error: nmae: "), HasSubstr("4:20: error: training.epochs: "),
                  HasSubstr("4:38: error: training.batch_size: ")));
}

TEST(Reader, DurationsKeepTheirRange) {
  const auto problem = [](const std::string& window) {
    return problems_of("data: {train: a, sound: {window: " + window + "}}\n");
  };
  EXPECT_THAT(problem("25ms"), IsEmpty());
  EXPECT_THAT(problem("0s"),
              ElementsAre("1:34: error: data.sound.window: must be above 0, found 0s"));
  EXPECT_THAT(problem("0"),
              ElementsAre("1:34: error: data.sound.window: must be above 0, found 0"));
}

TEST(Reader, SyntaxErrorsStopBeforeMeaning) {
  EXPECT_THAT(problems_of("data: [a\nnmae: x\n"), ElementsAre(HasSubstr("error: ")));
  EXPECT_THAT(problems_of("- a\n"), ElementsAre("1:1: error: expected a map of keys, found a list",
                                                ::testing::HasSubstr("data.train: is missing")));
}

TEST(Reader, SharesAndCounts) {
  const auto problem = [](const std::string& amount) {
    return problems_of("data: {train: a, test: " + amount + "}\n");
  };
  EXPECT_THAT(problem("0.25"), IsEmpty());
  EXPECT_THAT(problem("1.5"),
              ElementsAre("1:24: error: data.test: expected a share such as 0.1 or 10%, or a count "
                          "of rows, found '1.5' (shares are below 1, counts are whole)"));
  EXPECT_THAT(problem("100%"), ElementsAre("1:24: error: data.test: a share must be above 0 and "
                                           "below 1 (100%), found 100%"));
  EXPECT_THAT(problem("0"), ElementsAre("1:24: error: data.test: a share must be above 0 and "
                                        "below 1 (100%), found 0"));
  EXPECT_THAT(problem("[]"), ElementsAre("1:24: error: data.test: names no file"));
  const Project project = read("data: {train: \"10\", test: \"5%\"}\n");
  EXPECT_THAT(project.data.test.paths, ElementsAre("5%")) << "quoted: the name of a file";
}

TEST(Reader, Sizes) {
  const auto text = [](const std::string& size) {
    return "data: {train: a}\ntraining: {memory: " + size + "}\n";
  };
  const auto bytes = [&](const std::string& size) {
    return read(text(size)).training.memory.bytes;
  };
  EXPECT_EQ(bytes("2GiB"), std::int64_t{1} << 31);
  EXPECT_EQ(bytes("1.5 GB"), 1'500'000'000);
  EXPECT_EQ(bytes("4096"), 4096);
  EXPECT_EQ(read("data: {train: a}\n").training.memory.bytes, 0);
  const std::string expected =
      "2:20: error: training.memory: expected a size such as 512MiB, 2GiB or 1.5GB, found ";
  EXPECT_THAT(problems_of(text("2G")), ElementsAre(expected + "'2G' (did you mean '2GiB'?)"));
  EXPECT_THAT(problems_of(text("much")), ElementsAre(expected + "'much'"));
  EXPECT_THAT(problems_of(text("-1")), ElementsAre(expected + "'-1'"));
  EXPECT_THAT(problems_of(text("[1]")), ElementsAre(expected + "a list"));
  Size size;
  Field field{"size", &size, ""};
  field.at_least(1024);
  Node node;
  node.kind = Node::Kind::kScalar;
  node.scalar = "512B";
  EXPECT_EQ(read_scalar(field, node, size).message, "must be at least 1024, found 512B");
  EXPECT_EQ(size.bytes, 0);
  node.scalar = "1KiB";
  EXPECT_FALSE(read_scalar(field, node, size).any());
  EXPECT_EQ(size.bytes, 1024);
}

TEST(Reader, TakesColumnNamesAsTheyAre) {
  const Project project = read("data: {train: a, columns: {x-ray: number, 5: category}}\n");
  EXPECT_EQ(project.data.columns.at("x-ray").type, "number");
  EXPECT_EQ(project.data.columns.at("5").type, "category");
  EXPECT_THAT(
      problems_of("data: {train: a, columns: {age: numbr}, inputs: age}\n"),
      ElementsAre("1:33: error: data.columns.age: must be one of number, integer, category, "
                  "boolean, datetime, text, picture, sound, sequence, id, group, weight, "
                  "ignore; found 'numbr' (did you mean 'number'?)",
                  "1:49: error: data.inputs: expected a list, found 'age' (write [age])"));
}

TEST(Reader, TakesWhatIsKnownOfAColumn) {
  const Project project = read(R"(data:
  train: a
  columns:
    age: {type: integer, unit: years, range: [0, 120], missing: [-1, unknown]}
    day: {type: datetime, format: day-first}
    who: id
    note: {}
    sex: {categories: [f, m]}
  expect: {combinations: [sex x age, age x sex x who]}
)");
  const ColumnOptions& age = project.data.columns.at("age");
  EXPECT_EQ(age.type, "integer");
  EXPECT_EQ(age.unit, "years");
  EXPECT_THAT(age.range, ElementsAre(0, 120));
  EXPECT_THAT(age.missing, ElementsAre("-1", "unknown"));
  EXPECT_EQ(project.data.columns.at("day").format, "day-first");
  EXPECT_EQ(project.data.columns.at("who").type, "id");
  EXPECT_EQ(project.data.columns.at("note").type, "");
  EXPECT_THAT(project.data.columns.at("sex").categories, ElementsAre("f", "m"));
  EXPECT_THAT(combined_columns(project.data.expect.combinations[1]),
              ElementsAre("age", "sex", "who"));
  const Project again = read(dump_yaml(project, Origins::kHide));
  EXPECT_EQ(dump_json(again), dump_json(project));
  EXPECT_EQ(dump_json(project)["data"]["columns"]["who"], "id") << "a type alone stays a word";
}

TEST(Reader, ChecksWhatIsSaidOfAColumn) {
  const auto problem = [](const std::string& columns) {
    return problems_of("data: {train: a, columns: {" + columns + "}}\n");
  };
  EXPECT_THAT(problem("age: {range: [5, 1]}"),
              ElementsAre("1:33: error: data.columns.age: range needs a least and a greater value, "
                          "as [0, 120]"));
  EXPECT_THAT(problem("age: {type: text, range: [1, 5]}"),
              ElementsAre("1:33: error: data.columns.age: has a range, which a column of type text "
                          "cannot have"));
  EXPECT_THAT(problem("age: {format: day-first}"),
              ElementsAre("1:33: error: data.columns.age: has a format, which columns of type "
                          "datetime have (add type: datetime)"));
  EXPECT_THAT(problem("age: {type: number, categories: [a]}"),
              ElementsAre("1:33: error: data.columns.age: has categories, which a column of type "
                          "number cannot have"));
  EXPECT_THAT(problem("age: {categories: [a, b, a]}"),
              ElementsAre("1:46: error: data.columns.age.categories: names 'a' twice"));
  EXPECT_THAT(problems_of("data: {train: a, expect: {combinations: [sex]}}\n"),
              ElementsAre("1:41: error: data.expect.combinations: 'sex' does not name two columns "
                          "(write them as 'site x sex')"));
  EXPECT_THAT(problem("age: {range: 5}"),
              ElementsAre("1:41: error: data.columns.age.range: expected a list of numbers, found "
                          "'5' (as [1, 2])"));
  EXPECT_THAT(
      problem("a: weight, b: weight"),
      ElementsAre("1:42: error: data.columns.b: is the second column of type weight, after a"));
  EXPECT_THAT(problems_of("data: {train: a, split: {method: group}, columns: {p: group}}\n"),
              ElementsAre());
  EXPECT_THAT(problems_of("data: {train: a, split: {method: group}}\n"),
              ElementsAre("1:34: error: data.split.method: group needs data.split.column (name the "
                          "column whose values decide, or give one column the type group)"));
}

TEST(Reader, UsesAnchorsAndMergeKeys) {
  const Project project = read(
      "x-short: &short {epochs: 2, batch_size: 8}\ndata: {train: a}\n"
      "training: {<<: *short, epochs: 3}\n");
  EXPECT_EQ(project.training.epochs, 3);
  EXPECT_EQ(project.training.batch_size, 8);
}

}  // namespace
}  // namespace dlwork::spec
