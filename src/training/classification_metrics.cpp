#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "training/metric_functions.h"

namespace dlwork::training {
namespace {

using data::Target;

/// Probabilities are kept this far from 0 and 1 in the logarithm: float32's epsilon, as
/// scikit-learn's log_loss does for float32 input.
constexpr double kSmallest = 1.1920928955078125e-07;
/// Bins of confidence, as Guo et al. 2017.
constexpr std::size_t kCalibrationBins = 15;

std::int64_t guess(const Outputs& outputs, std::size_t i) {
  const float* row = outputs.row(static_cast<std::int64_t>(i));
  return std::max_element(row, row + outputs.columns) - row;
}

/// Counts by class: right, of the class, guessed as the class.
struct ClassCounts {
  std::vector<double> right, is, guessed;
  ClassCounts(const Outputs& outputs, const Target& target, const MetricRows& rows)
      : right(outputs.columns), is(outputs.columns), guessed(outputs.columns) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto truth = target.codes[rows[i]];
      const auto said = guess(outputs, i);
      is[truth] += 1;
      guessed[said] += 1;
      if (truth == said) right[truth] += 1;
    }
  }
  double right_in_all() const { return std::accumulate(right.begin(), right.end(), 0.0); }
  /// Sum over classes of a product of two counts.
  static double products(const std::vector<double>& a, const std::vector<double>& b) {
    return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
  }
};

/// Scores of one class with whether each row is of it, by falling score.
struct Ranking {
  std::vector<std::pair<float, bool>> scored;
  double positive = 0, negative = 0;
  Ranking(const Outputs& outputs, const Target& target, const MetricRows& rows, std::int64_t column)
      : scored(rows.size()) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const bool is = target.codes[rows[i]] == column;
      scored[i] = {outputs.row(static_cast<std::int64_t>(i))[column], is};
      positive += is ? 1 : 0;
    }
    negative = static_cast<double>(rows.size()) - positive;
    std::sort(scored.begin(), scored.end(),
              [](const auto& a, const auto& b) { return a.first > b.first; });
  }
  /// Calls visit(rows, positives) for each run of equal scores.
  template <class Visit>
  void ties(const Visit& visit) const {
    for (std::size_t begin = 0; begin < scored.size();) {
      std::size_t end = begin;
      double positives = 0;
      for (; end < scored.size() && scored[end].first == scored[begin].first; ++end) {
        positives += scored[end].second ? 1 : 0;
      }
      visit(static_cast<double>(end - begin), positives);
      begin = end;
    }
  }
};

/// Area under the ROC curve of one class against the rest as the Mann-Whitney statistic, ties
/// counted half; NaN where one side is empty.
double auroc_of(const Ranking& ranking) {
  if (ranking.positive == 0 || ranking.negative == 0)
    return std::numeric_limits<double>::quiet_NaN();
  double pairs = 0, above = 0;
  ranking.ties([&](double rows, double positives) {
    pairs += (rows - positives) * (above + positives / 2);
    above += positives;
  });
  return pairs / (ranking.positive * ranking.negative);
}

/// Sum over thresholds of the gain in recall times the precision there; NaN without positives.
double average_precision_of(const Ranking& ranking) {
  if (ranking.positive == 0) return std::numeric_limits<double>::quiet_NaN();
  double sum = 0, seen = 0, found = 0;
  ranking.ties([&](double rows, double positives) {
    seen += rows;
    found += positives;
    sum += positives / ranking.positive * (found / seen);
  });
  return sum;
}

/// Of two classes the second's; otherwise the mean over the classes for which there is one.
double over_classes(const Outputs& outputs, const Target& target, const MetricRows& rows,
                    double (*of)(const Ranking&)) {
  if (outputs.columns == 2) return of(Ranking(outputs, target, rows, 1));
  double sum = 0, classes = 0;
  for (std::int64_t c = 0; c < outputs.columns; ++c) {
    const double value = of(Ranking(outputs, target, rows, c));
    if (std::isnan(value)) continue;
    sum += value;
    classes += 1;
  }
  return sum / classes;
}

/// Share of rows whose class is among the `k` likeliest; among equals the later class comes first,
/// as in scikit-learn.
double top_accuracy(const Outputs& outputs, const Target& target, const MetricRows& rows, int k) {
  double right = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const float* row = outputs.row(static_cast<std::int64_t>(i));
    const auto truth = target.codes[rows[i]];
    int before = 0;
    for (std::int64_t c = 0; c < outputs.columns; ++c) {
      before += row[c] > row[truth] || (row[c] == row[truth] && c > truth) ? 1 : 0;
    }
    right += before < k ? 1 : 0;
  }
  return right / static_cast<double>(rows.size());
}

/// Harmonic mean of precision and recall of a class; NaN where it is neither there nor guessed.
double f1_of(const ClassCounts& counts, std::size_t c) {
  const double both = counts.is[c] + counts.guessed[c];
  return both == 0 ? std::numeric_limits<double>::quiet_NaN() : 2 * counts.right[c] / both;
}

}  // namespace

double accuracy(const Outputs& outputs, const Target& target, const MetricRows& rows) {
  std::int64_t right = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) right += guess(outputs, i) == target.codes[rows[i]];
  return static_cast<double>(right) / static_cast<double>(rows.size());
}

