#include "cli/process.h"

#include <dlfcn.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <iostream>

#include "dlwork/base/error.h"
#include "dlwork/base/text.h"

namespace dlwork::cli {
namespace {

namespace fs = std::filesystem;

constexpr int kUsualWidth = 80;
constexpr int kLeastWidth = 40;
constexpr int kLookForStopMs = 100;
constexpr int kSignalBase = 128;  // a shell's status for a process ended by a signal

StopFlag* stop_flag = nullptr;  // a signal handler is given nothing else to reach

extern "C" void on_signal(int signal) {
  if (stop_flag == nullptr || stop_flag->requested()) ::_exit(kSignalBase + signal);
  stop_flag->request();
}

int terminal_width() {
  winsize size{};
  for (const int descriptor : {STDOUT_FILENO, STDERR_FILENO}) {
    if (::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col >= kLeastWidth) {
      return size.ws_col;
    }
  }
  const char* columns = std::getenv("COLUMNS");
  const auto width = columns == nullptr ? std::nullopt : parse_integer(columns);
  return width && *width >= kLeastWidth && *width <= 1000 ? static_cast<int>(*width) : kUsualWidth;
}

phase::Engine& engine_of(void* library, const fs::path& file) {
  using MakeEngine = phase::Engine* (*)();
  const auto make = reinterpret_cast<MakeEngine>(::dlsym(library, phase::kEngineSymbol));
  if (make == nullptr) {
    throw Error(ExitStatus::kRuntime, file.string() + ": is not the library of this program",
                "install dlwork again: the program and its library must be of one version");
  }
  return *make();
}

}  // namespace

Streams standard_streams() {
  Streams streams{std::cout, std::cerr, std::cin};
  streams.out_is_terminal = ::isatty(STDOUT_FILENO) == 1;
  streams.err_is_terminal = ::isatty(STDERR_FILENO) == 1;
  streams.in_is_terminal = ::isatty(STDIN_FILENO) == 1;
  if (streams.in_is_terminal) streams.in_descriptor = STDIN_FILENO;
  streams.width = terminal_width();
  return streams;
}

void stop_on_signals(StopFlag& stop) {
  stop_flag = &stop;
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
}

void wait_for_input(int descriptor, const StopFlag& stop) {
  pollfd input{descriptor, POLLIN, 0};
  while (!stop.requested()) {
    const int ready = ::poll(&input, 1, kLookForStopMs);
    if (ready > 0 || (ready < 0 && errno != EINTR)) return;
  }
}

std::vector<fs::path> engine_folders() {
  std::error_code problem;
  const fs::path beside = fs::read_symlink("/proc/self/exe", problem).parent_path();
  if (problem) {
    throw Error(ExitStatus::kRuntime, "cannot find this program's own folder: " + problem.message(),
                "/proc must be mounted");
  }
  return {beside, beside.parent_path() / "lib"};
}

phase::Engine& open_engine(const std::vector<fs::path>& folders) {
  // GNU's OpenMP threads spin for milliseconds when they wait, which makes two runs on one machine
  // ten times slower than one after the other; about 20 us is enough between two kernels. Read
  // when the runtime is loaded, so it is set before, and what the user says goes first.
  ::setenv("GOMP_SPINCOUNT", "10000", /*overwrite=*/0);
  std::vector<std::string> searched;
  for (const fs::path& folder : folders) {
    const fs::path file = folder / phase::kEngineLibrary;
    searched.push_back(folder.string());
    if (!fs::exists(file)) continue;
    void* library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
      throw Error(ExitStatus::kRuntime,
                  "cannot open the library that trains networks: " + std::string(::dlerror()),
                  "is the LibTorch that dlwork was built with still where it was? build again");
    }
    return engine_of(library, file);
  }
  throw Error(
      ExitStatus::kRuntime,
      std::string(phase::kEngineLibrary) + ", which trains networks, is missing; looked in " +
          join_words(searched),
      "build it with `cmake --build <build folder> --target dlwork_learn`, or put it beside "
      "the program");
}

}  // namespace dlwork::cli
