#pragma once

#include "dlwork/artefact/result.h"
#include "dlwork/data/dataset.h"

namespace dlwork::task {

/// What can be checked of a world before anything is learned from it, by random actions from the
/// training rows: findings "world-sound" and "world-returns", the ranges of what was observed and
/// the returns.
void check_world(const std::string& world, const data::Dataset& dataset,
                 artefact::PhaseResult& result);

}  // namespace dlwork::task
