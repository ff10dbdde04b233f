#include <algorithm>
#include <cmath>
#include <limits>

#include "dlwork/base/stats.h"
#include "training/metric_functions.h"

namespace dlwork::training {
namespace {

using data::Target;

template <class Of>
double mean_of(const Outputs& outputs, const Target& target, const MetricRows& rows, const Of& of) {
  double sum = 0;
  for (std::size_t i = 0; i < rows.size(); ++i)
    sum += of(outputs.values[i] - target.values[rows[i]]);
  return sum / static_cast<double>(rows.size());
}

double squared(double error) { return error * error; }

/// q e above and (q - 1) e below the prediction, e = target - prediction (Koenker and Bassett
/// 1978).
double pinball(const Outputs& outputs, const Target& target, const MetricRows& rows, double q) {
  return mean_of(outputs, target, rows,
                 [q](double error) { return std::max(-q * error, (1 - q) * error); });
}

}  // namespace

double rmse(const Outputs& outputs, const Target& target, const MetricRows& rows) {
  return std::sqrt(mean_of(outputs, target, rows, squared));
}

double mae(const Outputs& outputs, const Target& target, const MetricRows& rows) {
  return mean_of(outputs, target, rows, [](double error) { return std::abs(error); });
}

double median_absolute_error(const Outputs& outputs, const Target& target, const MetricRows& rows) {
  std::vector<double> errors(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    errors[i] = std::abs(outputs.values[i] - target.values[rows[i]]);
  }
  return quantile(std::move(errors), 0.5);
}

/// Without variance in the target: 1 where every value is met, 0 otherwise, as scikit-learn.
double r2(const Outputs& outputs, const Target& target, const MetricRows& rows) {
  double mean = 0, spread = 0;
  for (const auto row : rows) mean += target.values[row] / static_cast<double>(rows.size());
  for (const auto row : rows) spread += squared(target.values[row] - mean);
  const double errors = mean_of(outputs, target, rows, squared) * static_cast<double>(rows.size());
  if (spread == 0) return errors == 0 ? 1 : 0;
  return 1 - errors / spread;
}

/// As a share; a target of 0 counts as float64's epsilon, as in scikit-learn.
double mape(const Outputs& outputs, const Target& target, const MetricRows& rows) {
  double sum = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const double truth = target.values[rows[i]];
    sum += std::abs(outputs.values[i] - truth) /
           std::max(std::abs(truth), std::numeric_limits<double>::epsilon());
  }
  return sum / static_cast<double>(rows.size());
}

double pinball10(const Outputs& outputs, const Target& target, const MetricRows& rows) {
  return pinball(outputs, target, rows, 0.1);
}
double pinball50(const Outputs& outputs, const Target& target, const MetricRows& rows) {
  return pinball(outputs, target, rows, 0.5);
}
double pinball90(const Outputs& outputs, const Target& target, const MetricRows& rows) {
  return pinball(outputs, target, rows, 0.9);
}

double mean_output(const Outputs& outputs, const Target&, const MetricRows&) {
  double sum = 0;
  for (const float value : outputs.values) sum += value;
  return sum / static_cast<double>(outputs.rows);
}

double least_output(const Outputs& outputs, const Target&, const MetricRows&) {
  return *std::min_element(outputs.values.begin(), outputs.values.end());
}

}  // namespace dlwork::training
