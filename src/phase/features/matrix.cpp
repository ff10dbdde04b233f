#include "phase/features/matrix.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace dlwork::phase {

void for_each_block(std::int64_t count, std::int64_t block, int threads,
                    const std::function<void(std::int64_t begin, std::int64_t end)>& work) {
  std::atomic<std::int64_t> next{0};
  std::exception_ptr failure;
  std::mutex failure_lock;
  const auto run = [&] {
    try {
      for (std::int64_t begin = next.fetch_add(block); begin < count;
           begin = next.fetch_add(block)) {
        work(begin, std::min(begin + block, count));
      }
    } catch (...) {
      const std::lock_guard<std::mutex> guard(failure_lock);
      if (!failure) failure = std::current_exception();
      next.store(count);
    }
  };
  const std::int64_t blocks = (count + block - 1) / block;
  std::vector<std::thread> helpers;
  for (std::int64_t i = 1; i < std::min<std::int64_t>(threads, blocks); ++i) {
    helpers.emplace_back(run);
  }
  run();
  for (std::thread& helper : helpers) helper.join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace dlwork::phase
