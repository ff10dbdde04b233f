#include "dlwork/base/hash.h"

#include <fcntl.h>
#include <unistd.h>
#include <xxhash.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <new>
#include <vector>

#include "dlwork/base/error.h"

namespace dlwork {
namespace {

std::string hex_of(const XXH128_hash_t& hash) {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, hash);
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : canonical.digest) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace

struct Hasher::State {
  State() : xxh(XXH3_createState()) {
    if (xxh == nullptr) throw std::bad_alloc();
    XXH3_128bits_reset(xxh);
  }
  ~State() { XXH3_freeState(xxh); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  XXH3_state_t* xxh;
};

Hasher::Hasher() : state_(std::make_unique<State>()) {}
Hasher::~Hasher() = default;

Hasher& Hasher::add(std::string_view bytes) { return add(bytes.data(), bytes.size()); }

Hasher& Hasher::add(const void* bytes, size_t size) {
  if (size > 0) XXH3_128bits_update(state_->xxh, bytes, size);
  return *this;
}

std::string Hasher::hex() const { return hex_of(XXH3_128bits_digest(state_->xxh)); }

std::string hash_text(std::string_view text) {
  return hex_of(XXH3_128bits(text.data(), text.size()));
}

std::string hash_file(const std::filesystem::path& path) {
  const auto fail = [&path] {
    throw Error(ExitStatus::kInput, "cannot read " + path.string() + ": " + std::strerror(errno));
  };
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) fail();
  Hasher hasher;
  constexpr size_t kBlockBytes = 1 << 20;
  std::vector<char> block(kBlockBytes);
  for (;;) {
    const ssize_t size = ::read(descriptor, block.data(), block.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) {
      const int reason = errno;
      ::close(descriptor);
      errno = reason;
      fail();
    }
    if (size == 0) break;
    hasher.add(block.data(), static_cast<size_t>(size));
  }
  ::close(descriptor);
  return hasher.hex();
}

std::uint64_t hash64(const void* bytes, size_t size, std::uint64_t seed) {
  return XXH3_64bits_withSeed(bytes, size, seed);
}

}  // namespace dlwork
