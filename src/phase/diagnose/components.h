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
  /// Columns left out of the inputs; empty for most.
  std::vector<std::string> columns;
};

/// Every component that can be taken out of this project alone: each augmentation, dropout,
/// normalisation, each group of layers (one with weights and what follows it up to the next), each
/// group of input columns (columns whose names begin with the same word, where there are more than
/// `kMostSingleColumns`; series keep their channels), weight decay, schedule, averaging of weights, what else of
/// training is switched on, and initial weights of another kind than the layers' own.
std::vector<Ablated> components_of(const spec::Project& project, const data::Dataset& dataset);
inline constexpr std::size_t kMostSingleColumns = 16;

/// Takes dropout out of the layers, inside other layers too: layers of it, and that which recurrent
/// layers and attention have of their own. Returns of how many layers.
int remove_dropout(std::vector<spec::LayerSpec>& layers);

/// The data without these columns.
std::unique_ptr<data::Dataset> without_columns(const data::Dataset& dataset,
                                               const std::vector<std::string>& columns);

}  // namespace dlwork::phase::diagnose
