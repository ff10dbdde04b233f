#pragma once

#include <cstdint>
#include <string>

#include "dlwork/base/group.h"
#include "dlwork/base/reporter.h"

namespace dlwork {

/// Where and how work runs, apart from what defines its result. Passed to everything long.
struct RunContext {
  Reporter& reporter;
  const StopFlag& stop;
  std::string device = "cpu";  ///< "cpu", "cuda", "cuda:1"; already resolved from "auto"
  int threads = 1;
  Group* group = nullptr;  ///< of processes that train together; null where this one is alone
};

}  // namespace dlwork
