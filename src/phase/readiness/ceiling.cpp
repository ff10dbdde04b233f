#include "phase/readiness/ceiling.h"

#include <algorithm>
#include <map>

#include "dlwork/base/text.h"
#include "phase/audit/contents.h"
#include "phase/audit/extra.h"

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

}  // namespace

std::vector<Finding> check_ceiling(Context& context) {
  std::vector<Finding> findings;
  const auto& goal = context.project.goal.target;
  const auto& target = context.dataset().samples.target;
  if (!goal || context.metric() != "accuracy" || !target.given() || !target.is_class) {
    return findings;
  }
  const auto above = [&](Severity severity, double ceiling, const std::string& why) {
    findings.push_back(artefact::make_finding("goal-above-ceiling", severity,
                                              "the target " + pretty_number(*goal) +
                                                  " lies above " + pretty_number(ceiling, 4) +
                                                  ", " + why,
                                              {{"target", *goal}, {"ceiling", ceiling}}));
    findings.back().key = "goal.target";
    findings.back().at.file = context.project.file;
  };
  const double reachable = reachable_share(context.dataset());
  if (*goal > reachable) {
    above(Severity::kError, reachable,
          "the most any model can reach: other samples have equal inputs and another label");
  }
  const auto agreement = agreement_of_people(context);
  if (agreement && *goal > *agreement) {
    above(Severity::kWarn, *agreement,
          "as often as the people in audit.annotators agree with the label");
  }
  return findings;
}

}  // namespace dlwork::phase
