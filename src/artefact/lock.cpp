#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <sstream>
#include <utility>

#include "artefact/json_reader.h"
#include "dlwork/artefact/running.h"
#include "dlwork/base/files.h"
#include "dlwork/base/machine.h"
#include "dlwork/base/text.h"

namespace dlwork::artefact {
namespace {

namespace fs = std::filesystem;

// Who holds a lock, as its file says.
struct Holder {
  std::int64_t pid = 0;
  std::string host;
  std::string command;
  std::string since;
  std::string process_start;  ///< clock ticks after boot; tells a reused pid apart
};

// Field 22 of /proc/<pid>/stat (proc(5)); "" when there is no such process. The second field, the
// name in brackets, may itself hold spaces and brackets.
std::string process_start(std::int64_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  std::getline(file, line);
  const size_t name_end = line.rfind(')');
  if (name_end == std::string::npos) return "";
  std::istringstream fields(line.substr(name_end + 1));
  std::string field;
  for (int number = 3; number <= 22; ++number) fields >> field;
  return field;
}

Holder this_process(const std::string& command) {
  return {::getpid(), host_name(), command, utc_time(), process_start(::getpid())};
}

// A holder killed while it wrote leaves half a file, which names nobody.
std::optional<Holder> read_holder(const fs::path& path) {
  try {
    const std::string name = path.string();
    const Json json = parse_json(read_file(path), name);
    const JsonReader reader(json, name);
    return Holder{reader.at("pid").integer(), reader.at("host").text(), reader.at("command").text(),
                  reader.at("since").text(), reader.at("process_start").text()};
  } catch (const Error&) {
    return std::nullopt;
  }
}

void write_holder(int descriptor, const fs::path& path, const Holder& holder) {
  const Json json{{"pid", holder.pid},
                  {"host", holder.host},
                  {"command", holder.command},
                  {"since", holder.since},
                  {"process_start", holder.process_start}};
  const std::string text = json_text(json) + "\n";
  const bool written =
      ::ftruncate(descriptor, 0) == 0 &&
      ::pwrite(descriptor, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
  if (!written) throw_errno("cannot write", path);
}

// What a lock file says, where the lock itself is not asked for. Another machine's processes cannot
// be seen from here.
bool is_alive(const Holder& holder) {
  if (holder.host != host_name()) return true;
  return holder.process_start == process_start(holder.pid) && !holder.process_start.empty();
}

[[noreturn]] void fail_busy(const fs::path& path, const std::optional<Holder>& holder) {
  if (!holder) {
    throw Error(ExitStatus::kBusy, "another process is using " + path.parent_path().string(),
                "wait for it to end");
  }
  std::string who = "process " + std::to_string(holder->pid);
  if (holder->host != host_name()) who += " on " + holder->host;
  throw Error(ExitStatus::kBusy,
              who + " (" + holder->command + ") is using " + path.parent_path().string() +
                  " since " + holder->since,
              "wait for it, or end it with `kill " + std::to_string(holder->pid) + "`");
}

bool is_same_file(int descriptor, const fs::path& path) {
  struct stat ours {};
  struct stat there {};
  return ::fstat(descriptor, &ours) == 0 && ::stat(path.c_str(), &there) == 0 &&
         ours.st_ino == there.st_ino && ours.st_dev == there.st_dev;
}

// True when the lock is ours. The kernel drops the lock of a process however it ends, so a lock
// that can be had belongs to nobody living.
bool take(int descriptor, const fs::path& path) {
  if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) return true;
  if (errno == EWOULDBLOCK) return false;
  const std::optional<Holder> holder = read_holder(path);
  return !holder || !is_alive(*holder);
}

/// Files that a process which is no more was writing; see AtomicFile.
void remove_half_written(const fs::path& folder, std::int64_t process) {
  const std::string end = ".tmp." + std::to_string(process);
  std::vector<fs::path> found;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with('.') && name.ends_with(end)) found.push_back(entry.path());
  }
  for (const fs::path& path : found) fs::remove(path);
}

}  // namespace

WorkspaceLock::WorkspaceLock(fs::path path, int descriptor, std::string notice)
    : path_(std::move(path)), descriptor_(descriptor), notice_(std::move(notice)) {}

WorkspaceLock::~WorkspaceLock() {
  // Removed while still held: nobody can take the file between the two calls and lose it.
  if (is_same_file(descriptor_, path_)) ::unlink(path_.c_str());
  ::close(descriptor_);
}

bool is_running(const RunFolder& run) {
  const fs::path lock = run.path().parent_path().parent_path() / "lock";
  std::error_code missing;  // a file that is not there, or no more, tells of nothing
  const auto taken = fs::last_write_time(lock, missing);
  if (missing) return false;
  // A run's command is written when it begins and when it is resumed, by whoever holds the lock. An
  // older one is of a process that was killed.
  const auto began = fs::last_write_time(run.file("command.txt"), missing);
  if (missing || began < taken) return false;
  const std::optional<Holder> holder = read_holder(lock);
  return holder && is_alive(*holder);
}

std::unique_ptr<WorkspaceLock> Workspace::lock(const std::string& command) {
  prepare();
  const fs::path path = folder_ / "lock";
  for (;;) {
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor < 0) throw_errno("cannot write", path);
    if (!take(descriptor, path)) {
      ::close(descriptor);
      fail_busy(path, read_holder(path));
    }
    if (!is_same_file(descriptor, path)) {  // its holder removed it as it left: try the new one
      ::close(descriptor);
      continue;
    }
    std::string notice;
    if (const std::optional<Holder> dead = read_holder(path)) {
      notice = "process " + std::to_string(dead->pid) + " (" + dead->command +
               ") died while it held the workspace";
      remove_half_written(folder_, dead->pid);
    }
    std::unique_ptr<WorkspaceLock> held(new WorkspaceLock(path, descriptor, notice));
    write_holder(descriptor, path, this_process(command));
    return held;
  }
}

}  // namespace dlwork::artefact
