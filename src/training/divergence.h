#pragma once

#include <string>

#include "model/network.h"

namespace dlwork::training {

/// "2 conv2d": the first layer with a weight that is not finite; "" where there is none.
std::string broken_layer(const model::Network& network);

/// After a backward pass: "the gradients of layer 2 conv2d are not finite", of the last such layer,
/// which the pass came to first; "the norm of the gradients is not finite" where each of them is.
std::string broken_gradients(const model::Network& network);

/// Runs a batch whose loss is not finite again, in the mode and precision it was run in, and says
/// where the numbers stop being so: "in the inputs", "in the weights of layer 2 conv2d, broken by
/// the step before", "from layer 2 conv2d on, after values up to 3e+38", or "in the loss".
std::string find_divergence(const model::Network& network, const model::Inputs& inputs,
                            const std::string& precision,
                            model::Network::Mode mode = model::Network::Mode::kTrain);

}  // namespace dlwork::training
