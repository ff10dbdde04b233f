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

/// Samples that repeat another's inputs from which on their spread tells the noise: the standard
/// deviation is then known to within a quarter or so (1 / sqrt(2 * 10)).
constexpr std::int64_t kFewestRepeats = 10;

/// Groups of two or more training samples with equal inputs.
std::vector<std::vector<std::int64_t>> equal_in_training(const data::Dataset& dataset) {
  std::vector<bool> in_training(static_cast<std::size_t>(dataset.samples.count), false);
  for (const auto row : dataset.part(data::Part::kTrain)) in_training[row] = true;
  auto groups = audit::compare_contents(dataset.samples).equal;
  for (auto& group : groups) {
    std::erase_if(group, [&](std::int64_t row) { return !in_training[row]; });
  }
  std::erase_if(groups, [](const auto& group) { return group.size() < 2; });
  return groups;
}

ClassGroups class_groups(const data::Dataset& dataset) {
  const data::Target& target = dataset.samples.target;
  ClassGroups groups{std::vector<double>(target.classes.size(), 0.0), {}};
  for (const auto row : dataset.part(data::Part::kTrain)) groups.pure[target.codes[row]] += 1;
  for (const auto& group : equal_in_training(dataset)) {
    std::map<std::int32_t, double> votes;
    for (const auto row : group) votes[target.codes[row]] += 1;
    if (votes.size() < 2) continue;
    for (const auto& [code, count] : votes) groups.pure[code] -= count;
    groups.mixed.push_back(std::move(votes));
  }
  return groups;
}

NumberGroups number_groups(const data::Dataset& dataset) {
  const std::vector<double>& values = dataset.samples.target.values;
  NumberGroups groups;
  for (const auto row : dataset.part(data::Part::kTrain)) groups.all.push_back(values[row]);
  for (const auto& group : equal_in_training(dataset)) {
    std::vector<double> repeated;
    for (const auto row : group) repeated.push_back(values[row]);
    groups.repeats.push_back(std::move(repeated));
  }
  return groups;
}

void find_noise(Context& context, Ceilings& ceilings) {
  const NumberGroups groups = number_groups(context.dataset());
  ceilings.reachable = reachable(context.metric(), groups);
  ceilings.noise = noise_of(groups);
  if (ceilings.noise.freedom >= kFewestRepeats && ceilings.noise.deviation > 0) {
    ceilings.left_by_noise = left_by(ceilings.noise, context.metric(), groups);
  }
}

/// How often the other people's labels are the target, over all samples that they labelled.
std::optional<double> agreement_of_people(Context& context, const StreamLimits& limits) {
  const auto table = audit::read_columns(context, context.project.audit.annotators, limits);
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

/// That no ceiling of the goal's metric is known and why, or "".
std::string unknown_text(Context& context, const Ceilings& ceilings) {
  if (context.metric() == "calibration-error") {
    return "no labels set a ceiling for calibration-error: the shares of the classes among equal "
           "inputs are an answer that has 0, whatever the labels are";
  }
  const std::string unknown = "no ceiling is known for " + context.metric() + ": ";
  if (!ceilings.reachable) return unknown + "there is no formula for what equal inputs allow of it";
  if (context.dataset().samples.target.is_class || ceilings.left_by_noise) return "";
  if (ceilings.noise.freedom < kFewestRepeats) {
    return unknown +
           "the noise of the target shows in samples that repeat another's inputs, of which the " +
           (context.survey ? "training samples drawn have " : "training part has ") +
           grouped(ceilings.noise.freedom) + " and " + grouped(kFewestRepeats) + " are needed";
  }
  return unknown + "training samples with equal inputs have equal targets and so show no noise";
}

}  // namespace

Ceilings find_ceilings(Context& context, const Contest& contest, const StreamLimits& limits) {
  Ceilings ceilings;
  const auto& target = context.dataset().samples.target;
  if (!target.given()) return ceilings;
  if (!target.is_class) {
    find_noise(context, ceilings);
    return ceilings;
  }
  const ClassGroups groups = class_groups(context.dataset());
  ceilings.equal_inputs = reachable("accuracy", groups);
  ceilings.reachable = reachable(context.metric(), groups);
  ceilings.people = agreement_of_people(context, limits);
  doubt_labels(context, contest, ceilings);
  return ceilings;
}

std::vector<Finding> check_ceilings(Context& context, const Ceilings& ceilings) {
  std::vector<Finding> findings;
  const auto& goal = context.project.goal.target;
  const data::Target& target = context.dataset().samples.target;
  if (!goal || !target.given()) return findings;
  const bool rising = goal_metric(context).higher_is_better;
  const auto add = [&](const char* id, Severity severity, const std::string& message,
                       Json evidence) {
    findings.push_back(artefact::make_finding(id, severity, message, std::move(evidence)));
    findings.back().key = "goal.target";
    findings.back().at.file = context.project.file;
  };
  const auto above = [&](Severity severity, const std::optional<double>& ceiling,
                         const std::string& by, const std::string& why) {
    if (!ceiling || better_by(context, *goal, *ceiling) <= 0) return;
    add("goal-above-ceiling", severity,
        "the target " + pretty_number(*goal) + " lies " + (rising ? "above " : "below ") +
            pretty_number(*ceiling, 4) + ", " + why,
        {{"target", *goal}, {"ceiling", *ceiling}, {"by", by}});
  };
  above(Severity::kError, ceilings.reachable, "equal inputs",
        std::string(rising ? "the most" : "the least") + " any model can reach" +
            (context.survey ? " on the samples drawn" : "") +
            ": other samples have equal inputs and another " +
            (target.is_class ? "label" : "target"));
  above(Severity::kWarn, ceilings.left_by_noise, "noise",
        "what is left if the target is everywhere as noisy as among samples with equal inputs: a "
        "standard deviation of " +
            pretty_number(ceilings.noise.deviation) + " by " + grouped(ceilings.noise.freedom) +
            " repeats");
  if (const std::string text = unknown_text(context, ceilings); !text.empty()) {
    add("goal-ceiling-unknown", Severity::kInfo, text,
        {{"metric", context.metric()}, {"repeats", ceilings.noise.freedom}});
  }
  if (context.metric() != "accuracy") return findings;
  above(Severity::kWarn, ceilings.people, "people",
        "as often as the people in audit.annotators agree with the label");
  // A model's own errors are among the labels it contradicts, so that this is no verdict.
  above(Severity::kInfo, ceilings.doubtful_labels, "doubtful labels",
        "what would be left if every label were wrong that " + ceilings.judge +
            " contradicts out of fold; a better model may show that they are right");
  return findings;
}

}  // namespace dlwork::phase
