#include "cli/init_data.h"

#include <algorithm>
#include <vector>

#include "dlwork/base/error.h"
#include "dlwork/base/text.h"

namespace dlwork::cli {
namespace {

namespace fs = std::filesystem;

constexpr size_t kClassesNamed = 12;

fs::path clean(const fs::path& path) {
  fs::path whole = fs::absolute(path).lexically_normal();
  return whole.has_filename() ? whole : whole.parent_path();  // "folder/" is "folder"
}

/// Relative to the project where it lies inside it, or was so named; else absolute.
std::string root_text(const fs::path& root, const fs::path& project_folder, bool was_absolute) {
  const fs::path relative = clean(root).lexically_relative(clean(project_folder));
  const bool outside = relative.empty() || *relative.begin() == "..";
  return outside && was_absolute ? clean(root).string() : relative.string();
}

void make_relative(spec::Source& source, const fs::path& root) {
  const auto shorten = [&](std::string& path) {
    if (!path.empty()) path = clean(path).lexically_relative(clean(root)).string();
  };
  std::for_each(source.paths.begin(), source.paths.end(), shorten);
  shorten(source.labels);
}

bool is_table_name(const std::string& name) {
  std::string plain = lower(name);
  for (const char* packed : {".gz", ".zst"}) {
    if (plain.ends_with(packed)) plain.resize(plain.size() - std::string(packed).size());
  }
  for (const char* end : {".csv", ".tsv", ".tab", ".jsonl", ".ndjson"}) {
    if (plain.ends_with(end)) return true;
  }
  return false;
}

}  // namespace

DataFacts look_at_data(const fs::path& path, const fs::path& project_folder,
                       const std::string& target, const std::string& task) {
  std::error_code unreadable;  // told by the reader, with its reason
  if (!fs::exists(path, unreadable)) {
    throw Error(ExitStatus::kInput, path.string() + ": there is no such file or folder");
  }
  const bool is_folder = fs::is_directory(path, unreadable);
  fs::path root = is_folder ? path : path.parent_path();
  if (root.empty()) root = ".";
  DataFacts facts;
  facts.sources = data::find_data(path.string());
  facts.probe = data::probe_path(facts.sources.train.paths.front(), target, task);
  facts.root = root_text(root, project_folder, path.is_absolute());
  for (spec::Source* source :
       {&facts.sources.train, &facts.sources.validation, &facts.sources.test}) {
    if (facts.probe.target.empty()) source->labels.clear();  // what is learned needs none
    make_relative(*source, root);
  }
  return facts;
}

fs::path data_in_folder(const fs::path& folder) {
  std::error_code problem;  // a folder that cannot be listed offers nothing
  std::vector<fs::path> tables;
  size_t others = 0;
  for (fs::directory_iterator entry(folder, problem), end; !problem && entry != end;
       entry.increment(problem)) {
    const std::string name = entry->path().filename().string();
    if (name[0] == '.' || name == "project.yaml") continue;
    if (is_table_name(name)) tables.push_back(entry->path());
    ++others;
  }
  if (tables.size() == 1) return tables.front();
  return others == 0 ? fs::path() : folder;
}

std::string describe(const data::Probe& probe) {
  std::string text;
  if (probe.kind == data::Kind::kTable) {
    text = "a table with " + std::to_string(probe.columns.size()) + " columns";
    if (!probe.target.empty()) text += "; target '" + probe.target + "'";
  } else if (probe.kind == data::Kind::kText) {
    return "lines of text";
  } else if (probe.kind == data::Kind::kSequence) {
    text = "series of up to " + grouped(probe.steps) + (probe.steps == 1 ? " step" : " steps") +
           " in " + grouped(probe.channels) + (probe.channels == 1 ? " channel" : " channels");
  } else {
    text = (probe.records > 0 ? grouped(probe.records) + " pictures of " : "pictures of ") +
           std::to_string(probe.width) + " x " + std::to_string(probe.height) + " pixels, " +
           std::to_string(probe.channels) + (probe.channels == 1 ? " channel" : " channels");
  }
  if (!probe.target_is_class) return text + ", a number";
  if (probe.classes.empty()) return text;
  std::vector<std::string> named = probe.classes;
  if (named.size() > kClassesNamed) {
    named.resize(kClassesNamed);
    named.push_back("...");
  }
  return text + ", " + std::to_string(probe.classes.size()) + " classes: " + join(named, ", ");
}

}  // namespace dlwork::cli
