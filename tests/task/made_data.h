#pragma once

#include <cmath>
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
