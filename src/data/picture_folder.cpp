#include "data/picture_folder.h"

#include <algorithm>
#include <filesystem>

#include "data/problem.h"
#include "dlwork/base/machine.h"
#include "dlwork/base/text.h"

namespace dlwork::data {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kFilesBetweenLooks = 256;

struct Entries {
  std::vector<std::string> folders;
  std::vector<std::string> pictures;
};

/// Visible subfolders and pictures of a folder, by name, sorted.
Entries list(const std::string& folder) {
  Entries entries;
  std::error_code failure;
  for (fs::directory_iterator at(folder, failure), end; !failure && at != end;
       at.increment(failure)) {
    const std::string name = at->path().filename().string();
    if (name.empty() || name[0] == '.') continue;
    std::error_code ignored;  // a dangling link is neither folder nor file
    if (at->is_directory(ignored)) {
      entries.folders.push_back(name);
    } else if (at->is_regular_file(ignored) && is_picture_name(name)) {
      entries.pictures.push_back(name);
    }
  }
  if (failure) input_error(folder, 0, 0, "cannot be read: " + failure.message());
  std::sort(entries.folders.begin(), entries.folders.end());
  std::sort(entries.pictures.begin(), entries.pictures.end());
  return entries;
}

std::string size_text(const PictureSize& size) {
  return std::to_string(size.width) + " x " + std::to_string(size.height);
}

void look(RunContext& run, const char* label, std::size_t done, std::size_t total) {
  if (done % kFilesBetweenLooks != 0) return;
  if (run.stop.requested()) {
    throw Error(ExitStatus::kInterrupted, "stopped while reading pictures");
  }
  run.reporter.progress(
      {label, static_cast<double>(done), static_cast<double>(total), "pictures", ""});
}

void reserve_for(std::size_t more, Pictures& pool, const std::string& file) {
  const std::uint64_t bytes = pool.pixels.size() + std::uint64_t{more} * pool.size();
  if (bytes > usable_memory_bytes()) {
    input_error(file, 0, 0,
                "the pictures beside this one need " + pretty_bytes(bytes) +
                    " of memory when decoded, more than this machine has",
                "resize them, or name fewer");
  }
  pool.pixels.reserve(bytes);
}

}  // namespace

PictureList list_class_folders(const std::string& folder) {
  const Entries entries = list(folder);
  if (entries.folders.empty()) {
    input_error(folder, 0, 0, "has no class folders",
                "put the pictures of each class into a folder with the name of the class");
  }
  PictureList pictures;
  pictures.classes = entries.folders;
  for (std::size_t c = 0; c < pictures.classes.size(); ++c) {
    const std::string& name = pictures.classes[c];
    const Entries inside = list(folder + "/" + name);
    if (inside.pictures.empty()) {
      input_error(folder + "/" + name, 0, 0, "the class folder has no pictures",
                  "PNG, JPEG and BMP files are read; remove the folder if it is no class");
    }
    for (const auto& picture : inside.pictures) {
      pictures.names.push_back(name + "/" + picture);
      pictures.files.push_back(folder + "/" + pictures.names.back());
      pictures.codes.push_back(static_cast<std::int32_t>(c));
    }
  }
  return pictures;
}

std::vector<std::string> list_pictures(const std::string& folder) {
  const Entries entries = list(folder);
  std::vector<std::string> files;
  for (const auto& name : entries.pictures) files.push_back(folder + "/" + name);
  for (const auto& sub : entries.folders) {
    for (const auto& name : list(folder + "/" + sub).pictures) {
      files.push_back(folder + "/" + sub + "/" + name);
    }
  }
  if (files.empty()) {
    input_error(folder, 0, 0, "has no pictures", "PNG, JPEG and BMP files are read");
  }
  return files;
}

PictureSize common_size(const std::vector<std::string>& files, RunContext& run) {
  PictureSize common = picture_size(files.at(0));
  for (std::size_t i = 1; i < files.size(); ++i) {
    look(run, "looking at pictures", i, files.size());
    const PictureSize size = picture_size(files[i]);
    if (size.width != common.width || size.height != common.height) {
      input_error(files[i], 0, 0,
                  "is " + size_text(size) + " pixels, but " + files[0] + " is " + size_text(common),
                  "resize the pictures to one size");
    }
    common.channels = std::max(common.channels, size.channels);
  }
  run.reporter.progress_done();
  common.channels = common.channels >= 3 ? 3 : 1;
  return common;
}

void decode_pictures(const std::vector<std::string>& files, Pictures& pool, RunContext& run) {
  for (std::size_t i = 0; i < files.size(); ++i) {
    look(run, "reading pictures", i, files.size());
    const std::size_t old = pool.pixels.size();
    // Only a picture that did decode shows that the claimed size is real.
    if (i == 1) reserve_for(files.size() - 1, pool, files[0]);
    pool.pixels.resize(old + pool.size());
    decode_picture(files[i], static_cast<int>(pool.channels), static_cast<int>(pool.width),
                   static_cast<int>(pool.height), pool.pixels.data() + old);
    ++pool.count;
  }
  run.reporter.progress_done();
}

}  // namespace dlwork::data
