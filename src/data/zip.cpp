#include "data/zip.h"

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "data/problem.h"

namespace dlwork::data {
namespace {

constexpr std::uint32_t kLocalMagic = 0x04034b50, kEntryMagic = 0x02014b50, kEndMagic = 0x06054b50;
constexpr std::uint32_t kEnd64Magic = 0x06064b50, kLocator64Magic = 0x07064b50;
constexpr std::size_t kEndBytes = 22, kEntryBytes = 46, kLocalBytes = 30, kLocatorBytes = 20;
constexpr std::size_t kMostComment = 65535;
constexpr std::uint64_t kMostDirectory = 64u << 20;
constexpr std::size_t kMostEntries = 65536;
constexpr std::uint32_t kUnknown = 0xffffffff;
constexpr std::uint16_t kZip64Field = 1;
constexpr int kStored = 0, kDeflated = 8;
constexpr std::uint64_t kMostDeflateRatio = 1032;
constexpr std::size_t kZipBuffer = 1u << 16;

std::uint64_t number(const std::uint8_t* at, int bytes) {
  std::uint64_t value = 0;
  for (int i = bytes - 1; i >= 0; --i) value = (value << 8) | at[i];
  return value;
}

/// Sizes and offset that did not fit the entry's own fields, from its extra field.
void take_zip64(const std::uint8_t* extra, std::size_t size, ZipEntry& entry) {
  while (size >= 4) {
    const auto id = number(extra, 2);
    const auto length = static_cast<std::size_t>(number(extra + 2, 2));
    extra += 4;
    size -= 4;
    if (length > size) return;
    if (id == kZip64Field) {
      const std::uint8_t* at = extra;
      std::size_t left = length;
      for (std::uint64_t* value : {&entry.size, &entry.packed, &entry.offset}) {
        if (*value != kUnknown || left < 8) continue;
        *value = number(at, 8);
        at += 8;
        left -= 8;
      }
    }
    extra += length;
    size -= length;
  }
}

}  // namespace

/// Bytes of one entry.
class ZipArchive::Stream final : public ByteStream {
 public:
  Stream(const ZipArchive& archive, const ZipEntry& entry, std::uint64_t begin)
      : archive_(archive),
        entry_(entry),
        at_(begin),
        packed_left_(entry.packed),
        input_(kZipBuffer) {
    if (entry.method == kDeflated && inflateInit2(&zlib_, -MAX_WBITS) != Z_OK) {
      throw std::bad_alloc();
    }
  }
  ~Stream() override {
    if (entry_.method == kDeflated) inflateEnd(&zlib_);
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  std::size_t read(void* out, std::size_t size) override {
    auto* to = static_cast<std::uint8_t*>(out);
    std::size_t done = 0;
    while (done < size && !at_end_) {
      const std::size_t step =
          entry_.method == kStored ? copy(to + done, size - done) : unpack(to + done, size - done);
      crc_ = static_cast<std::uint32_t>(crc32_z(crc_, to + done, step));
      done += step;
      unpacked_ += step;
      if (at_end_) finish();
    }
    return done;
  }
  std::uint64_t most_bytes() const override {
    const std::uint64_t most =
        entry_.method == kStored ? entry_.packed : entry_.packed * kMostDeflateRatio;
    return std::min(most, entry_.size);
  }

 private:
  std::size_t copy(std::uint8_t* to, std::size_t size) {
    const auto step = static_cast<std::size_t>(std::min<std::uint64_t>(size, packed_left_));
    if (step > 0) archive_.read_at(at_, to, step);
    at_ += step;
    packed_left_ -= step;
    at_end_ = packed_left_ == 0;
    return step;
  }

  std::size_t unpack(std::uint8_t* to, std::size_t size) {
    zlib_.next_out = to;
    zlib_.avail_out = static_cast<uInt>(std::min<std::size_t>(size, 1u << 30));
    const uInt room = zlib_.avail_out;
    while (zlib_.avail_out > 0 && !at_end_) {
      if (zlib_.avail_in == 0 && packed_left_ > 0) refill();
      const int code = inflate(&zlib_, Z_NO_FLUSH);
      if (code == Z_STREAM_END) {
        at_end_ = true;
      } else if (code != Z_OK ||
                 (zlib_.avail_in == 0 && packed_left_ == 0 && zlib_.avail_out > 0)) {
        archive_.damaged("the packed data of " + entry_.name + " are damaged");
      }
    }
    return room - zlib_.avail_out;
  }

  void refill() {
    const auto step = static_cast<std::size_t>(std::min<std::uint64_t>(kZipBuffer, packed_left_));
    archive_.read_at(at_, input_.data(), step);
    at_ += step;
    packed_left_ -= step;
    zlib_.next_in = input_.data();
    zlib_.avail_in = static_cast<uInt>(step);
  }

  void finish() const {
    if (unpacked_ == entry_.size && crc_ == entry_.crc) return;
    archive_.damaged("the checksum of " + entry_.name + " does not fit its data");
  }

  const ZipArchive& archive_;
  ZipEntry entry_;
  std::uint64_t at_;
  std::uint64_t packed_left_;
  std::uint64_t unpacked_ = 0;
  std::uint32_t crc_ = 0;
  bool at_end_ = false;
  std::vector<std::uint8_t> input_;
  z_stream zlib_{};
};

ZipArchive::ZipArchive(const std::string& path) : path_(path) {
  descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor_ < 0)
    input_error(path, 0, 0, std::string("cannot be read: ") + std::strerror(errno));
  const off_t size = ::lseek(descriptor_, 0, SEEK_END);
  file_size_ = size < 0 ? 0 : static_cast<std::uint64_t>(size);
  try {
    read_directory();
  } catch (...) {
    ::close(descriptor_);
    throw;
  }
}

ZipArchive::~ZipArchive() { ::close(descriptor_); }

void ZipArchive::damaged(const std::string& what) const {
  input_error(path_, 0, 0, what, "the archive is truncated or damaged; copy or make it again");
}

void ZipArchive::read_at(std::uint64_t offset, void* out, std::size_t size) const {
  auto* to = static_cast<char*>(out);
  if (offset > file_size_ || size > file_size_ - offset) damaged("the archive ends early");
  while (size > 0) {
    const ssize_t got = ::pread(descriptor_, to, size, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0)
      damaged(got < 0 ? std::string("cannot be read: ") + std::strerror(errno)
                      : "the archive ends early");
    to += got;
    offset += static_cast<std::uint64_t>(got);
    size -= static_cast<std::size_t>(got);
  }
}

void ZipArchive::read_directory() {
  // The end record is the last thing but for a comment.
  const auto tail_size = static_cast<std::size_t>(
      std::min<std::uint64_t>(file_size_, kEndBytes + kMostComment + kLocatorBytes));
  if (tail_size < kEndBytes) damaged("is no ZIP archive");
  std::vector<std::uint8_t> tail(tail_size);
  read_at(file_size_ - tail_size, tail.data(), tail_size);
  std::size_t end = tail_size - kEndBytes;
  while (number(&tail[end], 4) != kEndMagic) {
    if (end-- == 0) damaged("has no directory at its end");
  }
  std::uint64_t count = number(&tail[end + 10], 2);
  std::uint64_t size = number(&tail[end + 12], 4);
  std::uint64_t begin = number(&tail[end + 16], 4);
  const bool is_64 =
      end >= kLocatorBytes && number(&tail[end - kLocatorBytes], 4) == kLocator64Magic;
  if (is_64) {
    std::array<std::uint8_t, 56> record{};
    read_at(number(&tail[end - kLocatorBytes + 8], 8), record.data(), record.size());
    if (number(record.data(), 4) != kEnd64Magic) damaged("its directory is damaged");
    count = number(&record[32], 8);
    size = number(&record[40], 8);
    begin = number(&record[48], 8);
  }
  if (count > kMostEntries || size > kMostDirectory) damaged("its directory is too large");
  if (begin > file_size_ || size > file_size_ - begin) damaged("its directory is damaged");
  std::vector<std::uint8_t> directory(static_cast<std::size_t>(size));
  if (size > 0) read_at(begin, directory.data(), directory.size());
  std::size_t at = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    if (directory.size() - at < kEntryBytes || number(&directory[at], 4) != kEntryMagic) {
      damaged("its directory is damaged");
    }
    const std::uint8_t* head = &directory[at];
    const auto name = static_cast<std::size_t>(number(head + 28, 2));
    const auto extra = static_cast<std::size_t>(number(head + 30, 2));
    const auto comment = static_cast<std::size_t>(number(head + 32, 2));
    if (directory.size() - at - kEntryBytes < name + extra + comment)
      damaged("its directory is damaged");
    ZipEntry entry;
    const bool encrypted = (number(head + 8, 2) & 1) != 0;
    entry.method = encrypted ? -1 : static_cast<int>(number(head + 10, 2));
    entry.crc = static_cast<std::uint32_t>(number(head + 16, 4));
    entry.packed = number(head + 20, 4);
    entry.size = number(head + 24, 4);
    entry.offset = number(head + 42, 4);
    entry.name.assign(reinterpret_cast<const char*>(head + kEntryBytes), name);
    take_zip64(head + kEntryBytes + name, extra, entry);
    entries_.push_back(std::move(entry));
    at += kEntryBytes + name + extra + comment;
  }
}

