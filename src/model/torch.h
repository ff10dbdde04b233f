#pragma once

// What dlwork uses of LibTorch: tensors, autograd and modules. <torch/torch.h> brings data loaders,
// optimisers, TorchScript and every layer too, which each file would take seconds longer to read;
// who builds layers includes <torch/nn.h>.
#include <torch/autograd.h>
#include <torch/cuda.h>
#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>
#include <torch/types.h>
#include <torch/utils.h>
