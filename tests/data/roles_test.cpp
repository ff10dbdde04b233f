#include <array>
#include <cmath>
#include <numbers>
#include <set>

#include "data_support.h"
#include "dlwork/data/preprocess.h"

namespace dlwork::data {
namespace {

/// 60 rows of 12 patients, of whom each came on five days.
std::string visits() {
  std::string text = "visit,patient,day,age,smokes,note,w,sick\n";
  for (int i = 0; i < 60; ++i) {
    const int day = 1 + i % 28, month = 1 + i % 12;
    text += "V-" + std::to_string(1000 + i) + ",P" + std::to_string(i / 5) + ",2021-" +
            (month < 10 ? "0" : "") + std::to_string(month) + "-" + (day < 10 ? "0" : "") +
            std::to_string(day) + " 0" + std::to_string(i % 9) + ":30," +
            (i % 10 == 3 ? "-1" : std::to_string(20 + i)) + "," + (i % 3 ? "Y" : "n") +
            ",\"said: fine, \"\"more or less\"\" " + std::to_string(i) + "\"," +
            std::to_string(0.5 + i % 2) + "," + (i % 2 ? "yes" : "no") + "\n";
  }
  return text;
}

spec::ColumnOptions type(const std::string& name) {
  spec::ColumnOptions options;
  options.type = name;
  return options;
}

spec::Project project_of(const Folder& folder) {
  folder.write("visits.csv", visits());
  auto project = folder.project("visits.csv", "sick");
  auto& columns = project.data.columns;
  columns["visit"] = type("id");
  columns["patient"] = type("group");
  columns["smokes"] = type("boolean");
  columns["note"] = type("text");
  columns["w"] = type("weight");
  columns["age"] = {"integer", "years", {0, 120}, {}, {"-1"}, "", "", "", {}};
  return project;
}

Dataset load(const spec::Project& project) {
  Quiet quiet;
  return load_dataset(project, "classification", quiet.run);
}

TEST(Roles, DealColumnsToTheirPlaces) {
  Folder folder;
  const Dataset dataset = load(project_of(folder));
  const Samples& samples = dataset.samples;
  std::vector<std::string> inputs, carried;
  for (const auto& column : samples.table.columns) inputs.push_back(column.name);
  for (const auto& column : samples.carried.columns) carried.push_back(column.name);
  EXPECT_EQ(inputs, (std::vector<std::string>{"day", "age", "smokes"}));
  EXPECT_EQ(carried, (std::vector<std::string>{"visit", "patient", "note"}));
  EXPECT_EQ(samples.weights.size(), 60u);
  EXPECT_EQ(samples.weights[1], 1.5);
  EXPECT_EQ(samples.where(2), "visits.csv:4 (visit V-1002)");
  const Column& age = *samples.table.find("age");
  EXPECT_EQ(age.info.meaning, Meaning::kInteger);
  EXPECT_TRUE(age.info.declared);
  EXPECT_EQ(age.info.unit, "years");
  EXPECT_EQ(age.info.low, 0);
  EXPECT_EQ(age.info.high, 120);
  EXPECT_EQ(age.info.missing, std::vector<std::string>{"-1"});
  EXPECT_TRUE(age.is_missing(3));
  EXPECT_EQ(samples.table.find("day")->info.meaning, Meaning::kDatetime);
  EXPECT_FALSE(samples.table.find("day")->info.declared) << "found";
  const Column& smokes = *samples.table.find("smokes");
  EXPECT_EQ(smokes.categories, (std::vector<std::string>{"false", "true"}));
  EXPECT_EQ(samples.carried.find("note")->categories[7], "said: fine, \"more or less\" 7");
}

TEST(Roles, GroupsStayWhole) {
  Folder folder;
  auto project = project_of(folder);
  project.data.split.method = "group";
  const Dataset dataset = load(project);
  std::array<std::set<std::int32_t>, 3> groups;
  const Column& patient = *dataset.samples.carried.find("patient");
  for (int part = 0; part < 3; ++part) {
    for (const auto row : dataset.rows[part]) groups[part].insert(patient.codes[row]);
    EXPECT_FALSE(groups[part].empty());
  }
  EXPECT_EQ(groups[0].size() + groups[1].size() + groups[2].size(), 12u) << "in one part each";
}

TEST(Roles, TimeGoesByTheDatetimeColumn) {
  Folder folder;
  auto project = project_of(folder);
  project.data.columns["day"] = type("datetime");
  project.data.split.method = "time";
  const Dataset dataset = load(project);
  EXPECT_EQ(dataset.samples.table.find("day"), nullptr) << "what decides the split is no input";
  EXPECT_FALSE(dataset.part(Part::kTest).empty());
}

TEST(Roles, AreCheckedAgainstTheTask) {
  Folder folder;
  Quiet quiet;
  auto project = project_of(folder);
  project.data.columns["sick"] = type("id");
  auto error = failure_of(ExitStatus::kUsage, [&] { load(project); });
  EXPECT_EQ(error.message, "the target of a classification cannot be of type id");
  project = project_of(folder);
  project.data.inputs = {"age", "visit"};
  error = failure_of(ExitStatus::kUsage, [&] { load(project); });
  EXPECT_EQ(error.message, "names visit, which is of type id");
  project = project_of(folder);
  project.data.columns["w"] = type("ignore");
  project.data.columns["age"] = type("weight");
  const auto negative = failure_of(ExitStatus::kInput, [&] { load(project); });
  EXPECT_EQ(negative.message, "column age holds weights, which are at least 0, but this is '-1'");
  EXPECT_EQ(negative.at.line, 5);
}

TEST(Roles, TheTruthOfAGuessIsNoInput) {
  Folder folder;
  Quiet quiet;
  std::string text = "guess,truth,y\n";
  for (int i = 0; i < 40; ++i) {
    text += std::to_string(i + 0.5) + "," + std::to_string(i) + "," + (i % 2 ? "a" : "b") + "\n";
  }
  folder.write("stages.csv", text);
  auto project = folder.project("stages.csv", "y");
  project.data.columns["truth"].truth_of = "guess";
  const Dataset dataset = load(project);
  ASSERT_EQ(dataset.samples.table.columns.size(), 1u);
  EXPECT_EQ(dataset.samples.table.columns[0].name, "guess");
  const Column* truth = dataset.samples.carried.find("truth");
  ASSERT_NE(truth, nullptr);
  EXPECT_EQ(truth->type, ColumnType::kNumber);
  EXPECT_EQ(truth->numbers[7], 7);
  const auto message = [&](auto change) {
    auto wrong = project;
    change(wrong.data);
    return failure_of(ExitStatus::kUsage, [&] { load(wrong); }).message;
  };
  EXPECT_EQ(message([](auto& data) {
              data.inputs = {"guess", "truth"};
            }),
            "names truth, which holds the truth of another column");
  EXPECT_EQ(message([](auto& data) { data.columns["truth"].truth_of = "truth"; }),
            "names truth, which is no input");
  EXPECT_EQ(message([](auto& data) { data.columns["truth"].truth_of = "y"; }),
            "names y, which is no input");
  EXPECT_EQ(message([](auto& data) { data.columns["y"].truth_of = "guess"; }),
            "the target is what the last stage guesses");
  EXPECT_EQ(message([](auto& data) { data.columns["truth"].type = "category"; }),
            "truth and guess are not of one kind: numbers and categories");
  EXPECT_EQ(message([](auto& data) { data.columns["truth"].type = "ignore"; }),
            "is ignored, but is the truth of guess");
  EXPECT_THAT(message([](auto& data) { data.columns["truth"].truth_of = "gues"; }),
              ::testing::HasSubstr("there is no column gues in"));
}

// 1 March 2021 is a Monday, 0.1616 of the year; 2 March a Tuesday.
TEST(DatetimeFeatures, AreDaysAndCycles) {
  Samples samples;
  samples.count = samples.table.rows = 3;
  Column day;
  day.name = "day";
  day.info.meaning = Meaning::kDatetime;
  const double monday = 1614556800;
  day.numbers = {monday, monday + 86400, std::nan("")};
  samples.table.columns = {day};
  const auto fitted = Preprocessor::fit(samples, {0, 1}, Categories::kOneHot);
  EXPECT_EQ(fitted.feature_names(),
            (std::vector<std::string>{"day", "day in the week, sine", "day in the week, cosine"}))
      << "both in March, both at midnight";
  std::vector<float> out(9);
  const std::int64_t rows[] = {0, 1, 2};
  fitted.apply(samples, rows, 3, out.data());
  EXPECT_FLOAT_EQ(out[0], -1);
  EXPECT_FLOAT_EQ(out[3], 1);
  EXPECT_NEAR(out[1], 0, 1e-7);
  EXPECT_NEAR(out[2], 1, 1e-7);
  EXPECT_NEAR(out[4], std::sin(2 * std::numbers::pi / 7), 1e-6);
  EXPECT_NEAR(out[5], std::cos(2 * std::numbers::pi / 7), 1e-6);
  EXPECT_FLOAT_EQ(out[6], 0) << "the median stands for a missing date";
  EXPECT_NEAR(out[7], std::sin(2 * std::numbers::pi * 0.5 / 7), 1e-6);
  const auto again = Preprocessor::from_json(Json::parse(fitted.to_json().dump()));
  std::vector<float> same(9);
  again.apply(samples, rows, 3, same.data());
  EXPECT_EQ(out, same);
}

TEST(DatetimeFeatures, OfNewDataReadAsInTraining) {
  Folder folder;
  folder.write("train.csv",
               "day,on,y\n3/4/2021,yes,a\n12/31/2021,no,b\n5/6/2021,yes,a\n1/2/2021,no,b\n"
               "1/3/2021,no,b\n1/4/2021,no,b\n1/5/2021,no,a\n1/6/2021,no,a\n"
               "2/5/2021,no,a\n2/6/2021,no,a\n2/7/2021,no,b\n2/8/2021,no,b\n");
  auto project = folder.project("train.csv", "y");
  project.data.columns["on"] = type("boolean");
  const Dataset dataset = load(project);
  std::vector<std::int64_t> rows{0, 1, 2, 3};
  auto fitted = Preprocessor::fit(dataset.samples, rows, Categories::kOneHot);
  fitted = Preprocessor::from_json(Json::parse(fitted.to_json().dump()));
  const auto file = folder.write("new.csv", "on,day\nTRUE,3/4/2021\n0,\n");
  InputStream stream(file, fitted, spec::Data().missing);
  const auto chunk = stream.next(10);
  ASSERT_TRUE(chunk);
  EXPECT_EQ(chunk->table.columns[0].numbers[0], 1614816000) << "month first, as in training";
  EXPECT_TRUE(chunk->table.columns[0].is_missing(1));
  EXPECT_EQ(chunk->table.columns[1].codes, (std::vector<std::int32_t>{1, 0}));
  const auto bad = folder.write("bad.csv", "on,day\nperhaps,3/4/2021\n");
  InputStream other(bad, fitted, spec::Data().missing);
  EXPECT_HAS(failure_of(ExitStatus::kInput, [&] { other.next(10); }).message, "true or false");
}

}  // namespace
}  // namespace dlwork::data
