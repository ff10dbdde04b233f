#pragma once

#include <atomic>
#include <string>

namespace dlwork {

/// Set by the first Ctrl-C; long work polls it at safe points and stops with its state kept.
class StopFlag {
 public:
  void request() { stop_.store(true, std::memory_order_relaxed); }
  bool requested() const { return stop_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> stop_{false};
};

/// How far a long piece of work is.
struct Progress {
  std::string label;   ///< "baseline: epoch 3/8"
  double done = 0;     ///< in `unit`
  double total = 0;    ///< 0 when unknown
  std::string unit;    ///< "samples", "rows", "trials"
  std::string detail;  ///< "loss 0.31, accuracy 0.91"
};

/// How modules tell what they do while they do it. Results do not go through here.
class Reporter {
 public:
  virtual ~Reporter() = default;
  virtual void debug(const std::string& message) = 0;
  virtual void info(const std::string& message) = 0;
  virtual void warn(const std::string& message) = 0;
  virtual void progress(const Progress& progress) = 0;
  /// The work `progress` told of is over; takes its line away.
  virtual void progress_done() = 0;
};

/// Says nothing. For tests and for work inside work.
class SilentReporter final : public Reporter {
 public:
  void debug(const std::string&) override {}
  void info(const std::string&) override {}
  void warn(const std::string&) override {}
  void progress(const Progress&) override {}
  void progress_done() override {}
};

}  // namespace dlwork
