#include "model/dropout.h"

#include <ATen/CPUGeneratorImpl.h>

#include <mutex>

namespace dlwork::model {

std::uint64_t draw_mask_seed() {
  at::Generator generator = at::detail::getDefaultCPUGenerator();
  const std::lock_guard<std::mutex> lock(generator.mutex());
  return at::check_generator<at::CPUGeneratorImpl>(generator)->random64();
}

}  // namespace dlwork::model
