#pragma once

#include <optional>
#include <string>
#include <vector>

#include "phase/diagnose/calibration.h"
#include "phase/diagnose/study.h"

namespace dlwork::phase::diagnose {

/// Whether the network's outputs are probabilities of the classes.
bool has_probabilities(const Study& study);
/// True classes of the validation samples.
std::vector<std::int32_t> labels_of(const Study& study);

/// The class that diagnose.costs.positive names; nullopt where it names none. Throws Error(kUsage)
/// where the data have no such class.
std::optional<std::size_t> named_class(Context& context);

/// The decisions of one class, or of the network as a whole.
struct DecisionCurve {
  std::string name;
  std::vector<Threshold> thresholds;
};
/// Precision by recall and the ROC curve, one line for each, as two figures. `what`: of what.
void show_decision_curves(Study& study, const std::vector<DecisionCurve>& curves,
                          const std::string& what, const std::string& caption);

/// More than two classes: each against the rest (one_against_rest.cpp). The curves are left out
/// where one class is `named`, whose own are drawn then.
void hold_against_rest(Study& study, const std::optional<std::size_t>& named);

}  // namespace dlwork::phase::diagnose
