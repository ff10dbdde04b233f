// Bias, variance and what they are not.
#include <algorithm>

#include "dlwork/base/text.h"
#include "phase/diagnose/study.h"

namespace dlwork::phase::diagnose {

using artefact::Severity;

namespace {

constexpr char kLadder[] = "error-ladder";

/// The errors that bias and variance are the steps between.
artefact::Figure ladder(const Study& study) {
  const auto& context = study.context;
  std::vector<std::string> labels;
  std::vector<double> values;
  const auto step = [&](const std::string& label, double value) {
    labels.push_back(label);
    values.push_back(as_error(context, value));
  };
  if (const auto best = attainable(context))
    step("best attainable (" + best->from + ")", best->value);
  step("training", study.train_metric.value);
  step("validation", study.validation_metric.value);
  return bars(kLadder, "Where the error comes from", error_name(context), labels, values,
              "From one bar to the next: avoidable bias, then variance.");
}

Json error_evidence(const Study& study, const std::optional<Attainable>& best,
                    const std::optional<Difference>& bias, const Difference& variance) {
  return {{"train", study.train_metric.value},
          {"validation", study.validation_metric.value},
          {"attainable", best ? Json(best->value) : Json(nullptr)},
          {"attainable_from", best ? Json(best->from) : Json(nullptr)},
          {"bias", bias ? Json(bias->value) : Json(nullptr)},
          {"bias_interval", bias ? bias->interval() : Json(nullptr)},
          {"variance", variance.value},
          {"variance_interval", variance.interval()}};
}

}  // namespace

/// Bias and variance by their standard meaning (Ng, Machine Learning Yearning, 2018, ch. 20 to 25):
/// avoidable bias is the training error above the best attainable, variance the validation error
/// above the training error. A difference counts where it exceeds its tolerance and its interval
/// leaves 0 out.
void check_bias_variance(Study& study) {
  const auto& context = study.context;
  const auto& options = study.settings();
  const auto best = attainable(context);
  std::optional<Difference> bias;
  if (best) bias = worse_by(context, study.train_metric, best->value);
  const Difference variance = worse_by(context, study.validation_metric, study.train_metric);
  const Json evidence = error_evidence(study, best, bias, variance);
  const double scale = tolerance_scale(study);
  const double bias_excess =
      bias && bias->low > 0 ? bias->value - options.bias_tolerance * scale : -1;
  const double variance_excess =
      variance.low > 0 ? variance.value - options.variance_tolerance * scale : -1;
  study.result.figures.push_back(ladder(study));
  const auto add_bias = [&] {
    if (bias_excess <= 0) return;
    const std::string failed = study.failed_optimisation();
    auto& finding = study.add(
        "diagnosis-high-bias", failed.empty() ? Severity::kWarn : Severity::kInfo,
        "training " + metric_text(study.train_metric) + " misses the best attainable " +
            pretty_number(best->value) + " (" + best->from + ") by " + difference_text(*bias) +
            (failed.empty() ? "" : "; the optimisation fails (" + failed + ")"),
        evidence, kLadder);
    if (!failed.empty()) finding.advice = mend_first(failed);
  };
  // The larger of the two comes first: it is what to work on.
  if (bias_excess >= variance_excess) add_bias();
  if (variance_excess > 0) {
    study.add("diagnosis-high-variance", Severity::kWarn,
              "validation " + metric_text(study.validation_metric) + " is worse than training " +
                  pretty_number(study.train_metric.value) + " by " + difference_text(variance),
              evidence, kLadder);
  }
  if (bias_excess < variance_excess) add_bias();
  if (bias_excess <= 0 && variance_excess <= 0) {
    study.add("diagnosis-balanced", Severity::kInfo,
              "training " + pretty_number(study.train_metric.value) + " and validation " +
                  pretty_number(study.validation_metric.value) + " differ by " +
                  difference_text(variance) +
                  (best ? "; training misses the best attainable " + pretty_number(best->value) +
                              " by " + difference_text(*bias)
                        : ""),
              evidence, kLadder);
  }
}

}  // namespace dlwork::phase::diagnose
