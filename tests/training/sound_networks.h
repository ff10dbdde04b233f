#pragma once

#include <string>
#include <vector>

#include "support/fit_problem.h"

namespace dlwork::training {

/// A network with nothing wrong.
struct SoundNetwork {
  std::string data;    ///< moons, bars, plane, blobs, rare, shops, waves, series, ragged
  std::string layers;  ///< YAML
  double learning_rate = 0.01;
  std::string optimizer = "adamw";
  std::string class_weights = "none";
};

std::vector<SoundNetwork> sound_networks();
/// The data sets by name, made once.
const data::Dataset& sound_data(const std::string& name);

}  // namespace dlwork::training
