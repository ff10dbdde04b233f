#include <algorithm>
#include <cstdlib>
#include <numeric>

#include "data_support.h"

namespace dlwork::data {
namespace {

// Sums and counts by Python's csv.reader(skipinitialspace=True) and float().
TEST(RealTables, ReadAsPythonsCsvModuleDoes) {
  const char* root = std::getenv("DLWORK_DATA");
  if (root == nullptr || !std::filesystem::exists(std::string(root) + "/tables/adult-train.csv")) {
    GTEST_SKIP() << "needs tables/adult-train.csv (UCI Adult) in the folder DLWORK_DATA names";
  }
  spec::Project project;
  project.data.root = std::string(root) + "/tables";
  project.data.train.paths = {"adult-train.csv"};
  project.data.test.paths = {"adult-test.csv"};
  project.data.target = "column_15";
  Quiet quiet;
  const Dataset dataset = load_dataset(project, "classification", quiet.run);
  const Table& table = dataset.samples.table;
  EXPECT_EQ(table.rows, 32561 + 16281);
  const auto sum = [&](const char* name) {
    const auto& numbers = table.find(name)->numbers;
    return std::accumulate(numbers.begin(), numbers.end(), 0.0);
  };
  EXPECT_EQ(sum("column_1"), 1887430.0);
  EXPECT_EQ(sum("column_3"), 9263575662.0);
  const auto missing = [&](const char* name) {
    std::int64_t count = 0;
    for (std::int64_t row = 0; row < table.rows; ++row) {
      count += table.find(name)->is_missing(row) ? 1 : 0;
    }
    return count;
  };
  EXPECT_EQ(missing("column_2"), 2799);
  EXPECT_EQ(missing("column_7"), 2809);
  EXPECT_EQ(missing("column_14"), 857);
  EXPECT_EQ(table.find("column_14")->categories.size(), 41u);
  // The test file of this data set writes its labels with a full stop.
  const Target& target = dataset.samples.target;
  EXPECT_EQ(target.classes, (std::vector<std::string>{"<=50K", "<=50K.", ">50K", ">50K."}));
  EXPECT_EQ(std::count(target.codes.begin(), target.codes.end(), 2), 7841);
  project.data.expect.classes = {"<=50K", ">50K"};
  const auto error =
      failure_of(ExitStatus::kInput, [&] { load_dataset(project, "classification", quiet.run); });
  EXPECT_EQ(error.at.file, project.data.root + "/adult-test.csv");
  EXPECT_EQ(error.at.line, 1);
  EXPECT_HAS(error.hint, "<=50K");
}

}  // namespace
}  // namespace dlwork::data
