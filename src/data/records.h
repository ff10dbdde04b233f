#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "data/csv.h"

namespace dlwork::data {

/// One value of a record, as it stands in its file.
struct Value {
  enum class Kind { kMissing, kText, kNumber };
  Kind kind = Kind::kMissing;
  std::string_view text;  ///< valid until the next value of the record is asked for
  double number = 0;
};

/// Records of a table one after the other, whatever holds them. Memory does not grow with the file.
class RecordReader {
 public:
  virtual ~RecordReader() = default;
  /// The next record; false at the end. Throws Error(kInput) at the record.
  virtual bool next() = 0;
  /// By place in the table's names.
  virtual Value value(std::size_t column) = 0;
  /// The same, a list of numbers being its text: "[1, 2.5, null]", "[[1, 2], [3, 4]]".
  virtual Value list(std::size_t column) { return value(column); }
  /// Line of a text, else number of the record, from 1.
  virtual std::int64_t record() const = 0;
  /// Throws Error(kInput) at a value of the current record.
  [[noreturn]] virtual void fail(std::size_t column, const std::string& message,
                                 const std::string& hint) const = 0;
  /// How far the reader is, for progress: of `total` (0: not known) in `unit`.
  struct Progress {
    double done = 0, total = 0;
    const char* unit = "bytes";
  };
  virtual Progress progress() const = 0;
  /// Records there probably are, for reserving; 0: not known.
  virtual std::size_t guess_records() { return 0; }
};

enum class TableFormat { kCsv, kJsonLines, kSqlite, kArrays, kArrow };

/// A table whose columns are known.
struct TableFile {
  std::string path;
  std::string labels{};  ///< a second file with the targets, of an NPY array
  TableFormat format = TableFormat::kCsv;
  std::vector<std::string> names;
  CsvFormat csv;  ///< of a text with separators
};

/// "train.csv" and "sqlite:shop.db?query=SELECT ..." alike. Throws Error(kInput): see find_format.
TableFile find_table(const std::string& path, const CsvOptions& options,
                     const std::string& labels = "");
/// `most_bytes` above 0 reads only the start of a text, and drops a record the limit cuts.
std::unique_ptr<RecordReader> open_table(const TableFile& table, std::size_t most_bytes = 0);

}  // namespace dlwork::data