std::unique_ptr<ByteStream> ZipArchive::open(const ZipEntry& entry) {
  if (entry.method != kStored && entry.method != kDeflated) {
    input_error(path_, 0, 0, entry.name + " is encrypted or packed in a way that is not read",
                "numpy.savez and numpy.savez_compressed write what is");
  }
  std::array<std::uint8_t, kLocalBytes> head{};
  read_at(entry.offset, head.data(), head.size());
  if (number(head.data(), 4) != kLocalMagic) damaged("the start of " + entry.name + " is damaged");
  const std::uint64_t begin =
      entry.offset + kLocalBytes + number(&head[26], 2) + number(&head[28], 2);
  if (begin > file_size_ || entry.packed > file_size_ - begin) damaged(entry.name + " ends early");
  if (entry.method == kStored && entry.packed != entry.size) {
    damaged("the sizes of " + entry.name + " do not agree");
  }
  return std::make_unique<Stream>(*this, entry, begin);
}

bool is_zip(const std::string& path) {
  std::array<std::uint8_t, 4> magic{};
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return false;
  const ssize_t got = ::pread(descriptor, magic.data(), magic.size(), 0);
  ::close(descriptor);
  return got == 4 &&
         (number(magic.data(), 4) == kLocalMagic || number(magic.data(), 4) == kEndMagic);
}

}  // namespace dlwork::data
