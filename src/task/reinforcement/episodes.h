#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "dlwork/training/learner.h"
#include "task/reinforcement/world.h"

namespace dlwork::task {

/// The starting state of a row: its numbers in the columns of the world's state. Throws
/// Error(kInput) where the samples lack one.
std::vector<double> start_of(const World& world, const data::Samples& samples, std::int64_t row);

/// Chooses an action for each of `count` states, [count, state] float32 row by row.
using ChooseActions =
    std::function<std::vector<std::int64_t>(const std::vector<float>& states, std::int64_t count)>;

/// Plays an episode from each row's start, all at once; each row's return, [rows, 1].
training::Outputs play(const std::string& world, const data::Samples& samples,
                       const std::vector<std::int64_t>& rows, const ChooseActions& choose);

/// Random actions, drawn by each start's own numbers, so that a row's return is always the same.
training::Outputs play_at_random(const std::string& world, const data::Samples& samples,
                                 const std::vector<std::int64_t>& rows);

}  // namespace dlwork::task
