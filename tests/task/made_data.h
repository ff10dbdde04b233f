#pragma once

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
