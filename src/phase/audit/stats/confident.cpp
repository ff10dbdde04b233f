#include "phase/audit/stats/confident.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "dlwork/base/stats.h"

namespace dlwork::phase::audit {
namespace {

/// Equal up to rounding of float probabilities.
constexpr double kTolerance = 1e-6;
constexpr double kLeastThreshold = 2e-6;
/// Of a class without samples: nothing reaches it.
constexpr double kUnreachable = 2;

class Table {
 public:
  Table(const std::vector<std::int32_t>& labels, const std::vector<float>& probabilities,
        std::size_t classes)
      : labels_(labels), probabilities_(probabilities), classes_(classes) {}

  std::size_t rows() const { return labels_.size(); }
  double at(std::size_t row, std::size_t column) const {
    return probabilities_[row * classes_ + column];
  }
  std::size_t label(std::size_t row) const { return static_cast<std::size_t>(labels_[row]); }
  std::size_t likeliest(std::size_t row) const {
    const auto first = probabilities_.begin() + static_cast<std::ptrdiff_t>(row * classes_);
    return static_cast<std::size_t>(
        std::max_element(first, first + static_cast<std::ptrdiff_t>(classes_)) - first);
  }

 private:
  const std::vector<std::int32_t>& labels_;
  const std::vector<float>& probabilities_;
  std::size_t classes_;
};

/// Mean probability of each class over the samples that carry it.
std::vector<double> thresholds(const Table& table, const std::vector<double>& counts) {
  std::vector<double> sums(counts.size(), 0.0);
  for (std::size_t row = 0; row < table.rows(); ++row) {
    sums[table.label(row)] += table.at(row, table.label(row));
  }
  for (std::size_t c = 0; c < sums.size(); ++c) {
    sums[c] = counts[c] > 0 ? std::max(sums[c] / counts[c], kLeastThreshold) : kUnreachable;
  }
  return sums;
}

std::vector<double> confident_counts(const Table& table, const std::vector<double>& limits) {
  const std::size_t classes = limits.size();
  std::vector<double> counts(classes * classes, 0.0);
  for (std::size_t row = 0; row < table.rows(); ++row) {
    std::size_t reached = 0, which = 0;
    for (std::size_t c = classes; c-- > 0;) {
      if (table.at(row, c) < limits[c] - kTolerance) continue;
      ++reached;
      which = c;
    }
    if (reached == 0) continue;
    if (reached > 1) which = table.likeliest(row);
    counts[table.label(row) * classes + which] += 1;
  }
  for (std::size_t c = 0; c < classes; ++c) {
    counts[c * classes + c] = std::max(counts[c * classes + c], 1.0);
  }
  return counts;
}

/// Rounds a row, then moves the entries farthest from their value until it sums to the rounded sum.
void round_row(const double* values, std::size_t count, std::int64_t* out) {
  const auto total = std::llrint(std::accumulate(values, values + count, 0.0));
  std::vector<std::size_t> order(count);
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    out[i] = std::llrint(values[i]);
    sum += out[i];
    order[i] = i;
  }
  const std::int64_t step = sum < total ? 1 : -1;
  const auto off = [&](std::size_t i) {
    return static_cast<double>(step) * (values[i] - static_cast<double>(out[i]));
  };
  while (sum != total) {
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return off(a) > off(b); });
    for (std::size_t i = 0; i < count && sum != total; ++i, sum += step) out[order[i]] += step;
  }
}

std::vector<std::int64_t> calibrate(std::vector<double> counts, const std::vector<double>& given) {
  const std::size_t classes = given.size();
  double total = 0, all = 0;
  for (std::size_t i = 0; i < classes; ++i) {
    double* row = counts.data() + i * classes;
    const double sum = std::accumulate(row, row + classes, 0.0);
    for (std::size_t j = 0; j < classes; ++j) row[j] *= given[i] / sum;
    total += std::accumulate(row, row + classes, 0.0);
    all += given[i];
  }
  std::vector<std::int64_t> joint(counts.size(), 0);
  for (std::size_t i = 0; i < classes; ++i) {
    double* row = counts.data() + i * classes;
    for (std::size_t j = 0; j < classes; ++j) row[j] *= all / total;
    round_row(row, classes, joint.data() + i * classes);
  }
  return joint;
}

/// For each pair of classes the samples of the first that lean most towards the second, as many as
/// the joint says.
std::vector<bool> prune(const Table& table, const LabelIssues& issues) {
  std::vector<bool> flagged(table.rows(), false);
  std::vector<std::vector<std::size_t>> of_class(issues.classes);
  for (std::size_t row = 0; row < table.rows(); ++row) of_class[table.label(row)].push_back(row);
  for (std::size_t given = 0; given < issues.classes; ++given) {
    auto rows = of_class[given];
    if (rows.size() <= 1) continue;  // at least one stays
    for (std::size_t truth = 0; truth < issues.classes; ++truth) {
      const auto count = static_cast<std::size_t>(issues.at(given, truth));
      if (truth == given || count == 0) continue;
      const auto lean = [&](std::size_t row) {
        return table.at(row, truth) - table.at(row, given);
      };
      std::stable_sort(rows.begin(), rows.end(),
                       [&](std::size_t a, std::size_t b) { return lean(a) > lean(b); });
      for (std::size_t i = 0; i < count && i < rows.size(); ++i) flagged[rows[i]] = true;
    }
  }
  return flagged;
}

}  // namespace

