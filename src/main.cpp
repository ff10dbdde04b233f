#include "cli/process.h"
#include "dlwork/cli/cli.h"

int main(int argc, char** argv) {
  static dlwork::StopFlag stop;
  dlwork::cli::stop_on_signals(stop);
  dlwork::cli::Streams streams = dlwork::cli::standard_streams();
  const auto engine = []() -> dlwork::phase::Engine& {
    return dlwork::cli::open_engine(dlwork::cli::engine_folders());
  };
  return dlwork::cli::run({argv + 1, argv + argc}, streams, engine, stop);
}
