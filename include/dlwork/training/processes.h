#pragma once

#include <memory>

#include "dlwork/base/error.h"
#include "dlwork/base/run_context.h"
#include "dlwork/base/world.h"

namespace dlwork::training {

/// A group over LibTorch's c10d. When it ends, so do its connections, and whatever the others wait
/// for fails at once.
class JoinedGroup : public Group {
 public:
  /// Lets the others know why this process ends. False where it cannot be told any more.
  virtual bool tell(const Error& failure) noexcept = 0;
};

/// Meets the other processes of `world`. Throws Error(kRuntime) where LibTorch has no Gloo, or no
/// NCCL for a CUDA device, and where not all come within the time.
std::unique_ptr<JoinedGroup> join_group(const World& world, const std::string& device,
                                        const StopFlag& stop);

/// What another process has told already: nothing of it is left to be said here.
bool is_told_elsewhere(const Error& failure);
Error told_elsewhere(ExitStatus status);

}  // namespace dlwork::training
