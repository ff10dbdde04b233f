#pragma once

#include <string>

#include "dlwork/base/error.h"

namespace dlwork::training {

/// A training that ends by its network and settings and not by the machine around it, as a full
/// disk would end it: another network may do better. Its status is kRuntime.
class FitError : public Error {
 public:
  enum class Cause {
    kDiverged,  ///< a loss or a weight is not finite
    kMemory     ///< it needs more memory than there is
  };
  FitError(Cause cause, const std::string& message, const std::string& hint)
      : Error(ExitStatus::kRuntime, message, hint), cause_(cause) {}

  Cause cause() const { return cause_; }

 private:
  Cause cause_;
};

}  // namespace dlwork::training
