#include "data/media_table.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "data/picture_folder.h"
#include "data/problem.h"
#include "data/series_table.h"
#include "data/sound_source.h"
#include "data/unreadable.h"

namespace dlwork::data {
namespace {

namespace fs = std::filesystem;

constexpr std::array kMediaTypes{"picture", "sound", "sequence"};

/// The files that a carried column names, by row.
std::vector<std::string> named_files(const spec::Project& project, const MediaColumns& media,
                                     Raw& raw) {
  auto& carried = raw.samples.carried.columns;
  const auto found = std::find_if(carried.begin(), carried.end(), [&](const Column& each) {
    return each.name == media.names.front();
  });
  DLWORK_ASSERT(found != carried.end(), "the column that names the files was read");
  found->info.meaning = Meaning::kId;  // messages and reports name the file beside the row
  const std::string root = spec::data_path(project, "");
  std::vector<std::string> files;
  for (std::int64_t row = 0; row < raw.samples.count; ++row) {
    const std::string& table = raw.paths[raw.samples.file_index[row]];
    if (found->is_missing(row)) {
      input_error(table, raw.samples.record[row], 0,
                  "column " + found->name + " names no " + media.type,
                  "fill it in, or take the row out");
    }
    files.push_back(media_path(found->categories[found->codes[row]], root, table));
  }
  return files;
}

}  // namespace

bool MediaColumns::has(const std::string& name) const {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_media_type(const std::string& type) {
  return std::find(kMediaTypes.begin(), kMediaTypes.end(), type) != kMediaTypes.end();
}

MediaColumns media_columns(const spec::Data& data) {
  MediaColumns media;
  for (const auto& [name, column] : data.columns) {
    if (!is_media_type(column.type) || (media.given() && column.type != media.type)) continue;
    media.type = column.type;
    media.names.push_back(name);
  }
  return media;
}

std::string media_path(const std::string& cell, const std::string& root, const std::string& table) {
  std::error_code ignored;  // what is not there is told by whoever opens it
  if (!root.empty() && fs::exists(fs::path(root) / cell, ignored))
    return (fs::path(root) / cell).string();
  return (fs::path(table).parent_path() / cell).string();
}

std::vector<std::size_t> media_places(const TableFile& table,
                                      const std::vector<std::string>& names) {
  std::vector<std::size_t> places;
  for (const std::string& name : names) {
    const auto found = std::find(table.names.begin(), table.names.end(), name);
    if (found == table.names.end()) {
      input_error(table.path, 1, 0,
                  "the column " + name + ", which holds or names the samples, is missing",
                  suggest(name, table.names));
    }
    places.push_back(static_cast<std::size_t>(found - table.names.begin()));
  }
  return places;
}

std::string media_file(RecordReader& records, std::size_t place, const TableFile& table) {
  const Value value = records.value(place);
  if (value.kind != Value::Kind::kText || value.text.empty()) {
    records.fail(place, "there is no path of a file", "fill it in, or take the row out");
  }
  return media_path(std::string(value.text), "", table.path);
}

void read_table_media(const spec::Project& project, const MediaColumns& media, Raw& raw,
                      RunContext& run, FileFacts* facts) {
  raw.samples.table = Table();
  raw.samples.media_columns = media.names;
  if (media.type == "picture") {
    raw.samples.kind = Kind::kImage;
    decode_pictures(named_files(project, media, raw), project.data.picture_size,
                    raw.samples.pictures, run, facts);
  } else if (media.type == "sound") {
    read_sounds(project, named_files(project, media, raw), raw.samples, run, facts);
  } else {
    read_table_series(project, media.names, raw, run, facts);
  }
  if (facts != nullptr) leave_out(raw, facts->unreadable);
}

}  // namespace dlwork::data
