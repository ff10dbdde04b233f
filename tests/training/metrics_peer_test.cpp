#include <gtest/gtest.h>

#include <cstdlib>
#include <numeric>
#include <sstream>

#include "dlwork/base/files.h"
#include "dlwork/base/rng.h"
#include "dlwork/training/metrics.h"
#include "support/places.h"
#include "support/temporary_folder.h"

namespace dlwork::training {
namespace {

struct Case {
  Outputs outputs;
  data::Target target;
  std::vector<std::int64_t> rows;
};

/// Probabilities with some ties, right more often than not.
Case classes(std::int64_t count, std::int64_t classes) {
  Case c{{count, classes, {}}, {}, std::vector<std::int64_t>(count)};
  std::iota(c.rows.begin(), c.rows.end(), 0);
  Rng rng(static_cast<std::uint64_t>(count), "metrics");
  for (std::int64_t i = 0; i < count; ++i) {
    const auto truth = static_cast<std::int32_t>(rng.below(static_cast<std::uint64_t>(classes)));
    c.target.codes.push_back(truth);
    std::vector<double> scores;
    for (std::int64_t k = 0; k < classes; ++k) {
      scores.push_back(1 + static_cast<double>(rng.below(12)) + (k == truth ? 4 : 0));
    }
    const double sum = std::accumulate(scores.begin(), scores.end(), 0.0);
    for (const double score : scores) c.outputs.values.push_back(static_cast<float>(score / sum));
  }
  return c;
}

Case numbers(std::int64_t count) {
  Case c{{count, 1, {}}, {}, std::vector<std::int64_t>(count)};
  std::iota(c.rows.begin(), c.rows.end(), 0);
  c.target.is_class = false;
  Rng rng(3, "metrics");
  for (std::int64_t i = 0; i < count; ++i) {
    c.target.values.push_back(5 + 3 * rng.normal());
    c.outputs.values.push_back(static_cast<float>(c.target.values.back() + rng.normal()));
  }
  return c;
}

void expect_peer_figures(const std::string& python, const std::string& task, const Case& c) {
  testing::TemporaryFolder folder;
  std::ostringstream table;
  table.precision(17);
  for (std::size_t i = 0; i < c.rows.size(); ++i) {
    table << (task == "regression" ? c.target.values[i] : c.target.codes[i]);
    for (std::int64_t k = 0; k < c.outputs.columns; ++k) {
      table << ' ' << c.outputs.row(static_cast<std::int64_t>(i))[k];
    }
    table << '\n';
  }
  write_file(folder / "numbers.txt", table.str());
  const std::string script =
      places::source_folder() + std::string("/tests/training/metrics_peer.py");
  const std::string command = python + " " + script + " " + task + " " +
                              (folder / "numbers.txt").string() + " > " +
                              (folder / "out").string() + " 2> " + (folder / "err").string();
  ASSERT_EQ(std::system(command.c_str()), 0) << read_file(folder / "err");
  std::istringstream figures(read_file(folder / "out"));
  std::string name;
  double expected = 0;
  std::size_t compared = 0;
  for (; figures >> name >> expected; ++compared) {
    EXPECT_NEAR(compute_metric(name, c.outputs, c.target, c.rows), expected, 1e-6) << name;
  }
  std::size_t known = 0;
  for (const MetricInfo& info : metrics()) known += info.task == task ? 1 : 0;
  // All but the calibration error, which scikit-learn has not.
  EXPECT_EQ(compared, task == "regression" ? known : known - 1);
}

TEST(MetricsPeer, AgreeWithScikitLearn) {
  const char* python = std::getenv("DLWORK_PEERS_PYTHON");
  if (!python) GTEST_SKIP() << "DLWORK_PEERS_PYTHON names no Python with scikit-learn";
  expect_peer_figures(python, "classification", classes(400, 7));
  expect_peer_figures(python, "classification", classes(60, 12));
  expect_peer_figures(python, "regression", numbers(300));
}

}  // namespace
}  // namespace dlwork::training
