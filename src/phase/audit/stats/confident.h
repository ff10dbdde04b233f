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

/// Share of samples that are probably mislabelled: each doubtful one counts as far as its label is
/// less likely than the suggested one, so that ambiguous samples count little.
double weighted_share(const LabelIssues& issues, const std::vector<std::int32_t>& labels,
                      const std::vector<float>& probabilities);
/// How likely each label is wrong, where a share e of all labels was taken for any other of the K
/// classes at random (Angluin and Laird 1988, Learning from Noisy Examples, for K classes). A label
/// of out-of-sample probability p is the true one with q = (p - c) / (1 - e - c), c = e / (K - 1),
/// and so by Bayes' rule wrong with 1 - (1 - e) q / p: less where classes overlap and labels differ
/// by nature. e is the share of labels that the likeliest class contradicts, among the half of the
/// samples whose likeliest class is surest (10 at least): one of them at least, and a tenth at most,
/// since a model that is contradicted more often where it is surest is itself what is wrong.
struct WrongLabels {
  double rate = 0;             ///< e
  std::vector<double> chance;  ///< of each label
};
WrongLabels wrong_labels(const std::vector<std::int32_t>& labels,
                         const std::vector<float>& probabilities, std::size_t classes);
/// How sure the usual sample's class is: the median of the highest probabilities. Where it is below
/// `kClearLabels`, contradictions are ambiguity and no errors.
double clarity_of(const std::vector<float>& probabilities, std::size_t classes);
inline constexpr double kClearLabels = 0.7;

}  // namespace dlwork::phase::audit
