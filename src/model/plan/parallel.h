#pragma once

#include <functional>

#include "model/plan/kernels.h"

namespace dlwork::model::plan {

/// The product, shared out over `threads` by columns or rows where it is large enough. Each number
/// of C is summed in one order, whatever the threads.
void multiply(const Product& product, int threads);

/// Multiplications worth waking another thread for, which takes some microseconds.
inline constexpr double kWorthAThread = 4e5;

/// Calls work(part) for each part below `parts`, part 0 here and each other on a thread of its own,
/// which is kept for the next call. Throws what a part threw.
void run_parts(int parts, const std::function<void(int)>& work);

}  // namespace dlwork::model::plan
