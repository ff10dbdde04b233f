#include "dlwork/data/survey.h"

#include <gmock/gmock.h>

#include <cmath>
#include <sstream>

#include "data_support.h"
#include "support/database.h"

namespace dlwork::data {
namespace {

using ::testing::ElementsAre;

/// A number, a city, a day, a gap in every tenth row, and whether the number is above 500.
std::string cities(int rows, int from = 0) {
  std::ostringstream text;
  text << "n,city,day,gap,y\n";
  for (int i = from; i < from + rows; ++i) {
    text << i << (i % 2 ? ",Oslo" : ",\"Rome, \"\"IT\"\"\"") << ",2024-01-" << 10 + i % 10 << ","
         << (i % 10 == 3 ? "" : "0.5") << "," << (i > 500 ? "big" : "small") << "\n";
  }
  return text.str();
}

class SurveyOf : public ::testing::Test {
 protected:
  Dataset load(const spec::Project& project, std::int64_t rows,
               const std::string& task = "classification") {
    return load_sample(project, task, rows, quiet_.run, survey_);
  }
  const ColumnSurvey& column(const std::string& name) const { return *survey_.find(name); }
  Folder folder_;
  Quiet quiet_;
  Survey survey_;
};

TEST_F(SurveyOf, SeesEveryRowWhileFewAreKept) {
  folder_.write("t.csv", cities(2000));
  const Dataset dataset = load(folder_.project("t.csv", "y"), 100);
  EXPECT_EQ(dataset.samples.count, 100);
  EXPECT_EQ(survey_.rows, 2000);
  EXPECT_EQ(survey_.sampled, 100);
  EXPECT_EQ(survey_.target, "y");
  EXPECT_EQ(survey_.rows_of_source[0], 2000);
  EXPECT_EQ(survey_.sampled_of_source[0], 100);
  EXPECT_EQ(column("n").numbers, 2000);
  EXPECT_EQ(column("n").low, 0);
  EXPECT_EQ(column("n").high, 1999);
  EXPECT_EQ(column("n").high_at.record, 2001);
  EXPECT_DOUBLE_EQ(column("n").sums.mean(), 999.5);
  EXPECT_NEAR(column("n").quantiles.quantile(0.5), 999, 2000 * 0.0046);
  EXPECT_NEAR(column("n").distinct.estimate(), 2000, 70);
  EXPECT_EQ(column("gap").missing, 200);
  EXPECT_EQ(column("gap").missing_at.front().record, 5);
  EXPECT_EQ(column("city").texts, 2000);
  EXPECT_TRUE(column("city").counts.complete);
  std::vector<std::string> names;
  for (const auto& [hash, entry] : column("city").counts.by_hash) {
    names.push_back(entry.text);
    EXPECT_EQ(entry.count, 1000);
    EXPECT_EQ(entry.first.record, entry.text == "Oslo" ? 3 : 2);
  }
  EXPECT_THAT(names, ::testing::UnorderedElementsAre("Oslo", "Rome, \"IT\""));
  EXPECT_EQ(column("day").dates, 2000);
  EXPECT_EQ(column("y").texts, 2000);
}

TEST_F(SurveyOf, DrawsRowsAsTheyStandInTheFile) {
  folder_.write("t.csv", cities(3000));
  const auto project = folder_.project("t.csv", "y");
  const Dataset dataset = load(project, 200);
  const Dataset whole = load_dataset(project, "classification", quiet_.run);
  const Column& drawn = *dataset.samples.table.find("n");
  const Column& city = *dataset.samples.table.find("city");
  double sum = 0;
  for (std::int64_t row = 0; row < dataset.samples.count; ++row) {
    const auto there = static_cast<std::int64_t>(drawn.numbers[row]);
    EXPECT_EQ(dataset.samples.where(row), whole.samples.where(there));
    EXPECT_EQ(city.categories[city.codes[row]], there % 2 ? "Oslo" : "Rome, \"IT\"");
    sum += drawn.numbers[row];
  }
  // Drawn from all over the file: the mean of 200 of 3,000 has a deviation of 59.
  EXPECT_NEAR(sum / 200, 1500, 4 * 59);
  EXPECT_EQ(dataset.samples.table.find("day")->info.meaning, Meaning::kDatetime);
  EXPECT_EQ(dataset.fingerprint, whole.fingerprint);
  const Dataset again = load(project, 200);
  EXPECT_EQ(again.samples.table.find("n")->numbers, drawn.numbers);
  auto other = project;
  other.seed = 2;
  EXPECT_NE(load(other, 200).samples.table.find("n")->numbers, drawn.numbers);
}

TEST_F(SurveyOf, KeepsAllOfSmallSources) {
  folder_.write("t.csv", cities(3000));
  folder_.write("v.csv", cities(40, 480));
  auto project = folder_.project("t.csv", "y");
  project.data.test.paths = {"v.csv"};
  const Dataset dataset = load(project, 500);
  EXPECT_EQ(survey_.rows_of_source, (std::array<std::int64_t, 3>{3000, 0, 40}));
  for (const auto& [hash, entry] : column("city").counts.by_hash) {
    EXPECT_EQ(entry.of_source, (std::array<std::int64_t, 3>{1500, 0, 20})) << entry.text;
  }
  EXPECT_EQ(dataset.part(Part::kTest).size(), 40u);
  EXPECT_EQ(dataset.samples.count, 540);
}

TEST_F(SurveyOf, TellsWhereOddValuesStand) {
  std::string text = "n,y\n";
  for (int i = 0; i < 1000; ++i) text += std::to_string(i % 50) + (i % 2 ? ",a\n" : ",b\n");
  text += "many,a\ninf,b\n-7,a\nNA,b\n";
  folder_.write("t.csv", text);
  auto project = folder_.project("t.csv", "y");
  project.data.columns["n"].range = {0, 100};
  load(project, 20);
  EXPECT_EQ(column("n").texts, 1);
  EXPECT_THAT(column("n").odd_texts, ElementsAre("many"));
  EXPECT_EQ(column("n").text_at.front().record, 1002);
  EXPECT_EQ(column("n").infinite, 1);
  EXPECT_EQ(column("n").infinite_at.front().record, 1003);
  EXPECT_EQ(column("n").outside, 1);  // the infinite one is counted apart
  EXPECT_EQ(column("n").outside_at.back().record, 1004);
  EXPECT_EQ(column("n").missing, 1);
}

TEST_F(SurveyOf, CountsRepeatsAndTheirTargets) {
  std::string text = "n,y\n";
  for (int i = 0; i < 900; ++i) text += std::to_string(i) + ",a\n";
  for (int i = 0; i < 100; ++i) text += std::to_string(i) + (i < 30 ? ",b\n" : ",a\n");
  folder_.write("t.csv", text);
  folder_.write("v.csv", "n,y\n5,a\n2000,b\n");
  auto project = folder_.project("t.csv", "y");
  project.data.test.paths = {"v.csv"};
  load(project, 100);
  std::int64_t rows = 0, conflicts = 0, across = 0;
  for (const auto& [hash, drawn] : survey_.repeats.drawn) {
    rows += drawn.count;
    conflicts += drawn.conflict;
    across += drawn.across.file == 1;
  }
  EXPECT_EQ(rows, 1002);
  EXPECT_EQ(survey_.repeats.drawn.size(), 901u);
  EXPECT_EQ(conflicts, 30);
  EXPECT_EQ(across, 1);
  EXPECT_EQ(survey_.repeats.share(), 1);
}

TEST(RepeatSurvey, EstimatesRepeatsFromThoseItDraws) {
  RepeatSurvey survey;
  constexpr std::int64_t kDifferent = 500'000;
  std::int64_t repeats = 0;
  for (std::int64_t i = 0; i < kDifferent; ++i) {
    const std::uint64_t hash = mix_bits(static_cast<std::uint64_t>(i) + 1);
    const int times = i % 10 == 0 ? 2 : 1;
    repeats += times - 1;
    for (int k = 0; k < times; ++k) survey.add(hash, 0, 0, {0, i});
  }
  EXPECT_LE(survey.drawn.size(), 2 * RepeatSurvey::kMostDrawn);
  std::int64_t rows = 0;
  for (const auto& [hash, drawn] : survey.drawn) rows += drawn.count;
  const auto drawn = static_cast<double>(survey.drawn.size());
  const double found = (static_cast<double>(rows) - drawn) / static_cast<double>(rows);
  const double truth = static_cast<double>(repeats) / static_cast<double>(kDifferent + repeats);
  // Four standard errors of a share among so many drawn.
  EXPECT_NEAR(found, truth, 4 * std::sqrt(truth * (1 - truth) / drawn));
  EXPECT_NEAR(drawn / survey.share(), kDifferent, 4 * kDifferent / std::sqrt(drawn));
}

TEST_F(SurveyOf, FailsWhereTheReaderDoes) {
  folder_.write("t.csv", "n,y\n1,a\n2,b\n3\n");
  const auto ragged =
      failure_of(ExitStatus::kInput, [&] { load(folder_.project("t.csv", "y"), 2); });
  EXPECT_EQ(ragged.at.line, 4);
  folder_.write("e.csv", "n,y\n");
  failure_of(ExitStatus::kInput, [&] { load(folder_.project("e.csv", "y"), 2); });
  const auto lines =
      failure_of(ExitStatus::kUsage, [&] { load(folder_.project("t.csv", "y"), 2, "embedding"); });
  EXPECT_EQ(lines.message, "embedding learns from lines of text, but the data are a table");
  quiet_.stop.request();
  folder_.write("s.csv", cities(10));
  failure_of(ExitStatus::kInterrupted, [&] { load(folder_.project("s.csv", "y"), 2); });
}

TEST_F(SurveyOf, GoesThroughDatabasesToo) {
  testing::change_database(folder_ / "t.db",
                           "CREATE TABLE t(n INTEGER, city TEXT, y TEXT);"
                           "WITH RECURSIVE c(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM c WHERE i "
                           "< 1999) INSERT INTO t SELECT i, iif(i % 2, 'Oslo', 'Rome'), "
                           "iif(i > 500, 'big', 'small') FROM c;");
  const auto project = folder_.project("sqlite:t.db", "y");
  const Dataset dataset = load(project, 100);
  EXPECT_EQ(survey_.bytes, std::filesystem::file_size(folder_ / "t.db"));
  EXPECT_EQ(table_bytes(project), survey_.bytes) << "its size decides on streaming it";
  EXPECT_EQ(dataset.samples.count, 100);
  EXPECT_EQ(survey_.rows, 2000);
  EXPECT_EQ(survey_.sampled, 100);
  EXPECT_EQ(column("n").numbers, 2000);
  EXPECT_EQ(column("n").high, 1999);
  EXPECT_EQ(column("n").high_at.record, 2000);
  EXPECT_EQ(column("city").texts, 2000);
  const Dataset whole = load_dataset(project, "classification", quiet_.run);
  for (std::size_t row = 0; row < 100; ++row) {
    const auto record = static_cast<std::size_t>(dataset.samples.record[row]);
    EXPECT_EQ(dataset.samples.table.find("n")->numbers[row],
              whole.samples.table.find("n")->numbers[record - 1]);
  }
}

TEST_F(SurveyOf, MeasuresTablesAlone) {
  const auto file = folder_.write("t.csv", cities(100));
  EXPECT_EQ(table_bytes(folder_.project("t.csv", "y")), std::filesystem::file_size(file));
  const auto small = folder_.write("t.csv.gz", packed(cities(100)));
  EXPECT_EQ(table_bytes(folder_.project("t.csv.gz", "y")), 4 * std::filesystem::file_size(small));
  folder_.write("i.idx", idx_bytes({2, 2, 2}, std::string(8, '\1')));
  EXPECT_EQ(table_bytes(folder_.project("i.idx")), 0u);
}

}  // namespace
}  // namespace dlwork::data
