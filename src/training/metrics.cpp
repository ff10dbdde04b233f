#include "dlwork/training/metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "dlwork/base/rng.h"
#include "dlwork/base/stats.h"
#include "dlwork/base/text.h"

namespace dlwork::training {
namespace {

using data::Target;
using Rows = std::vector<std::int64_t>;

constexpr int kResamples = 200;
/// Probabilities are kept this far from 0 and 1 in the logarithm: float32's epsilon, as
/// scikit-learn's log_loss does for float32 input.
constexpr double kSmallest = 1.1920928955078125e-07;

std::int64_t guess(const Outputs& outputs, std::size_t i) {
  const float* row = outputs.row(static_cast<std::int64_t>(i));
  return std::max_element(row, row + outputs.columns) - row;
}

double accuracy(const Outputs& outputs, const Target& target, const Rows& rows) {
  std::int64_t right = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) right += guess(outputs, i) == target.codes[rows[i]];
  return static_cast<double>(right) / static_cast<double>(rows.size());
}

/// Counts by class: right, of the class, guessed as the class.
struct ClassCounts {
  std::vector<double> right, is, guessed;
  ClassCounts(const Outputs& outputs, const Target& target, const Rows& rows)
      : right(outputs.columns), is(outputs.columns), guessed(outputs.columns) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto truth = target.codes[rows[i]];
      const auto said = guess(outputs, i);
      is[truth] += 1;
      guessed[said] += 1;
      if (truth == said) right[truth] += 1;
    }
  }
};

double balanced_accuracy(const Outputs& outputs, const Target& target, const Rows& rows) {
  const ClassCounts counts(outputs, target, rows);
  double sum = 0, classes = 0;
  for (std::size_t c = 0; c < counts.is.size(); ++c) {
    if (counts.is[c] == 0) continue;
    sum += counts.right[c] / counts.is[c];
    classes += 1;
  }
  return sum / classes;
}

double macro_f1(const Outputs& outputs, const Target& target, const Rows& rows) {
  const ClassCounts counts(outputs, target, rows);
  double sum = 0, classes = 0;
  for (std::size_t c = 0; c < counts.is.size(); ++c) {
    const double both = counts.is[c] + counts.guessed[c];
    if (both == 0) continue;  // neither there nor guessed: no class of this sample
    sum += 2 * counts.right[c] / both;
    classes += 1;
  }
  return sum / classes;
}

double log_loss(const Outputs& outputs, const Target& target, const Rows& rows) {
  double sum = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const float* row = outputs.row(static_cast<std::int64_t>(i));
    const double total = std::accumulate(row, row + outputs.columns, 0.0);
    const double p = row[target.codes[rows[i]]] / total;
    sum -= std::log(std::clamp(p, kSmallest, 1 - kSmallest));
  }
  return sum / static_cast<double>(rows.size());
}

/// Area under the ROC curve of one class against the rest as the Mann-Whitney statistic, ties
/// counted half; NaN where one side is empty.
double auroc_of(const Outputs& outputs, const Target& target, const Rows& rows, std::int64_t column) {
  std::vector<std::pair<float, bool>> scored(rows.size());
  double positive = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const bool is = target.codes[rows[i]] == column;
    scored[i] = {outputs.row(static_cast<std::int64_t>(i))[column], is};
    positive += is ? 1 : 0;
  }
  const double negative = static_cast<double>(rows.size()) - positive;
  if (positive == 0 || negative == 0) return std::numeric_limits<double>::quiet_NaN();
  std::sort(scored.begin(), scored.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  double rank_sum = 0;
  for (std::size_t begin = 0; begin < scored.size();) {
    std::size_t end = begin;
    while (end < scored.size() && scored[end].first == scored[begin].first) ++end;
    const double rank = (static_cast<double>(begin + 1) + static_cast<double>(end)) / 2;
    for (; begin < end; ++begin) rank_sum += scored[begin].second ? rank : 0;
  }
  return (rank_sum - positive * (positive + 1) / 2) / (positive * negative);
}

double auroc(const Outputs& outputs, const Target& target, const Rows& rows) {
  if (outputs.columns == 2) return auroc_of(outputs, target, rows, 1);
  double sum = 0, classes = 0;
  for (std::int64_t c = 0; c < outputs.columns; ++c) {
    const double area = auroc_of(outputs, target, rows, c);
    if (std::isnan(area)) continue;
    sum += area;
    classes += 1;
  }
  return sum / classes;
}

double mean_of(const Outputs& outputs, const Target& target, const Rows& rows,
               double (*of)(double error)) {
  double sum = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) sum += of(outputs.values[i] - target.values[rows[i]]);
  return sum / static_cast<double>(rows.size());
}

