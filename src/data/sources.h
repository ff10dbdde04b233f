#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "data/csv.h"
#include "dlwork/base/run_context.h"
#include "dlwork/data/dataset.h"
#include "dlwork/data/file_facts.h"
#include "dlwork/spec/project.h"

namespace dlwork::data {

enum class Format { kTable, kIdx, kPictures, kSounds, kSeries, kArrays, kLines };
/// A folder holds pictures or recordings, as a file with the name of one does; other files are IDX,
/// series, arrays of pictures or series or lines of text by how they start, otherwise a table.
/// Throws Error(kInput).
Format find_file_format(const std::string& path);

/// What all sources of a project hold: samples of the train, validation and test source in this
/// order, with their target as it stands in the files.
struct Raw {
  Samples samples;
  std::vector<std::string> paths;        ///< samples.files as opened
  std::array<std::int64_t, 3> counts{};  ///< samples by Part of their source
  Column target;
  bool keep_class_order = false;       ///< categories of the target stand in the user's order
  std::optional<Column> split_column;  ///< data.split.column
};

/// The files of a source as they are named, relative to data.root; names with *, ? or [ in them
/// stand for the files they match, sorted by name. Throws Error(kInput) where none does.
std::vector<std::string> source_files(const spec::Project& project, const spec::Source& source);

/// Takes the files of all sources in turn: `read` puts the samples of a path at the end of `raw`
/// and returns how many; names, counts and the samples' files are kept here.
void read_each_file(const spec::Project& project, Raw& raw,
                    const std::function<std::int64_t(const std::string& path)>& read);

/// Options of the CSV reader from the data section.
CsvOptions csv_options(const spec::Data& data);

/// Whether the task finds what it learns in its inputs: targets that are there are left out.
bool learns_unlabelled(const std::string& task);
/// Whether samples may come without a target.
inline bool targets_optional(const std::string& task, const FileFacts* facts) {
  return learns_unlabelled(task) || (facts != nullptr && facts->targets_optional);
}

/// Lines of text have neither columns nor a target, and all else has one: throws Error(kUsage)
/// where the task learns from the other.
void check_task(const spec::Project& project, const std::string& task, Format format);

/// `facts`: filled, and reading goes on, as `load_with_facts` says; or null.
Raw read_sources(const spec::Project& project, const std::string& task, RunContext& run,
                 FileFacts* facts);

}  // namespace dlwork::data
