#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "dlwork/artefact/workspace.h"
#include "dlwork/base/files.h"
#include "dlwork/base/machine.h"

namespace dlwork::artefact {
namespace {

namespace fs = std::filesystem;

// A process that was killed may have left half a line; what follows must start its own.
bool ends_within_a_line(int descriptor) {
  const off_t size = ::lseek(descriptor, 0, SEEK_END);
  char last = '\n';
  return size > 0 && ::pread(descriptor, &last, 1, size - 1) == 1 && last != '\n';
}

void append_line(const fs::path& path, std::string line) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor < 0) throw_errno("cannot write", path);
  if (ends_within_a_line(descriptor)) line.insert(0, 1, '\n');
  line += '\n';
  const ssize_t written = ::write(descriptor, line.data(), line.size());
  if (written >= 0 && written < static_cast<ssize_t>(line.size())) errno = ENOSPC;
  const bool whole = written == static_cast<ssize_t>(line.size());
  const int reason = errno;
  ::close(descriptor);
  errno = reason;
  if (!whole) throw_errno("cannot write", path);
}

// Made beside and renamed over, so that `latest` always points somewhere.
void point_to(const fs::path& link, const std::string& target) {
  const fs::path temporary =
      link.parent_path() / ("." + link.filename().string() + ".tmp." + std::to_string(::getpid()));
  ::unlink(temporary.c_str());
  if (::symlink(target.c_str(), temporary.c_str()) != 0) {
    // A file system without links (FAT): readers then take the newest finished run.
    if (errno == EPERM || errno == EOPNOTSUPP) return;
    throw_errno("cannot write", link);
  }
  if (::rename(temporary.c_str(), link.c_str()) != 0) {
    const int reason = errno;
    ::unlink(temporary.c_str());
    errno = reason;
    throw_errno("cannot write", link);
  }
}

}  // namespace

RunFolder::RunFolder(fs::path path, std::string phase)
    : path_(std::move(path)), id_(path_.filename().string()), phase_(std::move(phase)) {}

void RunFolder::log(const Json& event) {
  Json line{{"time", utc_time()}};
  line.update(event);
  append_line(file("log.jsonl"), json_text(line));
}

void RunFolder::finish(const PhaseResult& result) {
  write_file(file("result.json"), json_text(to_json(result), 2) + "\n");
  point_to(path_.parent_path() / "latest", id_);
}

}  // namespace dlwork::artefact
