#include "phase/readiness/reachable.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
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

/// One class against the rest.
struct OneClass {
  double pure = 0;            ///< its samples all of whose equals are of it too
  double samples = 0;         ///< of it
  double others = 0;          ///< samples not of it
  std::vector<Offer> offers;  ///< mixed groups that have samples of it, by falling share
};

std::vector<OneClass> each_class(const ClassGroups& groups) {
  const std::vector<double> samples = samples_by_class(groups);
  std::vector<OneClass> classes;
  for (std::size_t k = 0; k < samples.size(); ++k) {
    classes.push_back({groups.pure[k], samples[k], sum_of(samples) - samples[k], {}});
  }
  for (const auto& votes : groups.mixed) {
    for (const auto& [code, count] : votes) classes[code].offers.push_back({count, size_of(votes)});
  }
  for (OneClass& one : classes) {
    std::sort(one.offers.begin(), one.offers.end(),
              [](const Offer& a, const Offer& b) { return a.share() > b.share(); });
  }
  return classes;
}

/// The best of a figure of a class by its right and its said samples, where it is said of the
/// groups in which its share is above some share.
template <class Figure>
double best_above_a_share(const OneClass& one, const Figure& figure) {
  double right = one.pure, said = one.pure, best = figure(right, said);
  for (const Offer& offer : one.offers) {
    right += offer.right;
    said += offer.size;
    best = std::max(best, figure(right, said));
  }
  return best;
}

/// The mean over classes of the best F1 of each, by weights that `weight` makes of samples.
double best_f1(const ClassGroups& groups, double (*weight)(double samples)) {
  double sum = 0, weights = 0;
  for (const OneClass& one : each_class(groups)) {
    if (one.samples == 0) continue;
    const auto f1 = [&](double right, double said) { return 2 * right / (one.samples + said); };
    sum += weight(one.samples) * best_above_a_share(one, f1);
    weights += weight(one.samples);
  }
  return sum / weights;
}

/// As the metrics of rankings: of two classes the second's, else the mean over those with samples.
double best_ranking(const ClassGroups& groups, double (*best)(const OneClass& one)) {
  const std::vector<OneClass> classes = each_class(groups);
  if (classes.size() == 2) return best(classes[1]);
  double sum = 0;
  for (const OneClass& one : classes) sum += one.samples > 0 ? best(one) : 0;
  return sum / classes_with_samples(samples_by_class(groups));
}

/// Pairs of one of the class and another of which it comes first, equals counted half; 1 where
/// there are none.
double best_auroc(const OneClass& one) {
  if (one.samples == 0 || one.others == 0) return 1;
  double pairs = 0, above = one.pure, below = one.others;
  for (const Offer& offer : one.offers) {
    pairs += (offer.size - offer.right) * (above + offer.right / 2);
    above += offer.right;
    below -= offer.size - offer.right;
  }
  return (pairs + below * above) / (one.samples * one.others);
}

/// Each group's samples come one by one, each a share of a right one.
double best_average_precision(const OneClass& one) {
  if (one.samples == 0) return 1;
  double sum = one.pure, found = one.pure, seen = one.pure;
  for (const Offer& offer : one.offers) {
    for (double sample = 0; sample < offer.size; ++sample) {
      found += offer.share();
      seen += 1;
      sum += offer.share() * found / seen;
    }
  }
  return sum / one.samples;
}

/// Of two classes; 1 where only one has samples.
double best_matthews(const ClassGroups& groups) {
  const OneClass one = each_class(groups)[1];
  const double all = one.samples + one.others;
  if (one.samples == 0 || one.others == 0) return 1;
  return best_above_a_share(one, [&](double right, double said) {
    const double truth = one.samples * one.others, guess = said * (all - said);
    return guess == 0 ? 0 : (right * all - one.samples * said) / std::sqrt(truth * guess);
  });
}

/// Right answers, and the sum over classes of their samples times those said to be of them.
struct Agreement {
  double right = 0, chance = 0;
};

/// The answers that are best where (right n - chance) / (n^2 - chance) is `kappa`: what of right n
/// - chance - kappa (n^2 - chance) hangs on them is a sum over groups.
Agreement answers_at(double kappa, const ClassGroups& groups, const std::vector<double>& samples) {
  const double n = sum_of(samples);
  Agreement all{sum_of(groups.pure),
                std::inner_product(groups.pure.begin(), groups.pure.end(), samples.begin(), 0.0)};
  for (const auto& votes : groups.mixed) {
    const double size = size_of(votes);
    const auto worth = [&](const auto& vote) {
      return vote.second * n - (1 - kappa) * samples[vote.first] * size;
    };
    const auto answer =
        std::max_element(votes.begin(), votes.end(),
                         [&](const auto& a, const auto& b) { return worth(a) < worth(b); });
    all.right += answer->second;
    all.chance += samples[answer->first] * size;
  }
  return all;
}

