#pragma once

#include <optional>
#include <vector>

#include "phase/readiness/contest.h"

namespace dlwork::phase {

/// The best share of right answers that the labels allow, by what limits it; unset where nothing
/// tells.
struct Ceilings {
  std::optional<double> equal_inputs;  ///< samples with equal inputs have one answer
  std::optional<double> people;        ///< how often those of audit.annotators agree with the label
  /// 1 - the share of labels that out-of-fold predictions contradict (confident learning); unset
  /// where the classes are too unclear to tell errors from ambiguity.
  std::optional<double> doubtful_labels;
  std::string judge{};  ///< the model whose predictions doubt them
};

/// Of classes alone. The best contestant's out-of-fold predictions are what doubts the labels.
Ceilings find_ceilings(Context& context, const Contest& contest);

/// A finding where goal.target lies above one of them and the goal is a share of right answers.
std::vector<artefact::Finding> check_ceilings(const Context& context, const Ceilings& ceilings);

}  // namespace dlwork::phase
