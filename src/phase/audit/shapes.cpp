#include "phase/audit/shapes.h"

#include <algorithm>
#include <cmath>

#include "dlwork/base/ranks.h"
#include "dlwork/base/stats.h"
#include "phase/audit/stats/transform.h"

namespace dlwork::phase::audit {

using artefact::Severity;

namespace {

constexpr std::int64_t kFewestShapeKinds = 3;
constexpr std::int64_t kContinuousKinds = 20;
/// Values that a transform is fitted on, about at most: of more, as many evenly taken.
constexpr std::size_t kMostFitted = 100'000;

/// Of at least one value.
std::vector<double> evenly_taken(const std::vector<double>& values) {
  const std::size_t step = 1 + (values.size() - 1) / kMostFitted;
  std::vector<double> taken;
  for (std::size_t i = step / 2; i < values.size(); i += step) taken.push_back(values[i]);
  return taken;
}

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
  const double lambda = yeo_johnson_lambda(evenly_taken(values));
  std::vector<double> changed;
  for (const double value : values) changed.push_back(yeo_johnson(value, lambda));
  const double skewness = shape_of(changed).skewness;
  evidence["transform"] = "yeo-johnson";
  evidence["lambda"] = lambda;
  evidence["skewness_after"] = skewness;
  return "the Yeo-Johnson transform with lambda " + pretty_number(lambda, 3) +
         " leaves a skewness of " + pretty_number(skewness, 2);
}

void report_skew(Audit& audit, const Subject& subject, const Profile& profile, double skewness) {
  Json evidence = {{"skewness", skewness}};
  const std::string mend = mending(profile.values, evidence);
  audit.add_about(subject, "value-skew",
                  std::abs(skewness) > audit.limits().skew_warn ? Severity::kWarn : Severity::kInfo,
                  subject.name + " is skewed (" + pretty_number(skewness, 3) + "); " + mend,
                  evidence);
}

double zero_share(const Profile& profile) {
  const auto zeros = std::equal_range(profile.values.begin(), profile.values.end(), 0.0);
  return share_of(static_cast<std::size_t>(zeros.second - zeros.first), profile.values.size());
}

}  // namespace

void check_shape(Audit& audit, const Subject& subject, const Profile& profile) {
  const auto& limits = audit.limits();
  if (profile.kinds() < kContinuousKinds) return;
  const Shape shape = shape_of(profile.values);
  if (std::abs(shape.skewness) > limits.skew_info) {
    report_skew(audit, subject, profile, shape.skewness);
  }
  if (shape.excess_kurtosis > limits.kurtosis) {
    audit.add_about(subject, "value-heavy-tail", Severity::kInfo,
                    subject.name + " has heavy tails (excess kurtosis " +
                        pretty_number(shape.excess_kurtosis, 3) +
                        "): its mean and deviation follow a few samples",
                    {{"excess_kurtosis", shape.excess_kurtosis},
                     {"median", profile.spread.median},
                     {"quartile_deviation", profile.spread.range() / 1.349}});
  }
  const double share = zero_share(profile);
  if (share <= limits.zeros_share) return;
  audit.add_about(subject, "value-zero-inflated", Severity::kInfo,
                  percent(share) + " of " + subject.name + " are exactly 0", {{"share", share}});
}

void check_shapes(Audit& audit) {
  for (const Profile& profile : audit.facts.profiles()) {
    if (!profile.is_number()) continue;
    check_shape(audit, subject_of(*profile.column), profile);
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

void report_scales(Audit& audit, const std::string& kind, const std::vector<Width>& widths) {
  const Width *least = nullptr, *most = nullptr;
  for (const Width& width : widths) {
    if (width.deviation <= 0) continue;
    if (least == nullptr || width.deviation < least->deviation) least = &width;
    if (most == nullptr || width.deviation > most->deviation) most = &width;
  }
  if (least == nullptr) return;
  const double ratio = most->deviation / least->deviation;
  if (ratio <= audit.limits().scale_ratio) return;
  audit.add(
      "value-scale-disparity", Severity::kInfo,
      most->of.name + " spreads " + pretty_number(ratio, 3) + " times as wide as " + least->of.name,
      {{kind + "s", Json::array({most->of.evidence[kind], least->of.evidence[kind]})},
       {"ratio", ratio}});
}

void check_scales(Audit& audit) {
  std::vector<Width> widths;
  for (const Profile& profile : audit.facts.profiles()) {
    if (!profile.is_number() || profile.kinds() < 2) continue;
    widths.push_back({subject_of(*profile.column), standard_deviation(profile.values)});
  }
  report_scales(audit, "column", widths);
}

}  // namespace dlwork::phase::audit
