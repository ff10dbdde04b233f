#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "dlwork/base/rng.h"
#include "dlwork/data/dataset.h"
#include "dlwork/spec/project.h"
#include "dlwork/task/task.h"

namespace dlwork::testing {

/// Lines of a small grammar of four topics with words of their own; in the last, `lamp` and
/// `lantern` stand in the same places.
inline std::vector<std::string> planted_lines(std::int64_t count) {
  struct Topic {
    std::vector<std::string> kinds, things, doings, places;
  };
  const std::vector<Topic> topics{{{"salty", "swift", "grey"},
                                   {"boat", "gull", "wave", "anchor"},
                                   {"drifts", "sinks", "sails"},
                                   {"harbour", "reef", "island"}},
                                  {{"hot", "sweet", "spicy"},
                                   {"soup", "bread", "sauce", "onion"},
                                   {"cooks", "boils", "bakes"},
                                   {"stove", "oven", "table"}},
                                  {{"green", "ripe", "wild"},
                                   {"rose", "apple", "hedge", "fern"},
                                   {"grows", "blooms", "fades"},
                                   {"fence", "pond", "meadow"}},
                                  {{"dim", "oily", "dusty"},
                                   {"lamp", "lantern"},
                                   {"flickers", "shines", "gleams"},
                                   {"cellar", "tunnel", "attic"}}};
  Rng rng(7, "planted lines");
  const auto pick = [&](const std::vector<std::string>& words) {
    return words[rng.below(words.size())];
  };
  std::vector<std::string> lines;
  for (std::int64_t i = 0; i < count; ++i) {
    const Topic& topic = topics[rng.below(topics.size())];
    std::string line;
    for (int sentence = 0; sentence < 2; ++sentence) {
      line += "The " + pick(topic.kinds) + " " + pick(topic.things) + " " + pick(topic.doings) +
              " by the " + pick(topic.places) + " and " + pick(topic.doings) + ". ";
    }
    lines.push_back(line);
  }
  return lines;
}

inline data::Dataset planted_text(std::int64_t count) {
  data::Dataset dataset;
  dataset.samples.kind = data::Kind::kText;
  dataset.samples.count = count;
  dataset.samples.texts = planted_lines(count);
  for (std::int64_t row = 0; row < count; ++row) {
    dataset.rows[row % 10 == 0 ? 1 : row % 10 < 3 ? 2 : 0].push_back(row);
  }
  return dataset;
}

/// Discs with a sharp edge at a random place of `side` x `side` pixels: 48 to learn from, 8 and 8
/// to judge by.
inline data::Dataset discs(std::int64_t channels, std::int64_t side) {
  data::Dataset dataset;
  auto& samples = dataset.samples;
  samples.kind = data::Kind::kImage;
  samples.count = 64;
  samples.pictures = {64, channels, side, side, {}};
  samples.files = {"discs.idx"};
  samples.file_index.assign(64, 0);
  Rng rng(4, "discs");
  const auto size = static_cast<double>(side);
  for (std::int64_t i = 0; i < 64; ++i) {
    samples.record.push_back(i + 1);
    const double x0 = rng.uniform(0, size), y0 = rng.uniform(0, size);
    const double radius = rng.uniform(size / 6, size / 2);
    for (std::int64_t c = 0; c < channels; ++c) {
      for (std::int64_t y = 0; y < side; ++y) {
        for (std::int64_t x = 0; x < side; ++x) {
          const double off = std::hypot(static_cast<double>(x) - x0, static_cast<double>(y) - y0);
          samples.pictures.pixels.push_back(off < radius ? 220 - 40 * static_cast<int>(c) : 30);
        }
      }
    }
    dataset.rows[i < 48 ? 0 : i < 56 ? 1 : 2].push_back(i);
  }
  return dataset;
}

inline constexpr std::int64_t kSounds = 3;

/// Texts of one to four of the sounds a, b and c, each a channel that is high for three steps, with
/// pauses of one to three between them. Series end when the text does.
inline data::Dataset spoken(std::int64_t count, const std::vector<std::string>& names) {
  data::Dataset dataset;
  data::Samples& samples = dataset.samples;
  samples.kind = data::Kind::kSequence;
  samples.count = count;
  samples.target.is_class = false;
  samples.target.name = "said";
  Rng rng(11, "spoken");
  std::vector<std::vector<float>> all;
  for (std::int64_t row = 0; row < count; ++row) {
    std::vector<float> series;
    const auto steps = [&](std::int64_t high, std::uint64_t times) {
      for (std::uint64_t t = 0; t < times; ++t) {
        for (std::int64_t c = 0; c < kSounds; ++c) {
          series.push_back(static_cast<float>((c == high ? 1.0 : 0.0) + 0.1 * rng.normal()));
        }
      }
    };
    std::string text;
    const auto units = 1 + rng.below(4);
    for (std::uint64_t u = 0; u < units; ++u) {
      const auto unit = static_cast<std::int64_t>(rng.below(kSounds));
      steps(-1, 1 + rng.below(3));
      steps(unit, 3);
      text += (text.empty() || names[0].size() == 1 ? "" : " ") + names[unit];
    }
    steps(-1, 1);
    samples.target.texts.push_back(text);
    samples.sequences.lengths.push_back(static_cast<std::int32_t>(series.size() / kSounds));
    samples.sequences.steps =
        std::max<std::int64_t>(samples.sequences.steps, samples.sequences.lengths.back());
    all.push_back(std::move(series));
    dataset.rows[row % 10 == 0 ? 1 : row % 10 < 3 ? 2 : 0].push_back(row);
  }
  samples.sequences.count = count;
  samples.sequences.channels = kSounds;
  for (auto& series : all) {
    series.resize(samples.sequences.size(), std::nanf(""));
    samples.sequences.values.insert(samples.sequences.values.end(), series.begin(), series.end());
  }
  return dataset;
}

inline constexpr std::int64_t kCircleClasses = 6, kCircleRows = 540, kCircleNoise = 24;

/// Rows of 26 numbers: two place a row on a circle by its class, the rest are noise.
inline data::Dataset on_a_circle() {
  data::Dataset dataset;
  auto& samples = dataset.samples;
  samples.count = samples.table.rows = kCircleRows;
  Rng rng(11, "circle");
  for (std::int64_t c = 0; c < 2 + kCircleNoise; ++c) {
    data::Column column;
    column.name = "x" + std::to_string(c);
    for (std::int64_t row = 0; row < kCircleRows; ++row) {
      const double angle =
          2 * std::numbers::pi * static_cast<double>(row % kCircleClasses) / kCircleClasses;
      const double place = 2.5 * (c == 0 ? std::cos(angle) : std::sin(angle));
      column.numbers.push_back(c < 2 ? place + 0.5 * rng.normal() : rng.normal());
    }
    samples.table.columns.push_back(std::move(column));
  }
  samples.files = {"circle.csv"};
  samples.target.name = "kind";
  for (std::int64_t c = 0; c < kCircleClasses; ++c) {
    samples.target.classes.push_back(std::string(1, static_cast<char>('a' + c)));
  }
  for (std::int64_t row = 0; row < kCircleRows; ++row) {
    samples.target.codes.push_back(static_cast<std::int32_t>(row % kCircleClasses));
    samples.file_index.push_back(0);
    samples.record.push_back(row + 2);
    dataset.rows[row < 360 ? 0 : row < 480 ? 1 : 2].push_back(row);
  }
  return dataset;
}

/// A run that says nothing.
struct SilentRun {
  SilentReporter reporter;
  StopFlag stop;
  RunContext run{reporter, stop};
};

/// Settings of a fit on a dataset's own parts.
inline training::FitOptions fit_options(const spec::Project& project, const data::Dataset& dataset,
                                        const std::string& metric) {
  training::FitOptions options;
  options.training = project.training;
  options.seed = 3;
  options.train_rows = dataset.part(data::Part::kTrain);
  options.validation_rows = dataset.part(data::Part::kValidation);
  options.metric = metric;
  options.label = "test";
  return options;
}

}  // namespace dlwork::testing
