#pragma once

#include <optional>
#include <string>
#include <vector>

namespace dlwork::data {

/// What the files of a folder are.
enum class Media { kPictures, kSounds };
bool is_media_name(Media media, const std::string& name);
/// By the files in a folder and its direct subfolders; pictures where there are both or none.
/// Throws Error(kInput) where the folder cannot be read.
Media media_of_folder(const std::string& folder);

/// Files of one folder with what their folders or names say about them.
struct LabelledFiles {
  std::vector<std::string> files;   ///< as opened
  std::vector<std::string> names;   ///< relative to the folder: "cat/001.png"
  std::vector<std::string> labels;  ///< the class, by file; empty where none is asked for
  std::vector<std::string> groups;  ///< by file; empty where the pattern has no {group}
};

/// Files of class folders, or with a pattern those of the folder and its direct subfolders (or a
/// single file), sorted by name. Throws Error(kInput): no class folders, none of the files wanted,
/// a name that does not fit the pattern.
LabelledFiles find_labelled_files(const std::string& path, Media media, const std::string& pattern);

/// The same of files that need no class: those of a folder and its direct subfolders, or one file.
LabelledFiles find_media_files(const std::string& path, Media media);

/// What a pattern such as "{label}_{group}_{}.wav" takes from a file's name: each field takes as
/// little as lets the rest fit. Nullopt where it does not fit.
struct NameParts {
  std::string label;
  std::string group;
};
std::optional<NameParts> match_name(const std::string& pattern, const std::string& name);

/// Visible files of a medium in a folder and in its direct subfolders, sorted; full paths.
std::vector<std::string> list_media(const std::string& folder, Media media);

}  // namespace dlwork::data
