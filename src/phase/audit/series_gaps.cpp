#include <algorithm>
#include <cmath>

#include "phase/audit/series.h"
#include "phase/audit/stats/skill.h"
#include "phase/audit/target_skill.h"

/// Gaps of series: series that lack most of their values, and gaps that tell the target.
namespace dlwork::phase::audit {

using artefact::Severity;
using data::Sequences;

namespace {

std::int64_t missing_steps(const Sequences& series, std::int64_t row, std::int64_t channel) {
  std::int64_t missing = 0;
  for (std::int64_t t = 0; t < series.lengths[row]; ++t) {
    missing += std::isnan(series.at(row)[t * series.channels + channel]) ? 1 : 0;
  }
  return missing;
}

}  // namespace

// Readers refuse series without any value.
void check_sparse_series(Audit& audit) {
  const Sequences& series = audit.samples().sequences;
  const double limit = audit.limits().row_missing;
  Rows mostly;
  for (const auto row : audit.train()) {
    const std::int64_t values = series.lengths[row] * series.channels;
    const auto missing = std::count_if(series.at(row), series.at(row) + values,
                                       [](auto value) { return std::isnan(value); });
    if (share_of(missing, values) > limit) mostly.push_back(row);
  }
  if (mostly.empty()) return;
  audit.add("row-mostly-missing", Severity::kInfo,
            count_of(mostly.size()) + " training series lack more than " + percent(limit) +
                " of their values, the first at " + audit.samples().where(mostly.front()),
            {{"samples", mostly.size()}, {"rows", audit.places(mostly)}});
}

void check_series_gaps_by_target(Audit& audit) {
  const Sequences& series = audit.samples().sequences;
  if (!audit.target().given()) return;
  const Rows rows = shuffled_sample(audit);
  if (rows.size() < kFewestForSkill) return;
  for (std::int64_t channel = 0; channel < series.channels; ++channel) {
    std::vector<double> shares;
    Rows gappy;
    for (const auto row : rows) {
      shares.push_back(share_of(missing_steps(series, row, channel), series.lengths[row]));
      if (shares.back() > 0) gappy.push_back(row);
    }
    if (gappy.empty()) continue;
    const double score = skill_of_groups(audit, group_numbers(shares), rows);
    if (score < audit.limits().missing_skill) continue;
    std::sort(gappy.begin(), gappy.end());
    audit.add("leak-missingness", Severity::kError,
              "how much of channel " + std::to_string(channel + 1) +
                  " is missing tells the target (score " + pretty_number(score, 3) + ")",
              about_channel(channel, {{"score", score},
                                      {"samples", rows.size()},
                                      {"series", gappy.size()},
                                      {"rows", audit.places(gappy)}}));
  }
}

}  // namespace dlwork::phase::audit
