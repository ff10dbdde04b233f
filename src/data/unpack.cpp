#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <new>
#include <vector>

#include "data/byte_source.h"

namespace dlwork::data {
namespace {

constexpr std::size_t kBuffer = 1u << 18;
constexpr const char* kCopyAgain = "copy or download it again";

/// gzip (RFC 1952), also several members one behind the other.
class Gzip final : public ByteSource::Unpacker {
 public:
  Gzip() : input_(kBuffer) {
    constexpr int kGzipWindow = MAX_WBITS + 16;
    if (inflateInit2(&zlib_, kGzipWindow) != Z_OK) throw std::bad_alloc();
  }
  ~Gzip() override { inflateEnd(&zlib_); }
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;

  std::size_t read(ByteSource& source, char* out, std::size_t size) override {
    std::size_t done = 0;
    while (done < size && !at_end_) {
      if (zlib_.avail_in == 0) refill(source);
      if (at_end_) break;
      if (member_ended_ && !start_member(source)) break;
      const auto room = static_cast<uInt>(std::min<std::size_t>(size - done, 1u << 30));
      zlib_.next_out = reinterpret_cast<Bytef*>(out + done);
      zlib_.avail_out = room;
      const int code = inflate(&zlib_, Z_NO_FLUSH);
      done += room - zlib_.avail_out;
      if (code == Z_STREAM_END) {
        member_ended_ = true;
      } else if (code != Z_OK && code != Z_BUF_ERROR) {
        source.fail(std::string("the gzip file is damaged: ") +
                        (zlib_.msg != nullptr ? zlib_.msg : "inflate failed"),
                    kCopyAgain);
      }
    }
    return done;
  }
  std::uint64_t most_ratio() const override { return 1032; }

 private:
  void refill(ByteSource& source) {
    const std::size_t got = source.read_raw(reinterpret_cast<char*>(input_.data()), input_.size());
    zlib_.next_in = input_.data();
    zlib_.avail_in = static_cast<uInt>(got);
    if (got > 0) return;
    at_end_ = true;
    if (!member_ended_) {
      source.fail("the gzip file ends before its data does",
                  "it is truncated; copy or download it again");
    }
  }

  /// Zeros behind the last member are padding.
  bool start_member(ByteSource& source) {
    if (*zlib_.next_in == 0) {
      at_end_ = true;
      return false;
    }
    if (inflateReset(&zlib_) != Z_OK) source.fail("the gzip file is damaged", kCopyAgain);
    member_ended_ = false;
    return true;
  }

  z_stream zlib_{};
  std::vector<Bytef> input_;
  bool member_ended_ = false;
  bool at_end_ = false;
};

/// zstd (RFC 8878). Frames that ask for a window of more than 128 MiB are refused.
class Zstd final : public ByteSource::Unpacker {
 public:
  Zstd() : stream_(ZSTD_createDStream()), input_(ZSTD_DStreamInSize()) {
    if (stream_ == nullptr) throw std::bad_alloc();
  }
  ~Zstd() override { ZSTD_freeDStream(stream_); }
  Zstd(const Zstd&) = delete;
  Zstd& operator=(const Zstd&) = delete;

  std::size_t read(ByteSource& source, char* out, std::size_t size) override {
    ZSTD_outBuffer to{out, size, 0};
    while (to.pos < to.size) {
      if (from_.pos == from_.size) {
        from_ = {input_.data(), source.read_raw(input_.data(), input_.size()), 0};
      }
      const std::size_t before = to.pos;
      const bool at_end = from_.size == 0;
      if (at_end && frame_ended_) break;
      const std::size_t hint = ZSTD_decompressStream(stream_, &to, &from_);
      if (ZSTD_isError(hint)) {
        source.fail(std::string("the zstd file is damaged: ") + ZSTD_getErrorName(hint),
                    kCopyAgain);
      }
      frame_ended_ = hint == 0;
      if (at_end && to.pos == before && !frame_ended_) {
        source.fail("the zstd file ends before its data does",
                    "it is truncated; copy or download it again");
      }
    }
    return to.pos;
  }
  /// A block of up to 128 KiB of one repeated byte takes 4 bytes.
  std::uint64_t most_ratio() const override { return (128u << 10) / 4; }

 private:
  ZSTD_DStream* stream_;
  std::vector<char> input_;
  ZSTD_inBuffer from_{nullptr, 0, 0};
  bool frame_ended_ = true;
};

}  // namespace

std::unique_ptr<ByteSource::Unpacker> find_unpacker(const std::string& start) {
  if (start.rfind("\x1F\x8B", 0) == 0) return std::make_unique<Gzip>();
  if (start == "\x28\xB5\x2F\xFD") return std::make_unique<Zstd>();
  return nullptr;
}

}  // namespace dlwork::data
