#include "data/npy.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>

#include "data/problem.h"
#include "data/utf16.h"
#include "dlwork/base/machine.h"
#include "dlwork/base/text.h"

namespace dlwork::data {
namespace {

constexpr char kNpyMagic[] = "\x93NUMPY";
constexpr std::size_t kNpyMagicBytes = 6;
constexpr std::size_t kMostHeader = 1u << 16;
constexpr std::size_t kMostNpyDims = 8;
constexpr int kMostTextBytes = 1 << 20;
constexpr std::int64_t kNpyBlock = 8 << 20;

/// Reads the head's text, a Python dictionary of literals.
class HeaderParser {
 public:
  explicit HeaderParser(std::string_view text) : left_(text) {}

  bool parse(std::string& type, bool& fortran, std::vector<std::int64_t>& dims) {
    bool has_type = false, has_order = false, has_shape = false;
    if (!take('{')) return false;
    while (!take('}')) {
      std::string key;
      if (!quoted(key) || !take(':')) return false;
      if (key == "descr") {
        if (!quoted(type)) return false;
        has_type = true;
      } else if (key == "fortran_order") {
        if (!truth(fortran)) return false;
        has_order = true;
      } else if (key == "shape") {
        if (!tuple(dims)) return false;
        has_shape = true;
      } else {
        return false;
      }
      if (!take(',') && peek() != '}') return false;
    }
    return has_type && has_order && has_shape && peek() == '\0';
  }

 private:
  char peek() {
    while (!left_.empty() && (left_.front() == ' ' || left_.front() == '\n'))
      left_.remove_prefix(1);
    return left_.empty() ? '\0' : left_.front();
  }
  bool take(char letter) {
    if (peek() != letter) return false;
    left_.remove_prefix(1);
    return true;
  }
  bool quoted(std::string& text) {
    const char quote = peek();
    if (quote != '\'' && quote != '"') return false;
    const auto end = left_.find(quote, 1);
    if (end == std::string_view::npos) return false;
    text = left_.substr(1, end - 1);
    left_.remove_prefix(end + 1);
    return true;
  }
  bool truth(bool& value) {
    for (const bool each : {true, false}) {
      const std::string_view word = each ? "True" : "False";
      peek();
      if (left_.substr(0, word.size()) != word) continue;
      left_.remove_prefix(word.size());
      value = each;
      return true;
    }
    return false;
  }
  bool tuple(std::vector<std::int64_t>& dims) {
    if (!take('(')) return false;
    while (!take(')')) {
      peek();
      std::size_t digits = 0;
      while (digits < left_.size() && left_[digits] >= '0' && left_[digits] <= '9') ++digits;
      const auto dim = parse_integer(left_.substr(0, digits));
      if (!dim || dims.size() == kMostNpyDims) return false;
      dims.push_back(*dim);
      left_.remove_prefix(digits);
      take('L');  // as Python 2 wrote it
      if (!take(',') && peek() != ')') return false;
    }
    return true;
  }

