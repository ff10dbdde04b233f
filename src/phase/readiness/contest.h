#pragma once

#include <string>
#include <vector>

#include "phase/measuring.h"
#include "phase/readiness/cross_validation.h"

namespace dlwork::phase {

/// One classical model against the goal, measured on the validation part.
struct Contestant {
  std::string name;
  artefact::Metric metric;  ///< unset where `failure` is not empty
  /// By folds of the training part, which chose the settings; without scores where time or
  /// readiness.folds allowed none. `judged` are rows of the data.
  classical::CrossScore cross;
  std::optional<artefact::Metric> out_of_fold{};  ///< over all rows that the folds judged
  double seconds = 0;
  std::int64_t rows = 0;  ///< training rows it used
  std::string settings;
  std::string cut;      ///< what the time limit cost it, or ""
  std::string failure;  ///< why it has no figure, or ""
};

struct Contest {
  Contestant trivial;
  std::vector<Contestant> models;
  std::vector<std::string> notes;
  std::int64_t validation_rows = 0;
  /// The best of the models that have a figure, or null.
  const Contestant* best(const Context& context) const;
};

/// Trains every classical model on at most readiness.rows training rows within readiness.time.
Contest hold_contest(Context& context);

}  // namespace dlwork::phase
