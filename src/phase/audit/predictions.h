#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dlwork/phase/phase.h"
#include "phase/audit/profile.h"
#include "phase/features/matrix.h"
#include "phase/readiness/models/model.h"

namespace dlwork::phase::audit {

/// What one classical model says of samples that it was not trained on.
struct Judged {
  std::string model;
  training::Outputs outputs;  ///< one row a judged sample: probabilities, or a value
  double error = 0;           ///< share wrong, or root mean squared error
};

/// Out-of-fold predictions of training samples by fast models.
struct Predictions {
  Rows rows;                   ///< training samples judged, ascending
  std::vector<Judged> models;  ///< best first
  int folds = 0;
  const Judged& best() const { return models.front(); }
};

/// A problem's folds: `folds` numbers, stratified where there are classes, drawn with the seed.
std::vector<std::int32_t> fold_of_rows(const classical::Problem& problem, int folds,
                                       std::uint64_t seed);

/// Without a time limit, so that the same seed gives the same bits on any machine.
classical::Limits audit_limits(Context& context, const std::string& purpose);

/// The same with one thread where the problem is so small that threads wait for each other longer
/// than they work.
classical::Limits small_limits(classical::Limits limits, const classical::Problem& problem);

/// Each fold predicted by a model fitted on the others.
training::Outputs out_of_fold(classical::Model& model, const classical::Problem& problem,
                              const std::vector<std::int32_t>& folds,
                              const classical::Limits& limits);

/// Rows of a problem, with rows kept back for choosing settings where there are enough.
classical::Problem part_of(const classical::Problem& problem, const Rows& rows, std::uint64_t seed);

/// Share wrong, or root mean squared error.
double error_of(const training::Outputs& outputs, const classical::Problem& problem);
/// By sample: wrong (1 or 0), or squared error.
std::vector<double> losses_of(const training::Outputs& outputs, const classical::Problem& problem);

}  // namespace dlwork::phase::audit