double squared(double error) { return error * error; }

double rmse(const Outputs& outputs, const Target& target, const Rows& rows) {
  return std::sqrt(mean_of(outputs, target, rows, squared));
}

double mae(const Outputs& outputs, const Target& target, const Rows& rows) {
  return mean_of(outputs, target, rows, [](double error) { return std::abs(error); });
}

/// Without variance in the target: 1 where every value is met, 0 otherwise, as scikit-learn.
double r2(const Outputs& outputs, const Target& target, const Rows& rows) {
  double mean = 0, spread = 0;
  for (const auto row : rows) mean += target.values[row] / static_cast<double>(rows.size());
  for (const auto row : rows) spread += squared(target.values[row] - mean);
  const double errors =
      mean_of(outputs, target, rows, squared) * static_cast<double>(rows.size());
  if (spread == 0) return errors == 0 ? 1 : 0;
  return 1 - errors / spread;
}

struct Row {
  MetricInfo info;
  double (*compute)(const Outputs&, const Target&, const Rows&);
};

/// The one table of metrics.
const std::vector<Row>& table() {
  static const std::vector<Row> rows{
      {{"accuracy", "classification", true, "share of samples whose likeliest class is right"}, accuracy},
      {{"balanced-accuracy", "classification", true, "mean over classes of their recall"}, balanced_accuracy},
      {{"macro-f1", "classification", true, "mean over classes of the harmonic mean of precision and recall"}, macro_f1},
      {{"log-loss", "classification", false, "mean of -ln of the probability given to the true class"}, log_loss},
      {{"auroc", "classification", true, "area under the ROC curve; mean of one class against the rest"}, auroc},
      {{"rmse", "regression", false, "root of the mean squared error, in the target's unit"}, rmse},
      {{"mae", "regression", false, "mean absolute error, in the target's unit"}, mae},
      {{"r2", "regression", true, "share of the target's variance that is explained"}, r2},
  };
  return rows;
}

const Row& find_row(const std::string& name) {
  for (const Row& row : table()) {
    if (row.info.name == name) return row;
  }
  throw Error(ExitStatus::kUsage, "unknown metric '" + name + "'");
}

}  // namespace

const std::vector<MetricInfo>& metrics() {
  static const std::vector<MetricInfo> infos = [] {
    std::vector<MetricInfo> all;
    for (const Row& row : table()) all.push_back(row.info);
    return all;
  }();
  return infos;
}

const MetricInfo& find_metric(const std::string& name, const std::string& task) {
  std::vector<std::string> known;
  for (const MetricInfo& info : metrics()) {
    if (info.task != task) continue;
    if (info.name == name) return info;
    known.push_back(info.name);
  }
  const std::string near = nearest(name, known);
  throw Error(ExitStatus::kUsage,
              Diagnostic{{}, "goal.metric", "'" + name + "' is no metric of " + task,
                         (near.empty() ? "" : "did you mean '" + near + "'? ") + "known: " +
                             join_words(known)});
}

double compute_metric(const std::string& name, const Outputs& outputs, const Target& target,
                      const Rows& rows) {
  DLWORK_ASSERT(outputs.rows == static_cast<std::int64_t>(rows.size()), "one output a row");
  if (rows.empty()) return std::numeric_limits<double>::quiet_NaN();
  return find_row(name).compute(outputs, target, rows);
}

artefact::Metric measure(const std::string& name, const Outputs& outputs, const Target& target,
                         const Rows& rows, std::uint64_t seed) {
  artefact::Metric metric;
  metric.name = name;
  metric.higher_is_better = find_row(name).info.higher_is_better;
  metric.count = static_cast<std::int64_t>(rows.size());
  metric.value = compute_metric(name, outputs, target, rows);
  if (rows.empty()) return metric;
  Interval interval;
  if (name == "accuracy") {
    interval = wilson(std::llround(metric.value * static_cast<double>(rows.size())), metric.count);
  } else {
    Rng rng(seed, "bootstrap " + name);
    Outputs some{outputs.rows, outputs.columns, std::vector<float>(outputs.values.size())};
    Rows chosen(rows.size());
    interval = bootstrap(
        metric.count,
        [&](const Rows& which) {
          for (std::size_t i = 0; i < which.size(); ++i) {
            chosen[i] = rows[which[i]];
            std::copy_n(outputs.row(which[i]), outputs.columns,
                        some.values.begin() + static_cast<std::int64_t>(i) * outputs.columns);
          }
          return compute_metric(name, some, target, chosen);
        },
        kResamples, rng);
  }
  metric.low = interval.low;
  metric.high = interval.high;
  return metric;
}

}  // namespace dlwork::training
