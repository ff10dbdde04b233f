#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "data/csv.h"
#include "dlwork/base/run_context.h"
#include "dlwork/data/dataset.h"

namespace dlwork::data {

/// A column asked of text tables; without a type it is found over all rows.
struct WantedColumn {
  std::string name;
  std::optional<ColumnType> type;
  std::string hint;  ///< what to do about a text among numbers; empty: the general advice
};

/// Columns of several files, one below the other.
struct CsvTable {
  std::vector<Column> columns;           ///< as wanted
  std::vector<std::int32_t> file_index;  ///< by row
  std::vector<std::int64_t> line;        ///< by row: where its record begins
  std::vector<std::int64_t> rows_of_file;
};

/// Reads the wanted columns of all files, matched by name. A column is a number when every value
/// that is not missing is one in every file. Reads each file once, or twice where a column turns
/// out late not to be a number; holds the typed columns and one block of text.
CsvTable read_tables(const std::vector<std::string>& files, const CsvOptions& options,
                     const std::vector<WantedColumn>& wanted, RunContext& run);

/// Turns cells of one column into values, as declared or found.
class ColumnBuilder {
 public:
  ColumnBuilder(const WantedColumn& wanted, const std::vector<std::string>& missing);
  /// Takes the cell at `index` of the reader's record.
  void add(CsvReader& reader, std::size_t index);
  void reserve(std::size_t rows);
  /// A number column met a text after numbers, so its earlier texts are lost.
  bool late() const { return state_ == State::kLate; }
  std::size_t count() const;
  /// Hands over the column; a builder of a declared type starts anew.
  Column take();
  /// Preloads the categories; texts outside them become missing.
  void fix_categories(const std::vector<std::string>& categories);

 private:
  enum class State { kUndecided, kNumber, kCategory, kLate };
  void add_number(CsvReader& reader, std::size_t index, std::string_view text);
  void add_text(CsvReader& reader, std::size_t index, std::string_view text);
  bool is_missing(std::string_view text) const;

  struct TextHash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  Column column_;
  std::string hint_;
  State state_ = State::kUndecided;
  bool declared_ = false;
  bool fixed_categories_ = false;
  std::vector<std::string> missing_;
  bool missing_numbers_ = false;  ///< a missing token is itself a number, as -999
  std::unordered_map<std::string, std::int32_t, TextHash, std::equal_to<>> codes_;
};

}  // namespace dlwork::data
