#include "phase/diagnose/calibration.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "dlwork/base/error.h"
#include "dlwork/base/rng.h"
#include "dlwork/base/stats.h"

namespace dlwork::phase::diagnose {
namespace {

constexpr int kCalibrationDraws = 200;
constexpr double kWidest = 20;  ///< temperatures between its inverse and itself
/// float32's epsilon, below which a probability says only "hardly ever".
constexpr double kSmallest = 1.1920928955078125e-07;

std::int64_t likeliest(const training::Outputs& p, std::int64_t row) {
  return std::max_element(p.row(row), p.row(row) + p.columns) - p.row(row);
}

std::vector<ReliabilityBin> binned(const std::vector<double>& confidence,
                                   const std::vector<bool>& right, int bins) {
  std::vector<ReliabilityBin> result(bins);
  for (int b = 0; b < bins; ++b) {
    result[b].low = static_cast<double>(b) / bins;
    result[b].high = static_cast<double>(b + 1) / bins;
  }
  for (std::size_t i = 0; i < confidence.size(); ++i) {
    // A bin holds what is above its lower and up to its upper edge.
    const int b = std::clamp(static_cast<int>(std::ceil(confidence[i] * bins)) - 1, 0, bins - 1);
    result[b].count += 1;
    result[b].confidence += confidence[i];
    result[b].accuracy += right[i] ? 1 : 0;
  }
  for (auto& bin : result) {
    if (bin.count == 0) continue;
    bin.confidence /= static_cast<double>(bin.count);
    bin.accuracy /= static_cast<double>(bin.count);
  }
  return result;
}

std::vector<double> confidences(const training::Outputs& p) {
  std::vector<double> values(p.rows);
  for (std::int64_t i = 0; i < p.rows; ++i) values[i] = p.row(i)[likeliest(p, i)];
  return values;
}

double log_loss_at(const training::Outputs& p, const std::vector<std::int32_t>& labels,
                   double temperature) {
  double sum = 0;
  for (std::int64_t i = 0; i < p.rows; ++i) {
    const float* row = p.row(i);
    double most = -1e300, total = 0;
    std::vector<double> logits(p.columns);
    for (std::int64_t k = 0; k < p.columns; ++k) {
      logits[k] = std::log(std::max<double>(row[k], kSmallest)) / temperature;
      most = std::max(most, logits[k]);
    }
    for (const double logit : logits) total += std::exp(logit - most);
    sum += most + std::log(total) - logits[labels[i]];
  }
  return sum / static_cast<double>(std::max<std::int64_t>(1, p.rows));
}

}  // namespace

std::vector<ReliabilityBin> reliability(const training::Outputs& p,
                                        const std::vector<std::int32_t>& labels, int bins) {
  std::vector<bool> right(p.rows);
  for (std::int64_t i = 0; i < p.rows; ++i) right[i] = likeliest(p, i) == labels[i];
  return binned(confidences(p), right, bins);
}

double calibration_error(const std::vector<ReliabilityBin>& bins) {
  double sum = 0, count = 0;
  for (const auto& bin : bins) {
    sum += static_cast<double>(bin.count) * std::abs(bin.accuracy - bin.confidence);
    count += static_cast<double>(bin.count);
  }
  return count > 0 ? sum / count : 0;
}

double calibration_noise(const training::Outputs& p, std::uint64_t seed, int bins) {
  Rng rng(seed, "calibration");
  const auto confidence = confidences(p);
  std::vector<double> errors;
  for (int draw = 0; draw < kCalibrationDraws; ++draw) {
    std::vector<bool> right(confidence.size());
    for (std::size_t i = 0; i < right.size(); ++i) right[i] = rng.uniform() < confidence[i];
    errors.push_back(calibration_error(binned(confidence, right, bins)));
  }
  return quantile(errors, 0.95);
}

double best_temperature(const training::Outputs& p, const std::vector<std::int32_t>& labels) {
  constexpr double kGolden = 0.6180339887498949;
  // Log loss is convex in 1 / T, so it has one valley in ln T.
  double low = -std::log(kWidest), high = std::log(kWidest);
  for (int i = 0; i < 60; ++i) {
    const double a = high - kGolden * (high - low), b = low + kGolden * (high - low);
    if (log_loss_at(p, labels, std::exp(a)) <= log_loss_at(p, labels, std::exp(b))) {
      high = b;
    } else {
      low = a;
    }
  }
  return std::exp((low + high) / 2);
}

training::Outputs with_temperature(const training::Outputs& p, double temperature) {
  training::Outputs changed = p;
  for (std::int64_t i = 0; i < p.rows; ++i) {
    float* row = changed.values.data() + i * p.columns;
    double most = -1e300, total = 0;
    for (std::int64_t k = 0; k < p.columns; ++k) {
      most = std::max(most, std::log(std::max<double>(row[k], kSmallest)) / temperature);
    }
    for (std::int64_t k = 0; k < p.columns; ++k) {
      row[k] = static_cast<float>(
          std::exp(std::log(std::max<double>(row[k], kSmallest)) / temperature - most));
      total += row[k];
    }
    for (std::int64_t k = 0; k < p.columns; ++k) row[k] = static_cast<float>(row[k] / total);
  }
  return changed;
}

double Threshold::precision() const {
  const auto called = true_positive + false_positive;
  return called > 0 ? static_cast<double>(true_positive) / static_cast<double>(called) : 1;
}

double Threshold::recall() const {
  const auto positive = true_positive + false_negative;
  return positive > 0 ? static_cast<double>(true_positive) / static_cast<double>(positive) : 0;
}

double Threshold::false_alarm_rate() const {
  const auto negative = false_positive + true_negative;
  return negative > 0 ? static_cast<double>(false_positive) / static_cast<double>(negative) : 0;
}

double Threshold::cost(double missed, double false_alarm) const {
  const auto all = true_positive + false_positive + false_negative + true_negative;
  return (missed * static_cast<double>(false_negative) +
          false_alarm * static_cast<double>(false_positive)) /
         static_cast<double>(std::max<std::int64_t>(1, all));
}

std::vector<Threshold> thresholds(const std::vector<double>& scores,
                                  const std::vector<bool>& positive) {
  DLWORK_ASSERT(scores.size() == positive.size(), "one score a sample");
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](auto a, auto b) { return scores[a] > scores[b]; });
  const auto positives =
      static_cast<std::int64_t>(std::count(positive.begin(), positive.end(), true));
  const auto negatives = static_cast<std::int64_t>(positive.size()) - positives;
  std::vector<Threshold> all{{std::numeric_limits<double>::infinity(), 0, 0, positives, negatives}};
  std::int64_t right = 0, wrong = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    (positive[order[i]] ? right : wrong) += 1;
    if (i + 1 < order.size() && scores[order[i + 1]] == scores[order[i]]) continue;
    all.push_back({scores[order[i]], right, wrong, positives - right, negatives - wrong});
  }
  return all;
}

double average_precision(const std::vector<Threshold>& all) {
  double sum = 0;
  for (std::size_t i = 1; i < all.size(); ++i) {
    sum += (all[i].recall() - all[i - 1].recall()) * all[i].precision();
  }
  return sum;
}

double area_under_roc(const std::vector<Threshold>& all) {
  double sum = 0;
  for (std::size_t i = 1; i < all.size(); ++i) {
    sum += (all[i].false_alarm_rate() - all[i - 1].false_alarm_rate()) *
           (all[i].recall() + all[i - 1].recall()) / 2;
  }
  return sum;
}

const Threshold& cheapest(const std::vector<Threshold>& all, double missed, double false_alarm) {
  return *std::min_element(all.begin(), all.end(), [&](const auto& a, const auto& b) {
    return a.cost(missed, false_alarm) < b.cost(missed, false_alarm);
  });
}

}  // namespace dlwork::phase::diagnose
