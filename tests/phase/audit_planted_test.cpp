#include <gmock/gmock.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <set>
#include <sstream>

#include "dlwork/base/rng.h"
#include "dlwork/base/text.h"
#include "phase_files.h"
#include "support/places.h"

/// Each kind of flaw planted in ten real tables, one at a time: whether it is found, and how much
/// is said of the tables as they are. Needs DLWORK_PEERS_PYTHON with scikit-learn and statsmodels,
/// and DLWORK_DATA; minutes even in an optimised build.
namespace dlwork {
namespace {

using artefact::Severity;
using testing::findings_of;
using testing::PhaseOverFiles;

struct Table {
  std::vector<std::string> names;
  std::vector<std::vector<std::string>> rows;

  static Table parse(const std::string& text) {
    Table table;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      if (table.names.empty()) {
        table.names = split(line, ',');
      } else {
        table.rows.push_back(split(line, ','));
        table.rows.back().resize(table.names.size());
      }
    }
    return table;
  }
  std::string text() const {
    std::string result = join(names, ",") + "\n";
    for (const auto& row : rows) result += join(row, ",") + "\n";
    return result;
  }
};

/// A column of numbers that are all above 0 and vary little, which a factor of 25 shows in; the
/// first of any numbers where there is none.
struct Choice {
  std::size_t column = 0;
  bool steady = false;
  double deviation = 0;
};
std::optional<Choice> numbers_of(const Table& table) {
  std::optional<Choice> chosen;
  double least = 0.35;
  for (std::size_t c = 0; c + 1 < table.names.size(); ++c) {
    double sum = 0, squares = 0, low = 1e300;
    std::set<std::string> kinds;
    bool numbers = true;
    for (const auto& row : table.rows) {
      const auto value = parse_number(row[c]);
      numbers = numbers && value.has_value();
      if (!value) break;
      sum += *value;
      squares += *value * *value;
      low = std::min(low, *value);
      kinds.insert(row[c]);
    }
    if (!numbers || kinds.size() < 20) continue;
    const auto n = static_cast<double>(table.rows.size());
    const double mean = sum / n, deviation = std::sqrt(squares / n - mean * mean);
    if (!chosen) chosen = Choice{c, false, deviation};
    if (low > 0 && deviation / mean < least) {
      least = deviation / mean;
      chosen = Choice{c, true, deviation};
    }
  }
  return chosen;
}

class Real : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const char* python = std::getenv("DLWORK_PEERS_PYTHON");
    if (python == nullptr) GTEST_SKIP() << "DLWORK_PEERS_PYTHON names no Python";
    const auto folder = phase_.write("train.csv", "").parent_path();
    const std::string command = std::string(python) + " " + places::source_folder() +
                                "/tests/phase/planted_tables.py " + folder.string();
    ASSERT_EQ(std::system(command.c_str()), 0);
    const std::string file = std::string(GetParam()) + ".csv";
    if (!std::filesystem::exists(folder / file)) GTEST_SKIP() << file << " is not installed";
    table_ = Table::parse(phase_.read(file));
    regression_ = std::set<std::string>{"diabetes", "abalone"}.contains(GetParam());
    if (!regression_) return;
    phase_.project.task = "regression";
    phase_.project.goal.metric = "rmse";
  }
  artefact::PhaseResult audit() {
    phase_.write("train.csv", table_.text());
    return phase_.run("audit");
  }
  bool says(const artefact::PhaseResult& result, const std::string& id, const std::string& column) {
    for (const auto& finding : findings_of(result, id)) {
      if (column.empty() || finding.evidence["column"] == column) return true;
    }
    return false;
  }
  /// Labels in the list of doubtful ones, the wrong ones of them, and all wrong ones of the
  /// training part.
  struct Listed {
    double listed = 0, right = 0, present = 0;
  };
  void add_listed(const std::set<std::size_t>& wrong, Listed& all) {
    const auto file = phase_.folder->file("doubtful-labels-train.csv");
    ASSERT_TRUE(std::filesystem::exists(file));
    std::ifstream lines(file);
    std::string line;
    std::getline(lines, line);
    while (std::getline(lines, line)) {
      const std::string place = split(line, ',').front();
      ++all.listed;
      all.right += wrong.contains(std::stoul(place.substr(place.rfind(':') + 1))) ? 1 : 0;
    }
    for (const auto row : phase_.train_rows) {
      all.present += wrong.contains(static_cast<std::size_t>(row) + 2) ? 1 : 0;
    }
  }
  PhaseOverFiles phase_;
  Table table_;
  bool regression_ = false;
  Rng rng_{5, "planted in real tables"};
};

TEST_P(Real, UntouchedHasFewErrors) {
  int errors = 0;
  for (const auto& finding : audit().findings) {
    // A fifth of 150 flowers is too few for a figure, which is true.
    if (finding.severity != Severity::kError || finding.id == "test-size") continue;
    // 34 pairs of the phonemes were recorded twice: equal in five measured values and the class.
    if (finding.id == "split-overlap-exact" && GetParam() == std::string("phoneme")) continue;
    ++errors;
    std::cout << "  " << GetParam() << ": " << finding.id << ": " << finding.message << "\n";
  }
  EXPECT_EQ(errors, 0);
}

