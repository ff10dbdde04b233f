#pragma once

#include <functional>
#include <string>
#include <vector>

#include "data/series_cell.h"
#include "data/sources.h"

namespace dlwork::data {

/// The series of one row: its cells hold or name the channels, one behind the other. `file_of`
/// gives the file that a cell names; `fail` throws what is wrong with one.
LoneSeries series_of_cells(const std::vector<std::string>& cells,
                           const std::function<std::string(const std::string& cell)>& file_of,
                           const std::function<void(std::size_t cell, const std::string&)>& fail);

/// `read_table_media` of the columns of type sequence. Those that name files stay carried.
void read_table_series(const spec::Project& project, const std::vector<std::string>& names,
                       Raw& raw, RunContext& run, FileFacts* facts);

}  // namespace dlwork::data
