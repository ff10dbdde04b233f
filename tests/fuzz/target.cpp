#include "fuzz/readers.h"

// DLWORK_READER is the function of fuzz/readers.h that this target calls.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  dlwork::fuzz::DLWORK_READER(bytes, size);
  return 0;
}
