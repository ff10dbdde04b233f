#include "phase/audit/stats/unit_root.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>

namespace dlwork::phase::audit {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

/// Least squares of the differences from `from` on: on the level before, a constant and so many
/// differences before. Products are summed once for all numbers of lags up to `most`.
class Regressions {
 public:
  Regressions(const std::vector<double>& values, std::int64_t from, std::int64_t most)
      : count_(static_cast<std::int64_t>(values.size()) - 1 - from) {
    MatrixXd inputs(count_, 2 + most);
    VectorXd outputs(count_);
    const auto step = [&](std::int64_t t) { return values[t + 1] - values[t]; };
    for (std::int64_t i = 0; i < count_; ++i) {
      const std::int64_t t = from + i;
      inputs(i, 0) = values[t];
      inputs(i, 1) = 1;
      for (std::int64_t lag = 1; lag <= most; ++lag) inputs(i, 1 + lag) = step(t - lag);
      outputs(i) = step(t);
    }
    products_ = inputs.transpose() * inputs;
    answers_ = inputs.transpose() * outputs;
    total_ = outputs.squaredNorm();
  }

  std::int64_t count() const { return count_; }
  /// Sum of the squared residuals.
  double squares(std::int64_t lags) const {
    const VectorXd answers = answers_.head(2 + lags);
    return total_ - answers.dot(solver(lags).solve(answers));
  }
  /// The level's coefficient by its standard error.
  double t(std::int64_t lags) const {
    const auto solved = solver(lags);
    const VectorXd weights = solved.solve(answers_.head(2 + lags));
    const VectorXd level = VectorXd::Unit(2 + lags, 0);
    const double variance = squares(lags) / static_cast<double>(count_ - 2 - lags);
    return weights(0) / std::sqrt(variance * solved.solve(level)(0));
  }

 private:
  Eigen::LDLT<MatrixXd> solver(std::int64_t lags) const {
    return products_.topLeftCorner(2 + lags, 2 + lags).ldlt();
  }

  std::int64_t count_;
  MatrixXd products_;
  VectorXd answers_;
  double total_ = 0;
};

/// About their mean, which the regressions need for their precision.
std::vector<double> centred(std::vector<double> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  for (double& value : values) value -= sum / static_cast<double>(values.size());
  return values;
}

double product_at(const std::vector<double>& values, std::int64_t lag) {
  double sum = 0;
  for (std::size_t i = static_cast<std::size_t>(lag); i < values.size(); ++i) {
    sum += values[i] * values[i - static_cast<std::size_t>(lag)];
  }
  return sum;
}

struct Split {
  std::int64_t at = 0;
  double gain = 0;  ///< sum of squares that two means explain beyond one
};

Split best_split(const std::vector<double>& values, std::int64_t begin, std::int64_t end,
                 std::int64_t least) {
  double total = 0;
  for (std::int64_t i = begin; i < end; ++i) total += values[i];
  const auto n = static_cast<double>(end - begin);
  Split best;
  double sum = 0;
  for (std::int64_t i = begin; i < end; ++i) {
    sum += values[i];
    const std::int64_t left = i + 1 - begin, right = end - i - 1;
    if (left < least || right < least) continue;
    const double deviation = sum - total * static_cast<double>(left) / n;
    const double gain =
        deviation * deviation * n / (static_cast<double>(left) * static_cast<double>(right));
    if (gain > best.gain) best = {i + 1, gain};
  }
  return best;
}

void split_further(const std::vector<double>& values, std::int64_t begin, std::int64_t end,
                   std::int64_t least, double penalty, std::vector<std::int64_t>& changes) {
  const Split split = best_split(values, begin, end, least);
  if (split.gain <= penalty) return;
  split_further(values, begin, split.at, least, penalty, changes);
  changes.push_back(split.at);
  split_further(values, split.at, end, least, penalty, changes);
}

}  // namespace

