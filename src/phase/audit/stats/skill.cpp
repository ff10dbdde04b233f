#include "phase/audit/stats/skill.h"

#include <algorithm>
#include <cmath>

#include "dlwork/base/stats.h"
#include "dlwork/base/two_samples.h"

namespace dlwork::phase::audit {
namespace {

constexpr std::size_t kFolds = 3;
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

}  // namespace

double class_skill(const std::vector<std::int32_t>& groups,
                   const std::vector<std::int32_t>& classes, std::size_t class_count) {
  double loss = 0, baseline = 0;
  for (std::size_t fold = 0; fold < kFolds; ++fold) {
    Shares shares(group_count(groups), class_count);
    for (std::size_t i = 0; i < groups.size(); ++i) {
      if (i % kFolds != fold) shares.add(groups[i], classes[i]);
    }
    for (std::size_t i = fold; i < groups.size(); i += kFolds) {
      loss -= std::log(shares.posterior(groups[i], classes[i]));
      baseline -= std::log(shares.prior(classes[i]));
    }
  }
  return skill_of(loss, baseline);
}

double number_skill(const std::vector<std::int32_t>& groups, const std::vector<double>& values) {
  double loss = 0, baseline = 0;
  for (std::size_t fold = 0; fold < kFolds; ++fold) {
    std::vector<std::vector<double>> inside(group_count(groups));
    std::vector<double> all;
    for (std::size_t i = 0; i < groups.size(); ++i) {
      if (i % kFolds == fold) continue;
      inside[static_cast<std::size_t>(groups[i])].push_back(values[i]);
      all.push_back(values[i]);
    }
    const double middle = quantile(all, 0.5);
    std::vector<double> medians;
    for (auto& group : inside) {
      medians.push_back(group.empty() ? middle : quantile(std::move(group), 0.5));
    }
    for (std::size_t i = fold; i < groups.size(); i += kFolds) {
      loss += std::abs(values[i] - medians[static_cast<std::size_t>(groups[i])]);
      baseline += std::abs(values[i] - middle);
    }
  }
  return skill_of(loss, baseline);
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
