#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <ostream>
#include <string>

namespace spdlog {
class logger;
}

namespace dlwork {

enum class LogLevel { kDebug, kInfo, kWarn, kError };
enum class Colour { kOff, kOn };

/// Lines for people: to a stream (`warning: text`, in colour where asked) or to a file (with time
/// and level). Safe to call from several threads. A line that cannot be written never ends a run;
/// `lost` counts them.
class Log {
 public:
  /// Writes lines of level `least` and above to `out`, which must outlive the log.
  Log(std::ostream& out, LogLevel least, Colour colour);
  /// Appends to a file; everything from debug up. Throws Error(kRuntime) when it cannot be opened.
  explicit Log(const std::filesystem::path& file);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  void write(LogLevel level, const std::string& message);
  void debug(const std::string& message) { write(LogLevel::kDebug, message); }
  void info(const std::string& message) { write(LogLevel::kInfo, message); }
  void warn(const std::string& message) { write(LogLevel::kWarn, message); }
  void error(const std::string& message) { write(LogLevel::kError, message); }
  std::int64_t lost() const { return lost_.load(); }

 private:
  void count_lost_lines();
  std::unique_ptr<spdlog::logger> logger_;
  bool for_people_ = true;
  Colour colour_ = Colour::kOff;
  std::atomic<std::int64_t> lost_{0};
};

}  // namespace dlwork
