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

/// What the first of two processes ends with where the second fails at once, by `failure`.
inline std::string beside_one_that_fails(PhaseOverFake& first, const std::string& phase,
                                         const Error& failure) {
  const auto ends = run_together(2, [&](training::JoinedGroup& group) {
    if (group.leads()) {
      first.group = &group;
      first.run(phase);
    } else {
      std::string place;
      group.broadcast(place);
      EXPECT_TRUE(group.tell(failure));
    }
  });
  first.group = nullptr;
  return ends[0];
}

}  // namespace dlwork::testing
