#pragma once

#include <string>

#include "dlwork/base/reporter.h"

namespace dlwork::testing {

/// Asks for a stop after so many progress reports.
class StopAfter final : public Reporter {
 public:
  StopAfter(StopFlag& stop, int reports) : stop_(stop), left_(reports) {}
  void debug(const std::string&) override {}
  void info(const std::string&) override {}
  void warn(const std::string&) override {}
  void progress(const Progress&) override {
    if (--left_ == 0) stop_.request();
  }
  void progress_done() override {}

 private:
  StopFlag& stop_;
  int left_;
};

}  // namespace dlwork::testing
