#pragma once

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "dlwork/training/processes.h"
#include "support/temporary_folder.h"

namespace dlwork::testing {

/// Runs `work` as each member of a group, in threads that stand for processes; returns what each of
/// them ended with, "" where nothing was thrown.
inline std::vector<std::string> run_together(
    int size, const std::function<void(training::JoinedGroup&)>& work,
    double timeout_seconds = 60) {
  const TemporaryFolder folder;
  std::vector<std::string> ends(static_cast<std::size_t>(size));
  std::vector<std::thread> threads;
  for (int rank = 0; rank < size; ++rank) {
    threads.emplace_back([&, rank] {
      World world;
      world.rank = world.local_rank = rank;
      world.size = world.local_size = size;
      world.meeting_file = (folder / "meeting").string();
      world.timeout_seconds = timeout_seconds;
      const StopFlag stop;
      try {
        const auto group = training::join_group(world, "cpu", stop);
        // Whoever ends at once would close connections that others are still opening.
        group->meet(stop);
        work(*group);
      } catch (const Error& error) {
        ends[static_cast<std::size_t>(rank)] =
            training::is_told_elsewhere(error) ? "told elsewhere" : error.what();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  return ends;
}

}  // namespace dlwork::testing
