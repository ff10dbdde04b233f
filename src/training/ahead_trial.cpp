#include "training/ahead_trial.h"

#include "dlwork/base/stats.h"
#include "dlwork/base/text.h"

namespace dlwork::training {
namespace {

/// Share of a step below which waiting for data does not count.
constexpr double kWorthTrying = 0.03;

std::string milliseconds_text(double seconds) { return pretty_number(1e3 * seconds, 3) + " ms"; }

}  // namespace

AheadTrial::AheadTrial(int threads)
    : text_("not gathered ahead: too few steps to tell whether it pays") {
  if (threads > 1) return;
  state_ = State::kOver;
  text_ = "not gathered ahead: training has one thread";
}

void AheadTrial::step(double seconds, double gathering) {
  if (state_ != State::kWithout && state_ != State::kTrying) return;
  if (left_ > 0) {
    --left_;
    return;
  }
  seconds_.push_back(seconds);
  gathering_ += gathering;
  if (seconds_.size() < kSteps) return;
  if (state_ == State::kWithout) {
    decide_to_try();
  } else {
    decide_to_keep();
  }
}

void AheadTrial::decide_to_try() {
  without_ = quantile(seconds_, 0.5);
  double all = 0;
  for (const double seconds : seconds_) all += seconds;
  if (gathering_ < kWorthTrying * all) {
    state_ = State::kOver;
    text_ = "not gathered ahead: that takes " + pretty_number(100 * gathering_ / all, 2) +
            " % of a step";
    return;
  }
  state_ = State::kTrying;
  left_ = kFirst;
  seconds_.clear();
}

void AheadTrial::decide_to_keep() {
  const double with = quantile(seconds_, 0.5);
  state_ = with < without_ ? State::kKept : State::kOver;
  text_ = std::string(state_ == State::kKept ? "" : "not ") +
          "gathered ahead on a thread: a step takes " + milliseconds_text(with) + " with it, " +
          milliseconds_text(without_) + " without";
}

}  // namespace dlwork::training
