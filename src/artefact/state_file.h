#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "dlwork/artefact/workspace.h"

namespace dlwork::artefact {

/// What state.json holds: {"schema": "dlwork/state/1", "phases": {..}, "test_readings": {..}}.
struct State {
  std::map<std::string, PhaseState> phases;
  std::map<std::string, std::int64_t> test_readings;  ///< by data fingerprint
};

/// An absent file is an empty state. Throws Error(kInput) with advice when it is damaged.
State read_state(const std::filesystem::path& file);
void write_state(const std::filesystem::path& file, const State& state);

}  // namespace dlwork::artefact