LabelIssues find_label_issues(const std::vector<std::int32_t>& labels,
                              const std::vector<float>& probabilities, std::size_t classes) {
  const Table table(labels, probabilities, classes);
  LabelIssues issues;
  issues.classes = classes;
  std::vector<double> given(classes, 0.0);
  for (const auto label : labels) given[static_cast<std::size_t>(label)] += 1;
  issues.joint = calibrate(confident_counts(table, thresholds(table, given)), given);
  std::int64_t diagonal = 0;
  for (std::size_t c = 0; c < classes; ++c) diagonal += issues.at(c, c);
  issues.estimated_share =
      labels.empty() ? 0 : 1 - static_cast<double>(diagonal) / static_cast<double>(labels.size());
  const auto flagged = prune(table, issues);
  std::vector<std::pair<double, std::int64_t>> ranked;
  for (std::size_t row = 0; row < labels.size(); ++row) {
    const std::size_t best = table.likeliest(row);
    const double margin = table.at(row, table.label(row)) - table.at(row, best);
    if (flagged[row] && best != table.label(row) && margin < -kTolerance) {
      ranked.emplace_back(margin, static_cast<std::int64_t>(row));
    }
  }
  std::sort(ranked.begin(), ranked.end());
  for (const auto& [margin, row] : ranked) {
    issues.samples.push_back(row);
    issues.suggested.push_back(
        static_cast<std::int32_t>(table.likeliest(static_cast<std::size_t>(row))));
  }
  return issues;
}

double weighted_share(const LabelIssues& issues, const std::vector<std::int32_t>& labels,
                      const std::vector<float>& probabilities) {
  constexpr double kLeastProbability = 1e-9;
  const auto at = [&](std::int64_t sample, std::int32_t c) {
    return static_cast<double>(probabilities[static_cast<std::size_t>(sample) * issues.classes +
                                             static_cast<std::size_t>(c)]);
  };
  double sum = 0;
  for (std::size_t i = 0; i < issues.samples.size(); ++i) {
    const auto sample = issues.samples[i];
    const double given = at(sample, labels[static_cast<std::size_t>(sample)]);
    sum += 1 - given / std::max(at(sample, issues.suggested[i]), kLeastProbability);
  }
  return sum / static_cast<double>(std::max<std::size_t>(1, labels.size()));
}

WrongLabels wrong_labels(const std::vector<std::int32_t>& labels,
                         const std::vector<float>& probabilities, std::size_t classes) {
  constexpr std::size_t kFewestSure = 10;
  constexpr double kLeastProbability = 1e-6, kMostRate = 0.1;
  const Table table(labels, probabilities, classes);
  WrongLabels wrong;
  std::vector<std::size_t> order(labels.size());
  std::iota(order.begin(), order.end(), 0);
  const auto surest = [&](std::size_t row) { return table.at(row, table.likeliest(row)); };
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return surest(a) > surest(b); });
  order.resize(std::min(order.size(), std::max(kFewestSure, order.size() / 2)));
  if (order.empty() || classes < 2) return wrong;
  const auto contradicted = std::count_if(order.begin(), order.end(), [&](std::size_t row) {
    return table.likeliest(row) != table.label(row);
  });
  wrong.rate = std::min(kMostRate, static_cast<double>(std::max<std::ptrdiff_t>(1, contradicted)) /
                                       static_cast<double>(order.size()));
  const double each = wrong.rate / static_cast<double>(classes - 1);
  const double scale = 1 - wrong.rate - each;
  for (std::size_t row = 0; row < labels.size(); ++row) {
    const double p = std::max(table.at(row, table.label(row)), kLeastProbability);
    const double truly = std::clamp((p - each) / scale, 0.0, 1.0);
    wrong.chance.push_back(std::clamp(1 - (1 - wrong.rate) * truly / p, 0.0, 1.0));
  }
  return wrong;
}

double clarity_of(const std::vector<float>& probabilities, std::size_t classes) {
  std::vector<double> highest;
  for (std::size_t begin = 0; begin + classes <= probabilities.size(); begin += classes) {
    const auto first = probabilities.begin() + static_cast<std::ptrdiff_t>(begin);
    highest.push_back(*std::max_element(first, first + static_cast<std::ptrdiff_t>(classes)));
  }
  return highest.empty() ? 0 : quantile(std::move(highest), 0.5);
}

}  // namespace dlwork::phase::audit
