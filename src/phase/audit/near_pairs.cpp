#include "phase/audit/near_pairs.h"

#include <algorithm>
#include <set>

namespace dlwork::phase::audit {

using artefact::Severity;

namespace {

constexpr std::size_t kMostPairsShown = 10;

/// Samples that are nearly one with an earlier one: fewer than pairs, where one has several twins.
std::size_t later_ones(const std::vector<NearPair>& pairs) {
  std::set<std::int64_t> later;
  for (const auto& pair : pairs) later.insert(pair.second);
  return later.size();
}

}  // namespace

std::vector<int> parts_of_rows(const Audit& audit) {
  std::vector<int> parts(static_cast<std::size_t>(audit.samples().count), -1);
  for (int part = 0; part < 3; ++part) {
    for (const auto row : audit.data.rows[part]) parts[row] = part;
  }
  return parts;
}

std::array<std::vector<NearPair>, 3> by_later_part(const Audit& audit,
                                                   const std::vector<NearPair>& pairs) {
  const std::vector<int> parts = parts_of_rows(audit);
  std::array<std::vector<NearPair>, 3> found;
  for (const auto& [a, b] : pairs) {
    const int first = parts[a], second = parts[b];
    if (first < 0 || second < 0 || (first == second && first > 0)) continue;
    found[static_cast<std::size_t>(std::max(first, second))].push_back(
        first <= second ? NearPair{a, b} : NearPair{b, a});
  }
  return found;
}

Json shown_pairs(const Audit& audit, const std::vector<NearPair>& pairs) {
  Json shown = Json::array();
  for (std::size_t i = 0; i < pairs.size() && i < kMostPairsShown; ++i) {
    shown.push_back(
        {audit.samples().where(pairs[i].first), audit.samples().where(pairs[i].second)});
  }
  return shown;
}

artefact::Finding* report_near_inside(Audit& audit, const char* id, const char* what,
                                      const std::vector<NearPair>& pairs) {
  if (pairs.empty()) return nullptr;
  const double share = share_of(later_ones(pairs), audit.train().size());
  return &audit.add(
      id, share > audit.limits().near_share ? Severity::kWarn : Severity::kInfo,
      count_of(pairs.size()) + " pairs of training " + what + " are nearly one, the first at " +
          audit.samples().where(pairs.front().first) + " and " +
          audit.samples().where(pairs.front().second),
      {{"pairs", shown_pairs(audit, pairs)}, {"count", pairs.size()}, {"share", share}});
}

artefact::Finding* report_near_across(Audit& audit, data::Part part, const char* what,
                                      const std::vector<NearPair>& pairs) {
  if (pairs.empty()) return nullptr;
  const std::size_t count = later_ones(pairs);
  const double share = share_of(count, audit.rows(part).size());
  const auto& limits = audit.limits();
  const bool many =
      share > limits.near_overlap_error && static_cast<double>(count) >= limits.overlap_samples;
  const std::string name = data::to_string(part);
  return &audit.add(
      "split-overlap-near",
      many                               ? Severity::kError
      : share > limits.near_overlap_warn ? Severity::kWarn
                                         : Severity::kInfo,
      count_of(count) + " " + what + " (" + percent(share) + ") of the " + name +
          " part are nearly one with one of an earlier part, the first " +
          audit.samples().where(pairs.front().second) + " and " +
          audit.samples().where(pairs.front().first),
      {{"part", name}, {"pairs", shown_pairs(audit, pairs)}, {"count", count}, {"share", share}});
}

}  // namespace dlwork::phase::audit
