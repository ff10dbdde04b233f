#pragma once

#include <cstdint>
#include <vector>

#include "dlwork/training/learner.h"
#include "model/network.h"
#include "task/transcription/alphabet.h"

/// From probabilities at each step to a text, and what connectionist temporal classification says
/// of both (Graves, Fernandez, Gomez and Schmidhuber, Connectionist Temporal Classification, 2006).
/// T: steps of the output; K: units and the blank, which is 0; L: units of a text.
namespace dlwork::task {

/// Best path decoding (section 3.2): the likeliest output at each step, repeats collapsed, blanks
/// dropped. `frames`: [T, K]; of equal outputs the first counts.
std::vector<std::int64_t> best_path(const float* frames, std::int64_t steps, std::int64_t outputs);

/// Fewest steps that a path of these codes has: one each, and a blank between equal neighbours.
std::int64_t needed_steps(const std::vector<std::int64_t>& codes);

/// CTC loss, divided by L, of a guess that takes each of K outputs for as likely at each step:
/// (T ln K - ln N) / L, N being the number of paths, the binomial of T + L - r over 2 L with r
/// equal neighbours. 0 where there is no path, as the loss has it.
double blind_loss(const std::vector<std::int64_t>& codes, std::int64_t steps, std::int64_t outputs);

/// What is said of a row: `training::edits_of`, and behind it the mean over the steps of the
/// likeliest output's probability.
inline constexpr std::int64_t kConfidenceColumn = 4;
/// Reads probabilities, [N, T, K] on any device with the steps of each where some have fewer. Rows
/// of samples without targets are compared with nothing.
training::Outputs read_frames(const Alphabet& alphabet, const model::Inputs& frames,
                              const std::vector<std::int64_t>& rows, const data::Target& target);

}  // namespace dlwork::task
