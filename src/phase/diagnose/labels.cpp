// Labels that networks which did not see them contradict.
#include <algorithm>
#include <cmath>

#include "dlwork/base/text.h"
#include "phase/audit/stats/confident.h"
#include "phase/diagnose/decisions.h"
#include "phase/diagnose/mistakes.h"
#include "phase/diagnose/study.h"

namespace dlwork::phase::diagnose {

using artefact::Severity;

namespace {

constexpr char kLabelFigure[] = "label-noise";

/// Contradicted labels of a class: given to it though samples look like another, or the other way.
struct ClassNoise {
  std::size_t code = 0;
  std::int64_t contradicted = 0, of = 0;
  bool by_likely = false;  ///< samples that look like the class carry another label
  Interval share;
};

double share_of(const ClassNoise& noise) {
  return noise.of > 0 ? static_cast<double>(noise.contradicted) / static_cast<double>(noise.of) : 0;
}

ClassNoise noise_of(std::size_t code, std::int64_t contradicted, std::int64_t of, bool by_likely) {
  return {code, contradicted, of, by_likely, wilson(contradicted, std::max<std::int64_t>(1, of))};
}

/// For each class the larger of its two shares.
std::vector<ClassNoise> noise_by_class(const audit::LabelIssues& issues,
                                       const std::vector<std::int32_t>& labels,
                                       std::size_t classes) {
  std::vector<std::int64_t> count(classes, 0), given(classes, 0), likely(classes, 0);
  for (const auto label : labels) ++count[label];
  for (std::size_t i = 0; i < issues.samples.size(); ++i) {
    ++given[labels[issues.samples[i]]];
    ++likely[issues.suggested[i]];
  }
  std::vector<ClassNoise> noise;
  for (std::size_t c = 0; c < classes; ++c) {
    const auto as_given = noise_of(c, given[c], count[c], false);
    // Of those that look like the class: rightly labelled ones, and those that carry another label.
    const auto as_likely = noise_of(c, likely[c], count[c] - given[c] + likely[c], true);
    noise.push_back(share_of(as_likely) > share_of(as_given) ? as_likely : as_given);
  }
  return noise;
}

}  // namespace

void check_labels(Study& study) {
  const auto& target = study.dataset().samples.target;
  if (!study.out_of_fold || !has_probabilities(study)) return;
  const OutOfFold& held = *study.out_of_fold;
  std::vector<std::int32_t> labels;
  for (const auto row : held.rows) labels.push_back(target.codes[row]);
  const auto issues = audit::find_label_issues(labels, held.outputs.values, target.classes.size());
  if (issues.samples.empty()) return;
  const auto noise = noise_by_class(issues, labels, target.classes.size());
  std::vector<double> shares;
  for (const auto& one : noise) shares.push_back(share_of(one));
  study.result.figures.push_back(
      bars(kLabelFigure, "Labels that the networks contradict", "share of the class",
           target.classes, shares, "By networks trained without the sample (confident learning)."));
  std::vector<task::Mistake> shown;
  for (std::size_t i = 0; i < issues.samples.size(); ++i) {
    if (static_cast<std::int64_t>(shown.size()) >= study.settings().mistakes) break;
    const auto index = issues.samples[i];
    shown.push_back({held.rows[index], held.outputs.row(index)[issues.suggested[i]],
                     sample_text(study, held.outputs, index, held.rows[index])});
  }
  show_samples(study.context,
               {"suspect-labels", "Labels to review",
                "Given label, then what the network sees and how surely.", "label and likeliest"},
               shown, study.result);
  const auto worst = std::max_element(noise.begin(), noise.end(), [](const auto& a, const auto& b) {
    return a.share.low < b.share.low;
  });
  const auto wrong = study.context.task.errors(held.outputs, study.dataset(), held.rows);
  const double errors = std::max(1.0, mean(wrong) * static_cast<double>(wrong.size()));
  const double explains = static_cast<double>(worst->contradicted) / errors;
  Json evidence = {{"class", target.classes[worst->code]},
                   {"contradicted", worst->contradicted},
                   {"of", worst->of},
                   {"share", share_of(*worst)},
                   {"interval", {worst->share.low, worst->share.high}},
                   {"explains", explains},
                   {"suspects", issues.samples.size()},
                   {"trained_on", held.trained_on}};
  const bool noisy = worst->share.low > study.settings().label_noise_tolerance;
  // Networks of fewer samples contradict what is hard, whether its label is wrong or not.
  const bool fair = 2 * held.trained_on >= static_cast<std::int64_t>(held.rows.size());
  auto& finding = study.add(
      "diagnosis-label-noise", noisy && fair ? Severity::kWarn : Severity::kInfo,
      grouped(worst->contradicted) + " of " + grouped(worst->of) + " samples that " +
          (worst->by_likely
               ? "look like '" + target.classes[worst->code] + "' carry another label"
               : "are labelled '" + target.classes[worst->code] + "' look like another class") +
          " (" + percent(share_of(*worst)) + ", 95 %: " + percent(worst->share.low) + " to " +
          percent(worst->share.high) + "); " +
          grouped(static_cast<std::int64_t>(issues.samples.size())) + " labels in all to review" +
          (fair ? ""
                : "; by networks of " + grouped(held.trained_on) + " of " +
                      grouped(static_cast<std::int64_t>(held.rows.size())) +
                      " training samples, too few to tell a wrong label from a hard sample"),
      evidence, kLabelFigure);
  if (!fair) finding.advice = "Review some of the labels shown before any is changed.";
}

}  // namespace dlwork::phase::diagnose
