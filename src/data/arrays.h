#pragma once

#include <memory>
#include <string>
#include <vector>

#include "data/npy.h"
#include "data/records.h"
#include "data/zip.h"
#include "dlwork/data/dataset.h"

namespace dlwork::data {

/// The arrays of one source: an NPZ archive with X and y (or data and target, x_train and y_train,
/// ...), or an NPY file with a second one for the targets.
struct Arrays {
  std::unique_ptr<ZipArchive> archive;
  std::unique_ptr<NpyArray> inputs;
  std::unique_ptr<NpyArray> targets;  ///< null: none
  std::string target_name;            ///< "y"
};
/// Throws Error(kInput): no array that can be told to be the inputs, counts that differ.
Arrays open_arrays(const std::string& path, const std::string& labels);

/// By type and dimensions: N x D is a table, N x T x C numbers are series, bytes of N x H x W or
/// four dimensions are pictures. Throws Error(kInput) for all else.
Kind kind_of(const NpyArray& inputs);

/// True when the bytes are the start of an NPY array or a ZIP archive.
bool is_array_file(const std::string& start);

/// A two-dimensional array as a table: column_1, column_2, ..., and the target behind them.
class ArrayRecords final : public RecordReader {
 public:
  ArrayRecords(const std::string& path, const std::string& labels);

  const std::vector<std::string>& names() const { return names_; }
  bool next() override;
  Value value(std::size_t column) override;
  std::int64_t record() const override { return row_; }
  [[noreturn]] void fail(std::size_t column, const std::string& message,
                         const std::string& hint) const override;
  Progress progress() const override;
  std::size_t guess_records() override { return 0; }  // the head's count is no promise

 private:
  Arrays arrays_;
  std::vector<std::string> names_;
  std::vector<double> values_;
  std::string text_;  ///< the target, when it is one
  std::int64_t row_ = 0;
};

/// [channels, height, width] of an array of pictures: N x H x W, N x C x H x W or N x H x W x C.
struct ArrayPictures {
  std::int64_t channels = 1, height = 0, width = 0;
  bool channels_last = false;
};
ArrayPictures picture_layout(const NpyArray& inputs);
/// Appends the next pictures, at most `count`, as [C, H, W]; returns how many.
std::int64_t read_array_pictures(NpyArray& inputs, const ArrayPictures& layout, std::int64_t count,
                                 std::vector<std::uint8_t>& pixels);

}  // namespace dlwork::data
