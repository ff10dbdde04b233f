#include <algorithm>
#include <cmath>

#include "dlwork/base/stats.h"
#include "phase/audit/codes.h"
#include "phase/audit/series.h"
#include "phase/audit/shapes.h"
#include "phase/measuring.h"

namespace dlwork::phase::audit {

using artefact::Severity;

namespace {

/// Values of a channel that its usual range is taken from, about at most.
constexpr std::int64_t kMostSteps = 2'000'000;
constexpr std::size_t kFewestSteps = 20;
/// A channel that is far out at more steps than this consists of pulses.
constexpr double kPulses = 0.001;

/// Values of a channel in training series, one after the other.
data::Table steps_of(const Audit& audit, std::int64_t channel) {
  const data::Sequences& series = audit.samples().sequences;
  std::int64_t longest = 1;
  for (const auto row : audit.train()) {
    longest = std::max<std::int64_t>(longest, series.lengths[row]);
  }
  data::Column column;
  column.name = "channel " + std::to_string(channel + 1);
  const auto most = std::max<std::int64_t>(1, kMostSteps / longest);
  for (const auto row : some_rows(audit.train(), most, audit.seed(), "audit steps")) {
    const auto values = present_values(series, row, channel);
    column.numbers.insert(column.numbers.end(), values.begin(), values.end());
  }
  data::Table table;
  table.rows = column.count();
  table.columns.push_back(std::move(column));
  return table;
}

/// The steps of the training part at which a channel is odd.
struct OddSteps {
  std::int64_t steps = 0, of = 0;
  Rows rows;  ///< series that have one
  std::int64_t first_step = 0;
  double first_value = 0;
};

template <class IsOdd>
OddSteps find_odd_steps(const Audit& audit, std::int64_t channel, const IsOdd& is_odd) {
  const data::Sequences& series = audit.samples().sequences;
  OddSteps odd;
  for (const auto row : audit.train()) {
    const std::int64_t before = odd.steps;
    for (std::int64_t t = 0; t < series.lengths[row]; ++t) {
      const double value = series.at(row)[t * series.channels + channel];
      if (!std::isfinite(value) || !is_odd(value)) continue;
      if (odd.steps++ > 0) continue;
      odd.first_step = t + 1;
      odd.first_value = value;
    }
    odd.of += series.lengths[row];
    if (odd.steps > before) odd.rows.push_back(row);
  }
  return odd;
}

std::string first_place(const Audit& audit, const OddSteps& odd) {
  return "step " + grouped(odd.first_step) + " of " + audit.samples().where(odd.rows.front());
}

void report_step_code(Audit& audit, std::int64_t channel, const MissingCode& code) {
  const OddSteps odd =
      find_odd_steps(audit, channel, [&](double value) { return value == code.value; });
  auto& finding =
      audit.add("missing-sentinel-code", Severity::kWarn,
                pretty_number(code.value, 7) + " in channel " + std::to_string(channel + 1) +
                    " seems to stand for missing: " + grouped(odd.steps) + " steps in " +
                    count_of(odd.rows.size()) + " series, the next value is " +
                    pretty_number(code.next) + "; the first at " + first_place(audit, odd),
                about_channel(channel, {{"value", code.value},
                                        {"steps", odd.steps},
                                        {"series", odd.rows.size()},
                                        {"next", code.next},
                                        {"step", odd.first_step},
                                        {"rows", audit.places(odd.rows)}}));
  finding.advice = "If it means missing, write ? or an empty value in its place.";
}

/// Where each series is scaled to its own range, its ends occur about once in each.
void report_censored_steps(Audit& audit, std::int64_t channel, const CensoredEnd& end) {
  const OddSteps odd =
      find_odd_steps(audit, channel, [&](double value) { return value == end.value; });
  if (odd.steps < 2 * static_cast<std::int64_t>(odd.rows.size())) return;
  audit
      .add("value-censored", Severity::kInfo,
           grouped(odd.steps) + " values of channel " + std::to_string(channel + 1) +
               " are exactly its " + (end.is_least ? "least" : "greatest") + ", " +
               pretty_number(end.value, 7) + ", in " + count_of(odd.rows.size()) +
               " series, where others occur " + pretty_number(end.usual_count, 2) +
               " times; the first at " + first_place(audit, odd),
           about_channel(channel, {{"value", end.value},
                                   {"steps", odd.steps},
                                   {"series", odd.rows.size()},
                                   {"step", odd.first_step},
                                   {"rows", audit.places(odd.rows)}}))
      .advice =
      "A sensor at its limit, it seems: the true values lie beyond. Mark such steps by a "
      "channel of their own, or clip all parts in the same way.";
}

void report_far_steps(Audit& audit, std::int64_t channel, const Spread& spread) {
  const double reach = audit.limits().outlier_ranges * spread.range();
  if (reach <= 0) return;
  const OddSteps odd = find_odd_steps(audit, channel, [&](double value) {
    return value > spread.upper_quartile + reach || value < spread.lower_quartile - reach;
  });
  if (odd.steps == 0 || static_cast<double>(odd.steps) > kPulses * static_cast<double>(odd.of)) {
    return;
  }
  audit.add("value-outlier-extreme", Severity::kWarn,
            grouped(odd.steps) + " values of channel " + std::to_string(channel + 1) +
                " lie more than " + pretty_number(audit.limits().outlier_ranges) +
                " interquartile ranges out, such as " + pretty_number(odd.first_value) + " at " +
                first_place(audit, odd) + " (median " + pretty_number(spread.median) + ")",
            about_channel(channel, {{"steps", odd.steps},
                                    {"series", odd.rows.size()},
                                    {"first", odd.first_value},
                                    {"step", odd.first_step},
                                    {"rows", audit.places(odd.rows)}}));
}

}  // namespace

void check_series_steps(Audit& audit) {
  std::vector<Width> widths;
  for (std::int64_t channel = 0; channel < audit.samples().sequences.channels; ++channel) {
    const data::Table table = steps_of(audit, channel);
    Rows all(static_cast<std::size_t>(table.rows));
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::int64_t>(i);
    if (all.size() < kFewestSteps) continue;
    const Profile profile = make_profiles(table, all).front();
    const OddEnds odd = odd_ends(profile, audit.limits());
    for (const MissingCode& code : odd.codes) report_step_code(audit, channel, code);
    for (const CensoredEnd& end : odd.censored) report_censored_steps(audit, channel, end);
    report_far_steps(audit, channel, profile.spread);
    const Subject subject = channel_subject(channel);
    check_shape(audit, subject, profile);
    widths.push_back({subject, standard_deviation(profile.values)});
  }
  report_scales(audit, "channel", widths);
}

}  // namespace dlwork::phase::audit
