#include "training/ahead_trial.h"

#include <gtest/gtest.h>

namespace dlwork::training {
namespace {

/// So many steps of the same times; the first ones of a kind are not counted.
void take(AheadTrial& trial, double seconds, double gathering) {
  for (std::size_t i = 0; i < AheadTrial::kFirst; ++i) trial.step(9, 9);
  for (std::size_t i = 0; i < AheadTrial::kSteps; ++i) trial.step(seconds, gathering);
}

TEST(AheadTrial, LeavesAloneWhatTakesNoTime) {
  AheadTrial trial(2);
  EXPECT_FALSE(trial.ahead());
  EXPECT_EQ(trial.text(), "not gathered ahead: too few steps to tell whether it pays");
  take(trial, 0.010, 0.0002);
  EXPECT_FALSE(trial.ahead());
  EXPECT_EQ(trial.text(), "not gathered ahead: that takes 2 % of a step");
}

TEST(AheadTrial, KeepsWhatMakesTheStepShorter) {
  AheadTrial trial(2);
  take(trial, 0.010, 0.004);
  EXPECT_TRUE(trial.ahead()) << "tried";
  take(trial, 0.007, 0.0001);
  EXPECT_TRUE(trial.ahead());
  EXPECT_EQ(trial.text(), "gathered ahead on a thread: a step takes 7 ms with it, 10 ms without");
  take(trial, 0.020, 0.0001);
  EXPECT_TRUE(trial.ahead()) << "decided";
}

TEST(AheadTrial, GivesUpWhatMakesItLonger) {
  AheadTrial trial(2);
  take(trial, 0.010, 0.004);
  take(trial, 0.012, 0.0001);
  EXPECT_FALSE(trial.ahead());
  EXPECT_EQ(trial.text(),
            "not gathered ahead on a thread: a step takes 12 ms with it, 10 ms without");
}

TEST(AheadTrial, TakesNoThreadThatWasNotGiven) {
  AheadTrial trial(1);
  take(trial, 0.010, 0.009);
  EXPECT_FALSE(trial.ahead());
  EXPECT_EQ(trial.text(), "not gathered ahead: training has one thread");
}

}  // namespace
}  // namespace dlwork::training