TEST_P(Real, ANearCopyOfTheTargetIsAnError) {
  std::map<std::string, double> codes;
  for (auto& row : table_.rows) {
    const double value = regression_ ? parse_number(row.back()).value_or(0)
                                     : codes.emplace(row.back(), codes.size()).first->second;
    row.insert(row.end() - 1, number_text(value + 0.02 * rng_.normal()));
  }
  table_.names.insert(table_.names.end() - 1, "outcome score");
  const auto result = audit();
  bool error = false;
  for (const char* id : {"leak-single-feature", "leak-target-copy"}) {
    for (const auto& finding : findings_of(result, id)) {
      error = error || (finding.evidence["column"] == "outcome score" &&
                        finding.severity == Severity::kError);
    }
  }
  EXPECT_TRUE(error);
}

TEST_P(Real, RepeatedRowsAreFound) {
  const std::size_t count = table_.rows.size();
  for (std::size_t i = 0; i < count / 12; ++i) table_.rows.push_back(table_.rows[i * 11]);
  const auto result = audit();
  EXPECT_TRUE(says(result, "duplicate-exact", ""));
  EXPECT_TRUE(says(result, "split-overlap-exact", ""));
}

TEST_P(Real, AShiftedColumnIsFound) {
  const auto chosen = numbers_of(table_);
  if (!chosen) GTEST_SKIP() << "no column of numbers";
  Table test = table_;
  const auto half = static_cast<std::ptrdiff_t>(table_.rows.size() / 2);
  test.rows.erase(test.rows.begin(), test.rows.begin() + half);
  table_.rows.resize(static_cast<std::size_t>(half));
  for (auto& row : test.rows) {
    row[chosen->column] = number_text(*parse_number(row[chosen->column]) + 2 * chosen->deviation);
  }
  phase_.write("test.csv", test.text());
  phase_.project.data.test.paths = {"test.csv"};
  EXPECT_TRUE(says(audit(), "drift-feature-split", table_.names[chosen->column]));
}

TEST_P(Real, MixedUnitsAreFound) {
  const auto chosen = numbers_of(table_);
  if (!chosen || !chosen->steady) GTEST_SKIP() << "no column of steady numbers";
  for (std::size_t i = 0; i < table_.rows.size(); i += 12) {
    std::string& cell = table_.rows[i][chosen->column];
    cell = number_text(*parse_number(cell) * 25.4);
  }
  EXPECT_TRUE(says(audit(), "mixed-units", table_.names[chosen->column]));
}

TEST_P(Real, CodesForMissingAreFound) {
  const auto chosen = numbers_of(table_);
  if (!chosen) GTEST_SKIP() << "no column of numbers";
  for (std::size_t i = 0; i < table_.rows.size(); i += 14) {
    table_.rows[i][chosen->column] = "-999";
  }
  EXPECT_TRUE(says(audit(), "missing-sentinel-code", table_.names[chosen->column]));
}

/// Of the labels listed as doubtful, how many were made wrong, and how many of those are listed,
/// over several draws where a table has only a few wrong ones in each. Where a classical model is
/// right on nearly all samples the list must be good; elsewhere samples are ambiguous, and the
/// figures are printed.
TEST_P(Real, WrongLabelsAreListed) {
  if (regression_) GTEST_SKIP() << "no classes";
  const Table clean = table_;
  std::set<std::string> names;
  for (const auto& row : clean.rows) names.insert(row.back());
  const std::vector<std::string> classes(names.begin(), names.end());
  Listed all;
  for (int draws = clean.rows.size() < 1000 ? 6 : 1; draws > 0; --draws) {
    table_ = clean;
    std::set<std::size_t> wrong;  // lines
    for (std::size_t i = 0; i < table_.rows.size(); ++i) {
      if (rng_.uniform() >= 0.05) continue;
      std::string& label = table_.rows[i].back();
      while (label == clean.rows[i].back()) label = classes[rng_.below(classes.size())];
      wrong.insert(i + 2);
    }
    EXPECT_TRUE(says(audit(), "label-noise", ""));
    add_listed(wrong, all);
  }
  const double precision = all.right / all.listed, recall = all.right / all.present;
  std::cout << "  " << GetParam() << ": precision " << precision << ", recall " << recall << "\n";
  const bool clear =
      std::set<std::string>{"iris", "wine", "breast_cancer", "digits"}.contains(GetParam());
  if (!clear) return;
  EXPECT_GE(precision, 0.7);
  EXPECT_GE(recall, 0.6);
}

INSTANTIATE_TEST_SUITE_P(Tables, Real,
                         ::testing::Values("iris", "wine", "breast_cancer", "digits", "diabetes",
                                           "votes", "affairs", "abalone", "adult", "phoneme"),
                         [](const auto& table) { return std::string(table.param); });

}  // namespace
}  // namespace dlwork
