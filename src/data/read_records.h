#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "data/read_tables.h"

namespace dlwork::data {

/// Records and how to read them from their start, again where that is needed.
struct RecordSource {
  std::string path;  ///< for messages
  std::vector<std::string> names;
  std::function<std::unique_ptr<RecordReader>()> open;
  bool may_be_empty = false;
};

/// `read_tables` of any records.
TableColumns read_records(const std::vector<RecordSource>& sources, const CsvOptions& options,
                          const std::vector<WantedColumn>& wanted, RunContext& run);

/// Where each wanted column stands in a table. Throws Error(kInput) naming one that is missing.
std::vector<std::size_t> find_places(const TableFile& file,
                                     const std::vector<WantedColumn>& wanted);

}  // namespace dlwork::data
