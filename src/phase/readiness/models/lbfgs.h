#pragma once

#include <Eigen/Core>

#include <functional>

namespace dlwork::phase::classical {

/// Value of a smooth function at `at`; writes its gradient.
using Objective = std::function<double(const Eigen::VectorXd& at, Eigen::VectorXd& gradient)>;

struct LbfgsOptions {
  int iterations = 100;
  int memory = 10;
  double tolerance = 1e-5;            ///< on the largest gradient component
  std::function<bool()> should_stop;  ///< asked before each iteration after the first
};
struct LbfgsResult {
  double value = 0;
  int iterations = 0;
  bool converged = false;
};

/// Minimises from `point`, which becomes the best point found. Limited-memory BFGS (Nocedal and
/// Wright 2006, algorithms 7.4 and 7.5) with a backtracking search for sufficient decrease
/// (Armijo, equation 3.4); pairs without positive curvature are left out.
LbfgsResult minimise(const Objective& objective, Eigen::VectorXd& point,
                     const LbfgsOptions& options);

}  // namespace dlwork::phase::classical
