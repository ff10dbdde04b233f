#pragma once

#include <cstdint>
#include <vector>

namespace dlwork::phase::audit {

/// Labels that out-of-sample probabilities contradict.
struct LabelIssues {
  std::size_t classes = 0;
  /// Estimated counts of given label (row) by true label (column), calibrated to the given counts.
  std::vector<std::int64_t> joint;
  /// Samples whose label is probably wrong, the most doubtful first (by normalised margin), and
  /// what they probably are.
  std::vector<std::int64_t> samples;
  std::vector<std::int32_t> suggested;
  /// Share of all samples off the joint's diagonal.
  double estimated_share = 0;
  std::int64_t at(std::size_t given, std::size_t truth) const {
    return joint[given * classes + truth];
  }
};

/// Confident learning (Northcutt, Jiang and Chuang 2021): class thresholds, the confident joint,
/// its calibration, and pruning by noise rate, after which samples whose likeliest class is the
/// given one are taken back. `probabilities` is [labels.size(), classes], row-major, out of sample.
LabelIssues find_label_issues(const std::vector<std::int32_t>& labels,
                              const std::vector<float>& probabilities, std::size_t classes);

}  // namespace dlwork::phase::audit
