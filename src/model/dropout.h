#pragma once

#include <cstdint>

namespace dlwork::model {

/// A seed for one mask of dropout, drawn from LibTorch's generator for the CPU: whoever seeds that
/// (torch::manual_seed) decides the mask, whichever way the network is run.
std::uint64_t draw_mask_seed();

/// While this lives, masks of its thread come from a generator of the thread's own, seeded as
/// torch::manual_seed would: threads that train side by side do not take each other's numbers.
class OwnMasks {
 public:
  explicit OwnMasks(std::uint64_t seed);
  ~OwnMasks();
  OwnMasks(const OwnMasks&) = delete;
  OwnMasks& operator=(const OwnMasks&) = delete;
};

}  // namespace dlwork::model
