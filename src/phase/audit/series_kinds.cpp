#include <algorithm>

#include "dlwork/base/stats.h"
#include "phase/audit/series.h"
#include "phase/audit/stats/unit_root.h"
#include "phase/measuring.h"

namespace dlwork::phase::audit {

using artefact::Severity;

namespace {

constexpr std::size_t kFewestTested = 50;
/// Series that come out as not stationary though they are, at most: short ones with some memory
/// do one time in twenty.
constexpr double kByChance = 0.1;
/// Channels beyond these are taken to be like them.
constexpr std::int64_t kChannelsTested = 16;

/// What the tested series of a channel are like.
struct ChannelKinds {
  std::int64_t tested = 0;
  Rows rising;  ///< not stationary
  Seasons seasons;
};

ChannelKinds kinds_of(const Audit& audit, const Rows& rows, std::int64_t channel) {
  ChannelKinds kinds;
  for (const auto row : rows) {
    const auto values = end_of(present_values(audit.samples().sequences, row, channel));
    if (values.size() < kFewestTested || standard_deviation(values) <= 0) continue;
    ++kinds.tested;
    if (!dickey_fuller(values).rejects() && level_test(values).rejects())
      kinds.rising.push_back(row);
    kinds.seasons.add(season_of(values, audit.limits().seasonal_correlation));
  }
  return kinds;
}

}  // namespace

void check_stationary(Audit& audit) {
  const Rows rows = some_rows(audit.train(), kSeriesTested, audit.seed(), "audit stationary");
  const auto channels = std::min(kChannelsTested, audit.samples().sequences.channels);
  for (std::int64_t channel = 0; channel < channels; ++channel) {
    const ChannelKinds kinds = kinds_of(audit, rows, channel);
    const std::string name = "channel " + std::to_string(channel + 1);
    if (share_of(kinds.rising.size(), kinds.tested) > kByChance) {
      audit.add("series-stationary", Severity::kInfo,
                name + " is not stationary in " + count_of(kinds.rising.size()) + " of " +
                    grouped(kinds.tested) + " training series tested, the first at " +
                    audit.samples().where(kinds.rising.front()),
                about_channel(channel, {{"series", kinds.rising.size()},
                                        {"tested", kinds.tested},
                                        {"rows", audit.places(kinds.rising)}}));
    }
    const auto season = kinds.seasons.usual();
    if (season == 0) continue;
    audit.add("series-stationary", Severity::kInfo,
              name + " has a season, mostly of " + grouped(season) + " steps, in " +
                  grouped(kinds.seasons.seasonal) + " of " + grouped(kinds.tested) +
                  " training series tested",
              about_channel(channel, {{"season", season},
                                      {"series", kinds.seasons.seasonal},
                                      {"tested", kinds.tested}}));
  }
}

}  // namespace dlwork::phase::audit
