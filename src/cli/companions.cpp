#include "cli/companions.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>

#include "cli/options.h"
#include "cli/session.h"
#include "dlwork/base/files.h"
#include "dlwork/base/text.h"

namespace dlwork::cli {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

constexpr milliseconds kLook{20};
/// From one's end to the next's: what they wait for fails at once, but they may be at something
/// else.
constexpr int kMostLooks = 250;
constexpr int kMostProcesses = 1024;

/// This process's environment with the variables that `world_from` reads.
std::vector<std::string> environment_for(int rank, const World& world) {
  std::vector<std::string> variables;
  for (char** each = environ; *each != nullptr; ++each) variables.emplace_back(*each);
  variables.push_back("DLWORK_RANK=" + std::to_string(rank));
  variables.push_back("DLWORK_WORLD_SIZE=" + std::to_string(world.size));
  variables.push_back("DLWORK_MEETING_FILE=" + world.meeting_file);
  return variables;
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> list;
  for (std::string& word : words) list.push_back(word.data());
  list.push_back(nullptr);
  return list;
}

/// Standard input and output are the first process's alone.
class Silence {
 public:
  Silence() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  }
  ~Silence() { ::posix_spawn_file_actions_destroy(&actions_); }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

std::string end_text(int rank, int size, int status) {
  const std::string who = "process " + std::to_string(rank) + " of " + std::to_string(size);
  if (WIFSIGNALED(status)) {
    const int signal = WTERMSIG(status);
    return who + " was killed by signal " + std::to_string(signal) + " (" + ::strsignal(signal) +
           ")";
  }
  return who + " ended with status " + std::to_string(WEXITSTATUS(status));
}

/// Whether it has ended; `status` then holds how, where that can still be asked.
bool has_ended(pid_t process, int& status) {
  const pid_t answer = ::waitpid(process, &status, WNOHANG);
  return answer == process || (answer < 0 && errno == ECHILD);
}

double timeout_of(Session& session, double otherwise) {
  if (!session.has("timeout")) return otherwise;
  const auto seconds = parse_duration(session.value("timeout"));
  if (seconds && *seconds > 0) return *seconds;
  throw Error(ExitStatus::kUsage, "--timeout: '" + session.value("timeout") + "' is no duration",
              "write 90s, 5min or 1h");
}

}  // namespace

Companions::Companions(int processes, const std::vector<std::string>& line) {
  world_.size = world_.local_size = processes;
  world_.launcher = "--processes";
  world_.meeting_file = (folder_.path() / "meeting").string();
  try {
    for (int rank = 1; rank < processes; ++rank) start(rank, line);
    watcher_ = std::thread([this] { watch(); });
  } catch (...) {  // no destructor runs for what is not made yet
    end();
    throw;
  }
}

Companions::~Companions() {
  over_ = true;
  watcher_.join();
  end();
}

void Companions::start(int rank, const std::vector<std::string>& line) {
  std::vector<std::string> words = line, variables = environment_for(rank, world_);
  const auto arguments = pointers(words), environment = pointers(variables);
  const Silence silence;
  pid_t process = 0;
  const int problem = ::posix_spawn(&process, "/proc/self/exe", silence.get(), nullptr,
                                    arguments.data(), environment.data());
  if (problem != 0) {
    throw Error(ExitStatus::kRuntime, "cannot start process " + std::to_string(rank) + " of " +
                                          std::to_string(world_.size) + ": " +
                                          std::strerror(problem));
  }
  children_.push_back({process, rank});
}

void Companions::watch() {
  while (!over_) {
    for (Child& child : children_) {
      int status = 0;
      if (child.ended || !has_ended(child.process, status)) continue;
      child.ended = true;
      if (status == 0) continue;
      try {
        write_file(world_.meeting_file + ".lost", end_text(child.rank, world_.size, status));
      } catch (const Error&) {
        continue;  // the others then say that a connection was lost
      }
    }
    std::this_thread::sleep_for(kLook);
  }
}

void Companions::end() {
  for (const Child& child : children_) {
    if (!child.ended) ::kill(child.process, SIGTERM);
  }
  for (int look = 0; look < kMostLooks; ++look) {
    bool all = true;
    for (Child& child : children_) {
      int status = 0;
      child.ended = child.ended || has_ended(child.process, status);
      all = all && child.ended;
    }
    if (all) break;
    std::this_thread::sleep_for(kLook);
  }
  for (const Child& child : children_) {
    if (child.ended) continue;
    ::kill(child.process, SIGKILL);
    ::waitpid(child.process, nullptr, 0);
  }
}

MeetingKeeper::MeetingKeeper(const World& world)
    : file_(world.meeting_file), parent_(::getppid()) {}

MeetingKeeper::~MeetingKeeper() {
  if (file_.empty() || ::getppid() == parent_) return;
  std::error_code gone;  // a temporary file that stays does no harm
  fs::remove(file_, gone);
  fs::remove(file_ + ".lost", gone);
  fs::remove(fs::path(file_).parent_path(), gone);  // where nothing else is in it
}

World world_of(Session& session, std::unique_ptr<Companions>& companions) {
  const std::string& command = session.line().command;
  World world = world_from(process_environment());
  if (!world.alone() && !find_option("processes")->applies_to(command)) {
    throw Error(ExitStatus::kUsage,
                command + " runs in one process, and " + world.launcher + " started " +
                    std::to_string(world.size),
                "start it once; `dlwork baseline`, `dlwork tune` and `dlwork ensemble` take several");
  }
  const double timeout = timeout_of(session, world.timeout_seconds);
  if (session.has("processes")) {
    const auto asked = session.number("processes", 1, 1);
    if (asked > kMostProcesses) {
      throw Error(ExitStatus::kUsage, "--processes " + std::to_string(asked) + ": at most " +
                                          std::to_string(kMostProcesses) + " run on one machine");
    }
    if (world.alone() && asked > 1) {
      companions = std::make_unique<Companions>(static_cast<int>(asked), session.line().line);
      world = companions->world();
    } else if (asked != world.size) {
      throw Error(ExitStatus::kUsage,
                  "--processes " + std::to_string(asked) + ": " + world.launcher + " started " +
                      std::to_string(world.size),
                  "leave --processes out, or the launcher");
    }
  }
  world.timeout_seconds = timeout;
  return world;
}

}  // namespace dlwork::cli
