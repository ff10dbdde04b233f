#include <algorithm>
#include <map>

#include "dlwork/base/stats.h"
#include "phase/audit/series.h"
#include "phase/audit/stats/unit_root.h"
#include "phase/measuring.h"

namespace dlwork::phase::audit {

using artefact::Severity;

namespace {

constexpr std::int64_t kSeriesTested = 100;
constexpr std::size_t kFewestTested = 50;
/// Longer series are tested on their end.
constexpr std::size_t kMostTested = 1000;
/// Series that come out as not stationary though they are, at most: short ones with some memory
/// do one time in twenty.
constexpr double kByChance = 0.1;
/// Channels beyond these are taken to be like them.
constexpr std::int64_t kChannelsTested = 16;

/// What the tested series of a channel are like.
struct ChannelKinds {
  std::int64_t tested = 0;
  Rows rising;                                   ///< not stationary
  std::map<std::int64_t, std::int64_t> seasons;  ///< how many series have each
  Rows seasonal;
};

ChannelKinds kinds_of(const Audit& audit, const Rows& rows, std::int64_t channel) {
  ChannelKinds kinds;
  for (const auto row : rows) {
    auto values = present_values(audit.samples().sequences, row, channel);
    if (values.size() < kFewestTested || standard_deviation(values) <= 0) continue;
    if (values.size() > kMostTested) values.erase(values.begin(), values.end() - kMostTested);
    if (standard_deviation(values) <= 0) continue;
    ++kinds.tested;
    if (!dickey_fuller(values).rejects() && level_test(values).rejects())
      kinds.rising.push_back(row);
    if (const auto season = season_of(values, audit.limits().seasonal_correlation); season > 0) {
      ++kinds.seasons[season];
      kinds.seasonal.push_back(row);
    }
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
    if (2 * static_cast<std::int64_t>(kinds.seasonal.size()) <= kinds.tested) continue;
    const auto season =
        std::max_element(kinds.seasons.begin(), kinds.seasons.end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; })
            ->first;
    audit.add("series-stationary", Severity::kInfo,
              name + " has a season, mostly of " + grouped(season) + " steps, in " +
                  count_of(kinds.seasonal.size()) + " of " + grouped(kinds.tested) +
                  " training series tested",
              about_channel(channel, {{"season", season},
                                      {"series", kinds.seasonal.size()},
                                      {"tested", kinds.tested}}));
  }
}

}  // namespace dlwork::phase::audit
