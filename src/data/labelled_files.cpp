#include "data/labelled_files.h"

#include <algorithm>
#include <filesystem>

#include "data/decode.h"
#include "data/problem.h"
#include "data/sound_file.h"

namespace dlwork::data {
namespace {

namespace fs = std::filesystem;

const char* kinds(Media media) {
  return media == Media::kPictures ? "PNG, JPEG, BMP and TIFF files are read"
                                   : "WAV, FLAC, OGG and AIFF files are read";
}
const char* plural(Media media) { return media == Media::kPictures ? "pictures" : "recordings"; }

struct Entries {
  std::vector<std::string> folders;
  std::vector<std::string> files;
};

/// Visible subfolders and files of a folder, by name, sorted.
Entries list(const std::string& folder) {
  Entries entries;
  std::error_code failure;
  for (fs::directory_iterator at(folder, failure), end; !failure && at != end;
       at.increment(failure)) {
    const std::string name = at->path().filename().string();
    if (name.empty() || name[0] == '.') continue;
    std::error_code ignored;  // a dangling link or a ring of links is neither folder nor file
    if (at->is_directory(ignored)) {
      entries.folders.push_back(name);
    } else if (at->is_regular_file(ignored)) {
      entries.files.push_back(name);
    }
  }
  if (failure) input_error(folder, 0, 0, "cannot be read: " + failure.message());
  std::sort(entries.folders.begin(), entries.folders.end());
  std::sort(entries.files.begin(), entries.files.end());
  return entries;
}

std::vector<std::string> media_in(const std::string& folder, Media media) {
  std::vector<std::string> files = list(folder).files;
  std::erase_if(files, [&](const std::string& name) { return !is_media_name(media, name); });
  return files;
}

LabelledFiles from_class_folders(const std::string& folder, Media media) {
  const Entries entries = list(folder);
  if (entries.folders.empty()) {
    input_error(folder, 0, 0, "has no class folders",
                std::string("put the ") + plural(media) +
                    " of each class into a folder with the name of the class, or set "
                    "data.label_pattern");
  }
  LabelledFiles found;
  for (const auto& name : entries.folders) {
    const auto inside = media_in(folder + "/" + name, media);
    if (inside.empty()) {
      input_error(folder + "/" + name, 0, 0,
                  std::string("the class folder has no ") + plural(media),
                  std::string(kinds(media)) + "; remove the folder if it is no class");
    }
    for (const auto& file : inside) {
      found.names.push_back(name + "/" + file);
      found.files.push_back(folder + "/" + found.names.back());
      found.labels.push_back(name);
    }
  }
  return found;
}

std::string without_slash(const std::string& path) {
  return path.ends_with('/') ? path.substr(0, path.size() - 1) : path;
}

/// Matches from `p` and `n` on. Fields take as little as they can; the search goes back where the
/// rest does not fit.
bool match_from(const std::string& pattern, std::size_t p, const std::string& name, std::size_t n,
                NameParts& parts) {
  while (p < pattern.size() && pattern[p] != '{') {
    if (n >= name.size() || pattern[p] != name[n]) return false;
    ++p;
    ++n;
  }
  if (p == pattern.size()) return n == name.size();
  const auto close = pattern.find('}', p);
  if (close == std::string::npos) return false;
  const std::string field = pattern.substr(p + 1, close - p - 1);
  for (std::size_t end = n + 1; end <= name.size(); ++end) {
    if (!match_from(pattern, close + 1, name, end, parts)) continue;
    const std::string value = name.substr(n, end - n);
    if (field == "label") parts.label = value;
    if (field == "group") parts.group = value;
    return true;
  }
  return false;
}

}  // namespace

bool is_media_name(Media media, const std::string& name) {
  return media == Media::kPictures ? is_picture_name(name) : is_sound_name(name);
}

Media media_of_folder(const std::string& folder) {
  const Entries entries = list(folder);
  const auto sounds = [](const std::vector<std::string>& files) {
    return std::any_of(files.begin(), files.end(), is_sound_name) &&
           std::none_of(files.begin(), files.end(), is_picture_name);
  };
  if (sounds(entries.files)) return Media::kSounds;
  for (const auto& name : entries.folders) {
    const auto files = list(folder + "/" + name).files;
    if (std::any_of(files.begin(), files.end(), is_picture_name)) return Media::kPictures;
    if (sounds(files)) return Media::kSounds;
  }
  return Media::kPictures;
}

std::optional<NameParts> match_name(const std::string& pattern, const std::string& name) {
  NameParts parts;
  if (!match_from(pattern, 0, name, 0, parts)) return std::nullopt;
  return parts;
}

std::vector<std::string> list_media(const std::string& folder, Media media) {
  std::vector<std::string> files;
  for (const auto& name : media_in(folder, media)) files.push_back(folder + "/" + name);
  for (const auto& sub : list(folder).folders) {
    for (const auto& name : media_in(folder + "/" + sub, media)) {
      files.push_back(folder + "/" + sub + "/" + name);
    }
  }
  if (files.empty()) {
    input_error(folder, 0, 0, std::string("has no ") + plural(media), kinds(media));
  }
  return files;
}

LabelledFiles find_media_files(const std::string& given, Media media) {
  const std::string path = without_slash(given);
  std::error_code ignored;
  const bool is_folder = fs::is_directory(path, ignored);
  LabelledFiles found;
  found.files = is_folder ? list_media(path, media) : std::vector<std::string>{path};
  for (const auto& file : found.files) {
    found.names.push_back(is_folder ? file.substr(path.size() + 1) : "");
  }
  return found;
}

LabelledFiles find_labelled_files(const std::string& given, Media media,
                                  const std::string& pattern) {
  const std::string path = without_slash(given);
  std::error_code ignored;
  const bool is_folder = fs::is_directory(path, ignored);
  if (pattern.empty()) {
    if (is_folder) return from_class_folders(path, media);
    input_error(path, 0, 0, "is a single file, and nothing tells its class",
                "set data.label_pattern, as \"{label}_{}.wav\"");
  }
  LabelledFiles found = find_media_files(path, media);
  for (const auto& file : found.files) {
    const std::string name = fs::path(file).filename().string();
    const auto parts = match_name(pattern, name);
    if (!parts) {
      input_error(file, 0, 0, "the name does not fit data.label_pattern '" + pattern + "'",
                  "rename the file, or take it out of the folder");
    }
    found.labels.push_back(parts->label);
    if (pattern.find("{group}") != std::string::npos) found.groups.push_back(parts->group);
  }
  return found;
}

}  // namespace dlwork::data