  std::string_view left_;
};

bool is_number_type(char kind, int bytes) {
  switch (kind) {
    case 'f':
      return bytes == 2 || bytes == 4 || bytes == 8;
    case 'i':
    case 'u':
      return bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8;
    case 'b':
      return bytes == 1;
    default:
      return false;
  }
}

/// IEEE 754 binary16.
double half(std::uint16_t bits) {
  const double sign = (bits & 0x8000) != 0 ? -1 : 1;
  const int exponent = (bits >> 10) & 31, fraction = bits & 1023;
  if (exponent == 31) return fraction == 0 ? sign * INFINITY : NAN;
  if (exponent == 0) return sign * std::ldexp(fraction, -24);
  return sign * std::ldexp(1024 + fraction, exponent - 25);
}

double number_at(const NpyHeader& header, const std::uint8_t* at) {
  std::uint64_t bits = 0;
  for (int i = 0; i < header.value_bytes; ++i) {
    const int place = header.big_endian ? i : header.value_bytes - 1 - i;
    bits = (bits << 8) | at[place];
  }
  if (header.kind == 'f') {
    if (header.value_bytes == 2) return half(static_cast<std::uint16_t>(bits));
    if (header.value_bytes == 4) return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    return std::bit_cast<double>(bits);
  }
  if (header.kind != 'i') return static_cast<double>(bits);
  const int unused = 64 - 8 * header.value_bytes;
  return static_cast<double>(static_cast<std::int64_t>(bits << unused) >> unused);
}

}  // namespace

std::int64_t NpyHeader::item() const {
  std::int64_t size = 1;
  for (std::size_t d = 1; d < dims.size(); ++d) size *= dims[d];
  return size;
}

std::string NpyHeader::text() const {
  static const std::pair<char, const char*> kNames[] = {
      {'f', "float"}, {'i', "int"}, {'u', "uint"}, {'b', "bool"}, {'S', "bytes"}, {'U', "text"}};
  std::string text;
  for (const auto& [letter, name] : kNames) {
    if (letter == kind) text = name;
  }
  if (!is_text() && kind != 'b') text += std::to_string(8 * value_bytes);
  std::vector<std::string> sides;
  for (const auto dim : dims) sides.push_back(std::to_string(dim));
  return text + ", " + (sides.empty() ? "one value" : join(sides, " x "));
}

bool is_npy_magic(const std::string& start) {
  return start.compare(0, kNpyMagicBytes, kNpyMagic, kNpyMagicBytes) == 0;
}

NpyArray::NpyArray(std::unique_ptr<ByteStream> stream, std::string name)
    : stream_(std::move(stream)), name_(std::move(name)) {
  read_header();
  check_promise();
  items_left_ = header_.count();
}

void NpyArray::fail(const std::string& what, const std::string& hint) const {
  input_error(name_, 0, 0, what, hint);
}

void NpyArray::read_header() {
  std::string start(kNpyMagicBytes + 2, '\0');
  if (stream_->read(start.data(), start.size()) != start.size() || !is_npy_magic(start)) {
    fail("is no NPY array: its first bytes are not those of one");
  }
  const int version = static_cast<unsigned char>(start[kNpyMagicBytes]);
  if (version < 1 || version > 3) fail("has the unknown NPY version " + std::to_string(version));
  std::array<std::uint8_t, 4> length{};
  const std::size_t length_bytes = version == 1 ? 2 : 4;
  if (stream_->read(length.data(), length_bytes) != length_bytes) fail("ends inside its head");
  std::size_t size = 0;
  for (std::size_t i = length_bytes; i-- > 0;) size = (size << 8) | length[i];
  if (size > kMostHeader) fail("its head is longer than " + pretty_bytes(kMostHeader));
  std::string text(size, '\0');
  if (stream_->read(text.data(), size) != size) fail("ends inside its head");
  std::string type;
  if (!HeaderParser(text).parse(type, header_.fortran_order, header_.dims)) {
    fail("its head is damaged, or describes records of several fields",
         "one array of numbers or texts is read; save the columns alone");
  }
  const bool has_order =
      !type.empty() && std::string_view("<>=|").find(type[0]) != std::string::npos;
  header_.big_endian = type[0] == '>';
  if (has_order) type.erase(0, 1);
  header_.kind = type.empty() ? '?' : type[0];
  if (header_.kind == '?') header_.kind = 'b';
  const auto bytes = parse_integer(type.size() > 1       ? type.substr(1)
                                   : header_.kind == 'b' ? "1"
                                                         : "");
  if (header_.kind == 'O') {
    fail("holds Python objects, which are not read",
         "numpy.asarray(values, dtype=float) or dtype=str before saving");
  }
  const bool is_known =
      bytes && *bytes >= 0 && *bytes <= kMostTextBytes &&
      (header_.is_text() || is_number_type(header_.kind, static_cast<int>(*bytes)));
  if (!is_known) fail("holds values of the type '" + type + "', which are not read");
  header_.value_bytes = static_cast<int>(*bytes) * (header_.kind == 'U' ? 4 : 1);
}

void NpyArray::check_promise() const {
  std::uint64_t total = static_cast<std::uint64_t>(header_.value_bytes);
  bool overflow = false;
  for (const auto dim : header_.dims) {
    overflow = overflow || __builtin_mul_overflow(total, static_cast<std::uint64_t>(dim), &total);
  }
  if (!overflow && total <= stream_->most_bytes() && header_.value_bytes > 0 && total > 0) return;
  if (!overflow && total == 0) fail("holds no values (" + header_.text() + ")");
  fail("its head promises more values (" + header_.text() + ") than the file can hold",
       "it is truncated or damaged; copy or save it again");
}

/// Bytes of the next items in C order into `bytes`.
void NpyArray::take(std::int64_t items, std::vector<std::uint8_t>& bytes) {
  const std::int64_t size = items * header_.item() * header_.value_bytes;
  bytes.clear();
  if (header_.fortran_order && header_.dims.size() > 1) {
    if (reordered_.empty()) load_fortran();
    const auto* from = reordered_.data() + reordered_at_;
    bytes.assign(from, from + size);
    reordered_at_ += static_cast<std::size_t>(size);
    return;
  }
  for (std::int64_t left = size; left > 0;) {
    const auto step = static_cast<std::size_t>(std::min(left, kNpyBlock));
    const std::size_t old = bytes.size();
    bytes.resize(old + step);
    if (stream_->read(bytes.data() + old, step) != step) {
      fail("holds fewer values than its head promises",
           "it is truncated or damaged; copy or save it again");
    }
    left -= static_cast<std::int64_t>(step);
  }
}

void NpyArray::load_fortran() {
  const std::int64_t total = header_.count() * header_.item();
  const std::uint64_t bytes = header_.bytes();
  if (2 * bytes > usable_memory_bytes()) {
    fail("is in Fortran order and larger than half of the memory",
         "save it with numpy.ascontiguousarray(array)");
  }
  std::vector<std::uint8_t> columns;
  for (std::uint64_t left = bytes; left > 0;) {
    const auto step = static_cast<std::size_t>(std::min<std::uint64_t>(left, kNpyBlock));
    const std::size_t old = columns.size();
    columns.resize(old + step);
    if (stream_->read(columns.data() + old, step) != step) {
      fail("holds fewer values than its head promises",
           "it is truncated or damaged; copy or save it again");
    }
    left -= step;
  }
  reordered_.resize(columns.size());
  const std::size_t value = static_cast<std::size_t>(header_.value_bytes);
  std::vector<std::int64_t> index(header_.dims.size(), 0);
  for (std::int64_t i = 0; i < total; ++i) {  // index counts in C order
    std::int64_t from = 0, stride = 1;
    for (std::size_t d = 0; d < index.size(); ++d) {
      from += index[d] * stride;
      stride *= header_.dims[d];
    }
    std::memcpy(&reordered_[static_cast<std::size_t>(i) * value],
                &columns[static_cast<std::size_t>(from) * value], value);
    for (std::size_t d = index.size(); d-- > 0;) {
      if (++index[d] < header_.dims[d]) break;
      index[d] = 0;
    }
  }
}

std::int64_t NpyArray::read(std::int64_t count, std::vector<double>& out) {
  count = std::min(count, items_left_);
  const std::int64_t at_once = std::max<std::int64_t>(
      1, kNpyBlock / std::max<std::int64_t>(1, header_.item() * header_.value_bytes));
  for (std::int64_t left = count; left > 0;) {
    const std::int64_t step = std::min(left, at_once);
    take(step, bytes_);
    const std::int64_t values = step * header_.item();
    for (std::int64_t i = 0; i < values; ++i) {
      out.push_back(number_at(header_, bytes_.data() + i * header_.value_bytes));
    }
    left -= step;
  }
  items_left_ -= count;
  return count;
}

std::int64_t NpyArray::read_bytes(std::int64_t count, std::vector<std::uint8_t>& out) {
  count = std::min(count, items_left_);
  const std::int64_t at_once =
      std::max<std::int64_t>(1, kNpyBlock / std::max<std::int64_t>(1, header_.item()));
  for (std::int64_t left = count; left > 0;) {
    const std::int64_t step = std::min(left, at_once);
    take(step, bytes_);
    out.insert(out.end(), bytes_.begin(), bytes_.end());
    left -= step;
  }
  items_left_ -= count;
  return count;
}

std::optional<std::string> NpyArray::read_text() {
  if (items_left_ == 0) return std::nullopt;
  take(1, bytes_);
  --items_left_;
  std::string text;
  if (header_.kind == 'S') {
    const auto end = std::find(bytes_.begin(), bytes_.end(), 0);
    text.assign(bytes_.begin(), end);
    return text;
  }
  for (std::size_t i = 0; i + 4 <= bytes_.size(); i += 4) {
    std::uint32_t code = 0;
    for (int b = 0; b < 4; ++b) code = (code << 8) | bytes_[i + (header_.big_endian ? b : 3 - b)];
    if (code == 0) break;
    constexpr std::uint32_t kLastCode = 0x10FFFF;
    if (code > kLastCode) fail("holds a character that is none");
    add_character(code, text);
  }
  return text;
}

void NpyArray::expect_end() {
  std::uint8_t extra;
  if (items_left_ == 0 && reordered_.empty() && stream_->read(&extra, 1) == 1) {
    fail("holds more values than its head promises", "it is damaged; copy or save it again");
  }
}

}  // namespace dlwork::data
