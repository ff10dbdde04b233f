#include "model/dropout.h"

#include <ATen/CPUGeneratorImpl.h>

#include <mutex>

namespace dlwork::model {
namespace {

struct OwnGenerator {
  at::Generator generator = at::detail::createCPUGenerator();
  bool used = false;
};

OwnGenerator& own() {
  thread_local OwnGenerator own;
  return own;
}

}  // namespace

OwnMasks::OwnMasks(std::uint64_t seed) {
  own().generator.set_current_seed(seed);
  own().used = true;
}
OwnMasks::~OwnMasks() { own().used = false; }

std::uint64_t draw_mask_seed() {
  at::Generator generator = own().used ? own().generator : at::detail::getDefaultCPUGenerator();
  const std::lock_guard<std::mutex> lock(generator.mutex());
  return at::check_generator<at::CPUGeneratorImpl>(generator)->random64();
}

}  // namespace dlwork::model
