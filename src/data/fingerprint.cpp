#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>

#include "data/labelled_files.h"
#include "data/media_table.h"
#include "data/problem.h"
#include "data/records.h"
#include "data/series_cell.h"
#include "data/sources.h"
#include "data/sqlite_table.h"
#include "dlwork/base/files.h"
#include "dlwork/base/hash.h"
#include "dlwork/data/dataset.h"

namespace dlwork::data {
namespace {

constexpr const char* kSchema = "dlwork/hashes/1";
/// A file changed this shortly ago may change again within one tick of the file system's clock.
constexpr std::int64_t kSettledNs = 2'000'000'000;

/// Hashes of files' contents, kept in a file under path, size and time of last change.
class HashCache {
 public:
  explicit HashCache(std::string file) : file_(std::move(file)) {
    std::error_code ignored;
    if (file_.empty() || !std::filesystem::exists(file_, ignored)) return;
    // A cache that is damaged is as good as none.
    Json document = Json::parse(read_file(file_), nullptr, false);
    if (document.is_object() && document.contains("schema") && document["schema"] == kSchema &&
        document.contains("files") && document["files"].is_object()) {
      for (const auto& [path, entry] : document["files"].items()) entries_[path] = entry;
    }
  }

  std::string hash(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return hash_file(path);
    const std::int64_t changed =
        status.st_mtim.tv_sec * std::int64_t{1'000'000'000} + status.st_mtim.tv_nsec;
    const Json key = {static_cast<std::int64_t>(status.st_size), changed};
    const auto known = entries_.find(path);
    if (known != entries_.end() && known->second.is_array() && known->second.size() == 3 &&
        known->second[0] == key[0] && known->second[1] == key[1] && known->second[2].is_string()) {
      return known->second[2].get<std::string>();
    }
    const std::string hash = hash_file(path);
    const std::int64_t now = std::chrono::duration_cast<std::chrono::nanoseconds>(
                                 std::chrono::system_clock::now().time_since_epoch())
                                 .count();
    if (now - changed > kSettledNs) {
      entries_[path] = {key[0], key[1], hash};
      grown_ = true;
    }
    return hash;
  }

  void save() const {
    if (file_.empty() || !grown_) return;
    Json document = {{"schema", kSchema}, {"files", entries_}};
    try {
      write_file(file_, document.dump(1) + "\n");
    } catch (const Error&) {
      // Where the cache cannot be written (read-only, disk full) hashing again costs time alone.
    }
  }

 private:
  std::string file_;
  std::map<std::string, Json> entries_;
  bool grown_ = false;
};

void add_path(const std::string& path, HashCache& cache, Hasher& hasher) {
  std::error_code ignored;
  if (is_sqlite(path)) {
    const std::string file = parse_sqlite(path).file;
    hasher.add(cache.hash(file));
    // Changes that are not yet in the file itself.
    const std::string log = file + "-wal";
    if (std::filesystem::exists(log, ignored)) hasher.add(hash_file(log));
    return;
  }
  if (!std::filesystem::is_directory(path, ignored)) {
    hasher.add(cache.hash(path));
    return;
  }
  const LabelledFiles list = find_media_files(path, media_of_folder(path));
  for (std::size_t i = 0; i < list.files.size(); ++i) {
    hasher.add(list.names[i]).add("\n").add(cache.hash(list.files[i]));
  }
}

/// The pictures, recordings or series that a table names.
void add_table_media(const spec::Project& project, const std::string& path, HashCache& cache,
                     Hasher& hasher) {
  const MediaColumns media = media_columns(project.data);
  const TableFile table = find_table(path, csv_options(project.data));
  std::vector<std::size_t> places;
  for (std::size_t place = 0; place < table.names.size(); ++place) {
    if (media.has(table.names[place])) places.push_back(place);
  }
  const auto records = open_table(table);
  while (records->next()) {
    for (const std::size_t place : places) {
      const std::string cell(records->list(place).text);
      if (media.type == "sequence" && holds_series(cell)) continue;  // in the table itself
      const std::string file = media_path(cell, spec::data_path(project, ""), path);
      std::error_code ignored;
      if (std::filesystem::is_regular_file(file, ignored)) hasher.add(cache.hash(file));
    }
  }
}

}  // namespace

std::string data_fingerprint(const spec::Project& project, const std::string& cache_file) {
  HashCache cache(cache_file);
  Hasher hasher;
  const std::pair<const char*, const spec::Source*> sources[] = {
      {"train", &project.data.train},
      {"validation", &project.data.validation},
      {"test", &project.data.test}};
  for (const auto& [part, source] : sources) {
    hasher.add(part).add("\n");
    for (const auto& name : source_files(project, *source)) {
      hasher.add("file\n");
      const std::string path = spec::data_path(project, name);
      add_path(path, cache, hasher);
      if (media_columns(project.data).given() && find_file_format(path) == Format::kTable) {
        add_table_media(project, path, cache, hasher);
      }
    }
    if (!source->labels.empty()) {
      hasher.add("labels\n");
      add_path(spec::data_path(project, source->labels), cache, hasher);
    }
  }
  // Where the data lie says nothing about what they are.
  Json section = dump_json(project).at("data");
  section.erase("root");
  hasher.add(section.dump());
  cache.save();
  return hasher.hex();
}

}  // namespace dlwork::data
