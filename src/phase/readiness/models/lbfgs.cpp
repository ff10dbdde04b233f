#include "phase/readiness/models/lbfgs.h"

#include <algorithm>
#include <deque>

namespace dlwork::phase::classical {
namespace {

using Eigen::VectorXd;

constexpr double kArmijo = 1e-4;
constexpr int kMostHalvings = 30;
constexpr double kSmallestCurvature = 1e-12;

struct Pair {
  VectorXd step;      ///< s_k
  VectorXd gradient;  ///< y_k
  double rho = 0;     ///< 1 / (y_k . s_k)
};

/// -H gradient by the two-loop recursion (algorithm 7.4).
VectorXd direction(const std::deque<Pair>& pairs, const VectorXd& gradient) {
  VectorXd q = -gradient;
  std::vector<double> alpha(pairs.size());
  for (std::size_t i = pairs.size(); i-- > 0;) {
    alpha[i] = pairs[i].rho * pairs[i].step.dot(q);
    q -= alpha[i] * pairs[i].gradient;
  }
  if (!pairs.empty()) {
    const Pair& last = pairs.back();
    q *= 1.0 / (last.rho * last.gradient.squaredNorm());
  }
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    q += (alpha[i] - pairs[i].rho * pairs[i].gradient.dot(q)) * pairs[i].step;
  }
  return q;
}

struct Step {
  VectorXd point, gradient;
  double value = 0;
  bool found = false;
};

Step search(const Objective& objective, const VectorXd& point, double value,
            const VectorXd& gradient, const VectorXd& towards, double length) {
  Step step;
  const double slope = gradient.dot(towards);
  for (int i = 0; i < kMostHalvings && slope < 0; ++i, length /= 2) {
    step.point = point + length * towards;
    step.value = objective(step.point, step.gradient);
    if (step.value <= value + kArmijo * length * slope) {
      step.found = true;
      break;
    }
  }
  return step;
}

}  // namespace

LbfgsResult minimise(const Objective& objective, VectorXd& point, const LbfgsOptions& options) {
  LbfgsResult result;
  VectorXd gradient(point.size());
  result.value = objective(point, gradient);
  std::deque<Pair> pairs;
  for (; result.iterations < options.iterations; ++result.iterations) {
    if (gradient.lpNorm<Eigen::Infinity>() <= options.tolerance) {
      result.converged = true;
      break;
    }
    if (result.iterations > 0 && options.should_stop && options.should_stop()) break;
    const double length = pairs.empty() ? std::min(1.0, 1.0 / gradient.norm()) : 1.0;
    Step step =
        search(objective, point, result.value, gradient, direction(pairs, gradient), length);
    if (!step.found) {
      if (pairs.empty()) break;  // not even steepest descent goes down: as low as rounding allows
      pairs.clear();
      continue;
    }
    Pair pair{step.point - point, step.gradient - gradient, 0};
    const double curvature = pair.gradient.dot(pair.step);
    if (curvature > kSmallestCurvature) {
      pair.rho = 1 / curvature;
      pairs.push_back(std::move(pair));
      if (static_cast<int>(pairs.size()) > options.memory) pairs.pop_front();
    }
    point = std::move(step.point);
    gradient = std::move(step.gradient);
    result.value = step.value;
  }
  return result;
}

}  // namespace dlwork::phase::classical
