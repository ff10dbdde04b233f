#include "dlwork/training/together.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

#include "training/batch_size.h"
#include "training/memory.h"
#include "training/runner.h"

namespace dlwork::training {
namespace {

/// One thread at a time.
class SharedReporter final : public Reporter {
 public:
  explicit SharedReporter(Reporter& reporter) : reporter_(reporter) {}
  void debug(const std::string& message) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    reporter_.debug(message);
  }
  void info(const std::string& message) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    reporter_.info(message);
  }
  void warn(const std::string& message) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    reporter_.warn(message);
  }
  void progress(const Progress& progress) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    reporter_.progress(progress);
  }
  void progress_done() override {
    const std::lock_guard<std::mutex> lock(mutex_);
    reporter_.progress_done();
  }

 private:
  Reporter& reporter_;
  std::mutex mutex_;
};

/// LibTorch's threads while this lives.
class Threads {
 public:
  explicit Threads(int threads) : before_(at::get_num_threads()) { at::set_num_threads(threads); }
  ~Threads() { at::set_num_threads(before_); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

 private:
  int before_;
};

/// Fits that draw from LibTorch's one generator, as autograd does and the mean of weights where it
/// shows all batches again, would take each other's numbers.
bool draws_by_itself(const Fitting& fitting) {
  const auto* learner = dynamic_cast<const SupervisedLearner*>(fitting.learner);
  if (!learner || learner->device() != torch::kCPU) return false;
  if (fitting.options.training.averaging.method != "none") return false;
  const auto runner = make_training_runner(*learner, LossSettings(), fitting.options.training);
  return runner->path() == "planned";
}

/// As many as threads, and as memory has room for at once. The sizes of batches are known.
std::size_t at_once(const std::vector<Fitting>& fittings, const std::vector<std::size_t>& which) {
  std::uint64_t most = 1;
  for (const std::size_t i : which) {
    const auto& learner = static_cast<const SupervisedLearner&>(*fittings[i].learner);
    const auto& options = fittings[i].options;
    const auto rows = static_cast<std::int64_t>(options.train_rows.size());
    most = std::max(most, memory_need(learner).of(std::min(rows, options.training.batch_size)));
  }
  const std::uint64_t room = std::max<std::uint64_t>(1, available_memory_bytes(torch::kCPU) / 2 / most);
  return std::min<std::uint64_t>(
      {room, which.size(), static_cast<std::uint64_t>(at::get_num_threads())});
}

void fit_side_by_side(const std::vector<Fitting>& fittings, const std::vector<std::size_t>& which,
                      const Fitted& fitted, RunContext& run) {
  SharedReporter reporter(run.reporter);
  RunContext shared{reporter, run.stop, run.device, 1};
  std::vector<std::exception_ptr> problems(which.size());
  std::atomic<std::size_t> next{0};
  std::atomic<bool> failed{false};
  std::mutex mutex;
  const std::size_t workers = at_once(fittings, which);
  const Threads one(1);
  const auto work = [&] {
    at::set_num_threads(1);
    for (std::size_t i = next++; i < which.size() && !failed; i = next++) {
      const Fitting& fitting = fittings[which[i]];
      try {
        const auto report = fitting.learner->fit(fitting.options, shared);
        const std::lock_guard<std::mutex> lock(mutex);
        fitted(which[i], report);
      } catch (...) {
        problems[i] = std::current_exception();
        failed = true;
      }
    }
  };
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < workers; ++i) threads.emplace_back(work);
  for (auto& thread : threads) thread.join();
  for (const auto& problem : problems) {
    if (problem) std::rethrow_exception(problem);
  }
}

}  // namespace

void fit_together(const std::vector<Fitting>& fittings, const Fitted& fitted, RunContext& run) {
  std::vector<std::size_t> side_by_side;
  std::vector<Fitting> sized = fittings;
  for (std::size_t i = 0; i < fittings.size(); ++i) {
    if (!draws_by_itself(fittings[i])) continue;
    side_by_side.push_back(i);
    sized[i].options = with_batch_size(static_cast<const SupervisedLearner&>(*sized[i].learner),
                                       fittings[i].options, run);
  }
  if (!side_by_side.empty()) fit_side_by_side(sized, side_by_side, fitted, run);
  for (std::size_t i = 0; i < fittings.size(); ++i) {
    if (std::find(side_by_side.begin(), side_by_side.end(), i) != side_by_side.end()) continue;
    fitted(i, fittings[i].learner->fit(fittings[i].options, run));
  }
}

}  // namespace dlwork::training
