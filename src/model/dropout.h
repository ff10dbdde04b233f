#pragma once

#include <cstdint>

namespace dlwork::model {

/// A seed for one mask of dropout, drawn from LibTorch's generator for the CPU: whoever seeds that
/// (torch::manual_seed) decides the mask, whichever way the network is run.
std::uint64_t draw_mask_seed();

}  // namespace dlwork::model
