#pragma once

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "dlwork/spec/project.h"

namespace dlwork::spec {

/// Reads a project text as the file "p/project.yaml".
inline Project read(const std::string& text, const std::vector<Override>& overrides = {}) {
  return read_project(text, "p/project.yaml", overrides);
}

/// The lines of the error that reading gives; empty when there is none. Without the file's name.
inline std::vector<std::string> problems_of(const std::string& text,
                                            const std::vector<Override>& overrides = {}) {
  std::vector<std::string> lines;
  try {
    read(text, overrides);
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::kUsage);
    for (const Diagnostic& problem : error.diagnostics()) {
      const std::string line = format(problem);
      const std::string file = "p/project.yaml:";
      lines.push_back(line.rfind(file, 0) == 0 ? line.substr(file.size()) : line);
    }
  }
  return lines;
}

/// Problems of `text` beside the smallest sound project, which stands in line 1.
inline std::vector<std::string> problems_beside(const std::string& text) {
  return problems_of("data: {train: a.csv}\n" + text);
}

}  // namespace dlwork::spec
