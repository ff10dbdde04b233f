#include "model/plan/parallel.h"

#include <atomic>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace dlwork::model::plan {
namespace {

/// Looks at whether there is work, before a thread goes to sleep: some tens of microseconds. A step
/// has work again within that time, and a processor is not kept from other programs for longer.
constexpr int kLooks = 2000;

void rest() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#else
  std::this_thread::yield();
#endif
}

/// Threads that wait for work together. One task at a time; every thread answers for each.
class Team {
 public:
  Team() = default;
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;
  ~Team() {
    work_ = nullptr;
    task_.fetch_add(1, std::memory_order_release);
    task_.notify_all();
    for (auto& thread : threads_) thread.join();
  }

  void run(int parts, const std::function<void(int)>& work) {
    while (static_cast<int>(threads_.size()) < parts - 1) {
      const int part = static_cast<int>(threads_.size()) + 1;
      threads_.emplace_back([this, part, seen = task_.load()] { serve(part, seen); });
    }
    work_ = &work;
    parts_ = parts;
    busy_.store(static_cast<int>(threads_.size()), std::memory_order_relaxed);
    task_.fetch_add(1, std::memory_order_release);
    task_.notify_all();
    attempt(0);
    for (int left = busy_.load(std::memory_order_acquire); left > 0;
         left = busy_.load(std::memory_order_acquire)) {
      if (!look([&] { return busy_.load(std::memory_order_acquire) != left; })) busy_.wait(left);
    }
    if (problem_) std::rethrow_exception(std::exchange(problem_, nullptr));
  }

 private:
  template <class Seen>
  static bool look(Seen seen) {
    for (int i = 0; i < kLooks; ++i) {
      if (seen()) return true;
      rest();
    }
    return false;
  }

  void serve(int part, std::uint32_t seen) {
    for (;;) {
      const auto changed = [&] { return task_.load(std::memory_order_acquire) != seen; };
      while (!look(changed)) task_.wait(seen);
      ++seen;
      if (!work_) return;
      if (part < parts_) attempt(part);
      if (busy_.fetch_sub(1, std::memory_order_acq_rel) == 1) busy_.notify_one();
    }
  }

  void attempt(int part) {
    try {
      (*work_)(part);
    } catch (...) {
      const std::lock_guard<std::mutex> lock(mutex_);
      problem_ = std::current_exception();
    }
  }

  std::vector<std::thread> threads_;
  std::atomic<std::uint32_t> task_{0};
  std::atomic<int> busy_{0};
  const std::function<void(int)>* work_ = nullptr;
  int parts_ = 0;
  std::mutex mutex_;
  std::exception_ptr problem_;
};

/// Columns that the first `part` of `parts` threads take, in whole panels.
std::int64_t panel_bound(std::int64_t n, std::int64_t panel, int part, int parts) {
  const std::int64_t panels = (n + panel - 1) / panel;
  const std::int64_t bound = panels * part / parts * panel;
  return bound < n ? bound : n;
}

}  // namespace

void run_parts(int parts, const std::function<void(int)>& work) {
  if (parts <= 1) return work(0);
  // Each thread that trains has helpers of its own.
  thread_local Team team;
  team.run(parts, work);
}

void multiply(const Product& product, int threads) {
  const Kernels& k = kernels();
  const double work = static_cast<double>(product.m) * static_cast<double>(product.n) *
                      static_cast<double>(product.k * product.segments);
  if (threads < 2 || work < kWorthAThread) {
    k.product(product);
    return;
  }
  const bool by_columns = (product.n + k.panel - 1) / k.panel >= 2 * threads;
  run_parts(threads, [&](int part) {
    Product piece = product;
    if (by_columns) {
      const std::int64_t begin = panel_bound(product.n, k.panel, part, threads);
      piece.n = panel_bound(product.n, k.panel, part + 1, threads) - begin;
      piece.b += begin / k.panel * product.b_panel;
      piece.c += begin;
      if (piece.bias) piece.bias += begin;
    } else {
      const std::int64_t begin = product.m * part / threads;
      piece.m = product.m * (part + 1) / threads - begin;
      piece.a += begin * product.a_row;
      piece.c += begin * product.c_row;
    }
    if (piece.m > 0 && piece.n > 0) k.product(piece);
  });
}

}  // namespace dlwork::model::plan
