#include <algorithm>
#include <cmath>
#include <set>

#include "phase/audit/series.h"

namespace dlwork::phase::audit {

using artefact::Severity;
using data::Sequences;

namespace {

/// More different values than these are counted no further.
constexpr std::size_t kManyValues = 20;
/// A channel repeats itself from step to step where so many of its steps do outside of long runs.
constexpr double kSteppy = 0.1;

/// Values of a channel in the training part, counted.
struct ChannelCounts {
  std::int64_t values = 0, missing = 0;
  Rows gappy;
  std::set<float> kinds;
};

ChannelCounts count_channel(const Audit& audit, std::int64_t channel) {
  const Sequences& series = audit.samples().sequences;
  ChannelCounts counts;
  for (const auto row : audit.train()) {
    std::int64_t missing = 0;
    for (std::int64_t t = 0; t < series.lengths[row]; ++t) {
      const float value = series.at(row)[t * series.channels + channel];
      missing += std::isnan(value) ? 1 : 0;
      if (!std::isnan(value) && counts.kinds.size() < kManyValues) counts.kinds.insert(value);
    }
    counts.values += series.lengths[row];
    counts.missing += missing;
    if (missing > 0) counts.gappy.push_back(row);
  }
  return counts;
}

/// Infinite values in any part: they spoil whatever is computed from them.
void report_infinite_steps(Audit& audit, std::int64_t channel) {
  const Sequences& series = audit.samples().sequences;
  Rows rows;
  std::int64_t values = 0;
  for (std::int64_t row = 0; row < series.count; ++row) {
    const std::int64_t before = values;
    for (std::int64_t t = 0; t < series.lengths[row]; ++t) {
      values += std::isinf(series.at(row)[t * series.channels + channel]) ? 1 : 0;
    }
    if (values > before) rows.push_back(row);
  }
  if (rows.empty()) return;
  audit.add("value-not-finite", Severity::kError,
            "channel " + std::to_string(channel + 1) + " holds " + grouped(values) +
                " infinite values, the first at " + audit.samples().where(rows.front()),
            about_channel(channel, {{"values", values}, {"rows", audit.places(rows)}}));
}

void report_missing_steps(Audit& audit, std::int64_t channel, const ChannelCounts& counts) {
  const double share = share_of(counts.missing, counts.values);
  const auto& limits = audit.limits();
  if (share <= limits.missing_info) return;
  audit.add("missing-rate", share > limits.missing_warn ? Severity::kWarn : Severity::kInfo,
            percent(share) + " of channel " + std::to_string(channel + 1) +
                " is missing in the training part, in " + count_of(counts.gappy.size()) +
                " series, the first at " + audit.samples().where(counts.gappy.front()),
            about_channel(channel, {{"share", share},
                                    {"missing", counts.missing},
                                    {"series", counts.gappy.size()},
                                    {"rows", audit.places(counts.gappy)}}));
}

/// A stretch of one value.
struct Run {
  std::int64_t begin = 0, steps = 0;
};

/// The longest run of a series, and how many of its steps repeat the one before outside of runs
/// that long.
struct Flatness {
  Run longest;
  std::int64_t repeats = 0, pairs = 0;
};

Flatness flatness_of(const Sequences& series, std::int64_t row, std::int64_t channel,
                     std::int64_t least) {
  Flatness flat;
  const auto value = [&](std::int64_t t) { return series.at(row)[t * series.channels + channel]; };
  for (std::int64_t begin = 0, end = 0; begin < series.lengths[row]; begin = end) {
    for (end = begin + 1; end < series.lengths[row] && value(end) == value(begin); ++end) {
    }
    const std::int64_t steps = end - begin;
    if (std::isnan(value(begin))) continue;
    if (steps > flat.longest.steps) flat.longest = {begin, steps};
    if (steps < least) flat.repeats += steps - 1;
    flat.pairs += 1;
  }
  return flat;
}

}  // namespace

std::vector<double> present_values(const Sequences& sequences, std::int64_t row,
                                   std::int64_t channel) {
  std::vector<double> values;
  const float* all = sequences.at(row);
  for (std::int64_t t = 0; t < sequences.lengths[row]; ++t) {
    const float value = all[t * sequences.channels + channel];
    if (std::isfinite(value)) values.push_back(value);
  }
  return values;
}

std::vector<double> end_of(std::vector<double> values) {
  if (values.size() > kMostTested) values.erase(values.begin(), values.end() - kMostTested);
  return values;
}

Json about_channel(std::int64_t channel, Json evidence) {
  Json named = {{"channel", channel + 1}};
  named.update(evidence);
  return named;
}

Subject channel_subject(std::int64_t channel) {
  return {"channel " + std::to_string(channel + 1), about_channel(channel, Json::object())};
}

void check_series_values(Audit& audit) {
  for (std::int64_t channel = 0; channel < audit.samples().sequences.channels; ++channel) {
    const ChannelCounts counts = count_channel(audit, channel);
    const std::string name = "channel " + std::to_string(channel + 1);
    report_infinite_steps(audit, channel);
    if (counts.kinds.empty() && counts.values > 0) {
      audit.add("column-empty", Severity::kWarn, name + " has no value in the training part",
                about_channel(channel, Json::object()));
      continue;
    }
    if (counts.kinds.size() == 1) {
      audit.add(
          "column-constant", Severity::kWarn,
          name + " is always " + pretty_number(*counts.kinds.begin()) + " in the training part",
          about_channel(channel, {{"value", *counts.kinds.begin()}}));
    }
    report_missing_steps(audit, channel, counts);
  }
}

void check_flat_series(Audit& audit) {
  const Sequences& series = audit.samples().sequences;
  const auto& limits = audit.limits();
  for (std::int64_t channel = 0; channel < series.channels; ++channel) {
    if (count_channel(audit, channel).kinds.size() < kManyValues) continue;
    Rows rows;
    Run longest;
    std::int64_t longest_row = 0, repeats = 0, pairs = 0;
    for (std::int64_t row = 0; row < series.count; ++row) {
      const auto least = static_cast<std::int64_t>(
          std::max(limits.flat_steps,
                   std::ceil(limits.flat_share * static_cast<double>(series.lengths[row]))));
      const Flatness flat = flatness_of(series, row, channel, least);
      repeats += flat.repeats;
      pairs += flat.pairs + flat.repeats;
      if (flat.longest.steps < least) continue;
      rows.push_back(row);
      if (flat.longest.steps <= longest.steps) continue;
      longest = flat.longest;
      longest_row = row;
    }
    if (rows.empty() || static_cast<double>(repeats) > kSteppy * static_cast<double>(pairs)) {
      continue;
    }
    audit.add("series-flatline", Severity::kWarn,
              "channel " + std::to_string(channel + 1) + " stays at one value for long in " +
                  count_of(rows.size()) + " series, longest for " + grouped(longest.steps) +
                  " steps from step " + grouped(longest.begin + 1) + " of " +
                  audit.samples().where(longest_row),
              about_channel(channel, {{"series", rows.size()},
                                      {"steps", longest.steps},
                                      {"step", longest.begin + 1},
                                      {"longest", audit.samples().where(longest_row)},
                                      {"rows", audit.places(rows)}}));
  }
}

}  // namespace dlwork::phase::audit
