#pragma once

#include <vector>

#include "dlwork/artefact/events.h"
#include "dlwork/training/learner.h"

namespace dlwork::training {

/// An epoch's figures in TensorBoard's file.
void write_epoch(artefact::EventFile& file, const FitOptions& options, const EpochRecord& record);

/// For the file of a fit that goes on after the epochs of `history`. Where an older file of the
/// folder told of them, what it tells of later ones is void; where none did, for a checkpoint may
/// come from another run, they are told again. Returns whether they were.
bool write_history(artefact::EventFile& file, const FitOptions& options,
                   const std::vector<EpochRecord>& history);

}  // namespace dlwork::training
