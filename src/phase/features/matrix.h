#pragma once

#include <Eigen/Core>

#include <cstdint>
#include <functional>

namespace dlwork::phase {

/// Samples x features.
using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Calls `work(begin, end)` for blocks of `block` rows of [0, count) on so many threads. Blocks are
/// the same for any number of threads, so sums kept by block are too. An exception of `work` is
/// thrown again here once all threads are done.
void for_each_block(std::int64_t count, std::int64_t block, int threads,
                    const std::function<void(std::int64_t begin, std::int64_t end)>& work);

}  // namespace dlwork::phase
