#include "phase/diagnose/order.h"

#include <algorithm>
#include <iterator>
#include <string_view>

namespace dlwork::phase::diagnose {
namespace {

using artefact::Finding;
using artefact::Standing;

constexpr char kAudit[] = "dlwork audit";
constexpr char kTest[] = "dlwork test";
constexpr char kTune[] = "dlwork tune";
constexpr char kDiagnose[] = "dlwork diagnose";

/// Diagnoses from causes to consequences, each with the command that comes next and why.
struct Row {
  std::string_view id;
  const char* command;
  const char* reason;
};
constexpr Row kRows[] = {
    {"diagnosis-not-run", kDiagnose,
     "mend what kept a part of the diagnosis from running, then again"},
    {"diagnosis-class-missing", kAudit, "give the training part samples of every class"},
    {"diagnosis-input-constant", kAudit, "find out why an input never changes"},
    {"diagnosis-leak", kAudit, "find out how the column comes to know the answer"},
    {"diagnosis-dead-at-start", kTest,
     "put batch_norm before the layer whose units are dead, then test the network"},
    {"diagnosis-learning-rate-high", kDiagnose,
     "lower training.learning_rate as the finding says, then again"},
    {"diagnosis-learning-rate-low", kDiagnose,
     "raise training.learning_rate as the finding says, then again"},
    {"diagnosis-diverged", kDiagnose, "set training.learning_rate ten times smaller, then again"},
    {"diagnosis-gradient-exploding", kTest,
     "put batch_norm where gradients explode, then test the network"},
    {"diagnosis-gradient-vanishing", kTest,
     "put batch_norm between the layers, for gradients vanish, then test the network"},
    {"diagnosis-not-converging", kTest, "the network does not learn; test it"},
    {"diagnosis-overfit-batch", kTest, "the network cannot learn a few samples by heart; test it"},
    {"diagnosis-preprocessing", kAudit, "prepare the training and validation parts by one program"},
    {"diagnosis-shift", kAudit, "training and validation samples are of different kinds"},
    {"diagnosis-label-noise", kAudit, "look through the labels that the network contradicts"},
    {"diagnosis-weak-slice", kAudit, "look at the samples of the slice"},
    {"diagnosis-stages", kDiagnose, "work on the stage whose mistakes cost most, then again"},
    {"diagnosis-too-small", kTune, "the network is too small: widen its layers"},
    {"diagnosis-high-bias", kTune, "high bias: search wider layers"},
    {"diagnosis-high-variance", kTune,
     "high variance: search augmentation, dropout and weight decay"},
    {"diagnosis-dead-units", kTune, "units died in training: search a lower learning rate"},
    {"diagnosis-oscillating", kTune, "the loss oscillates: search a lower learning rate"},
    {"diagnosis-plateau", kTune, "the loss stands still: search a larger network"},
    {"diagnosis-validation-flatters", kAudit,
     "the validation part no longer tells the truth; draw a fresh one"},
    {"diagnosis-weak-class", kAudit, "look at the class's samples and their labels"},
    {"diagnosis-weak-cluster", kAudit, "look at the cluster's samples"},
    {"diagnosis-miscalibrated", kTune,
     "probabilities are off: search label smoothing and weight decay"},
    {"diagnosis-layer-still", kTest, "a layer does not learn; test the network"},
    {"diagnosis-activation-scale", kTest,
     "a layer's activations are out of scale; test the network"},
    {"diagnosis-component-harmful", kTune, "take the harmful component out, then search"},
    {"diagnosis-attribution", kTest,
     "the answers do not rest on what was learned; test the network"},
};

/// A slice or noisy class is a cause when it makes most of the errors, and else one of many.
constexpr double kMostErrors = 0.5;

std::size_t place_of(std::string_view id) {
  const auto* row = std::find_if(std::begin(kRows), std::end(kRows),
                                 [&](const Row& each) { return id == each.id; });
  return static_cast<std::size_t>(row - std::begin(kRows));
}

std::size_t rank_of(const Finding& finding) {
  // Bias and variance stand in the order of their size, as they were found.
  const std::size_t after_variance = place_of("diagnosis-high-variance");
  if (finding.id == "diagnosis-high-variance") return place_of("diagnosis-high-bias");
  const bool few = finding.evidence.is_object() && finding.evidence.contains("explains") &&
                   finding.evidence["explains"].get<double>() < kMostErrors;
  const std::size_t place = place_of(finding.id);
  return few && place < after_variance ? after_variance : place;
}

bool is_information(const Finding& finding) { return standing_of(finding) == Standing::kInfo; }

}  // namespace

void put_in_order(std::vector<Finding>& findings) {
  std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
    if (standing_of(a) != standing_of(b)) return standing_of(a) < standing_of(b);
    return !is_information(a) && rank_of(a) < rank_of(b);
  });
}

artefact::NextStep next_step(const std::vector<Finding>& findings) {
  if (!findings.empty() && !is_information(findings.front())) {
    const std::size_t place = place_of(findings.front().id);
    if (place < std::size(kRows)) return {kRows[place].command, kRows[place].reason};
  }
  return {kTune, "no single cause stands out; search the settings"};
}

}  // namespace dlwork::phase::diagnose
