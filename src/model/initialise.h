#pragma once

#include "model/network.h"

namespace dlwork::model {

/// Draws a layer's first weights, and those of layers inside it, in order. Ways by name; f: inputs
/// of a unit, g: outputs of an input:
///   he, he-uniform      variance 2 / f: He et al., Delving Deep into Rectifiers (2015), eq. 10
///   xavier, -uniform    variance 2 / (f + g): Glorot and Bengio, Understanding the Difficulty of
///                       Training Deep Feedforward Neural Networks (2010), eq. 12 and 16
///   lecun, -uniform     variance 1 / f: LeCun et al., Efficient BackProp (1998), eq. 16; for selu
///   orthogonal          Saxe, McClelland and Ganguli, Exact Solutions ... (2014)
///   truncated-normal    deviation 0.02, cut at 2 deviations: as Devlin et al., BERT (2019)
///   pytorch             uniform to 1 / sqrt f: what torch.nn draws for linear and convolution
/// Without a name: he for linear layers and convolutions; the output a tenth of it, for a first
/// loss near its theoretical value; embeddings normal with variance 1 / width; attention
/// xavier-uniform. Recurrent layers: xavier-uniform for each gate from the input, orthogonal for
/// each gate from the state (Saxe et al.), whatever is named; the lstm's forget gate starts open,
/// bias 1 (Jozefowicz, Zaremba and Sutskever 2015). All other biases start at 0, norms at one and
/// zero.
void initialise(const PlannedLayer& layer, Layer& module, at::Generator& generator);

}  // namespace dlwork::model
