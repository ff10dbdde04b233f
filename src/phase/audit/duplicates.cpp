#include <algorithm>
#include <array>
#include <map>

#include "dlwork/base/text.h"
#include "phase/audit/check.h"

namespace dlwork::phase::audit {

using artefact::Severity;
using data::Part;

namespace {

constexpr std::size_t kShownPairs = 5;
constexpr char kByChance[] = "; rows of columns as coarse as these are equal by chance";

/// The rows of a group that are in the training part.
std::vector<std::int64_t> in_training(const std::vector<std::int64_t>& group,
                                      const std::vector<int>& parts) {
  std::vector<std::int64_t> rows;
  std::copy_if(group.begin(), group.end(), std::back_inserter(rows),
               [&](std::int64_t row) { return parts[row] == 0; });
  return rows;
}

bool same_target(const data::Target& target, std::int64_t a, std::int64_t b) {
  if (!target.texts.empty()) return target.texts[a] == target.texts[b];
  if (!target.given()) return true;
  return target.is_class ? target.codes[a] == target.codes[b]
                         : target.values[a] == target.values[b];
}

/// Training samples that repeat an earlier one, target and all; nothing is lost with them.
std::vector<std::int64_t> repeats_with_target(const Audit& audit, const std::vector<int>& parts) {
  std::vector<std::int64_t> repeats;
  for (const auto& group : audit.contents.equal) {
    const auto rows = in_training(group, parts);
    for (std::size_t i = 1; i < rows.size(); ++i) {
      const bool again = std::any_of(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(i),
                                     [&](std::int64_t earlier) {
                                       return same_target(audit.samples().target, earlier, rows[i]);
                                     });
      if (again) repeats.push_back(rows[i]);
    }
  }
  return repeats;
}

using RowPairs = std::vector<std::array<std::int64_t, 2>>;  ///< {row of the part, its twin}
struct Shared {
  RowPairs pairs;
  RowPairs conflicts;  ///< those with a twin of another target
};

/// Rows of `part` whose inputs occur in a part before it.
Shared shared_rows(const Audit& audit, int part) {
  const auto parts = parts_of_rows(audit);
  Shared shared;
  for (const auto& group : audit.contents.equal) {
    std::vector<std::int64_t> twins;
    std::copy_if(group.begin(), group.end(), std::back_inserter(twins),
                 [&](std::int64_t row) { return parts[row] >= 0 && parts[row] < part; });
    if (twins.empty()) continue;
    for (const auto row : group) {
      if (parts[row] != part) continue;
      shared.pairs.push_back({row, twins.front()});
      const auto other = std::find_if(twins.begin(), twins.end(), [&](std::int64_t twin) {
        return !same_target(audit.samples().target, row, twin);
      });
      if (other != twins.end()) shared.conflicts.push_back({row, *other});
    }
  }
  return shared;
}

std::string first_of(const Audit& audit, const RowPairs& pairs) {
  return audit.samples().where(pairs.front()[0]) + " and " +
         audit.samples().where(pairs.front()[1]);
}

Json shown_rows(const Audit& audit, const RowPairs& pairs) {
  Json shown = Json::array();
  for (std::size_t i = 0; i < pairs.size() && i < kShownPairs; ++i) {
    shown.push_back({audit.samples().where(pairs[i][0]), audit.samples().where(pairs[i][1])});
  }
  return shown;
}

/// No model can be right about these, and none is to blame for it. Rows of coarse columns meet by
/// chance: a few say that the inputs do not tell the classes apart. Pictures do not.
void report_overlap_conflict(Audit& audit, Part part, const RowPairs& pairs) {
  if (!audit.is_class()) return;  // a number measured again is another one
  if (static_cast<double>(pairs.size()) <= audit.limits().overlap_conflicts) return;
  const double share = share_of(pairs.size(), audit.rows(part).size());
  const bool by_chance = audit.samples().kind == data::Kind::kTable &&
                         (share <= audit.limits().conflict_error || audit.equal_by_chance());
  audit.add("split-overlap-conflict", by_chance ? Severity::kWarn : Severity::kError,
            count_of(pairs.size()) + " samples of the " + data::to_string(part) +
                " part are also in an earlier part as another class, the first at " +
                first_of(audit, pairs),
            {{"part", data::to_string(part)},
             {"samples", pairs.size()},
             {"share", share},
             {"pairs", shown_rows(audit, pairs)}});
}

void report_overlap(Audit& audit, Part part) {
  const Shared shared = shared_rows(audit, static_cast<int>(part));
  if (shared.pairs.empty()) return;
  const auto count = static_cast<std::int64_t>(shared.pairs.size());
  const double share = static_cast<double>(count) / static_cast<double>(audit.rows(part).size());
  const bool many = share > audit.limits().overlap_error &&
                    static_cast<double>(count) >= audit.limits().overlap_samples;
  const bool by_chance = audit.equal_by_chance();
  audit.add("split-overlap-exact", many && !by_chance ? Severity::kError : Severity::kWarn,
            grouped(count) + " samples (" + percent(share) + ") of the " + data::to_string(part) +
                " part are also in an earlier part, the first at " + first_of(audit, shared.pairs) +
                (by_chance ? kByChance : ""),
            {{"by_chance", by_chance},
             {"part", data::to_string(part)},
             {"samples", count},
             {"share", share},
             {"conflicts", shared.conflicts.size()},
             {"pairs", shown_rows(audit, shared.pairs)}});
  report_overlap_conflict(audit, part, shared.conflicts);
}

}  // namespace

void check_duplicates(Audit& audit) {
  const auto parts = parts_of_rows(audit);
  std::vector<std::int64_t> repeats;
  for (const auto& group : audit.contents.equal) {
    const auto rows = in_training(group, parts);
    if (rows.size() > 1) repeats.insert(repeats.end(), rows.begin() + 1, rows.end());
  }
  if (repeats.empty()) return;
  std::sort(repeats.begin(), repeats.end());
  audit.leave_out(repeats_with_target(audit, parts), "duplicate-exact");
  const double share =
      static_cast<double>(repeats.size()) / static_cast<double>(audit.train().size());
  audit.add(
      "duplicate-exact", share > audit.limits().duplicate_warn ? Severity::kWarn : Severity::kInfo,
      grouped(static_cast<std::int64_t>(repeats.size())) + " training samples (" + percent(share) +
          ") repeat an earlier one, the first at " + audit.samples().where(repeats.front()),
      {{"samples", repeats.size()}, {"share", share}, {"rows", audit.places(repeats)}});
}

void check_label_conflicts(Audit& audit) {
  const auto parts = parts_of_rows(audit);
  const auto& codes = audit.samples().target.codes;
  std::vector<std::int64_t> conflicting;
  std::int64_t unreachable = 0;  // samples that no function of the inputs can get right
  for (const auto& group : audit.contents.equal) {
    const auto rows = in_training(group, parts);
    std::map<std::int32_t, std::int64_t> votes;
    for (const auto row : rows) ++votes[codes[row]];
    if (votes.size() < 2) continue;
    std::int64_t most = 0;
    for (const auto& [code, count] : votes) most = std::max(most, count);
    unreachable += static_cast<std::int64_t>(rows.size()) - most;
    conflicting.insert(conflicting.end(), rows.begin(), rows.end());
  }
  if (conflicting.empty()) return;
  const auto n = static_cast<double>(audit.train().size());
  const double share = static_cast<double>(conflicting.size()) / n;
  const double bound = 1 - static_cast<double>(unreachable) / n;
  const bool by_chance = audit.equal_by_chance();
  audit.add(
      "label-conflict-exact",
      share > audit.limits().conflict_error && !by_chance ? Severity::kError : Severity::kWarn,
      grouped(static_cast<std::int64_t>(conflicting.size())) + " training samples (" +
          percent(share) + ") are equal to one of another class, the first at " +
          audit.samples().where(conflicting.front()) + "; no model can be right on more than " +
          percent(bound) + " of them all" + (by_chance ? kByChance : ""),
      {{"by_chance", by_chance},
       {"samples", conflicting.size()},
       {"share", share},
       {"reachable_accuracy", bound},
       {"rows", audit.places(conflicting)}});
}

void check_split_overlap(Audit& audit) {
  report_overlap(audit, Part::kValidation);
  report_overlap(audit, Part::kTest);
}

}  // namespace dlwork::phase::audit
