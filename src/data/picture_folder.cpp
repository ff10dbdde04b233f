#include "data/picture_folder.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "data/problem.h"
#include "data/unreadable.h"
#include "dlwork/base/machine.h"
#include "dlwork/base/text.h"

namespace dlwork::data {
namespace {

constexpr std::size_t kPicturesBetweenLooks = 256;

std::string size_text(const PictureSize& size) {
  return std::to_string(size.width) + " x " + std::to_string(size.height);
}

void look(RunContext& run, const char* label, std::size_t done, std::size_t total) {
  if (done % kPicturesBetweenLooks != 0) return;
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
                "this picture and those after it need " + pretty_bytes(bytes) +
                    " of memory when decoded, more than this machine has",
                "resize them, or name fewer");
  }
  pool.pixels.reserve(bytes);
}

/// Heads of the files that have one; the others are taken from `files`. `rows`: where the files
/// left stood.
std::vector<PictureFile> look_at_heads(std::vector<std::string>& files,
                                       std::vector<std::int64_t>& rows, UnreadableFiles& unreadable,
                                       RunContext& run) {
  std::vector<PictureFile> heads;
  for (std::size_t i = 0; i < files.size(); ++i) {
    look(run, "looking at pictures", i, files.size());
    const auto row = static_cast<std::int64_t>(i);
    if (!unreadable.reads(row, files[i], [&] { heads.push_back(picture_file(files[i])); }))
      continue;
    files[rows.size()] = files[i];
    rows.push_back(row);
  }
  run.reporter.progress_done();
  unreadable.raise(UnreadableFiles::Counted::kAll);
  files.resize(rows.size());
  return heads;
}

}  // namespace

CommonSize common_size(const std::vector<PictureFile>& files, const std::vector<std::string>& names,
                       const std::vector<double>& wanted, RunContext& run) {
  // By area, then height: the first of the most frequent is the smallest.
  std::map<std::tuple<std::int64_t, int, int>, std::size_t> counts;
  CommonSize common;
  common.size.channels = 1;
  for (const PictureFile& file : files) {
    ++counts[{std::int64_t{file.height} * file.width, file.height, file.width}];
    if (file.channels >= 3) common.size.channels = 3;
  }
  const auto most =
      std::max_element(counts.begin(), counts.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  common.size.height = wanted.empty() ? std::get<1>(most->first) : static_cast<int>(wanted[0]);
  common.size.width = wanted.empty() ? std::get<2>(most->first) : static_cast<int>(wanted[1]);
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (files[i].height == common.size.height && files[i].width == common.size.width) continue;
    if (common.others++ == 0) common.first_other = names[i];
  }
  if (common.others > 0) {
    run.reporter.info(grouped(static_cast<std::int64_t>(common.others)) + " of " +
                      grouped(static_cast<std::int64_t>(files.size())) +
                      " pictures have another size and are brought to " + size_text(common.size) +
                      " (width x height), " + common.first_other + " for one");
  }
  return common;
}

void decode_pictures(std::vector<std::string> files, const std::vector<double>& wanted_size,
                     Pictures& pool, RunContext& run, FileFacts* facts) {
  UnreadableFiles unreadable(facts);
  std::vector<std::int64_t> rows;  // of the files that are left
  std::vector<PictureFile> heads = look_at_heads(files, rows, unreadable, run);
  if (rows.empty()) unreadable.raise_first();
  const CommonSize common = common_size(heads, files, wanted_size, run);
  pool.channels = common.size.channels;
  pool.height = common.size.height;
  pool.width = common.size.width;
  pool.resized = common.others > 0;
  if (!wanted_size.empty()) reserve_for(files.size(), pool, files[0]);
  for (std::size_t i = 0; i < files.size(); ++i) {
    look(run, "reading pictures", i, files.size());
    const std::size_t old = pool.pixels.size();
    // Only a picture that did decode shows that the claimed size is real.
    if (pool.count == 1) reserve_for(files.size() - i, pool, files[0]);
    const bool read = unreadable.reads(rows[i], files[i], [&] {
      pool.pixels.resize(old + pool.size());
      decode_picture(files[i], static_cast<int>(pool.channels), static_cast<int>(pool.width),
                     static_cast<int>(pool.height), pool.pixels.data() + old,
                     pool.resized ? Fit::kResize : Fit::kExact);
    });
    unreadable.raise(UnreadableFiles::Counted::kNotAll);
    if (!read) {
      pool.pixels.resize(old);
      continue;
    }
    ++pool.count;
    if (facts != nullptr) facts->pictures.push_back(heads[i]);
  }
  run.reporter.progress_done();
  if (pool.count == 0) unreadable.raise_first();
}

}  // namespace dlwork::data
