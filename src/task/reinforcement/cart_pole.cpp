#include "task/reinforcement/cart_pole.h"

#include <cmath>
#include <numbers>

#include "dlwork/base/error.h"

namespace dlwork::task {
namespace {

constexpr double kGravity = 9.8;     // m/s^2
constexpr double kCartMass = 1.0;    // kg
constexpr double kPoleMass = 0.1;    // kg
constexpr double kHalfLength = 0.5;  // m, of the pole
constexpr double kForce = 10.0;      // N
constexpr double kStepSeconds = 0.02;
constexpr double kMostAngle = 12 * 2 * std::numbers::pi / 360;
constexpr double kMostPlace = 2.4;  // m
constexpr double kStartRange = 0.05;

}  // namespace

std::vector<double> CartPole::draw_start(Rng& rng) const {
  std::vector<double> state(4);
  for (double& value : state) value = rng.uniform(-kStartRange, kStartRange);
  return state;
}

void CartPole::place(const std::vector<double>& state, std::int64_t steps) {
  DLWORK_ASSERT(state.size() == 4, "the cart and the pole have four numbers");
  state_ = state;
  steps_ = steps;
}

/// Florian, Correct Equations for the Dynamics of the Cart-Pole System (2007), eq. 23 and 24
/// without friction, which are the paper's own.
WorldStep CartPole::step(std::int64_t action) {
  const double force = action == 1 ? kForce : -kForce;
  const double angle = state_[2], angle_speed = state_[3];
  const double cosine = std::cos(angle), sine = std::sin(angle);
  constexpr double kMass = kCartMass + kPoleMass;
  constexpr double kPoleMoment = kPoleMass * kHalfLength;
  const double pushed = (force + kPoleMoment * (angle_speed * angle_speed) * sine) / kMass;
  const double angle_acceleration =
      (kGravity * sine - cosine * pushed) /
      (kHalfLength * (4.0 / 3.0 - kPoleMass * (cosine * cosine) / kMass));
  const double acceleration = pushed - kPoleMoment * angle_acceleration * cosine / kMass;
  // Euler's method: places move with the speeds before the step.
  state_[0] += kStepSeconds * state_[1];
  state_[1] += kStepSeconds * acceleration;
  state_[2] += kStepSeconds * angle_speed;
  state_[3] += kStepSeconds * angle_acceleration;
  ++steps_;
  const bool fell = std::abs(state_[0]) > kMostPlace || std::abs(state_[2]) > kMostAngle;
  return {1.0, fell, !fell && steps_ >= most_steps()};
}

}  // namespace dlwork::task
