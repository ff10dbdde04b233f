#pragma once

#include <sys/types.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "dlwork/base/temporary_folder.h"
#include "dlwork/base/world.h"

namespace dlwork::cli {

class Session;

/// The copies of this program that `--processes N` starts on this machine, N - 1 of them.
class Companions {
 public:
  /// `line`: the command line that they get too. Throws Error(kRuntime) where one cannot be
  /// started.
  Companions(int processes, const std::vector<std::string>& line);
  /// Waits a moment for them to end by themselves, then ends them.
  ~Companions();
  Companions(const Companions&) = delete;
  Companions& operator=(const Companions&) = delete;

  /// Of this process: rank 0.
  const World& world() const { return world_; }

 private:
  void start(int rank, const std::vector<std::string>& line);
  void watch();
  void end();

  World world_;
  TemporaryFolder folder_;  ///< of the meeting file; outlives the processes
  struct Child {
    pid_t process;
    int rank;
    bool ended = false;
  };
  std::vector<Child> children_;
  std::atomic<bool> over_{false};
  std::thread watcher_;  ///< notes in the meeting file's folder which of them died
};

/// Takes away what the process that started this one would have, where that one is killed.
class MeetingKeeper {
 public:
  explicit MeetingKeeper(const World& world);
  ~MeetingKeeper();
  MeetingKeeper(const MeetingKeeper&) = delete;
  MeetingKeeper& operator=(const MeetingKeeper&) = delete;

 private:
  std::string file_;  ///< they met by; "" where a launcher started both
  pid_t parent_;
};

/// Which process of a training this one is: what its launcher said, or --processes; the latter
/// starts the others, and `companions` holds them. Throws Error(kUsage) for a command that runs in
/// one process.
World world_of(Session& session, std::unique_ptr<Companions>& companions);

}  // namespace dlwork::cli
