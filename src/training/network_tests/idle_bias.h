#pragma once

#include <string>
#include <vector>

#include "dlwork/artefact/result.h"
#include "model/network.h"

namespace dlwork::training {

/// Biases that a batch norm takes away again, since it takes away the mean (Ioffe and Szegedy,
/// Batch Normalization, 2015, section 3.2): it stands behind them, and nothing is between but
/// layers that a shift of a whole channel passes through. Their gradient is zero in theory. Names
/// and order are the network's.
std::vector<std::string> idle_biases(const model::Network& network);

/// "net-idle-bias": a warning that names them. They are waste, not a fault.
artefact::Finding test_idle_biases(const model::Network& network);

}  // namespace dlwork::training
