#pragma once

#include <string>
#include <vector>

#include "data/records.h"
#include "data/sources.h"

namespace dlwork::data {

/// Columns of a table that hold the samples or name their files, all of one type.
struct MediaColumns {
  std::string type;  ///< picture, sound or sequence; "": none, so the rows themselves are samples
  std::vector<std::string> names;  ///< one; of type sequence several, which are its channels

  bool given() const { return !names.empty(); }
  bool has(const std::string& name) const;
};
/// Those of the data section, of the first such type in it, by name.
MediaColumns media_columns(const spec::Data& data);
bool is_media_type(const std::string& type);

/// The file that a cell names: in `root`, else beside the table.
std::string media_path(const std::string& cell, const std::string& root, const std::string& table);

/// Where each of the columns stands in a table that prediction reads. Throws Error(kInput) naming
/// one that is missing.
std::vector<std::size_t> media_places(const TableFile& table,
                                      const std::vector<std::string>& names);
/// The file that a record names there; paths start beside the table.
std::string media_file(RecordReader& records, std::size_t place, const TableFile& table);

/// Turns a table whose media columns stand in `raw.samples.carried`, in this order, into pictures,
/// recordings or series. Throws Error(kInput) at rows that name none. `facts`: as `read_sources`.
void read_table_media(const spec::Project& project, const MediaColumns& media, Raw& raw,
                      RunContext& run, FileFacts* facts);

}  // namespace dlwork::data
