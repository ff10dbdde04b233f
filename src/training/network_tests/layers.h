#pragma once

#include <functional>
#include <string>
#include <vector>

#include "dlwork/artefact/result.h"
#include "dlwork/spec/project.h"
#include "model/network.h"
#include "training/own_model.h"

/// What tests say of a list of layers, a batch and its loss, whatever the task that it learns.
namespace dlwork::training {

/// A network, a batch and the mean loss of what the network gives of it.
struct NetworkAndLoss {
  const model::Network& network;
  model::Inputs inputs;
  std::function<torch::Tensor(const model::Inputs& outputs)> loss;
  std::uint64_t seed = 1;  ///< of dropout
};

/// "net-initial-weights", of a network and another that differs by its seed alone.
artefact::Finding test_initial_weights(const model::Network& network, const model::Network& other);

/// "net-activations", of inputs as training has them.
artefact::Finding test_activations(const model::Network& network, const model::Inputs& inputs,
                                   std::uint64_t seed, const spec::NetworkTest& thresholds);

/// "net-signal-depth". Adds to the gradients that the parameters have: of a fresh network.
artefact::Finding test_signal_depth(const NetworkAndLoss& of, const spec::NetworkTest& thresholds);

/// "net-update-ratio", of steps of training on one batch at `rate`.
artefact::Finding test_update_ratio(const model::Network& network,
                                    const std::function<void()>& step, double rate,
                                    const spec::NetworkTest& thresholds);

/// Whether to give up on a batch after so many steps: a tenth of test.overfit_steps, 100 at least,
/// have left a loss of more than 0.9 of the first.
bool learns_nothing(std::int64_t steps, double share, const spec::NetworkTest& thresholds);

/// Moves all weights a little, the same each time: biases of zero put whole regions of a picture on
/// the kink of a ReLU, where there is no derivative.
void jitter(const NamedTensors& weights);
/// Floating-point numbers as float64, others as they are.
torch::Tensor widened(const torch::Tensor& tensor);
/// The tensors themselves become float64; nothing else may hold on to their memory.
void widen(const NamedTensors& tensors);
/// Whether a network in training mode gives other numbers by another seed: dropout.
bool draws_numbers(const model::Network& network, const model::Inputs& inputs);

/// A loss of weights in float64, the same number each time it is asked for.
struct ExactLoss {
  NamedTensors weights;
  std::function<torch::Tensor()> value;
};
/// "net-gradient-check": the gradients of `exact` against differences of its values, and against
/// them those that training works out in float32, of the same weights in their order. `single` is
/// empty where random numbers of both would come apart.
artefact::Finding test_gradients(const ExactLoss& exact,
                                 const std::function<std::vector<torch::Tensor>()>& single,
                                 double tolerance);
/// The gradient of each, zeros where none came.
std::vector<torch::Tensor> gradients_of(const NamedTensors& weights);
/// Parameters that are not frozen, and their gradients.
NamedTensors trained_parameters(const model::Network& network);
std::vector<torch::Tensor> trained_gradients(const model::Network& network);

/// What is past the ends of sequences, and by what share it changes outputs and gradients.
struct PaddingSeen {
  std::size_t sequences = 0;
  double outputs = 0, gradients = 0;
};
/// "net-padding": a warning that names layers which count all steps, where there are some.
artefact::Finding judge_padding(const model::Network& network, const PaddingSeen& seen,
                                double tolerance);
/// The values with noise past the ends, as wide as no standardised sample has it.
model::Inputs noise_past_ends(const model::Inputs& inputs);

/// Share of the numbers of a sample that no output answers to. Of the inputs the last `codes` are
/// categories, which have no gradient.
double unread_share(const model::Network& network, const model::Inputs& inputs, std::int64_t codes);

/// A batch learned by heart: its loss at first and at last, and with what inputs.
struct DependenceSeen {
  double first = 0, last = 0;
  double real = 0, zeroed = 0, dealt = 0;
  double unread = 0;
};
/// "net-input-dependence".
artefact::Finding judge_dependence(const DependenceSeen& seen, const spec::NetworkTest& thresholds);
/// The losses with these inputs, with zeros in their place, and with those of other samples.
void see_dependence(const model::Inputs& inputs,
                    const std::function<double(const model::Inputs& inputs)>& loss_with,
                    DependenceSeen& seen);

}  // namespace dlwork::training
