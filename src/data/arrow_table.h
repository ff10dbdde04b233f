#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "data/records.h"

namespace dlwork::data {

/// True where the bytes are the start of a Parquet, Arrow (IPC) or Feather file.
bool is_arrow_start(std::string_view start);

/// Whether this build reads them.
bool reads_arrow();

/// Column names of a Parquet or Arrow file. Throws Error(kInput): damaged, or a build without
/// the Arrow C++ library.
std::vector<std::string> arrow_names(const std::string& path);

/// Its records, a batch at a time: numbers as numbers, dates as ISO texts, dictionaries as their
/// texts, truth values as true and false, null as missing. A value of a list or structure fails
/// when it is asked for, lists of numbers other than by `list`.
std::unique_ptr<RecordReader> open_arrow(const std::string& path);

}  // namespace dlwork::data
