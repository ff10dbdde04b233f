#include <cmath>

#include "dlwork/base/contingency.h"
#include "dlwork/base/stats.h"
#include "dlwork/base/two_samples.h"
#include "phase/audit/series.h"
#include "phase/audit/stats/unit_root.h"

namespace dlwork::phase::audit {

using artefact::Severity;
using data::Part;

namespace {

/// Samples that a level holds for, at least.
constexpr std::int64_t kFewestSamples = 10;
constexpr Part kLaterParts[] = {Part::kValidation, Part::kTest};

/// Mean and deviation of a channel in each series of `rows` that has values.
struct SeriesLevels {
  Rows rows;
  std::vector<double> means, deviations;
};

SeriesLevels levels_of(const Audit& audit, const Rows& rows, std::int64_t channel) {
  SeriesLevels levels;
  for (const auto row : rows) {
    const auto values = present_values(audit.samples().sequences, row, channel);
    if (values.empty()) continue;
    levels.rows.push_back(row);
    levels.means.push_back(mean(values));
    levels.deviations.push_back(standard_deviation(values));
  }
  return levels;
}

/// A change of level in a part: the row it starts at, and how far, in training deviations.
struct LevelChange {
  std::int64_t row = 0;
  double size = 0;
};

/// The largest change of level in the order of the files that is large enough to be told.
std::optional<LevelChange> largest_change(const SeriesLevels& levels, double deviation,
                                          double least) {
  const auto changes = level_changes(levels.means, kFewestSamples);
  std::optional<LevelChange> largest;
  std::int64_t begin = 0;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const auto end =
        i + 1 < changes.size() ? changes[i + 1] : static_cast<std::int64_t>(levels.means.size());
    const auto at = levels.means.begin() + changes[i];
    const double before = mean({levels.means.begin() + begin, at});
    const double after = mean({at, levels.means.begin() + end});
    const double size = deviation > 0 ? (after - before) / deviation : 0;
    begin = changes[i];
    if (std::abs(size) < least || (largest && std::abs(size) <= std::abs(largest->size))) continue;
    largest = LevelChange{levels.rows[changes[i]], size};
  }
  return largest;
}

void report_change(Audit& audit, std::int64_t channel, Part part, const LevelChange& change,
                   Severity severity) {
  audit.add("series-level-shift", severity,
            "channel " + std::to_string(channel + 1) + " changes its level in the " +
                data::to_string(part) + " part" +
                (severity == Severity::kWarn ? ", and not in the training part" : "") + ": by " +
                pretty_number(change.size, 3) + " deviations from " +
                audit.samples().where(change.row) + " on",
            about_channel(channel, {{"part", data::to_string(part)},
                                    {"change", change.size},
                                    {"from", audit.samples().where(change.row)}}));
}

}  // namespace

void check_series_levels(Audit& audit) {
  const double least = audit.limits().level_shift;
  for (std::int64_t channel = 0; channel < audit.samples().sequences.channels; ++channel) {
    const SeriesLevels train = levels_of(audit, audit.train(), channel);
    // What one sample differs from the next by, so that the change itself does not widen it.
    std::vector<double> steps;
    for (std::size_t i = 1; i < train.means.size(); ++i) {
      steps.push_back(train.means[i] - train.means[i - 1]);
    }
    const double deviation = standard_deviation(steps) / std::sqrt(2.0);
    const auto in_train = largest_change(train, deviation, least);
    if (in_train) report_change(audit, channel, Part::kTrain, *in_train, Severity::kInfo);
    for (const Part part : kLaterParts) {
      const auto found =
          largest_change(levels_of(audit, audit.rows(part), channel), deviation, least);
      if (found && !in_train) report_change(audit, channel, part, *found, Severity::kWarn);
    }
  }
}

void check_series_drift(Audit& audit) {
  struct Compared {
    std::int64_t channel;
    const char* what;
    Part part;
    KolmogorovSmirnov test;
  };
  std::vector<Compared> all;
  std::vector<double> p;
  for (std::int64_t channel = 0; channel < audit.samples().sequences.channels; ++channel) {
    const SeriesLevels train = levels_of(audit, audit.train(), channel);
    for (const Part part : kLaterParts) {
      const SeriesLevels later = levels_of(audit, audit.rows(part), channel);
      all.push_back({channel, "mean", part, kolmogorov_smirnov(train.means, later.means)});
      all.push_back(
          {channel, "deviation", part, kolmogorov_smirnov(train.deviations, later.deviations)});
    }
  }
  for (const Compared& compared : all) p.push_back(compared.test.p);
  const auto q = adjust_false_discovery(p);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Compared& compared = all[i];
    if (compared.test.distance < audit.limits().drift_effect ||
        q[i] >= audit.limits().drift_significance) {
      continue;
    }
    const std::string part = data::to_string(compared.part);
    audit.add("drift-feature-split", Severity::kWarn,
              std::string("the ") + compared.what + " of channel " +
                  std::to_string(compared.channel + 1) + " over a series differs in the " + part +
                  " part (Kolmogorov-Smirnov " + pretty_number(compared.test.distance, 2) + ", q " +
                  pretty_number(q[i], 2) + ")",
              about_channel(compared.channel, {{"figure", compared.what},
                                               {"part", part},
                                               {"effect", compared.test.distance},
                                               {"q", q[i]}}));
  }
}

}  // namespace dlwork::phase::audit
