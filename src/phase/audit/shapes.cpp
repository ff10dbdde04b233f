#include <algorithm>
#include <cmath>

#include "dlwork/base/ranks.h"
#include "dlwork/base/stats.h"
#include "phase/audit/check.h"
#include "phase/audit/stats/transform.h"

namespace dlwork::phase::audit {

using artefact::Severity;

namespace {

constexpr std::size_t kFewestShapeValues = 20;
constexpr std::int64_t kFewestShapeKinds = 3;
constexpr std::int64_t kContinuousKinds = 20;

/// "log(1 + x), which leaves a skewness of 0.1", or the Yeo-Johnson transform.
std::string mending(const std::vector<double>& values, Json& evidence) {
  if (values.front() >= 0) {
    std::vector<double> logs;
    for (const double value : values) logs.push_back(std::log1p(value));
    const double skewness = shape_of(logs).skewness;
    evidence["transform"] = "log1p";
    evidence["skewness_after"] = skewness;
    if (std::abs(skewness) < 1) {
      return "log(1 + x) leaves a skewness of " + pretty_number(skewness, 2);
    }
  }
  const double lambda = yeo_johnson_lambda(values);
  std::vector<double> changed;
  for (const double value : values) changed.push_back(yeo_johnson(value, lambda));
  const double skewness = shape_of(changed).skewness;
  evidence["transform"] = "yeo-johnson";
  evidence["lambda"] = lambda;
  evidence["skewness_after"] = skewness;
  return "the Yeo-Johnson transform with lambda " + pretty_number(lambda, 3) +
         " leaves a skewness of " + pretty_number(skewness, 2);
}

void check_shape(Audit& audit, const Profile& profile) {
  const auto& limits = audit.limits();
  const Shape shape = shape_of(profile.values);
  const bool continuous = profile.kinds() >= kContinuousKinds;
  if (std::abs(shape.skewness) > limits.skew_info && continuous) {
    Json evidence = {{"skewness", shape.skewness}};
    const std::string mend = mending(profile.values, evidence);
    audit.add_about(*profile.column, "value-skew",
                    std::abs(shape.skewness) > limits.skew_warn ? Severity::kWarn : Severity::kInfo,
                    "column " + profile.name() + " is skewed (" + pretty_number(shape.skewness, 3) +
                        "); " + mend,
                    evidence);
  }
  if (shape.excess_kurtosis > limits.kurtosis && continuous) {
    audit.add_about(*profile.column, "value-heavy-tail", Severity::kInfo,
                    "column " + profile.name() + " has heavy tails (excess kurtosis " +
                        pretty_number(shape.excess_kurtosis, 3) +
                        "): its mean and deviation follow a few samples",
                    {{"excess_kurtosis", shape.excess_kurtosis},
                     {"median", profile.spread.median},
                     {"quartile_deviation", profile.spread.range() / 1.349}});
  }
  const auto zero = std::lower_bound(profile.distinct.begin(), profile.distinct.end(), 0.0,
                                     [](const std::pair<double, std::int64_t>& entry,
                                        double value) { return entry.first < value; });
  if (zero == profile.distinct.end() || zero->first != 0 || !continuous) return;
  const double share =
      static_cast<double>(zero->second) / static_cast<double>(profile.values.size());
  if (share <= limits.zeros_share) return;
  audit.add_about(*profile.column, "value-zero-inflated", Severity::kInfo,
                  percent(share) + " of column " + profile.name() + " are exactly 0",
                  {{"share", share}});
}

}  // namespace

void check_shapes(Audit& audit) {
  for (const Profile& profile : audit.facts.profiles()) {
    if (!profile.is_number()) continue;
    if (profile.values.size() >= kFewestShapeValues && profile.kinds() >= kFewestShapeKinds) {
      check_shape(audit, profile);
    }
    if (profile.whole && profile.kinds() >= kFewestShapeKinds &&
        static_cast<double>(profile.kinds()) <= audit.limits().few_values &&
        profile.present >= 10 * profile.kinds()) {
      audit.add_about(*profile.column, "column-numeric-category", Severity::kInfo,
                      "column " + profile.name() + " holds " + std::to_string(profile.kinds()) +
                          " different whole numbers: if they are codes, not amounts, it is a "
                          "category",
                      {{"kinds", profile.kinds()}});
    }
  }
}

void check_scales(Audit& audit) {
  const Profile* least = nullptr;
  const Profile* most = nullptr;
  double low = INFINITY, high = 0;
  for (const Profile& profile : audit.facts.profiles()) {
    if (!profile.is_number() || profile.kinds() < 2) continue;
    const double deviation = standard_deviation(profile.values);
    if (deviation > 0 && deviation < low) {
      low = deviation;
      least = &profile;
    }
    if (deviation > high) {
      high = deviation;
      most = &profile;
    }
  }
  if (least == nullptr || high / low <= audit.limits().scale_ratio) return;
  audit.add("value-scale-disparity", Severity::kInfo,
            "column " + most->name() + " spreads " + pretty_number(high / low, 3) +
                " times as wide as column " + least->name(),
            {{"columns", {most->name(), least->name()}}, {"ratio", high / low}});
}

}  // namespace dlwork::phase::audit
