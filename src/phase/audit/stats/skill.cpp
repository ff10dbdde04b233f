#include "phase/audit/stats/skill.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "dlwork/base/stats.h"
#include "dlwork/base/two_samples.h"
#include "phase/audit/stats/cuts.h"

namespace dlwork::phase::audit {
namespace {

constexpr std::size_t kSkillFolds = 3;
constexpr std::size_t kMostGroups = 32;

std::size_t group_count(const std::vector<std::int32_t>& groups) {
  return groups.empty()
             ? 0
             : static_cast<std::size_t>(*std::max_element(groups.begin(), groups.end())) + 1;
}

double skill_of(double loss, double baseline) {
  return baseline > 0 ? std::clamp(1 - loss / baseline, 0.0, 1.0) : 0;
}

/// -log of the share of a class in a group, pulled to the share in all by one sample's weight.
class Shares {
 public:
  Shares(std::size_t groups, std::size_t classes)
      : classes_(classes), counts_(groups * classes, 0.0), sums_(groups, 0.0), all_(classes, 0.0) {}

  void add(std::int32_t group, std::int32_t of_class) {
    counts_[static_cast<std::size_t>(group) * classes_ + static_cast<std::size_t>(of_class)] += 1;
    sums_[static_cast<std::size_t>(group)] += 1;
    all_[static_cast<std::size_t>(of_class)] += 1;
    total_ += 1;
  }
  double prior(std::int32_t of_class) const {
    return (all_[static_cast<std::size_t>(of_class)] + 1) /
           (total_ + static_cast<double>(classes_));
  }
  double posterior(std::int32_t group, std::int32_t of_class) const {
    const auto g = static_cast<std::size_t>(group);
    return (counts_[g * classes_ + static_cast<std::size_t>(of_class)] + prior(of_class)) /
           (sums_[g] + 1);
  }

 private:
  std::size_t classes_;
  std::vector<double> counts_, sums_, all_;
  double total_ = 0;
};

constexpr std::size_t kNearest = 9;

/// Skill of the cuts that the other folds have.
double skill_of_cuts(const std::vector<double>& values, const std::vector<std::int32_t>& classes,
                     std::size_t class_count) {
  double loss = 0, baseline = 0;
  for (std::size_t fold = 0; fold < kSkillFolds; ++fold) {
    std::vector<double> inside;
    std::vector<std::int32_t> labels;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i % kSkillFolds == fold) continue;
      inside.push_back(values[i]);
      labels.push_back(classes[i]);
    }
    const auto cuts = class_cuts(inside, labels, class_count);
    const auto group_of = [&](double value) {
      return static_cast<std::int32_t>(
          std::isnan(value)
              ? cuts.size() + 1
              : static_cast<std::size_t>(std::lower_bound(cuts.begin(), cuts.end(), value) -
                                         cuts.begin()));
    };
    Shares shares(cuts.size() + 2, class_count);
    for (std::size_t i = 0; i < inside.size(); ++i) shares.add(group_of(inside[i]), labels[i]);
    for (std::size_t i = fold; i < values.size(); i += kSkillFolds) {
      loss -= std::log(shares.posterior(group_of(values[i]), classes[i]));
      baseline -= std::log(shares.prior(classes[i]));
    }
  }
  return skill_of(loss, baseline);
}

double median_of_targets(const std::vector<std::pair<double, double>>& pairs, std::size_t begin,
                         std::size_t end) {
  std::vector<double> targets;
  for (std::size_t i = begin; i < end; ++i) targets.push_back(pairs[i].second);
  return quantile(std::move(targets), 0.5);
}

