#pragma once

#include <filesystem>
#include <string>

#include "dlwork/data/dataset.h"

namespace dlwork::cli {

/// What data tell about the project that is to be made from them.
struct DataFacts {
  std::string root;         ///< data.root as the project file says it
  data::FoundData sources;  ///< paths relative to the root
  data::Probe probe;
};

/// Looks at a file or folder. `project_folder` is where the project file goes; `task` is "" where
/// it is open. Throws Error(kInput) where nothing can be read, Error(kUsage) where there is no such
/// target column.
DataFacts look_at_data(const std::filesystem::path& path,
                       const std::filesystem::path& project_folder, const std::string& target,
                       const std::string& task);

/// The table or the folder itself that a folder without further words offers: its one table, else
/// itself; "" when it holds nothing.
std::filesystem::path data_in_folder(const std::filesystem::path& folder);

/// "a table with 5 columns; target 'species', 3 classes: ..."
std::string describe(const data::Probe& probe);

}  // namespace dlwork::cli
