#pragma once

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "dlwork/base/reporter.h"
#include "dlwork/phase/engine.h"

namespace dlwork::cli {

/// Where a command reads and writes, so that tests run commands in-process.
struct Streams {
  std::ostream& out;
  std::ostream& err;
  std::istream& in;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  bool in_is_terminal = false;
  int in_descriptor = -1;  ///< what `in` reads, to wait for what is typed; -1: it is there already
  int width = 80;
};

/// Opens the engine; throws Error(kRuntime) saying what is missing. Called only when needed.
using EngineLoader = std::function<phase::Engine&()>;

/// The whole program: parses `args` (without the program's name), runs the command, renders, and
/// returns the exit status. Never throws.
int run(const std::vector<std::string>& args, Streams& streams, const EngineLoader& engine,
        StopFlag& stop);

}  // namespace dlwork::cli
