#include "phase/readiness/reachable.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

namespace dlwork::phase {
namespace {

double sum_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

double size_of(const std::map<std::int32_t, double>& votes) {
  double size = 0;
  for (const auto& [code, count] : votes) size += count;
  return size;
}

std::vector<double> samples_by_class(const ClassGroups& groups) {
  std::vector<double> samples = groups.pure;
  for (const auto& votes : groups.mixed) {
    for (const auto& [code, count] : votes) samples[code] += count;
  }
  return samples;
}

double classes_with_samples(const std::vector<double>& samples) {
  return static_cast<double>(
      std::count_if(samples.begin(), samples.end(), [](double count) { return count > 0; }));
}

/// An answer names `k` classes.
double best_top(const ClassGroups& groups, std::ptrdiff_t k) {
  double right = sum_of(groups.pure), all = right;
  for (const auto& votes : groups.mixed) {
    std::vector<double> counts;
    for (const auto& [code, count] : votes) counts.push_back(count);
    std::sort(counts.begin(), counts.end(), std::greater<>());
    all += sum_of(counts);
    counts.resize(std::min(counts.size(), static_cast<std::size_t>(k)));
    right += sum_of(counts);
  }
  return right / all;
}

double best_balanced(const ClassGroups& groups) {
  const std::vector<double> samples = samples_by_class(groups);
  double recalls = 0;
  for (std::size_t k = 0; k < samples.size(); ++k) {
    if (samples[k] > 0) recalls += groups.pure[k] / samples[k];
  }
  for (const auto& votes : groups.mixed) {
    double most = 0;
    for (const auto& [code, count] : votes) most = std::max(most, count / samples[code]);
    recalls += most;
  }
  return recalls / classes_with_samples(samples);
}

/// A group of which a class has `right` samples.
struct Offer {
  double right = 0, size = 0;
  double share() const { return right / size; }
};

/// The best F1 of a class of `samples`, of which `pure` are surely right, by answering it for the
/// groups where its share is largest.
double best_f1_of(double pure, double samples, std::vector<Offer> offers) {
  std::sort(offers.begin(), offers.end(),
            [](const Offer& a, const Offer& b) { return a.share() > b.share(); });
  double right = pure, said = pure, best = 2 * right / (samples + said);
  for (const Offer& offer : offers) {
    right += offer.right;
    said += offer.size;
    best = std::max(best, 2 * right / (samples + said));
  }
  return best;
}

/// The mean over classes of the best F1 of each, by weights that `weight` makes of samples.
double best_f1(const ClassGroups& groups, double (*weight)(double samples)) {
  const std::vector<double> samples = samples_by_class(groups);
  std::vector<std::vector<Offer>> offers(samples.size());
  for (const auto& votes : groups.mixed) {
    for (const auto& [code, count] : votes) offers[code].push_back({count, size_of(votes)});
  }
  double sum = 0, weights = 0;
  for (std::size_t k = 0; k < samples.size(); ++k) {
    if (samples[k] == 0) continue;
    sum += weight(samples[k]) * best_f1_of(groups.pure[k], samples[k], std::move(offers[k]));
    weights += weight(samples[k]);
  }
  return sum / weights;
}

/// The mean over samples of `score`, which has the share of each class among its group; 0 where it
/// is all.
double least_score(const ClassGroups& groups, double (*score)(double share)) {
  double sum = 0;
  for (const auto& votes : groups.mixed) {
    const double size = size_of(votes);
    for (const auto& [code, count] : votes) sum += count * score(count / size);
  }
  return sum / sum_of(samples_by_class(groups));
}

double best_brier(const ClassGroups& groups) {
  const double sum = least_score(groups, [](double share) { return 1 - share; });
  return groups.pure.size() == 2 ? sum / 2 : sum;  // as the metric is halved
}

struct ClassFormula {
  const char* metric;
  double (*best)(const ClassGroups& groups);
};
constexpr ClassFormula kClassFormulas[] = {
    {"accuracy", [](const ClassGroups& groups) { return best_top(groups, 1); }},
    {"micro-f1", [](const ClassGroups& groups) { return best_top(groups, 1); }},
    {"top-3-accuracy", [](const ClassGroups& groups) { return best_top(groups, 3); }},
    {"top-5-accuracy", [](const ClassGroups& groups) { return best_top(groups, 5); }},
    {"balanced-accuracy", best_balanced},
    {"macro-f1",
     [](const ClassGroups& groups) { return best_f1(groups, [](double) { return 1.0; }); }},
    {"weighted-f1",
     [](const ClassGroups& groups) {
       return best_f1(groups, [](double samples) { return samples; });
     }},
    {"log-loss",
     [](const ClassGroups& groups) {
       return least_score(groups, [](double share) { return -std::log(share); });
     }},
    {"brier", best_brier}};

/// Sum of squares about the mean.
double squares_of(const std::vector<double>& values) {
  const double mean = sum_of(values) / static_cast<double>(values.size());
  double sum = 0;
  for (const double value : values) sum += (value - mean) * (value - mean);
  return sum;
}

/// Sum of distances from the median, which is the least there is: the largest less the smallest,
/// the next largest less the next smallest, ...
double distances_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  double sum = 0;
  for (std::size_t i = 0; 2 * i < values.size(); ++i) {
    sum += values[values.size() - 1 - i] - values[i];
  }
  return sum;
}

/// Sum over all pairs of their absolute difference.
double differences_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const auto last = static_cast<double>(values.size()) - 1;
  double sum = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    sum += (2 * static_cast<double>(i) - last) * values[i];
  }
  return sum;
}

template <class Of>
double over_repeats(const NumberGroups& groups, const Of& of) {
  double sum = 0;
  for (const auto& values : groups.repeats) sum += of(values);
  return sum;
}

}  // namespace

std::optional<double> reachable(const std::string& metric, const ClassGroups& groups) {
  for (const ClassFormula& formula : kClassFormulas) {
    if (metric == formula.metric) return formula.best(groups);
  }
  return std::nullopt;
}

std::optional<double> reachable(const std::string& metric, const NumberGroups& groups) {
  const auto n = static_cast<double>(groups.all.size());
  if (metric == "mae") return over_repeats(groups, distances_of) / n;
  const double errors = over_repeats(groups, squares_of);
  if (metric == "rmse") return std::sqrt(errors / n);
  const double spread = squares_of(groups.all);
  if (metric == "r2") return spread > 0 ? 1 - errors / spread : 1;
  return std::nullopt;
}

Noise noise_of(const NumberGroups& groups) {
  Noise noise;
  for (const auto& values : groups.repeats) {
    noise.freedom += static_cast<std::int64_t>(values.size()) - 1;
  }
  if (noise.freedom == 0) return noise;
  const auto freedom = static_cast<double>(noise.freedom);
  noise.deviation = std::sqrt(over_repeats(groups, squares_of) / freedom);
  // A group's mean difference, weighed by its degrees of freedom.
  noise.difference =
      over_repeats(groups,
                   [](const std::vector<double>& values) {
                     return 2 * differences_of(values) / static_cast<double>(values.size());
                   }) /
      freedom;
  return noise;
}

std::optional<double> left_by(const Noise& noise, const std::string& metric,
                              const NumberGroups& groups) {
  if (metric == "rmse") return noise.deviation;
  if (metric == "mae") return noise.difference / 2;
  const double spread = squares_of(groups.all);
  if (metric != "r2" || spread == 0) return std::nullopt;
  return 1 - noise.deviation * noise.deviation * static_cast<double>(groups.all.size()) / spread;
}

}  // namespace dlwork::phase
