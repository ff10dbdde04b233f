#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace dlwork {

/// Streaming 128-bit content hash (XXH3). Not cryptographic: it tells change, not forgery.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher& add(std::string_view bytes);
  Hasher& add(const void* bytes, size_t size);
  /// 32 hexadecimal digits.
  std::string hex() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string hash_text(std::string_view text);
/// Hash of a file's contents, read in blocks. Throws Error(kInput).
std::string hash_file(const std::filesystem::path& path);
/// 64-bit hash for hash tables over sample contents.
std::uint64_t hash64(const void* bytes, size_t size, std::uint64_t seed = 0);

}  // namespace dlwork