DickeyFuller dickey_fuller(const std::vector<double>& given) {
  const std::vector<double> values = centred(given);
  const auto n = static_cast<double>(values.size());
  const auto most =
      std::min<std::int64_t>(static_cast<std::int64_t>(std::ceil(12 * std::pow(n / 100, 0.25))),
                             static_cast<std::int64_t>(values.size()) / 2 - 2);
  DickeyFuller test;
  const Regressions same_steps(values, most, most);
  double least = std::numeric_limits<double>::infinity();
  for (std::int64_t lags = 0; lags <= most; ++lags) {
    const auto count = static_cast<double>(same_steps.count());
    const double criterion =
        count * std::log(same_steps.squares(lags) / count) + 2 * static_cast<double>(2 + lags);
    if (criterion < least) {
      least = criterion;
      test.lags = lags;
    }
  }
  const Regressions all_steps(values, test.lags, test.lags);
  test.statistic = all_steps.t(test.lags);
  const auto count = static_cast<double>(all_steps.count());
  test.critical =
      -2.86154 - 2.8903 / count - 4.234 / (count * count) - 40.04 / (count * count * count);
  return test;
}

LevelTest level_test(const std::vector<double>& given) {
  const std::vector<double> values = centred(given);
  const auto n = static_cast<double>(values.size());
  const double squares = product_at(values, 0);
  LevelTest test;
  double level = squares / n, slope = 0;
  for (std::int64_t lag = 1; lag <= static_cast<std::int64_t>(std::pow(n, 2.0 / 9)); ++lag) {
    const double product = product_at(values, lag) / (n / 2);
    level += product;
    slope += static_cast<double>(lag) * product;
  }
  const double ratio = slope / level;
  // The ratio is without bound where the products cancel out.
  test.lags =
      static_cast<std::int64_t>(std::min(n - 1, 1.1447 * std::cbrt(ratio * ratio) * std::cbrt(n)));
  double variance = squares;
  for (std::int64_t lag = 1; lag <= test.lags; ++lag) {
    variance += 2 * product_at(values, lag) *
                (1 - static_cast<double>(lag) / static_cast<double>(test.lags + 1));
  }
  double sum = 0, sums = 0;
  for (const double value : values) {
    sum += value;
    sums += sum * sum;
  }
  test.statistic = sums / (n * n) / (variance / n);
  return test;
}

std::vector<double> autocorrelation(const std::vector<double>& given, std::int64_t most) {
  const std::vector<double> values = centred(given);
  const auto n = static_cast<double>(values.size());
  const double variance = product_at(values, 0) / n;
  std::vector<double> result;
  for (std::int64_t lag = 0; lag <= most && lag < static_cast<std::int64_t>(values.size()); ++lag) {
    result.push_back(
        variance > 0 ? product_at(values, lag) / (n - static_cast<double>(lag)) / variance : 0);
  }
  return result;
}

std::int64_t season_of(const std::vector<double>& values, double least) {
  constexpr double kFall = 0.2;
  const auto most = static_cast<std::int64_t>(values.size()) / 3;
  const auto correlations = autocorrelation(values, most + 1);
  bool fell = false;
  for (std::int64_t lag = 1; lag <= most; ++lag) {
    const double here = correlations[lag];
    fell = fell || here < least - kFall;
    if (fell && here >= least && here > correlations[lag - 1] && here >= correlations[lag + 1]) {
      return lag;
    }
  }
  return 0;
}

void Seasons::add(std::int64_t season) {
  ++asked;
  if (season <= 0) return;
  ++seasonal;
  ++counts[season];
}

std::int64_t Seasons::usual() const {
  if (2 * seasonal <= asked) return 0;
  return std::max_element(counts.begin(), counts.end(),
                          [](const auto& a, const auto& b) { return a.second < b.second; })
      ->first;
}

std::vector<std::int64_t> level_changes(const std::vector<double>& values, std::int64_t least) {
  const auto n = static_cast<std::int64_t>(values.size());
  if (n < 2 * least) return {};
  std::vector<double> steps;
  for (std::int64_t i = 1; i < n; ++i) steps.push_back(std::abs(values[i] - values[i - 1]));
  std::nth_element(steps.begin(), steps.begin() + n / 2, steps.end());
  // Of normal values: the median of |difference| is 0.6745 sqrt(2) deviations.
  const double deviation = steps[n / 2] / (0.674490 * std::sqrt(2.0));
  if (deviation <= 0) return {};
  const double r = std::clamp(autocorrelation(values, 1).back(), 0.0, 0.99);
  const double penalty =
      3 * std::log(static_cast<double>(n)) * deviation * deviation * (1 + r) / (1 - r);
  std::vector<std::int64_t> changes;
  split_further(values, 0, n, least, penalty, changes);
  return changes;
}

}  // namespace dlwork::phase::audit
