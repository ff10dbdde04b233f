#pragma once

#include <optional>
#include <vector>

#include "phase/readiness/contest.h"
#include "phase/readiness/reachable.h"
#include "phase/streamed.h"

namespace dlwork::phase {

/// The best that the targets allow, by what limits it; unset where nothing tells.
struct Ceilings {
  std::optional<double> equal_inputs;  ///< share of right answers: equal inputs have one answer
  /// Of the goal's metric: what equal inputs with other targets leave, or a bound beyond it.
  std::optional<double> reachable;
  Noise noise;                          ///< of targets that are numbers, among equal inputs
  std::optional<double> left_by_noise;  ///< of the goal's metric, where enough samples show noise
  /// How often those of audit.annotators agree with the label.
  std::optional<double> people;
  /// 1 - the share of labels that out-of-fold predictions contradict (confident learning); unset
  /// where the classes are too unclear to tell errors from ambiguity.
  std::optional<double> doubtful_labels;
  std::string judge{};  ///< the model whose predictions doubt them
};

/// Of samples with targets alone. The best contestant's out-of-fold predictions are what doubts
/// labels. `limits`: those that the samples were read with.
Ceilings find_ceilings(Context& context, const Contest& contest, const StreamLimits& limits);

/// A finding where goal.target lies beyond one of them, and one where none is known of the goal's
/// metric.
std::vector<artefact::Finding> check_ceilings(Context& context, const Ceilings& ceilings);

}  // namespace dlwork::phase
