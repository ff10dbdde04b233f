#pragma once

#include <filesystem>
#include <vector>

#include "dlwork/cli/cli.h"

/// What the executable takes from the operating system. Tests bring their own.
namespace dlwork::cli {

/// Standard input, output and error, with what is known of the terminal.
Streams standard_streams();

/// The first SIGINT or SIGTERM requests a stop, the second leaves at once.
void stop_on_signals(StopFlag& stop);

/// Returns once there is something to read, or a stop is requested: a read that waits by itself
/// goes on after a signal.
void wait_for_input(int descriptor, const StopFlag& stop);

/// Opens the library that holds LibTorch, from the first of `folders` that has it. Throws
/// Error(kRuntime) saying where it was looked for, or why it cannot be opened.
phase::Engine& open_engine(const std::vector<std::filesystem::path>& folders);
/// Beside the executable, then ../lib.
std::vector<std::filesystem::path> engine_folders();

}  // namespace dlwork::cli
