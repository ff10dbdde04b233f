#pragma once

#include <memory>
#include <string>

#include "data/chunk_reader.h"
#include "data/sources.h"

namespace dlwork::data {

/// The column of type picture, which names the files, or "".
std::string picture_column(const spec::Data& data);

/// The file that a cell of a picture column names: in `root`, else beside the table.
std::string picture_path(const std::string& cell, const std::string& root,
                         const std::string& table);

/// Turns a table whose picture column stands in `raw.samples.carried` into pictures. Throws
/// Error(kInput) at rows that name none. `facts`: as `read_sources`.
void read_table_pictures(const spec::Project& project, const std::string& column, Raw& raw,
                         RunContext& run, FileFacts* facts);

/// Pictures named by a column of a table, for prediction; paths start beside the table.
std::unique_ptr<ChunkReader> open_picture_table(const std::string& path,
                                                const Preprocessor& preprocessor);

}  // namespace dlwork::data
