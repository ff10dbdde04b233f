#pragma once

// Names a tensor without LibTorch's headers, which cost seconds in every file that includes them.
namespace at {
class Tensor;
}
