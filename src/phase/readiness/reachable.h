#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

/// What a metric can be at best where samples have equal inputs and different targets: a function
/// of the inputs answers all samples of a group alike.
namespace dlwork::phase {

/// Samples with equal inputs, as counts of classes.
struct ClassGroups {
  std::vector<double> pure;  ///< by class: samples all of whose equals are of the same class
  std::vector<std::map<std::int32_t, double>> mixed;  ///< groups of several: samples of each class
};

/// The best figure of a metric of classes over all functions of the inputs, on these very samples;
/// unset for metrics without a formula. n(g,k) are a group's samples of class k, N(k) all of them.
/// accuracy, micro-f1, top-k: the sum over groups of the k largest n(g,k), to all samples.
/// balanced-accuracy: the mean over classes of N(k)-shares, sum of max over k of n(g,k) / N(k)
/// (the rule of Menon et al. 2013).
/// macro-f1, weighted-f1: an upper bound. The best F1 of one class alone takes the groups above
/// some share of it, 2 sum n(g,k) / (N(k) + sum n(g)) over them (Lipton et al. 2014), so that each
/// class has its best, which not all need have at once.
/// log-loss, brier: what is left where the answer is the group's shares, to which proper scores are
/// least (Gneiting and Raftery 2007): entropy, and sum of p (1 - p).
/// auroc: groups are ranked by the share of a class, their samples counted half among each other,
/// which the shares as the answer do for all classes at once.
/// average-precision: an upper bound. Samples of a group count one by one, each as the group's
/// share, by falling share: in the best order of whole groups none has a greater share than those
/// before it together, so that its precision only falls within, and of equal steps the greater
/// share comes first.
/// mcc: of two classes alone, the best over the shares above which a group is said to be of the
/// second; like F1 it is quasi-convex in the counts, so that one of these is the best of all.
/// kappa: the best answers by Dinkelbach's method (On Nonlinear Fractional Programming, 1967),
/// which are not always the commonest class of a group.
/// calibration-error: 0, by the shares as the answer, whatever the labels are.
/// Where samples are of one class alone auroc, mcc and kappa are 1: nothing speaks against it.
std::optional<double> reachable(const std::string& metric, const ClassGroups& groups);

/// Samples with equal inputs, by their numbers.
struct NumberGroups {
  std::vector<double> all;                   ///< targets of all samples
  std::vector<std::vector<double>> repeats;  ///< of groups of equal inputs, two or more each
};

/// The same of a metric of numbers: a group's mean is best for rmse and r2, its median for mae, its
/// median weighed by 1 / |y| for mape, its quantile for the pinball losses. Samples without an
/// equal one may all be met, so this is far from what noise allows.
std::optional<double> reachable(const std::string& metric, const NumberGroups& groups);

/// Pure error (Draper and Smith 1998, section 2.1): how much targets of equal inputs differ.
struct Noise {
  std::int64_t freedom = 0;  ///< samples in groups less the number of groups
  double deviation = 0;      ///< standard, pooled over the groups; in the target's unit
  double difference = 0;     ///< mean absolute one of two samples of a group, likewise
  double relative = 0;       ///< the same as a share of the larger of their sizes
};
Noise noise_of(const NumberGroups& groups);

/// What noise leaves at best if it is everywhere as within the groups, whatever its distribution:
/// rmse the standard deviation, r2 one less its share of the variance, mae half the mean difference
/// (|y - z| <= |y - m| + |z - m|), mape half the mean relative one, the pinball loss of a quantile
/// q the lesser of q and 1 - q times half the mean difference. Unset for other metrics.
std::optional<double> left_by(const Noise& noise, const std::string& metric,
                              const NumberGroups& groups);

}  // namespace dlwork::phase
