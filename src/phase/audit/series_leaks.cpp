#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "dlwork/base/hash.h"
#include "dlwork/base/ranks.h"
#include "dlwork/base/stats.h"
#include "phase/audit/series.h"

namespace dlwork::phase::audit {

using artefact::Severity;
using data::Part;
using data::Sequences;

namespace {

/// Windows kept of the training part, about: of more, those whose hash is a multiple of a number,
/// which are the same ones in every series.
constexpr std::int64_t kMostWindows = 1 << 20;
/// Residual of a step that is the target, in steps of the series.
constexpr double kSmallResidual = 0.1;

/// The steps of a series as one hash each; 0 for a step that lacks a value.
std::vector<std::uint64_t> step_hashes(const Sequences& series, std::int64_t row) {
  std::vector<std::uint64_t> hashes(static_cast<std::size_t>(series.lengths[row]), 0);
  for (std::size_t t = 0; t < hashes.size(); ++t) {
    const float* step = series.at(row) + static_cast<std::int64_t>(t) * series.channels;
    const bool whole =
        std::all_of(step, step + series.channels, [](float value) { return std::isfinite(value); });
    if (whole) hashes[t] = hash64(step, sizeof(float) * static_cast<std::size_t>(series.channels));
  }
  return hashes;
}

/// Hashes of every `steps` steps in a row. 0 where a step lacks a value, or where fewer than half
/// of the steps differ: flat stretches are alike without being one recording. Each follows from the
/// one before (Karp and Rabin 1987), so that long windows cost no more than short ones.
std::vector<std::uint64_t> window_hashes(const std::vector<std::uint64_t>& hashes,
                                         std::size_t steps) {
  constexpr std::uint64_t kBase = 0x9E3779B97F4A7C15;  // odd
  std::uint64_t top = 1;                               // kBase^(steps - 1)
  for (std::size_t i = 1; i < steps; ++i) top *= kBase;
  std::unordered_map<std::uint64_t, std::size_t> kinds;
  std::vector<std::uint64_t> windows;
  std::uint64_t rolled = 0;
  for (std::size_t t = 0; t < hashes.size(); ++t) {
    if (t >= steps) {
      const std::uint64_t old = hashes[t - steps];
      rolled -= old * top;
      if (--kinds[old] == 0) kinds.erase(old);
    }
    rolled = rolled * kBase + hashes[t];
    ++kinds[hashes[t]];
    if (t + 1 < steps) continue;
    const bool tells = 2 * kinds.size() >= steps && !kinds.contains(0);
    windows.push_back(tells ? hash64(&rolled, sizeof rolled) : 0);
  }
  return windows;
}

/// Where a window of the training part starts.
struct WindowPlace {
  std::int64_t row = 0, step = 0;
};

/// Windows of the training part by hash.
class TrainingWindows {
 public:
  TrainingWindows(const Audit& audit, std::size_t steps)
      : series_(audit.samples().sequences), steps_(steps) {
    std::int64_t all = 0;
    for (const auto row : audit.train()) all += series_.lengths[row];
    every_ = static_cast<std::uint64_t>(1 + all / kMostWindows);
    for (const auto row : audit.train()) {
      const auto windows = window_hashes(step_hashes(series_, row), steps_);
      for (std::size_t t = 0; t < windows.size(); ++t) {
        if (kept(windows[t]))
          known_.emplace(windows[t], WindowPlace{row, static_cast<std::int64_t>(t)});
      }
    }
  }

  /// The longest run of steps that a series shares with a training series that is not equal to it
  /// as a whole; 0 steps: none.
  struct Shared {
    WindowPlace training, own;
    std::int64_t steps = 0;
  };
  Shared longest_shared(std::int64_t row) const {
    Shared longest;
    const auto own = step_hashes(series_, row);
    Other other;
    const auto windows = window_hashes(own, steps_);
    for (std::size_t t = 0; t < windows.size(); ++t) {
      const auto found = kept(windows[t]) ? known_.find(windows[t]) : known_.end();
      if (found == known_.end()) continue;
      // One other series often has all windows of this one, so its steps are hashed once.
      if (other.row != found->second.row) {
        other = {found->second.row, step_hashes(series_, found->second.row), false};
        other.equal = own == other.hashes;
      }
      if (other.equal) continue;
      const Shared shared =
          reach(own, static_cast<std::int64_t>(t), row, found->second, other.hashes);
      if (shared.steps > longest.steps) longest = shared;
      t += static_cast<std::size_t>(std::max<std::int64_t>(0, shared.steps - 1));
    }
    return longest;
  }

 private:
  /// A training series that was compared last.
  struct Other {
    std::int64_t row = -1;
    std::vector<std::uint64_t> hashes;
    bool equal = false;  ///< to the one looked at, as a whole
  };

