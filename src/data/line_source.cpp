#include "data/line_source.h"

#include <algorithm>
#include <filesystem>

#include "data/memory_room.h"
#include "data/problem.h"
#include "data/text_lines.h"
#include "dlwork/base/text.h"
#include "dlwork/data/copies.h"

namespace dlwork::data {
namespace {

constexpr std::size_t kLinesLook = 64u << 10;
constexpr std::size_t kLinesCompared = 20;
constexpr std::int64_t kLinesBetweenLooks = 4096;

bool looks_like_rows(const std::vector<std::string>& lines) {
  if (lines.size() < 2) return false;
  constexpr std::string_view kSeparators = "\t;|,";
  return std::any_of(kSeparators.begin(), kSeparators.end(), [&](char separator) {
    const auto cells = [&](const std::string& line) {
      return std::count(line.begin(), line.end(), separator);
    };
    return cells(lines.front()) > 0 &&
           std::all_of(lines.begin(), lines.end(), [&](const std::string& line) {
             return cells(line) == cells(lines.front());
           });
  });
}

/// With its place in the samples.
std::uint64_t line_bytes(const std::string& text) {
  const std::size_t beside = text.capacity() > std::string().capacity() ? text.capacity() : 0;
  return sizeof(std::string) + beside + sizeof(std::int64_t) + sizeof(std::int32_t);
}

/// `bytes`: of all lines so far.
std::int64_t read_lines(const std::string& path, Raw& raw, RunContext& run, std::uint64_t most,
                        std::uint64_t& bytes) {
  TextLines lines(path);
  std::int64_t count = 0;
  for (; lines.next(); ++count) {
    if (count % kLinesBetweenLooks == 0) {
      if (run.stop.requested()) throw Error(ExitStatus::kInterrupted, "stopped while reading data");
      run.reporter.progress({"reading " + path, static_cast<double>(lines.source().position()),
                             static_cast<double>(lines.source().file_size()), "bytes", ""});
    }
    if (!is_utf8(lines.text())) {
      lines.fail(nullptr, "the line is no UTF-8", "convert the file, as with iconv -t utf-8");
    }
    bytes += line_bytes(raw.samples.texts.emplace_back(lines.text()));
    expect_room(path, "the lines read so far take", bytes, "name fewer files", most);
    raw.samples.record.push_back(lines.line());
  }
  if (count == 0) input_error(path, 0, 0, "the file has no lines");
  run.reporter.progress_done();
  return count;
}

}  // namespace

bool is_line_file(const std::string& path) {
  if (lower(std::filesystem::path(unpacked_name(path)).extension().string()) != ".txt")
    return false;
  std::vector<std::string> first;
  TextLines lines(path, kLinesLook);
  while (first.size() < kLinesCompared && lines.next()) {
    if (!trim(lines.text()).empty()) first.emplace_back(lines.text());
  }
  return !looks_like_rows(first);
}

Raw read_line_sources(const spec::Project& project, RunContext& run, std::uint64_t most_bytes) {
  Raw raw;
  raw.samples.kind = Kind::kText;
  std::uint64_t bytes = 0;
  read_each_file(project, raw, [&](const std::string& path) {
    return read_lines(path, raw, run, most_bytes, bytes);
  });
  return raw;
}

}  // namespace dlwork::data
