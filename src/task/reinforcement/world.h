#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "dlwork/base/rng.h"

namespace dlwork::task {

/// What an action led to.
struct WorldStep {
  double reward = 0;
  bool ended = false;  ///< nothing more is to be earned: the pole fell
  bool cut = false;    ///< the episode is long enough; it would have gone on
};

/// A simulated world with a state of numbers and a few actions.
class World {
 public:
  virtual ~World() = default;
  virtual std::vector<std::string> state_names() const = 0;
  /// What each number is divided by before a network sees it, so that all are of like size.
  virtual std::vector<float> scales() const = 0;
  virtual std::vector<std::string> actions() const = 0;
  virtual std::int64_t most_steps() const = 0;
  /// A state in which episodes start.
  virtual std::vector<double> draw_start(Rng& rng) const = 0;
  void start(const std::vector<double>& state) { place(state, 0); }
  /// In the midst of an episode, so many steps after its start.
  virtual void place(const std::vector<double>& state, std::int64_t steps) = 0;
  virtual const std::vector<double>& state() const = 0;
  /// Of the running episode.
  virtual std::int64_t steps() const = 0;
  virtual WorldStep step(std::int64_t action) = 0;
};

/// Throws Error(kUsage) with the known names.
std::unique_ptr<World> make_world(const std::string& name);

}  // namespace dlwork::task
