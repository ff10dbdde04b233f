#include "data/byte_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "data/problem.h"

namespace dlwork::data {
namespace {

constexpr std::size_t kMostAtOnce = 1u << 30;
constexpr std::size_t kMagicBytes = 4;

std::int64_t changed_ns(const struct stat& status) {
  return status.st_mtim.tv_sec * std::int64_t{1'000'000'000} + status.st_mtim.tv_nsec;
}

}  // namespace

ByteSource::ByteSource(std::string path) : path_(std::move(path)) {
  // Without O_NONBLOCK a pipe that nobody writes to would never open.
  descriptor_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat status {};
  if (descriptor_ < 0 || ::fstat(descriptor_, &status) != 0) {
    fail(std::string("cannot be read: ") + std::strerror(errno),
         "check the path; relative paths start at data.root");
  }
  const auto refuse = [&](const char* why) {
    ::close(descriptor_);
    fail(why);
  };
  if (S_ISDIR(status.st_mode)) refuse("is a folder, not a file");
  if (!S_ISREG(status.st_mode)) refuse("is not a regular file");
  file_size_ = static_cast<std::uint64_t>(status.st_size);
  changed_ns_ = changed_ns(status);
  std::string start(kMagicBytes, '\0');
  const ssize_t got = ::pread(descriptor_, start.data(), start.size(), 0);
  start.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  unpacker_ = find_unpacker(start);
}

ByteSource::~ByteSource() { ::close(descriptor_); }

void ByteSource::fail(const std::string& message, const std::string& hint) const {
  input_error(path_, 0, 0, message, hint);
}

std::size_t ByteSource::read(void* out, std::size_t size) {
  auto* to = static_cast<char*>(out);
  const std::size_t got = unpacker_ ? unpacker_->read(*this, to, size) : read_raw(to, size);
  if (got < size) expect_unchanged();
  return got;
}

std::size_t ByteSource::read_raw(char* out, std::size_t size) {
  std::size_t done = 0;
  while (done < size) {
    const ssize_t got = ::read(descriptor_, out + done, std::min(size - done, kMostAtOnce));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail(std::string("cannot be read: ") + std::strerror(errno));
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  position_ += done;
  return done;
}

/// At the end: a file that another program writes to gives half of one state and half of another.
void ByteSource::expect_unchanged() const {
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0) return;
  if (static_cast<std::uint64_t>(status.st_size) == file_size_ &&
      changed_ns(status) == changed_ns_) {
    return;
  }
  fail("the file changed while it was read", "run the command again when nothing writes to it");
}

std::uint64_t ByteSource::most_bytes() const {
  return unpacker_ ? file_size_ * unpacker_->most_ratio() : file_size_;
}

}  // namespace dlwork::data
