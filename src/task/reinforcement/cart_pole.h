#pragma once

#include "task/reinforcement/world.h"

namespace dlwork::task {

/// A pole on a cart that is pushed left (0) or right (1): Barto, Sutton and Anderson, Neuronlike
/// Adaptive Elements That Can Solve Difficult Learning Control Problems (1983), with the constants,
/// limits and Euler steps of Gymnasium's CartPole-v1: 1 for every step until the pole leans more
/// than 12 degrees or the cart is 2.4 m away, at most 500 steps.
/// State: x [m], dx/dt [m/s], theta [rad], dtheta/dt [rad/s].
class CartPole final : public World {
 public:
  std::vector<std::string> state_names() const override {
    return {"x", "x_speed", "angle", "angle_speed"};
  }
  std::vector<float> scales() const override { return {1.0f, 1.0f, 0.1f, 1.0f}; }
  std::vector<std::string> actions() const override { return {"left", "right"}; }
  std::int64_t most_steps() const override { return 500; }
  /// Each number uniform in [-0.05, 0.05).
  std::vector<double> draw_start(Rng& rng) const override;
  void place(const std::vector<double>& state, std::int64_t steps) override;
  const std::vector<double>& state() const override { return state_; }
  std::int64_t steps() const override { return steps_; }
  WorldStep step(std::int64_t action) override;

 private:
  std::vector<double> state_ = std::vector<double>(4, 0.0);
  std::int64_t steps_ = 0;
};

}  // namespace dlwork::task
