#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace dlwork::training {

/// Whether it pays to gather batches ahead, on a thread of its own: found out in the first steps of
/// a fit. Tried where gathering takes more than 3 % of a step, and kept where it makes the step
/// shorter. It changes no number but time.
class AheadTrial {
 public:
  /// `threads`: of the fit; with one alone nothing is tried.
  explicit AheadTrial(int threads);

  /// The next step's batch should be gathered ahead.
  bool ahead() const { return state_ == State::kTrying || state_ == State::kKept; }
  /// After a step, and what of it went into gathering or waiting for it.
  void step(double seconds, double gathering);
  /// "gathered ahead on a thread: a step takes 1.2 ms, 1.5 ms without".
  const std::string& text() const { return text_; }

  static constexpr std::size_t kSteps = 20;  ///< of a kind that are measured
  static constexpr std::size_t kFirst = 5;   ///< of a kind that are not

 private:
  enum class State { kWithout, kTrying, kKept, kOver };
  void decide_to_try();
  void decide_to_keep();

  State state_ = State::kWithout;
  std::size_t left_ = kFirst;
  std::vector<double> seconds_;  ///< of the steps of this kind
  double gathering_ = 0;         ///< of the steps that are measured
  double without_ = 0;           ///< a step takes, in seconds
  std::string text_;
};

}  // namespace dlwork::training
