#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

namespace dlwork::training {

/// A thread that does one piece of work at a time for its owner, who goes on meanwhile.
class Worker {
 public:
  Worker() : thread_([this] { serve(); }) {}
  ~Worker() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      ended_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// After the piece before is finished.
  void start(std::function<void()> work) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      work_ = std::move(work);
    }
    changed_.notify_all();
  }
  /// Waits for the piece of work. Throws what it threw.
  void finish() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return !work_; });
    if (problem_) std::rethrow_exception(std::exchange(problem_, nullptr));
  }

 private:
  void serve() {
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return work_ || ended_; });
      if (!work_) return;
      lock.unlock();
      std::exception_ptr problem;
      try {
        work_();
      } catch (...) {
        problem = std::current_exception();
      }
      lock.lock();
      problem_ = problem;
      work_ = nullptr;
      changed_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::function<void()> work_;  ///< empty when there is none
  std::exception_ptr problem_;
  bool ended_ = false;
  std::thread thread_;  ///< last: it uses the others
};

}  // namespace dlwork::training
