#pragma once

#include <string>

#include "training/supervised_learner.h"

namespace dlwork::training {

/// "2 conv2d": the first layer with a weight that is not finite; "" where there is none.
std::string broken_layer(const SupervisedLearner& learner);

/// Runs a batch whose loss is not finite again, in the network's present mode, and says where the
/// numbers stop being so: "in the inputs", "in the weights of layer 2 conv2d, broken by the step
/// before", "from layer 2 conv2d on, after values up to 3e+38", or "in the loss".
std::string find_divergence(const SupervisedLearner& learner, const model::Inputs& inputs);

}  // namespace dlwork::training