/// By better and better answers until none is (Dinkelbach 1967); 1 where only one class has
/// samples.
double best_kappa(const ClassGroups& groups) {
  const std::vector<double> samples = samples_by_class(groups);
  if (classes_with_samples(samples) < 2) return 1;
  const double n = sum_of(samples);
  for (double kappa = 0;;) {
    const Agreement all = answers_at(kappa, groups, samples);
    const double better = (all.right * n - all.chance) / (n * n - all.chance);
    if (!(better > kappa)) return kappa;
    kappa = better;
  }
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
    {"brier", best_brier},
    {"auroc", [](const ClassGroups& groups) { return best_ranking(groups, best_auroc); }},
    {"average-precision",
     [](const ClassGroups& groups) { return best_ranking(groups, best_average_precision); }},
    {"mcc", best_matthews},
    {"kappa", best_kappa},
    {"calibration-error", [](const ClassGroups&) { return 0.0; }}};

/// Sum of squares about the mean.
double squares_of(const std::vector<double>& values) {
  const double mean = sum_of(values) / static_cast<double>(values.size());
  double sum = 0;
  for (const double value : values) sum += (value - mean) * (value - mean);
  return sum;
}

/// A loss of one answer for a group: `above` times the answer's distance below a target, `below`
/// times that above it, each by the target's weight.
struct Tilted {
  double above = 1, below = 1;
  double (*weight)(double target) = [](double) { return 1.0; };
};

/// The least sum of it over a group: the answer is a quantile, the first target up to which lies
/// the share above / (above + below) of the weight (Koenker and Bassett 1978).
double least_tilted(std::vector<double> values, const Tilted& loss) {
  std::sort(values.begin(), values.end());
  double whole = 0;
  for (const double value : values) whole += loss.weight(value);
  double so_far = 0, answer = values.back();
  for (const double value : values) {
    so_far += loss.weight(value);
    if (so_far * (loss.above + loss.below) < whole * loss.above) continue;
    answer = value;
    break;
  }
  double sum = 0;
  for (const double value : values) {
    const double error = value - answer;
    sum += loss.weight(value) * (error > 0 ? loss.above * error : -loss.below * error);
  }
  return sum;
}

/// As the metric mape: a target of 0 counts as float64's epsilon.
double inverse_size(double target) {
  return 1 / std::max(std::abs(target), std::numeric_limits<double>::epsilon());
}

struct NumberFormula {
  const char* metric;
  Tilted loss;
};
constexpr NumberFormula kNumberFormulas[] = {{"mae", {}},
                                             {"mape", {1, 1, inverse_size}},
                                             {"pinball-10", {0.1, 0.9}},
                                             {"pinball-50", {0.5, 0.5}},
                                             {"pinball-90", {0.9, 0.1}}};

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

/// Sum over all pairs of their absolute difference as a share of the larger size: 1 - y / z, where
/// z is the larger of either sign.
double relative_differences_of(std::vector<double> values) {
  std::sort(values.begin(), values.end(),
            [](double a, double b) { return std::abs(a) < std::abs(b); });
  double sum = 0, smaller = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] != 0) sum += static_cast<double>(i) - smaller / values[i];
    smaller += values[i];
  }
  return sum;
}

template <class Of>
double over_repeats(const NumberGroups& groups, const Of& of) {
  double sum = 0;
  for (const auto& values : groups.repeats) sum += of(values);
  return sum;
}

/// The mean over pairs of a group of what `of` sums over them, weighed by degrees of freedom.
double mean_over_pairs(const NumberGroups& groups, double freedom,
                       double (*of)(std::vector<double> values)) {
  const double sum = over_repeats(groups, [of](const std::vector<double>& values) {
    return 2 * of(values) / static_cast<double>(values.size());
  });
  return sum / freedom;
}

}  // namespace

std::optional<double> reachable(const std::string& metric, const ClassGroups& groups) {
  // Of more classes what the answers to a group are worth hangs on those to all others.
  if (metric == "mcc" && groups.pure.size() != 2) return std::nullopt;
  for (const ClassFormula& formula : kClassFormulas) {
    if (metric == formula.metric) return formula.best(groups);
  }
  return std::nullopt;
}

std::optional<double> reachable(const std::string& metric, const NumberGroups& groups) {
  const auto n = static_cast<double>(groups.all.size());
  for (const NumberFormula& formula : kNumberFormulas) {
    if (metric != formula.metric) continue;
    const double sum = over_repeats(
        groups, [&](const auto& values) { return least_tilted(values, formula.loss); });
    return sum / n;
  }
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
  noise.difference = mean_over_pairs(groups, freedom, differences_of);
  noise.relative = mean_over_pairs(groups, freedom, relative_differences_of);
  return noise;
}

std::optional<double> left_by(const Noise& noise, const std::string& metric,
                              const NumberGroups& groups) {
  if (metric == "rmse") return noise.deviation;
  if (metric == "mape") return noise.relative / 2;
  for (const NumberFormula& formula : kNumberFormulas) {
    if (metric != formula.metric) continue;
    return std::min(formula.loss.above, formula.loss.below) * noise.difference / 2;
  }
  const double spread = squares_of(groups.all);
  if (metric != "r2" || spread == 0) return std::nullopt;
  return 1 - noise.deviation * noise.deviation * static_cast<double>(groups.all.size()) / spread;
}

}  // namespace dlwork::phase
