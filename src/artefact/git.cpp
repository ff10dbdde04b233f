#include "artefact/git.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <optional>
#include <system_error>
#include <vector>

#include "dlwork/base/text.h"

extern char** environ;

namespace dlwork::artefact {
namespace {

namespace fs = std::filesystem;

std::string first_line(const fs::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return trim(line);
}

// The repository's own folder: `.git`, or where a file of that name points (worktree, submodule).
std::optional<fs::path> git_folder(fs::path folder) {
  std::error_code problem;
  for (;; folder = folder.parent_path()) {
    const fs::path here = folder / ".git";
    if (fs::is_directory(here, problem)) return here;
    if (fs::is_regular_file(here, problem)) {
      const std::string line = first_line(here);
      constexpr std::string_view kLead = "gitdir: ";
      if (!line.starts_with(kLead)) return std::nullopt;
      return folder / line.substr(kLead.size());
    }
    if (!folder.has_relative_path()) return std::nullopt;
  }
}

bool is_commit(const std::string& text) {
  return (text.size() == 40 || text.size() == 64) &&
         text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

// gitrepository-layout(5): a ref is a file of its own, or a line "<commit> <ref>" of packed-refs. A
// worktree keeps its HEAD but shares the refs through `commondir`.
std::optional<std::string> commit_of(const fs::path& git, const std::string& ref) {
  const std::string common = first_line(git / "commondir");
  const fs::path shared = common.empty() ? git : git / common;
  for (const fs::path& folder : {git, shared}) {
    const std::string commit = first_line(folder / ref);
    if (is_commit(commit)) return commit;
  }
  std::ifstream packed(shared / "packed-refs");
  for (std::string line; std::getline(packed, line);) {
    const std::vector<std::string> words = split(trim(line), ' ');
    if (words.size() == 2 && words[1] == ref && is_commit(words[0])) return words[0];
  }
  return std::nullopt;
}

// Reads until the end of the stream; the text itself is not needed.
bool has_output(int descriptor) {
  std::array<char, 4096> block;
  bool any = false;
  for (;;) {
    const ssize_t size = ::read(descriptor, block.data(), block.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return any;
    any = true;
  }
}

// Comparing files with a commit is git's own business, so git is asked; without locks, and without
// the monitor program a repository may name.
std::optional<bool> is_dirty(const fs::path& folder) {
  std::array<int, 2> pipe_ends{};
  if (::pipe2(pipe_ends.data(), O_CLOEXEC) != 0) return std::nullopt;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  std::vector<std::string> words{"git",
                                 "-C",
                                 folder.string(),
                                 "--no-optional-locks",
                                 "-c",
                                 "core.fsmonitor=false",
                                 "status",
                                 "--porcelain",
                                 "--untracked-files=no",
                                 "--",
                                 "."};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = 0;
  const int failed = ::posix_spawnp(&child, "git", &actions, nullptr, arguments.data(), ::environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(pipe_ends[1]);
  const bool output = failed == 0 && has_output(pipe_ends[0]);
  ::close(pipe_ends[0]);
  if (failed != 0) return std::nullopt;
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return std::nullopt;
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return std::nullopt;
  return output;
}

}  // namespace

Json git_state(const fs::path& folder) {
  std::error_code problem;
  const fs::path there = fs::weakly_canonical(folder, problem);
  if (problem) return nullptr;
  const std::optional<fs::path> git = git_folder(there);
  if (!git) return nullptr;
  const std::string head = first_line(*git / "HEAD");
  constexpr std::string_view kRef = "ref: ";
  Json state{{"commit", nullptr}, {"branch", nullptr}, {"dirty", nullptr}};
  if (head.starts_with(kRef)) {
    const std::string ref = head.substr(kRef.size());
    constexpr std::string_view kBranch = "refs/heads/";
    if (ref.starts_with(kBranch)) state["branch"] = ref.substr(kBranch.size());
    if (const auto commit = commit_of(*git, ref)) state["commit"] = *commit;
  } else if (is_commit(head)) {
    state["commit"] = head;
  }
  if (const auto dirty = is_dirty(there)) state["dirty"] = *dirty;
  return state;
}

}  // namespace dlwork::artefact
