#pragma once

#include <cmath>
#include <functional>

#include "dlwork/base/machine.h"
#include "phase/readiness/models/model.h"

/// Small problems by formula, so that other programs can make the same numbers.
namespace dlwork::testing {

inline double wave(int i, int j) { return std::sin(1.7 * i + 0.9 * j + 0.3 * i * j); }

/// 60 samples of 3 features; the class is the largest of three noisy linear scores.
inline phase::classical::Problem wave_classes() {
  constexpr double kWeights[3][3] = {{2, -1, 0}, {0.5, 1.5, -1}, {-1, 0, 2}};
  phase::classical::Problem problem;
  problem.features.resize(60, 3);
  problem.outputs = 3;
  for (int i = 0; i < 60; ++i) {
    double best = -1e9;
    int winner = 0;
    for (int j = 0; j < 3; ++j) problem.features(i, j) = static_cast<float>(wave(i, j));
    for (int c = 0; c < 3; ++c) {
      double score = 0.8 * std::sin(5.1 * i + 2.0 * c);
      for (int j = 0; j < 3; ++j) score += problem.features(i, j) * kWeights[j][c];
      if (score > best) {
        best = score;
        winner = c;
      }
    }
    problem.classes.push_back(winner);
  }
  return problem;
}

/// The same features with y = 3 x0 - 2 x1 + 0.5 x2 + 10 and a wave for noise.
inline phase::classical::Problem wave_numbers() {
  phase::classical::Problem problem = wave_classes();
  problem.is_class = false;
  problem.outputs = 1;
  problem.classes.clear();
  problem.values.resize(60);
  for (int i = 0; i < 60; ++i) {
    problem.values[i] =
        static_cast<float>(3.0 * problem.features(i, 0) - 2.0 * problem.features(i, 1) +
                           0.5 * problem.features(i, 2) + 10 + 0.3 * std::sin(5.1 * i));
  }
  return problem;
}

/// Every fifth sample chooses the models' settings.
inline void keep_inner(phase::classical::Problem& problem) {
  for (int i = 0; i < problem.features.rows(); ++i) {
    (i % 5 == 0 ? problem.inner_check : problem.inner_train).push_back(i);
  }
}

inline phase::classical::Limits limits(double seconds = 60, int threads = 1) {
  phase::classical::Limits limits;
  limits.deadline = monotonic_seconds() + seconds;
  limits.threads = threads;
  limits.queries = 60;
  limits.progress = [](double, double, const std::string&) {};
  return limits;
}

}  // namespace dlwork::testing
