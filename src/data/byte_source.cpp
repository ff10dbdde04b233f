#include "data/byte_source.h"

#include <sys/stat.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "data/problem.h"

namespace dlwork::data {
namespace {

constexpr unsigned kBuffer = 1u << 18;
constexpr std::size_t kMostAtOnce = 1u << 30;
constexpr std::uint64_t kMostDeflateRatio = 1032;

}  // namespace

ByteSource::ByteSource(std::string path) : path_(std::move(path)) {
  struct stat status {};
  if (::stat(path_.c_str(), &status) != 0) {
    input_error(path_, 0, 0, std::string("cannot be read: ") + std::strerror(errno),
                "check the path; relative paths start at data.root");
  }
  if (S_ISDIR(status.st_mode)) input_error(path_, 0, 0, "is a folder, not a file");
  if (!S_ISREG(status.st_mode)) input_error(path_, 0, 0, "is not a regular file");
  file_size_ = static_cast<std::uint64_t>(status.st_size);
  errno = 0;
  file_ = gzopen(path_.c_str(), "rb");
  if (file_ == nullptr) {
    const int reason = errno == 0 ? ENOMEM : errno;
    input_error(path_, 0, 0, std::string("cannot be read: ") + std::strerror(reason));
  }
  gzbuffer(file_, kBuffer);
  compressed_ = file_size_ > 0 && gzdirect(file_) == 0;
}

ByteSource::~ByteSource() { gzclose_r(file_); }

std::size_t ByteSource::read(void* out, std::size_t size) {
  auto* to = static_cast<char*>(out);
  std::size_t done = 0;
  while (done < size) {
    const auto want = static_cast<unsigned>(std::min(size - done, kMostAtOnce));
    errno = 0;
    const int got = gzread(file_, to + done, want);
    const int system_reason = errno;
    int code = Z_OK;
    const char* reason = gzerror(file_, &code);
    if (code == Z_ERRNO) {
      input_error(path_, 0, 0, std::string("cannot be read: ") + std::strerror(system_reason));
    }
    if (code == Z_BUF_ERROR) {
      input_error(path_, 0, 0, "the gzip file ends before its data does",
                  "it is truncated; copy or download it again");
    }
    if (got < 0 || code < 0) {
      input_error(path_, 0, 0, std::string("the gzip file is damaged: ") + reason,
                  "copy or download it again");
    }
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

std::uint64_t ByteSource::position() const {
  const auto offset = gzoffset(file_);
  return offset < 0 ? file_size_ : static_cast<std::uint64_t>(offset);
}

std::uint64_t ByteSource::most_bytes() const {
  return compressed_ ? file_size_ * kMostDeflateRatio : file_size_;
}

}  // namespace dlwork::data
