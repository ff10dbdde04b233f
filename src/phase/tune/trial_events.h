#pragma once

#include "dlwork/phase/phase.h"
#include "phase/tune/journal.h"

namespace dlwork::phase {

/// Where the events of a trial's training go; TensorBoard shows each trial as a run of its own.
std::filesystem::path trial_events_folder(const Context& context, std::int64_t number);

/// What is searched and by which scalar trials compare, for TensorBoard's HParams page.
void tell_search(const Context& context);
/// A trial's settings, and how it ended.
void tell_trial_start(const Context& context, std::int64_t number, const spec::Project& project);
void tell_trial_end(const Context& context, const Trial& trial);

}  // namespace dlwork::phase
