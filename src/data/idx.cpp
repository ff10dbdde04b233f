#include "data/idx.h"

#include <algorithm>

#include "data/memory_room.h"
#include "data/problem.h"
#include "dlwork/base/text.h"

namespace dlwork::data {
namespace {

constexpr std::int64_t kIdxBlock = 8 << 20;
constexpr int kMostDims = 4;
constexpr std::int64_t kMostIdxSide = 1 << 16;

/// Bytes of one value by type code, 0 for codes that do not exist.
int bytes_of_type(std::uint8_t type) {
  switch (type) {
    case 0x08:  // unsigned byte
    case 0x09:  // signed byte
      return 1;
    case 0x0B:  // 16-bit integer
      return 2;
    case 0x0C:  // 32-bit integer
    case 0x0D:  // float
      return 4;
    case 0x0E:  // double
      return 8;
    default:
      return 0;
  }
}

bool is_magic(const std::array<std::uint8_t, 4>& magic) {
  return magic[0] == 0 && magic[1] == 0 && bytes_of_type(magic[2]) > 0 && magic[3] >= 1 &&
         magic[3] <= kMostDims;
}

std::string dims_text(const std::vector<std::int64_t>& dims) {
  std::vector<std::string> parts;
  for (const auto dim : dims) parts.push_back(std::to_string(dim));
  return join(parts, " x ");
}

}  // namespace

IdxFile::IdxFile(const std::string& path) : source_(path) {
  std::array<std::uint8_t, 4> magic{};
  const bool whole = source_.read(magic.data(), magic.size()) == magic.size();
  if (source_.file_size() == 0) input_error(path, 0, 0, "the file is empty");
  if (!whole || !is_magic(magic)) {
    input_error(path, 0, 0, "is no IDX file: its first bytes are no IDX magic number");
  }
  const std::uint8_t type = magic[2];
  if (type != 0x08 && type != 0x09 && type != 0x0B && type != 0x0C) {
    input_error(path, 0, 0, "holds floating-point values; only IDX files of integers are read");
  }
  value_bytes_ = bytes_of_type(type);
  std::uint64_t total = static_cast<std::uint64_t>(value_bytes_);
  bool overflow = false;
  for (int d = 0; d < magic[3]; ++d) {
    std::array<std::uint8_t, 4> bytes{};
    if (source_.read(bytes.data(), bytes.size()) != bytes.size()) {
      input_error(path, 0, 0, "ends inside its IDX header");
    }
    const std::int64_t dim =
        (std::int64_t{bytes[0]} << 24) | (bytes[1] << 16) | (bytes[2] << 8) | bytes[3];
    dims_.push_back(dim);
    overflow = overflow || __builtin_mul_overflow(total, static_cast<std::uint64_t>(dim), &total);
  }
  const std::uint64_t header = 4 + 4 * dims_.size();
  if (overflow || total > source_.most_bytes()) {
    input_error(path, 0, 0,
                "its header promises " + dims_text(dims_) + " values, more than the file can hold",
                "it is truncated or damaged; copy or download it again");
  }
  if (total == 0) input_error(path, 0, 0, "holds no records (" + dims_text(dims_) + ")");
  if (!source_.compressed() && total + header != source_.file_size()) {
    input_error(path, 0, 0,
                "its header promises " + std::to_string(total + header) + " bytes, the file has " +
                    std::to_string(source_.file_size()),
                "it is truncated or damaged; copy or download it again");
  }
  records_left_ = dims_[0];
  record_bytes_ = static_cast<std::int64_t>(total) / dims_[0];
}

std::int64_t IdxFile::read(std::int64_t count, std::vector<std::uint8_t>& out) {
  count = std::min(count, records_left_);
  std::int64_t bytes = count * record_bytes_;
  const auto wanted = out.size() + static_cast<std::size_t>(bytes);
  while (bytes > 0) {
    const auto step = static_cast<std::size_t>(std::min(bytes, kIdxBlock));
    const std::size_t old = out.size();
    if (out.capacity() < old + step) out.reserve(std::min(wanted, old + old + step));
    out.resize(old + step);
    if (source_.read(out.data() + old, step) != step) {
      input_error(source_.path(), 0, 0, "holds fewer values than its header promises",
                  "it is truncated or damaged; copy or download it again");
    }
    bytes -= static_cast<std::int64_t>(step);
  }
  records_left_ -= count;
  return count;
}

void IdxFile::expect_end() {
  std::uint8_t extra;
  if (records_left_ == 0 && source_.read(&extra, 1) == 1) {
    input_error(source_.path(), 0, 0, "holds more values than its header promises",
                "it is damaged; copy or download it again");
  }
}

bool is_idx(const std::string& path) {
  ByteSource source(path);
  std::array<std::uint8_t, 4> magic{};
  return source.read(magic.data(), magic.size()) == magic.size() && is_magic(magic);
}

std::array<std::int64_t, 3> picture_shape(const IdxFile& file, const std::string& path) {
  const auto& dims = file.dims();
  if ((dims.size() != 3 && dims.size() != 4) || file.value_bytes() != 1) {
    input_error(path, 0, 0, "holds " + dims_text(dims) + " values, not pictures",
                "pictures are N x height x width or N x channels x height x width bytes");
  }
  const std::size_t first = dims.size() - 2;
  const std::array<std::int64_t, 3> shape{dims.size() == 4 ? dims[1] : 1, dims[first],
                                          dims[first + 1]};
  for (const auto side : shape) {
    if (side > kMostIdxSide) {
      input_error(path, 0, 0, "pictures of " + dims_text(dims) + " are too large");
    }
  }
  return shape;
}

std::int64_t read_idx_pictures(const std::string& path, Pictures& pool) {
  IdxFile file(path);
  const auto [channels, height, width] = picture_shape(file, path);
  if (pool.count > 0 &&
      (pool.channels != channels || pool.height != height || pool.width != width)) {
    input_error(path, 0, 0,
                "its pictures are " + dims_text({channels, height, width}) +
                    ", those read before are " +
                    dims_text({pool.channels, pool.height, pool.width}),
                "all pictures must have one size (channels x height x width)");
  }
  expect_room(path, "its pictures and those before need", pool.pixels.size() + file.bytes(),
              "name fewer files");
  pool.channels = channels;
  pool.height = height;
  pool.width = width;
  const std::int64_t count = file.read(file.records(), pool.pixels);
  file.expect_end();
  pool.count += count;
  return count;
}

std::vector<std::int32_t> read_idx_labels(const std::string& path) {
  IdxFile file(path);
  if (file.dims().size() != 1) {
    input_error(path, 0, 0, "holds " + dims_text(file.dims()) + " values, not labels",
                "labels are one-dimensional; are pictures and labels swapped?");
  }
  // As bytes, and then as numbers.
  expect_room(path, "its labels need",
              file.bytes() + std::uint64_t{sizeof(std::int32_t)} * file.records(),
              "name a smaller file");
  std::vector<std::uint8_t> bytes;
  const std::int64_t count = file.read(file.records(), bytes);
  file.expect_end();
  std::vector<std::int32_t> labels(count);
  for (std::int64_t i = 0; i < count; ++i) {
    std::uint32_t value = 0;
    for (int b = 0; b < file.value_bytes(); ++b) {
      value = (value << 8) | bytes[i * file.value_bytes() + b];
    }
    // Only labels of one byte come unsigned; the others are two's complement.
    labels[i] = file.value_bytes() == 2 ? static_cast<std::int16_t>(value)
                                        : static_cast<std::int32_t>(value);
  }
  return labels;
}

}  // namespace dlwork::data
