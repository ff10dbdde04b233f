#pragma once

#include <memory>
#include <string>

#include "data/chunk_reader.h"

namespace dlwork::data {

/// Pictures named by a column of a table, for prediction; paths start beside the table. Where it is
/// a text, `separator` is between its columns, as data.separator says it.
std::unique_ptr<ChunkReader> open_picture_table(const std::string& path,
                                                const Preprocessor& preprocessor,
                                                const std::string& separator);

}  // namespace dlwork::data