  bool kept(std::uint64_t hash) const { return hash != 0 && hash % every_ == 0; }

  /// Goes on in both directions from a window that is in both.
  Shared reach(const std::vector<std::uint64_t>& own, std::int64_t at, std::int64_t row,
               WindowPlace place, const std::vector<std::uint64_t>& other) const {
    const auto same = [&](std::int64_t a, std::int64_t b) {
      return a >= 0 && b >= 0 && a < static_cast<std::int64_t>(own.size()) &&
             b < static_cast<std::int64_t>(other.size()) && own[a] != 0 && own[a] == other[b];
    };
    std::int64_t begin = at, from = place.step, steps = 0;
    while (same(begin - 1, from - 1)) {
      --begin;
      --from;
    }
    while (same(begin + steps, from + steps)) ++steps;
    if (steps < static_cast<std::int64_t>(steps_)) return {};
    return {{place.row, from}, {row, begin}, steps};
  }

  const Sequences& series_;
  std::size_t steps_;
  std::uint64_t every_ = 1;
  std::unordered_map<std::uint64_t, WindowPlace> known_;
};

std::size_t window_length(const Audit& audit) {
  const auto& lengths = audit.samples().sequences.lengths;
  const double usual = quantile({lengths.begin(), lengths.end()}, 0.5);
  return static_cast<std::size_t>(
      std::max(audit.limits().window_steps, std::floor(audit.limits().window_share * usual)));
}

/// A step of the series, counted from its end, as far as all have it.
BesideTarget values_at(const Audit& audit, std::int64_t channel, std::int64_t from_end) {
  BesideTarget found;
  const Sequences& series = audit.samples().sequences;
  for (const auto row : audit.train()) {
    const std::int64_t t = series.lengths[row] - from_end;
    if (t < 1) continue;
    const float value = series.at(row)[t * series.channels + channel];
    const float before = series.at(row)[(t - 1) * series.channels + channel];
    if (!std::isfinite(value) || !std::isfinite(before)) continue;
    found.values.push_back(value);
    found.targets.push_back(audit.target().values[row]);
    found.moves.push_back(std::abs(static_cast<double>(value) - before));
  }
  return found;
}

}  // namespace

bool lies_on_target(const BesideTarget& beside, double r) {
  const double deviation = standard_deviation(beside.values) * std::sqrt(std::max(0.0, 1 - r * r));
  const double move = mean(beside.moves);
  return move <= 0 || deviation <= kSmallResidual * move;
}

void check_shared_windows(Audit& audit) {
  if (audit.train().empty()) return;
  const TrainingWindows training(audit, window_length(audit));
  for (const Part part : {Part::kValidation, Part::kTest}) {
    Rows rows;
    TrainingWindows::Shared longest;
    for (const auto row : audit.rows(part)) {
      const auto shared = training.longest_shared(row);
      if (shared.steps == 0) continue;
      rows.push_back(row);
      if (shared.steps > longest.steps) longest = shared;
    }
    if (rows.empty()) continue;
    const std::string name = data::to_string(part);
    const std::string own = audit.samples().where(longest.own.row);
    const std::string other = audit.samples().where(longest.training.row);
    auto& finding = audit.add(
        "leak-window-overlap", Severity::kError,
        count_of(rows.size()) + " series (" +
            percent(share_of(rows.size(), audit.rows(part).size())) + ") of the " + name +
            " part share a stretch with a training series, longest " + own + " from step " +
            grouped(longest.own.step + 1) + " and " + other + " from step " +
            grouped(longest.training.step + 1) + " (" + grouped(longest.steps) + " steps)",
        {{"part", name},
         {"series", rows.size()},
         {"steps", longest.steps},
         {"pair", {own, other}},
         {"rows", audit.places(rows)}});
    finding.key = "data.split";
  }
}

void check_lookahead(Audit& audit) {
  if (!audit.target().given() || audit.is_class()) return;
  const Sequences& series = audit.samples().sequences;
  for (std::int64_t channel = 0; channel < series.channels; ++channel) {
    for (std::int64_t from_end = 1; from_end < series.steps; ++from_end) {
      const BesideTarget step = values_at(audit, channel, from_end);
      if (step.values.size() < kFewestForCorrelation) break;
      const double r = pearson(step.values, step.targets);
      if (std::abs(r) < audit.limits().lookahead_correlation || !lies_on_target(step, r)) continue;
      audit.add("leak-lookahead", Severity::kError,
                "channel " + std::to_string(channel + 1) + ", step " + grouped(from_end) +
                    " from the end, is the target or a line through it (correlation " +
                    pretty_number(r, 5) + ")",
                about_channel(channel, {{"step_from_end", from_end},
                                        {"correlation", r},
                                        {"series", step.values.size()}}));
      break;
    }
  }
}

}  // namespace dlwork::phase::audit
