#pragma once

#include <cstdint>
#include <vector>

#include "dlwork/training/learner.h"

namespace dlwork::phase::diagnose {

/// Samples whose likeliest class has a probability in one bin.
struct ReliabilityBin {
  double low = 0, high = 0;
  std::int64_t count = 0;
  double confidence = 0, accuracy = 0;  ///< means over the bin
};
/// Bins of equal width over (0, 1] (Guo et al., On Calibration of Modern Neural Networks, 2017).
std::vector<ReliabilityBin> reliability(const training::Outputs& probabilities,
                                        const std::vector<std::int32_t>& labels, int bins = 15);
/// Expected calibration error (Guo et al., eq. 3): mean gap of the bins, weighted by their counts.
double calibration_error(const std::vector<ReliabilityBin>& bins);
/// What the error would be, at the 95 % level, were the probabilities right: labels drawn from them
/// 200 times. An error below it tells nothing.
double calibration_noise(const training::Outputs& probabilities, std::uint64_t seed, int bins = 15);

/// The temperature whose softmax of log p / T has the least log loss (Guo et al., section 4.2),
/// between 1/20 and 20.
double best_temperature(const training::Outputs& probabilities,
                        const std::vector<std::int32_t>& labels);
training::Outputs with_temperature(const training::Outputs& probabilities, double temperature);

/// Decisions between two classes at one threshold.
struct Threshold {
  double threshold = 0;  ///< at or above it a sample counts as positive
  std::int64_t true_positive = 0, false_positive = 0, false_negative = 0, true_negative = 0;
  double precision() const;  ///< 1 where nothing is called positive
  double recall() const;
  double false_alarm_rate() const;
  /// Mean cost of a decision.
  double cost(double missed, double false_alarm) const;
};
/// One for each distinct score, falling; the first, above all scores, calls nothing positive.
std::vector<Threshold> thresholds(const std::vector<double>& scores,
                                  const std::vector<bool>& positive);
/// Sum over thresholds of (R_n - R_{n-1}) P_n, as scikit-learn's average_precision_score.
double average_precision(const std::vector<Threshold>& thresholds);
/// Area under the ROC curve, by trapezia.
double area_under_roc(const std::vector<Threshold>& thresholds);
/// The cheapest threshold; of equals the highest.
const Threshold& cheapest(const std::vector<Threshold>& thresholds, double missed,
                          double false_alarm);

}  // namespace dlwork::phase::diagnose
