#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/byte_stream.h"

namespace dlwork::data {

/// What the head of an NPY array says.
struct NpyHeader {
  char kind = 'f';      ///< f float, i integer, u unsigned, b boolean, S bytes, U text
  int value_bytes = 8;  ///< of one value; of a text all its characters
  bool big_endian = false;
  bool fortran_order = false;
  std::vector<std::int64_t> dims;

  bool is_text() const { return kind == 'S' || kind == 'U'; }
  std::int64_t count() const { return dims.empty() ? 1 : dims[0]; }
  /// Values of one item along the first dimension.
  std::int64_t item() const;
  /// Of all values.
  std::uint64_t bytes() const { return static_cast<std::uint64_t>(count() * item() * value_bytes); }
  std::string text() const;  ///< "uint8, 100 x 28 x 28"
};

/// An array in numpy's NPY format (numpy.lib.format, versions 1 to 3), item after item along its
/// first dimension. Memory grows with what is asked for, never with what the head promises; arrays
/// in Fortran order are read whole.
class NpyArray {
 public:
  /// `name` is for messages: "data.npz: X". Throws Error(kInput): no NPY array, a damaged head,
  /// objects or records in it, more promised than the stream can hold.
  NpyArray(std::unique_ptr<ByteStream> stream, std::string name);

  const NpyHeader& header() const { return header_; }
  const std::string& name() const { return name_; }
  /// The next items as numbers, at most `count`, onto the end of `out`; returns how many items.
  std::int64_t read(std::int64_t count, std::vector<double>& out);
  /// The same of an array of unsigned bytes.
  std::int64_t read_bytes(std::int64_t count, std::vector<std::uint8_t>& out);
  /// The next item of a one-dimensional array of texts; nullopt at the end.
  std::optional<std::string> read_text();
  /// Throws when bytes follow the last item.
  void expect_end();

 private:
  void read_header();
  void check_promise() const;
  void take(std::int64_t items, std::vector<std::uint8_t>& bytes);
  void load_fortran();
  [[noreturn]] void fail(const std::string& what, const std::string& hint = "") const;

  std::unique_ptr<ByteStream> stream_;
  std::string name_;
  NpyHeader header_;
  std::int64_t items_left_ = 0;
  std::vector<std::uint8_t> bytes_;
  std::vector<std::uint8_t> reordered_;  ///< Fortran order: all values, C order
  std::size_t reordered_at_ = 0;
};

/// True when the bytes are the start of an NPY array.
bool is_npy_magic(const std::string& start);

}  // namespace dlwork::data
