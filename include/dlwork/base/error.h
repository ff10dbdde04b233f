#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace dlwork {

/// Exit statuses of the program; the whole list, documented by `dlwork help`.
enum class ExitStatus {
  kOk = 0,            ///< the phase ran and its gate passed
  kGateFailed = 1,    ///< the phase ran and its gate failed
  kUsage = 2,         ///< command line or project file is wrong
  kInput = 3,         ///< input data or an artefact cannot be read
  kRuntime = 4,       ///< the run failed: device, memory, disk, divergence
  kBusy = 5,          ///< another live process holds the workspace
  kInterrupted = 130  ///< stopped by SIGINT, state kept
};

/// Where in a user's file something stands. Lines and columns count from 1; 0 means unknown.
struct Location {
  std::string file;
  int line = 0;
  int column = 0;
};

/// One problem in something the user wrote: where, which key, what, and what to do about it.
struct Diagnostic {
  Location at;
  std::string key;
  std::string message;
  std::string hint;
};
using Diagnostics = std::vector<Diagnostic>;

/// `file:line:col: error: key.path: message (hint)`, leaving out what is unknown.
std::string format(const Diagnostic& diagnostic);

/// The one exception type. Thrown only for what ends the command; `status` is its exit status.
class Error : public std::runtime_error {
 public:
  Error(ExitStatus status, Diagnostic diagnostic);
  Error(ExitStatus status, Diagnostics diagnostics);
  /// A problem without a place in a file.
  Error(ExitStatus status, const std::string& message, const std::string& hint = "");

  ExitStatus status() const { return status_; }
  const Diagnostics& diagnostics() const { return diagnostics_; }

 private:
  ExitStatus status_;
  Diagnostics diagnostics_;
};

/// Ends the program with `why` when a programmer's assumption is broken. Never reachable by input.
[[noreturn]] void assertion_failed(const char* condition, const char* why, const char* file,
                                   int line);

}  // namespace dlwork

#define DLWORK_ASSERT(condition, why) \
  ((condition) ? void(0) : ::dlwork::assertion_failed(#condition, why, __FILE__, __LINE__))
