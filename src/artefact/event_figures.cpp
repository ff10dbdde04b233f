#include <algorithm>
#include <cmath>
#include <limits>

#include "dlwork/artefact/events.h"
#include "dlwork/base/error.h"

namespace dlwork::artefact {

PrCurve pr_curve(const std::vector<float>& scores, const std::vector<bool>& positive,
                 std::size_t thresholds) {
  DLWORK_ASSERT(scores.size() == positive.size() && thresholds >= 2, "a label for each score");
  // A score counts for every threshold up to it: sums from the highest bucket down.
  std::vector<double> yes(thresholds, 0), no(thresholds, 0);
  const auto last = static_cast<double>(thresholds - 1);
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const double share = std::isnan(scores[i]) ? 0 : std::clamp<double>(scores[i], 0, 1);
    (positive[i] ? yes : no)[static_cast<std::size_t>(share * last)] += 1;
  }
  PrCurve curve;
  curve.true_positives = yes;
  curve.false_positives = no;
  for (std::size_t t = thresholds - 1; t-- > 0;) {
    curve.true_positives[t] += curve.true_positives[t + 1];
    curve.false_positives[t] += curve.false_positives[t + 1];
  }
  for (std::size_t t = 0; t < thresholds; ++t) {
    curve.true_negatives.push_back(curve.false_positives.front() - curve.false_positives[t]);
    curve.false_negatives.push_back(curve.true_positives.front() - curve.true_positives[t]);
  }
  return curve;
}

Histogram histogram_of(const float* values, std::int64_t count) {
  constexpr std::size_t kBuckets = 30;
  Histogram histogram;
  float low = std::numeric_limits<float>::infinity(), high = -low;
  for (std::int64_t i = 0; i < count; ++i) {
    const float value = values[i];
    if (!std::isfinite(value)) continue;
    low = std::min(low, value);
    high = std::max(high, value);
    histogram.count += 1;
    histogram.sum += value;
    histogram.sum_of_squares += static_cast<double>(value) * value;
  }
  if (histogram.count == 0) return histogram;
  histogram.low = low;
  histogram.high = high;
  const double width = (histogram.high - histogram.low) / static_cast<double>(kBuckets);
  if (width <= 0) {
    histogram.bounds = {histogram.high};
    histogram.counts = {histogram.count};
    return histogram;
  }
  for (std::size_t b = 1; b <= kBuckets; ++b) {
    histogram.bounds.push_back(histogram.low + width * static_cast<double>(b));
  }
  histogram.bounds.back() = histogram.high;
  histogram.counts.assign(kBuckets, 0);
  for (std::int64_t i = 0; i < count; ++i) {
    if (!std::isfinite(values[i])) continue;
    const auto bucket = static_cast<std::size_t>((values[i] - histogram.low) / width);
    histogram.counts[std::min(bucket, kBuckets - 1)] += 1;
  }
  return histogram;
}

}  // namespace dlwork::artefact
