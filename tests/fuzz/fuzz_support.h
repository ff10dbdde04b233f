#pragma once

#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "dlwork/base/error.h"

namespace dlwork::fuzz {

/// The bytes as a file of this process in memory, for as long as this lives.
struct ByteFile {
  ByteFile(const std::uint8_t* bytes, std::size_t size, const std::string& ending)
      : path("/dev/shm/dlwork-fuzz-" + std::to_string(::getpid()) + ending) {
    std::FILE* file = std::fopen(path.c_str(), "wb");
    if (file == nullptr) std::abort();
    if (size > 0 && std::fwrite(bytes, 1, size, file) != size) std::abort();
    if (std::fclose(file) != 0) std::abort();
  }
  ~ByteFile() { ::unlink(path.c_str()); }
  ByteFile(const ByteFile&) = delete;
  ByteFile& operator=(const ByteFile&) = delete;

  std::string path;
};

/// Reads; an Error is what bad bytes are to end with, all else is found by the fuzzer.
template <class Action>
void survive(Action action) {
  try {
    action();
  } catch (const Error& error) {
    if (error.diagnostics().empty()) std::abort();
  }
}

}  // namespace dlwork::fuzz
