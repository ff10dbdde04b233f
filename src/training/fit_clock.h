#pragma once

#include "training/device.h"
#include "training/trace.h"

namespace dlwork::training {

/// Takes the time of a fit's parts. CUDA works on after a call returns: where a trace is wanted,
/// each part is waited for; else it is left to go on, and whoever needs its numbers waits.
class FitClock {
 public:
  FitClock(const torch::Device& device, bool traced)
      : device_(device), traced_(traced), trace_(traced) {}

  /// Does the work and returns the seconds it took.
  template <class Work>
  double time(const char* name, const Work& work) {
    const double begin = now();
    work();
    const double end = now();
    trace_.add(name, begin, end);
    return end - begin;
  }
  const Trace& trace() const { return trace_; }

 private:
  double now() const { return traced_ ? seconds_on(device_) : monotonic_seconds(); }

  torch::Device device_;
  bool traced_;
  Trace trace_;
};

}  // namespace dlwork::training