/// Skill of the median of the samples nearest in value in the other folds.
double skill_of_nearest(const std::vector<double>& values, const std::vector<double>& targets) {
  double loss = 0, baseline = 0;
  for (std::size_t fold = 0; fold < kSkillFolds; ++fold) {
    std::vector<std::pair<double, double>> pairs;
    std::vector<double> of_gaps, all;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i % kSkillFolds == fold) continue;
      all.push_back(targets[i]);
      if (std::isnan(values[i])) {
        of_gaps.push_back(targets[i]);
      } else {
        pairs.emplace_back(values[i], targets[i]);
      }
    }
    std::sort(pairs.begin(), pairs.end());
    const double middle = quantile(all, 0.5);
    const double gap = of_gaps.empty() ? middle : quantile(std::move(of_gaps), 0.5);
    for (std::size_t i = fold; i < values.size(); i += kSkillFolds) {
      double answer = std::isnan(values[i]) ? gap : middle;
      if (!std::isnan(values[i]) && !pairs.empty()) {
        const auto at = static_cast<std::size_t>(
            std::lower_bound(pairs.begin(), pairs.end(), std::make_pair(values[i], targets[i]),
                             [](const auto& a, const auto& b) { return a.first < b.first; }) -
            pairs.begin());
        const std::size_t begin = std::min(at > kNearest / 2 ? at - kNearest / 2 : 0,
                                           pairs.size() > kNearest ? pairs.size() - kNearest : 0);
        answer = median_of_targets(pairs, begin, std::min(begin + kNearest, pairs.size()));
      }
      loss += std::abs(targets[i] - answer);
      baseline += std::abs(targets[i] - middle);
    }
  }
  return skill_of(loss, baseline);
}

}  // namespace

double class_skill(const std::vector<std::int32_t>& groups,
                   const std::vector<std::int32_t>& classes, std::size_t class_count) {
  double loss = 0, baseline = 0;
  for (std::size_t fold = 0; fold < kSkillFolds; ++fold) {
    Shares shares(group_count(groups), class_count);
    for (std::size_t i = 0; i < groups.size(); ++i) {
      if (i % kSkillFolds != fold) shares.add(groups[i], classes[i]);
    }
    for (std::size_t i = fold; i < groups.size(); i += kSkillFolds) {
      loss -= std::log(shares.posterior(groups[i], classes[i]));
      baseline -= std::log(shares.prior(classes[i]));
    }
  }
  return skill_of(loss, baseline);
}

double number_skill(const std::vector<std::int32_t>& groups, const std::vector<double>& values) {
  double loss = 0, baseline = 0;
  for (std::size_t fold = 0; fold < kSkillFolds; ++fold) {
    std::vector<std::vector<double>> inside(group_count(groups));
    std::vector<double> all;
    for (std::size_t i = 0; i < groups.size(); ++i) {
      if (i % kSkillFolds == fold) continue;
      inside[static_cast<std::size_t>(groups[i])].push_back(values[i]);
      all.push_back(values[i]);
    }
    const double middle = quantile(all, 0.5);
    std::vector<double> medians;
    for (auto& group : inside) {
      medians.push_back(group.empty() ? middle : quantile(std::move(group), 0.5));
    }
    for (std::size_t i = fold; i < groups.size(); i += kSkillFolds) {
      loss += std::abs(values[i] - medians[static_cast<std::size_t>(groups[i])]);
      baseline += std::abs(values[i] - middle);
    }
  }
  return skill_of(loss, baseline);
}

double class_skill_of_numbers(const std::vector<double>& values,
                              const std::vector<std::int32_t>& classes, std::size_t class_count) {
  return std::max(class_skill(group_numbers(values), classes, class_count),
                  skill_of_cuts(values, classes, class_count));
}

double number_skill_of_numbers(const std::vector<double>& values,
                               const std::vector<double>& targets) {
  return std::max(number_skill(group_numbers(values), targets), skill_of_nearest(values, targets));
}

std::vector<std::int32_t> group_numbers(const std::vector<double>& values, std::size_t least) {
  const std::size_t bins =
      std::clamp<std::size_t>(values.size() / std::max<std::size_t>(1, least), 2, kMostGroups);
  const auto edges = quantile_edges(values, static_cast<int>(bins));
  std::vector<std::int32_t> groups;
  groups.reserve(values.size());
  for (const double value : values) {
    // An edge is the last value of its group, as in bin_counts, so equal values stay together.
    groups.push_back(static_cast<std::int32_t>(
        std::isnan(value)
            ? edges.size() + 1
            : static_cast<std::size_t>(std::lower_bound(edges.begin(), edges.end(), value) -
                                       edges.begin())));
  }
  return groups;
}

}  // namespace dlwork::phase::audit
