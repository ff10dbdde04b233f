#pragma once

#include <functional>
#include <ostream>
#include <string>

#include "dlwork/base/machine.h"
#include "dlwork/base/reporter.h"

namespace dlwork::cli {

/// Progress and messages on standard error. On a terminal one line is drawn over and over, at most
/// ten times a second; elsewhere a plain line appears at most every 30 s.
class ConsoleReporter final : public Reporter {
 public:
  enum class Level { kQuiet, kNormal, kVerbose };
  struct Options {
    Level level = Level::kNormal;
    bool colour = false;
    bool redraws = false;  ///< the stream is a terminal that can take a line back
    int width = 80;
    std::function<double()> clock = monotonic_seconds;
  };

  ConsoleReporter(std::ostream& err, Options options);
  ~ConsoleReporter() override;
  void debug(const std::string& message) override;
  void info(const std::string& message) override;
  void warn(const std::string& message) override;
  void progress(const Progress& progress) override;
  void progress_done() override;

 private:
  void say(const std::string& prefix, const char* colour, const std::string& message);
  void erase();
  std::string line(const Progress& progress, double now) const;

  std::ostream& err_;
  Options options_;
  bool drawn_ = false;     ///< a progress line stands on the terminal
  std::string label_;      ///< of the work under way
  double start_ = 0;       ///< when that work was first heard of
  double start_done_ = 0;  ///< how far it was then (a resumed run does not start at 0)
  double last_done_ = 0;
  double last_ = 0;  ///< when a line was last shown
};

}  // namespace dlwork::cli
