#pragma once

#include <string>
#include <vector>

#include "support/fake_phase.h"
#include "support/team.h"

namespace dlwork::testing {

/// Processes that run a phase over the fake task together, threads that stand for them; each with a
/// workspace of its own, as the engine gives it one.
struct Processes {
  explicit Processes(int size) : all(static_cast<std::size_t>(size)), results(all.size()) {}

  /// What each ended with.
  std::vector<std::string> run(const std::string& phase) {
    return run_together(static_cast<int>(all.size()), [&](training::JoinedGroup& group) {
      const auto rank = static_cast<std::size_t>(group.rank());
      all[rank].group = &group;
      results[rank] = all[rank].run(phase);
      all[rank].group = nullptr;
    });
  }

  std::vector<PhaseOverFake> all;
  std::vector<artefact::PhaseResult> results;
};

}  // namespace dlwork::testing
