#pragma once

#include <cstdint>
#include <vector>

#include "phase/audit/check.h"

namespace dlwork::phase::audit {

/// The values of a channel of one series, in time; missing ones are left out.
std::vector<double> present_values(const data::Sequences& sequences, std::int64_t row,
                                   std::int64_t channel);
/// Series on which a test that costs the square of their length is made, at most, and the steps at
/// their end that it looks at.
inline constexpr std::int64_t kSeriesTested = 100;
inline constexpr std::size_t kMostTested = 1000;
std::vector<double> end_of(std::vector<double> values);
/// Evidence that names a channel, from 1, with what is said of it.
Json about_channel(std::int64_t channel, Json evidence);
Subject channel_subject(std::int64_t channel);

/// A value of each series beside its target, as far as there is one, with how far the series moves
/// from step to step there.
struct BesideTarget {
  std::vector<double> values, targets, moves;
};
/// Fewer values tell nothing.
inline constexpr std::size_t kFewestForCorrelation = 20;
/// Whether the values, of correlation `r` with the targets, lie on a line through them, up to a
/// small part of the usual move: those of a slow series correlate with whatever comes next.
bool lies_on_target(const BesideTarget& beside, double r);

}  // namespace dlwork::phase::audit
