#pragma once

#include "model/shapes.h"

namespace dlwork::model {

/// Multiplications (each with its addition) of one sample's forward pass through a layer. Norms
/// count one an element; layers that only move, compare or switch count none.
std::int64_t multiply_adds(const PlannedLayer& layer, const data::FeatureShape& features);

}  // namespace dlwork::model
