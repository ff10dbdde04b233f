#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dlwork/data/dataset.h"

namespace dlwork::data {

/// What a file of samples is written as when it is copied with changes.
enum class CopyForm {
  kCells,    ///< text with separators, as it is
  kObjects,  ///< JSON Lines, as they are
  kTable,    ///< CSV, of a table that is no text
  kLines,    ///< lines as they are, one a sample: texts and series
  kFile,     ///< the file as it is; it is one sample
  kIdx,      ///< IDX
  kNone      ///< nothing: arrays of pictures or series, and what could not be read
};

/// How one of `Samples::files` is copied.
struct CopyPlan {
  CopyForm form = CopyForm::kNone;
  std::string path;                    ///< as it is opened
  std::string file;                    ///< the file itself, which a path with a query only names
  std::string name;                    ///< of the copy, below its folder; copies are not packed
  std::string labels;                  ///< its file of labels, as the project names it; "": none
  std::vector<std::string> columns{};  ///< of a table
  char separator = ',';                ///< of a text with separators
};
/// By file. Throws Error(kInput) where a file is no longer what was read.
std::vector<CopyPlan> copy_plans(const spec::Project& project, const Samples& samples);

/// "notes/a.txt" of "notes/a.txt.gz".
std::string unpacked_name(const std::string& name);
/// A whole text, unpacked where it is packed, in UTF-8. Throws Error(kInput).
std::string read_text(const std::string& path);

class CsvReader;

/// The records of a text with separators one after the other, taken apart as the reader of tables
/// does it, and as they stand: together with the byte order mark they are the file, unpacked.
/// Throws Error(kInput).
class TextRecords {
 public:
  TextRecords(const std::string& path, char separator);
  ~TextRecords();
  bool has_byte_order_mark() const;

  /// The next record, the header and blank lines among them; false at the end.
  bool next();
  /// On which it begins, from 1.
  std::int64_t line() const;
  /// With its end of line; valid until the next call.
  std::string_view bytes() const;
  std::vector<std::string> cells();

 private:
  std::unique_ptr<CsvReader> reader_;
};

/// Hands out the records of a table one after the other as texts, missing ones being "". Columns of
/// type ignore are "" too: no reader asks for them, so they may hold what is neither number nor
/// text. Throws Error(kInput).
void read_cells(
    const spec::Project& project, const CopyPlan& plan,
    const std::function<void(std::int64_t record, std::vector<std::string>& cells)>& take);

/// An IDX file, unpacked, without the records for which `out` holds. Throws Error(kInput) where it
/// does not have so many records.
std::string idx_without(const std::string& path, const std::vector<bool>& out);

}  // namespace dlwork::data