double top3_accuracy(const Outputs& outputs, const Target& target, const MetricRows& rows) {
  return top_accuracy(outputs, target, rows, 3);
}
double top5_accuracy(const Outputs& outputs, const Target& target, const MetricRows& rows) {
  return top_accuracy(outputs, target, rows, 5);
}

double balanced_accuracy(const Outputs& outputs, const Target& target, const MetricRows& rows) {
  const ClassCounts counts(outputs, target, rows);
  double sum = 0, classes = 0;
  for (std::size_t c = 0; c < counts.is.size(); ++c) {
    if (counts.is[c] == 0) continue;
    sum += counts.right[c] / counts.is[c];
    classes += 1;
  }
  return sum / classes;
}

double macro_f1(const Outputs& outputs, const Target& target, const MetricRows& rows) {
  const ClassCounts counts(outputs, target, rows);
  double sum = 0, classes = 0;
  for (std::size_t c = 0; c < counts.is.size(); ++c) {
    const double f1 = f1_of(counts, c);
    if (std::isnan(f1)) continue;  // no class of this sample
    sum += f1;
    classes += 1;
  }
  return sum / classes;
}

/// Over all decisions together; with one class a row it is the accuracy.
double micro_f1(const Outputs& outputs, const Target& target, const MetricRows& rows) {
  return accuracy(outputs, target, rows);
}

/// Mean over classes weighed by how often they occur.
double weighted_f1(const Outputs& outputs, const Target& target, const MetricRows& rows) {
  const ClassCounts counts(outputs, target, rows);
  double sum = 0;
  for (std::size_t c = 0; c < counts.is.size(); ++c) {
    if (counts.is[c] > 0) sum += counts.is[c] * f1_of(counts, c);
  }
  return sum / static_cast<double>(rows.size());
}

double log_loss(const Outputs& outputs, const Target& target, const MetricRows& rows) {
  double sum = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const float* row = outputs.row(static_cast<std::int64_t>(i));
    const double total = std::accumulate(row, row + outputs.columns, 0.0);
    const double p = row[target.codes[rows[i]]] / total;
    sum -= std::log(std::clamp(p, kSmallest, 1 - kSmallest));
  }
  return sum / static_cast<double>(rows.size());
}

/// Squared distance of the probabilities from the truth, halved for two classes (Brier 1950), as
/// scikit-learn.
double brier(const Outputs& outputs, const Target& target, const MetricRows& rows) {
  double sum = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const float* row = outputs.row(static_cast<std::int64_t>(i));
    for (std::int64_t c = 0; c < outputs.columns; ++c) {
      const double error = row[c] - (c == target.codes[rows[i]] ? 1.0 : 0.0);
      sum += error * error;
    }
  }
  return sum / static_cast<double>(rows.size()) / (outputs.columns == 2 ? 2 : 1);
}

double auroc(const Outputs& outputs, const Target& target, const MetricRows& rows) {
  return over_classes(outputs, target, rows, auroc_of);
}

double average_precision(const Outputs& outputs, const Target& target, const MetricRows& rows) {
  return over_classes(outputs, target, rows, average_precision_of);
}

/// Mean gap between confidence and accuracy over 15 equal bins (lo, hi] of confidence (Guo et al.,
/// On Calibration of Modern Neural Networks, 2017, eq. 3).
double expected_calibration_error(const Outputs& outputs, const Target& target,
                                  const MetricRows& rows) {
  std::array<double, kCalibrationBins> confidence{}, right{};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto said = guess(outputs, i);
    const double p = outputs.row(static_cast<std::int64_t>(i))[said];
    const auto bin = static_cast<std::int64_t>(std::ceil(p * kCalibrationBins)) - 1;
    const auto place =
        static_cast<std::size_t>(std::clamp<std::int64_t>(bin, 0, kCalibrationBins - 1));
    confidence[place] += p;
    right[place] += said == target.codes[rows[i]] ? 1 : 0;
  }
  double gaps = 0;
  for (std::size_t b = 0; b < kCalibrationBins; ++b) gaps += std::abs(confidence[b] - right[b]);
  return gaps / static_cast<double>(rows.size());
}

/// Correlation of truth and guess (Gorodkin 2004); 0 where one of them never varies.
double matthews(const Outputs& outputs, const Target& target, const MetricRows& rows) {
  const ClassCounts counts(outputs, target, rows);
  const auto n = static_cast<double>(rows.size());
  const double chance = ClassCounts::products(counts.is, counts.guessed);
  const double truth = n * n - ClassCounts::products(counts.is, counts.is);
  const double said = n * n - ClassCounts::products(counts.guessed, counts.guessed);
  if (truth == 0 || said == 0) return 0;
  return (counts.right_in_all() * n - chance) / std::sqrt(truth * said);
}

/// Agreement beyond chance (Cohen 1960); NaN where chance alone would agree always.
double kappa(const Outputs& outputs, const Target& target, const MetricRows& rows) {
  const ClassCounts counts(outputs, target, rows);
  const auto n = static_cast<double>(rows.size());
  const double chance = ClassCounts::products(counts.is, counts.guessed) / (n * n);
  return (counts.right_in_all() / n - chance) / (1 - chance);
}

}  // namespace dlwork::training
