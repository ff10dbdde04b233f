#include "phase/readiness/ceiling.h"

#include <algorithm>
#include <map>

#include "dlwork/base/text.h"
#include "phase/audit/contents.h"
#include "phase/audit/extra.h"
#include "phase/audit/stats/confident.h"

namespace dlwork::phase {
namespace {

using artefact::Finding;
using artefact::Severity;

/// Share of the training samples that a function of the inputs can be right on: among equal inputs
/// it can answer one class only.
double reachable_share(const data::Dataset& dataset) {
  const auto& rows = dataset.part(data::Part::kTrain);
  std::vector<bool> in_training(static_cast<std::size_t>(dataset.samples.count), false);
  for (const auto row : rows) in_training[static_cast<std::size_t>(row)] = true;
  std::int64_t lost = 0;
  for (const auto& group : audit::compare_contents(dataset.samples).equal) {
    std::map<std::int32_t, std::int64_t> votes;
    std::int64_t count = 0, most = 0;
    for (const auto row : group) {
      if (!in_training[static_cast<std::size_t>(row)]) continue;
      ++count;
      most = std::max(most, ++votes[dataset.samples.target.codes[row]]);
    }
    lost += count - most;
  }
  return 1 - static_cast<double>(lost) / static_cast<double>(std::max<std::size_t>(1, rows.size()));
}

/// How often the other people's labels are the target, over all samples that they labelled.
std::optional<double> agreement_of_people(Context& context) {
  const auto table = audit::read_columns(context, context.project.audit.annotators, {0, 0});
  const data::Target& target = context.dataset().samples.target;
  std::int64_t labelled = 0, same = 0;
  for (const data::Column& column : table.columns) {
    for (const auto row : context.dataset().part(data::Part::kTrain)) {
      if (column.is_missing(row)) continue;
      const std::string text = column.type == data::ColumnType::kNumber
                                   ? number_text(column.numbers[row])
                                   : column.categories[column.codes[row]];
      ++labelled;
      same += text == target.classes[static_cast<std::size_t>(target.codes[row])] ? 1 : 0;
    }
  }
  if (labelled == 0) return std::nullopt;
  return static_cast<double>(same) / static_cast<double>(labelled);
}

/// What the labels' doubtful share leaves, by the model that judges them best out of fold.
void doubt_labels(Context& context, const Contest& contest, Ceilings& ceilings) {
  const Contestant* judge = nullptr;
  for (const Contestant& model : contest.models) {
    if (!model.out_of_fold) continue;
    if (judge == nullptr ||
        better_by(context, model.out_of_fold->value, judge->out_of_fold->value) > 0) {
      judge = &model;
    }
  }
  if (judge == nullptr) return;
  const data::Target& target = context.dataset().samples.target;
  const auto& probabilities = judge->cross.outputs.values;
  if (audit::clarity_of(probabilities, target.classes.size()) < audit::kClearLabels) return;
  std::vector<std::int32_t> labels;
  for (const auto row : judge->cross.judged) labels.push_back(target.codes[row]);
  const auto issues = audit::find_label_issues(labels, probabilities, target.classes.size());
  ceilings.doubtful_labels = 1 - audit::weighted_share(issues, labels, probabilities);
  ceilings.judge = judge->name;
}

}  // namespace

Ceilings find_ceilings(Context& context, const Contest& contest) {
  Ceilings ceilings;
  const auto& target = context.dataset().samples.target;
  if (!target.given() || !target.is_class) return ceilings;
  ceilings.equal_inputs = reachable_share(context.dataset());
  ceilings.people = agreement_of_people(context);
  doubt_labels(context, contest, ceilings);
  return ceilings;
}

std::vector<Finding> check_ceilings(const Context& context, const Ceilings& ceilings) {
  std::vector<Finding> findings;
  const auto& goal = context.project.goal.target;
  if (!goal || context.metric() != "accuracy") return findings;
  const auto above = [&](Severity severity, const std::optional<double>& ceiling,
                         const std::string& by, const std::string& why) {
    if (!ceiling || *goal <= *ceiling) return;
    findings.push_back(
        artefact::make_finding("goal-above-ceiling", severity,
                               "the target " + pretty_number(*goal) + " lies above " +
                                   pretty_number(*ceiling, 4) + ", " + why,
                               {{"target", *goal}, {"ceiling", *ceiling}, {"by", by}}));
    findings.back().key = "goal.target";
    findings.back().at.file = context.project.file;
  };
  above(Severity::kError, ceilings.equal_inputs, "equal inputs",
        "the most any model can reach: other samples have equal inputs and another label");
  above(Severity::kWarn, ceilings.people, "people",
        "as often as the people in audit.annotators agree with the label");
  // A model's own errors are among the labels it contradicts, so that this is no verdict.
  above(Severity::kInfo, ceilings.doubtful_labels, "doubtful labels",
        "what would be left if every label were wrong that " + ceilings.judge +
            " contradicts out of fold; a better model may show that they are right");
  return findings;
}

}  // namespace dlwork::phase
