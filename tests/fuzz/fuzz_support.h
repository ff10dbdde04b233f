#pragma once

#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
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

/// A folder of this process in memory with two class folders, for as long as this lives: the bytes
/// as a file of each, and their first half as another of the second.
struct ByteFolder {
  ByteFolder(const std::uint8_t* bytes, std::size_t size, const std::string& ending)
      : path("/dev/shm/dlwork-fuzz-folder-" + std::to_string(::getpid())) {
    std::filesystem::create_directories(path + "/a");
    std::filesystem::create_directories(path + "/b");
    write("/a/1" + ending, bytes, size);
    write("/b/1" + ending, bytes, size);
    write("/b/2" + ending, bytes, size / 2);
  }
  ~ByteFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  ByteFolder(const ByteFolder&) = delete;
  ByteFolder& operator=(const ByteFolder&) = delete;

  std::string path;

 private:
  void write(const std::string& name, const std::uint8_t* bytes, std::size_t size) const {
    std::ofstream(path + name, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes), static_cast<std::streamsize>(size));
  }
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
