#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/column_builder.h"
#include "dlwork/base/run_context.h"

namespace dlwork::data {

/// Columns of several files, one below the other.
struct TableColumns {
  std::vector<Column> columns;           ///< as wanted
  std::vector<std::int32_t> file_index;  ///< by row
  std::vector<std::int64_t> line;        ///< by row: where its record begins
  std::vector<std::int64_t> rows_of_file;
};

/// The tables of several files; later texts have a header where the first has one.
std::vector<TableFile> find_tables(const std::vector<std::string>& files, CsvOptions options);

/// Reads the wanted columns of all files, matched by name. A meaning that is not declared is found
/// over all rows of all files. Reads each file once, or twice where that is found late; holds the
/// typed columns and one block of the file. Throws Error(kInput) at what does not fit, and where
/// the columns become larger than the memory.
TableColumns read_tables(const std::vector<TableFile>& files, const CsvOptions& options,
                         const std::vector<WantedColumn>& wanted, RunContext& run);

}  // namespace dlwork::data
