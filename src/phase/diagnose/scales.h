#pragma once

#include <optional>
#include <string>
#include <vector>

#include "phase/diagnose/study.h"

namespace dlwork::phase::diagnose {

/// A validation part whose inputs are those of the training part in other units.
struct OtherScales {
  std::vector<std::string> inputs;  ///< that differ, the farthest first
  std::vector<double> factors;      ///< by which each deviates more than in training
  std::vector<double> offsets;      ///< of each mean, from that in training
  /// Whether an input's factor tells what is other, and not the offset alone.
  static bool is_scaled(double factor);
  std::size_t compared = 0;  ///< inputs in all
  artefact::Metric mended;   ///< of the network, with every input brought to training's scale
  Difference gain;           ///< over the figure as it is
};
/// nullopt unless at least half of the inputs (columns of numbers; channels of pictures) have
/// another mean or deviation, nearly all of these have training's distribution once both are
/// brought to mean 0 and deviation 1, and doing so clearly makes the network better.
std::optional<OtherScales> find_other_scales(Study& study);

}  // namespace dlwork::phase::diagnose
