#include "data/cut_media.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string_view>

#include "data/numbers_at.h"

namespace dlwork::data {
namespace {

/// Rows of pixels without packing; of others the decoder reads none.
bool lacks_rows(const std::string& bytes) {
  const NumbersAt numbers(bytes, true);
  constexpr std::uint32_t kOldHead = 12;
  constexpr std::uint32_t kMasks = 3;  // pixels as they are, with masks of their colours
  const auto offset = numbers.number(10, 4), head = numbers.number(14, 4);
  const bool old = head == kOldHead;
  const auto width = old ? numbers.number(18, 2) : numbers.number(18, 4);
  const auto height = old ? numbers.number(20, 2) : numbers.number(22, 4);
  const auto bits = numbers.number(old ? 24 : 28, 2);
  const auto packing = old ? std::optional<std::uint32_t>(0) : numbers.number(30, 4);
  if (!offset || !width || !height || !bits || !packing) return true;
  if (*packing != 0 && *packing != kMasks) return false;
  // Below 0 where rows go downwards.
  const std::int64_t rows = std::abs(std::int64_t{static_cast<std::int32_t>(*height)});
  const std::int64_t row_bits = std::int64_t{static_cast<std::int32_t>(*width)} * *bits;
  if (rows == 0 || row_bits <= 0) return false;
  const std::int64_t stride = (row_bits + 31) / 32 * 4;
  // Some writers leave out what fills the last row up.
  const std::int64_t pixels = stride * (rows - 1) + (row_bits + 7) / 8;
  return static_cast<std::int64_t>(bytes.size()) < *offset + pixels;
}

/// From here on sizes stand for "not known": programs that write to a pipe put 0xFFFFFFFF,
/// 0x7FFFFFFF, 0x7FFFF000 (whole blocks) or, in AIFF, the frames that 0x7F000000 bytes hold there.
constexpr std::uint32_t kUnknownSize = 0x7E000000;

/// Bytes at places of a file that is not read whole.
class BytesAt {
 public:
  explicit BytesAt(const std::string& path)
      : file_(path, std::ios::binary | std::ios::ate),
        size_(static_cast<std::uint64_t>(std::max<std::streamoff>(0, file_.tellg()))) {}
  std::uint64_t size() const { return size_; }
  /// `count` bytes, fewer where the file ends.
  std::string read(std::uint64_t at, std::size_t count) {
    std::string bytes(at < size_ ? std::min<std::uint64_t>(count, size_ - at) : 0, '\0');
    file_.seekg(static_cast<std::streamoff>(at));
    file_.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return file_ ? bytes : std::string();
  }

 private:
  std::ifstream file_;
  std::uint64_t size_;
};

/// Goes from chunk to chunk (Microsoft and IBM, RIFF 1991; Apple, AIFF 1989) to the `samples`.
bool is_cut_chunk(BytesAt& file, const char* samples, bool little) {
  constexpr std::uint64_t kHeadBytes = 12, kChunkHeadBytes = 8;
  for (std::uint64_t at = kHeadBytes; at + kChunkHeadBytes <= file.size();) {
    const std::string chunk = file.read(at, kChunkHeadBytes);
    const auto size = NumbersAt(chunk, little).number(4, 4);
    if (!size) return false;
    at += kChunkHeadBytes;
    if (chunk.starts_with(samples)) {
      return *size > 0 && *size < kUnknownSize && at + *size > file.size();
    }
    at += *size + *size % 2;  // chunks begin at even places
  }
  return false;
}

/// Goes from page to page (RFC 3533, section 6). What stands behind the pages is no sound. Whether
/// the last page says that it is the last is not asked: what was taken from a stream does not.
bool is_cut_ogg(BytesAt& file) {
  constexpr std::size_t kPageHeadBytes = 27;
  constexpr std::string_view kPage = "OggS";
  for (std::uint64_t at = 0; at < file.size();) {
    const std::string head = file.read(at, kPageHeadBytes);
    if (head.compare(0, kPage.size(), kPage, 0, std::min(head.size(), kPage.size())) != 0) {
      return false;
    }
    if (head.size() < kPageHeadBytes) return true;
    const auto segments = static_cast<unsigned char>(head.back());
    const std::string sizes = file.read(at + kPageHeadBytes, segments);
    if (sizes.size() < segments) return true;
    at += kPageHeadBytes + segments;
    for (const char size : sizes) at += static_cast<unsigned char>(size);
    if (at > file.size()) return true;
  }
  return false;
}

}  // namespace

bool is_cut_bmp(const std::string& bytes) {
  return bytes.compare(0, 2, "BM") == 0 && lacks_rows(bytes);
}

const char* cut_sound(const std::string& path) {
  BytesAt file(path);
  constexpr std::size_t kHeadBytes = 12;
  const std::string head = file.read(0, kHeadBytes);
  const std::string kind = head.size() < kHeadBytes ? "" : head.substr(8);
  const bool little = head.starts_with("RIFF");
  if (kind == "WAVE" && (little || head.starts_with("RIFX"))) {
    return is_cut_chunk(file, "data", little) ? "WAV" : nullptr;
  }
  if (head.starts_with("FORM") && (kind == "AIFF" || kind == "AIFC")) {
    return is_cut_chunk(file, "SSND", false) ? "AIFF" : nullptr;
  }
  if (head.starts_with("OggS")) return is_cut_ogg(file) ? "OGG" : nullptr;
  return nullptr;
}

}  // namespace dlwork::data
