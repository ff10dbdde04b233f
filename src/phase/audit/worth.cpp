// How many independent samples the training part is worth.
#include <algorithm>

#include "phase/audit/check.h"
#include "phase/audit/stats/intraclass.h"

namespace dlwork::phase::audit {

using artefact::Severity;

namespace {

/// Samples that occur once or are the first of their kind.
void report_equal_samples(Audit& audit) {
  std::vector<bool> in_train(static_cast<std::size_t>(audit.samples().count), false);
  for (const auto row : audit.train()) in_train[row] = true;
  std::size_t repeats = 0;
  for (const auto& group : audit.contents.equal) {
    const auto inside = static_cast<std::size_t>(
        std::count_if(group.begin(), group.end(), [&](std::int64_t row) { return in_train[row]; }));
    repeats += inside > 1 ? inside - 1 : 0;
  }
  const double share = 1 - share_of(repeats, audit.train().size());
  if (share >= audit.limits().effective_share) return;
  audit.add("sample-effective", Severity::kWarn,
            "only " + count_of(audit.train().size() - repeats) + " of " +
                count_of(audit.train().size()) + " training samples are different",
            {{"share", share}, {"effective", audit.train().size() - repeats}});
}

Intraclass likeness(const Audit& audit, const Groups& groups) {
  const data::Target& target = audit.target();
  std::vector<std::int32_t> of, classes;
  std::vector<double> values;
  for (const auto row : audit.train()) {
    of.push_back(groups.of[row]);
    if (target.is_class) {
      classes.push_back(target.codes[row]);
    } else {
      values.push_back(target.values[row]);
    }
  }
  return target.is_class ? intraclass_of_classes(of, classes, target.classes.size())
                         : intraclass_of_numbers(of, values);
}

/// Ten visits of a patient whose diagnosis does not change are one sample of the diagnosis.
void report_likeness(Audit& audit, const Groups& groups) {
  const Intraclass alike = likeness(audit, groups);
  const double share = 1 / alike.design_effect();
  if (alike.groups < 2 || share >= audit.limits().effective_share) return;
  const double effective = share * static_cast<double>(audit.train().size());
  audit.add("sample-effective", Severity::kWarn,
            count_of(audit.train().size()) + " training samples are worth about " +
                pretty_number(effective, 3) + " independent ones: within the " +
                grouped(alike.groups) + " groups of column " + groups.name +
                " targets are alike (intraclass correlation " +
                pretty_number(alike.correlation, 3) + ")",
            {{"column", groups.name},
             {"share", share},
             {"effective", effective},
             {"intraclass_correlation", alike.correlation},
             {"group_size", alike.mean_size},
             {"groups", alike.groups}});
}

}  // namespace

void check_effective_samples(Audit& audit) {
  if (audit.train().empty()) return;
  report_equal_samples(audit);
  if (!audit.target().given()) return;
  for (const Groups& groups : audit.facts.groupings().groups) report_likeness(audit, groups);
}

}  // namespace dlwork::phase::audit
