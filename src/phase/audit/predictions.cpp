#include "phase/audit/predictions.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "dlwork/base/rng.h"

namespace dlwork::phase::audit {
namespace {

using classical::Problem;

/// Fewer rows than this keep none back: models take fixed settings.
constexpr std::size_t kFewestForInner = 100;
constexpr double kInnerShare = 0.1;

std::int32_t likeliest(const float* probabilities, std::int64_t count) {
  return static_cast<std::int32_t>(std::max_element(probabilities, probabilities + count) -
                                   probabilities);
}

}  // namespace

std::vector<std::int32_t> fold_of_rows(const Problem& problem, int folds, std::uint64_t seed) {
  std::vector<std::int32_t> result(problem.features.rows());
  const auto order = Rng(seed, "audit folds").permutation(problem.features.rows());
  // Rows of a class are dealt in turn; without classes all rows are one.
  std::vector<std::int32_t> next(problem.is_class ? problem.outputs : 1, 0);
  for (const auto row : order) {
    std::int32_t& fold = next[problem.is_class ? problem.classes[row] : 0];
    result[row] = fold;
    fold = (fold + 1) % folds;
  }
  return result;
}

classical::Limits audit_limits(Context& context, const std::string& purpose) {
  classical::Limits limits;
  limits.deadline = std::numeric_limits<double>::infinity();
  limits.threads = context.run.threads;
  limits.seed = derive_seed(static_cast<std::uint64_t>(context.project.seed), "audit " + purpose);
  limits.stop = &context.run.stop;
  limits.progress = [](double, double, const std::string&) {};
  return limits;
}

Problem part_of(const Problem& problem, const Rows& rows, std::uint64_t seed) {
  Problem part;
  part.is_class = problem.is_class;
  part.outputs = problem.outputs;
  part.features = classical::take_rows(problem.features, rows);
  if (problem.is_class) {
    for (const auto row : rows) part.classes.push_back(problem.classes[row]);
  } else {
    part.values.resize(static_cast<std::int64_t>(rows.size()));
    for (std::size_t i = 0; i < rows.size(); ++i) {
      part.values[static_cast<std::int64_t>(i)] = problem.values[rows[i]];
    }
  }
  if (rows.size() < kFewestForInner) return part;
  const auto order = Rng(seed, "audit inner rows").permutation(part.features.rows());
  const auto inner = static_cast<std::ptrdiff_t>(kInnerShare * static_cast<double>(rows.size()));
  part.inner_check.assign(order.begin(), order.begin() + inner);
  part.inner_train.assign(order.begin() + inner, order.end());
  std::sort(part.inner_check.begin(), part.inner_check.end());
  std::sort(part.inner_train.begin(), part.inner_train.end());
  return part;
}

classical::Limits small_limits(classical::Limits limits, const Problem& problem) {
  constexpr std::int64_t kWorthThreads = 200'000;  // values
  if (problem.features.size() < kWorthThreads) limits.threads = 1;
  return limits;
}

training::Outputs out_of_fold(classical::Model& model, const Problem& problem,
                              const std::vector<std::int32_t>& folds,
                              const classical::Limits& given) {
  const classical::Limits limits = small_limits(given, problem);
  training::Outputs outputs{problem.features.rows(), problem.outputs, {}};
  outputs.values.resize(outputs.rows * outputs.columns);
  const int count = *std::max_element(folds.begin(), folds.end()) + 1;
  for (int fold = 0; fold < count; ++fold) {
    limits.check_stop();
    Rows inside, outside;
    for (std::size_t row = 0; row < folds.size(); ++row) {
      (folds[row] == fold ? inside : outside).push_back(static_cast<std::int64_t>(row));
    }
    if (inside.empty()) continue;
    model.fit(part_of(problem, outside, limits.seed + static_cast<std::uint64_t>(fold)), limits);
    const auto predicted = model.predict(classical::take_rows(problem.features, inside), limits);
    for (std::size_t i = 0; i < inside.size(); ++i) {
      std::copy_n(predicted.values.begin() + static_cast<std::ptrdiff_t>(i) * outputs.columns,
                  outputs.columns, outputs.values.begin() + inside[i] * outputs.columns);
    }
  }
  return outputs;
}

std::vector<double> losses_of(const training::Outputs& outputs, const Problem& problem) {
  std::vector<double> losses;
  losses.reserve(outputs.rows);
  for (std::int64_t row = 0; row < outputs.rows; ++row) {
    const float* out = outputs.values.data() + row * outputs.columns;
    if (problem.is_class) {
      losses.push_back(likeliest(out, outputs.columns) == problem.classes[row] ? 0 : 1);
    } else {
      const double difference = static_cast<double>(out[0]) - problem.values[row];
      losses.push_back(difference * difference);
    }
  }
  return losses;
}

double error_of(const training::Outputs& outputs, const Problem& problem) {
  double sum = 0;
  for (const double loss : losses_of(outputs, problem)) sum += loss;
  const double mean = sum / static_cast<double>(std::max<std::int64_t>(1, outputs.rows));
  return problem.is_class ? mean : std::sqrt(mean);
}

}  // namespace dlwork::phase::audit
