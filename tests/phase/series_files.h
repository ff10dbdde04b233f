#pragma once

#include <cmath>
#include <numbers>

#include "dlwork/base/rng.h"
#include "dlwork/base/text.h"
#include "limits.h"

/// Series for the audit, as files.
namespace dlwork::series_files {

using testing::findings_of;
using testing::PhaseOverFiles;

inline constexpr int kSteps = 60;

/// A series of two channels and its label.
struct Series {
  std::vector<double> first, second;
  std::string label;
};

inline std::string channel_text(const std::vector<double>& values) {
  std::vector<std::string> texts;
  for (const double value : values) texts.push_back(std::isnan(value) ? "?" : number_text(value));
  return join(texts, ",");
}

inline std::string ts(const std::vector<Series>& all,
                      const std::string& label = "@classLabel true a b") {
  std::string text =
      "@problemName made\n@timestamps false\n@univariate false\n" + label + "\n@data\n";
  for (const Series& series : all) {
    text +=
        channel_text(series.first) + ":" + channel_text(series.second) + ":" + series.label + "\n";
  }
  return text;
}
inline constexpr int kHead = 5;  ///< lines before the first series

/// Waves about 0 with noise: class b swings faster. The second channel is noise with a memory.
inline std::vector<Series> waves(int count, std::uint64_t seed) {
  Rng rng(seed, "series");
  std::vector<Series> all;
  for (int i = 0; i < count; ++i) {
    Series series;
    series.label = rng.below(2) == 0 ? "a" : "b";
    const double length = series.label == "a" ? rng.uniform(17, 23) : rng.uniform(8, 11);
    const double phase = rng.uniform(0, 6.28);
    double memory = 0;
    for (int t = 0; t < kSteps; ++t) {
      memory = 0.3 * memory + rng.normal();
      series.first.push_back(std::sin(2 * std::numbers::pi * t / length + phase) +
                             0.8 * rng.normal());
      series.second.push_back(memory);
    }
    all.push_back(std::move(series));
  }
  return all;
}

inline artefact::PhaseResult audit(PhaseOverFiles& phase, const std::string& train,
                                   const std::string& test) {
  phase.write("train.ts", train);
  phase.write("test.ts", test);
  phase.project.data.target = "";
  phase.project.data.train.paths = {"train.ts"};
  phase.project.data.test.paths = {"test.ts"};
  phase.project.data.validation.amount = spec::Amount{10, false};
  return phase.run("audit");
}
inline artefact::PhaseResult audit(const std::vector<Series>& train,
                                   const std::vector<Series>& test) {
  PhaseOverFiles phase;
  return audit(phase, ts(train), ts(test));
}

/// The finding of an id about a channel, counted from 1.
inline artefact::Finding about(const artefact::PhaseResult& result, const std::string& id,
                               int channel) {
  std::vector<artefact::Finding> found;
  for (const auto& finding : findings_of(result, id)) {
    if (finding.evidence["channel"] == channel) found.push_back(finding);
  }
  if (found.size() != 1) ADD_FAILURE() << found.size() << " findings " << id;
  return found.empty() ? artefact::Finding{} : found.front();
}

/// One channel with a stamp for each value, `stamps` by series.
inline std::string stamped(const std::vector<std::vector<double>>& stamps, const std::string& label,
                           std::uint64_t seed) {
  Rng rng(seed, "stamps");
  std::string text =
      "@problemName made\n@timestamps true\n@univariate true\n" + label + "\n@data\n";
  for (std::size_t i = 0; i < stamps.size(); ++i) {
    for (std::size_t t = 0; t < stamps[i].size(); ++t) {
      text +=
          (t > 0 ? ",(" : "(") + number_text(stamps[i][t]) + "," + number_text(rng.normal()) + ")";
    }
    text += i % 2 == 0 ? ":a\n" : ":b\n";
  }
  return text;
}

}  // namespace dlwork::series_files
