#include "phase/audit/separation.h"

#include <algorithm>
#include <cmath>

#include "dlwork/base/ranks.h"
#include "phase/audit/facts.h"

namespace dlwork::phase::audit {

Separation separate(Context& context, const data::Samples& samples, const Matrix& a,
                    const Matrix& b) {
  classical::Problem problem;
  problem.outputs = 2;
  problem.features.resize(a.rows() + b.rows(), a.cols());
  problem.features << a, b;
  problem.classes.assign(a.rows(), 0);
  problem.classes.resize(problem.features.rows(), 1);
  const auto limits = audit_limits(context, "two samples");
  const auto folds = fold_of_rows(problem, kFolds, limits.seed);
  std::vector<bool> positive;
  for (const auto code : problem.classes) positive.push_back(code == 1);
  Separation best;
  for (const auto& model : judges(samples, problem)) {
    const auto outputs = out_of_fold(*model, problem, folds, limits);
    std::vector<double> scores;
    for (std::int64_t i = 0; i < outputs.rows; ++i) scores.push_back(outputs.row(i)[1]);
    const double curve = area_under_curve(scores, positive);
    if (curve <= best.curve && !best.model.empty()) continue;
    best.curve = curve;
    best.model = model->name();
  }
  const double c = best.curve, n = static_cast<double>(a.rows()), m = static_cast<double>(b.rows());
  const double q1 = c / (2 - c), q2 = 2 * c * c / (1 + c);
  const double error = std::sqrt(
      std::max(0.0, c * (1 - c) + (m - 1) * (q1 - c * c) + (n - 1) * (q2 - c * c)) / (n * m));
  const double z = normal_quantile(0.975);
  best.interval = {std::max(0.0, c - z * error), std::min(1.0, c + z * error)};
  return best;
}

}  // namespace dlwork::phase::audit
