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

}  // namespace dlwork::phase::audit
