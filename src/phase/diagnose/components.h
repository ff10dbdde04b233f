#pragma once

#include <memory>
#include <string>
#include <vector>

#include "phase/measuring.h"

namespace dlwork::phase::diagnose {

/// The project without one of its components.
struct Ablated {
  std::string name;  ///< "augmentation", "dropout", "layers 4 to 7 (conv2d 64)", "column age"
  spec::Project project;
  /// What is left out of the inputs, by the names of input_names.h; empty for most.
  std::vector<std::string> inputs;
};

/// Every component that can be taken out of this project alone: each augmentation, dropout,
/// normalisation, each group of layers (one with weights and what follows it up to the next), each
/// input column or channel of series, weight decay, schedule, averaging of weights, what else of
/// training is switched on, and initial weights of another kind than the layers' own. Of more
/// inputs than `kMostSingleInputs`, columns whose names begin with the same word go together, and
/// channels with their neighbours, in so many groups of like size.
std::vector<Ablated> components_of(const spec::Project& project, const data::Dataset& dataset);
inline constexpr std::size_t kMostSingleInputs = 16;

/// Takes dropout out of the layers, inside other layers too: layers of it, and that which recurrent
/// layers and attention have of their own. Returns of how many layers.
int remove_dropout(std::vector<spec::LayerSpec>& layers);

/// The data without these columns, or channels of series.
std::unique_ptr<data::Dataset> without_inputs(const data::Dataset& dataset,
                                              const std::vector<std::string>& inputs);

}  // namespace dlwork::phase::diagnose
