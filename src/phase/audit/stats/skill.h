#pragma once

#include <cstdint>
#include <vector>

namespace dlwork::phase::audit {

/// How much of the uncertainty about a target one grouping of the samples takes away, out of fold:
/// 1 - loss / loss without it, at least 0. After the predictive power score, with two changes: a
/// missing value is a group of its own instead of being dropped, and the loss is the log-loss.
/// `groups`: by sample, from 0; three folds dealt by the sample's place.
double class_skill(const std::vector<std::int32_t>& groups,
                   const std::vector<std::int32_t>& classes, std::size_t class_count);
/// The same of a number by the mean absolute error of group medians.
double number_skill(const std::vector<std::int32_t>& groups, const std::vector<double>& values);

/// The same where the grouping is a list of numbers. Classes: the better of groups of equal count
/// and of cuts where the classes part, which show a near copy of the target for what it is; the
/// cuts are found on the other folds. Numbers: the better of groups and of the median of the nine
/// samples nearest in value.
double class_skill_of_numbers(const std::vector<double>& values,
                              const std::vector<std::int32_t>& classes, std::size_t class_count);
double number_skill_of_numbers(const std::vector<double>& values,
                               const std::vector<double>& targets);

/// Groups of about equal count of a list of numbers, equal numbers together; NaN is a group.
/// As many as leave `least` samples in each, 32 at most.
std::vector<std::int32_t> group_numbers(const std::vector<double>& values, std::size_t least = 20);

}  // namespace dlwork::phase::audit
