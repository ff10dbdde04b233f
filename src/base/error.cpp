#include "dlwork/base/error.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

namespace dlwork {
namespace {

std::string format_all(const Diagnostics& diagnostics) {
  std::string text;
  for (const Diagnostic& diagnostic : diagnostics) {
    if (!text.empty()) text += '\n';
    text += format(diagnostic);
  }
  return text;
}

}  // namespace

std::string format(const Diagnostic& diagnostic) {
  std::string text;
  const Location& at = diagnostic.at;
  if (!at.file.empty()) {
    text += at.file;
    if (at.line > 0) text += ":" + std::to_string(at.line);
    if (at.line > 0 && at.column > 0) text += ":" + std::to_string(at.column);
    text += ": ";
  }
  text += "error: ";
  if (!diagnostic.key.empty()) text += diagnostic.key + ": ";
  text += diagnostic.message;
  if (!diagnostic.hint.empty()) text += " (" + diagnostic.hint + ")";
  return text;
}

Error::Error(ExitStatus status, Diagnostic diagnostic)
    : Error(status, Diagnostics{std::move(diagnostic)}) {}

Error::Error(ExitStatus status, Diagnostics diagnostics)
    : std::runtime_error(format_all(diagnostics)),
      status_(status),
      diagnostics_(std::move(diagnostics)) {}

Error::Error(ExitStatus status, const std::string& message, const std::string& hint)
    : Error(status, Diagnostic{{}, "", message, hint}) {}

void assertion_failed(const char* condition, const char* why, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: internal error: %s (%s)\n", file, line, why, condition);
  std::abort();
}

}  // namespace dlwork
