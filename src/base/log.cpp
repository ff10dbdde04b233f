#include "dlwork/base/log.h"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/ostream_sink.h>

#include "dlwork/base/error.h"

namespace dlwork {
namespace {

spdlog::level::level_enum level_of(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarn:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

// Level and colour of a console line; what is ordinary is said plainly.
std::string dressed(LogLevel level, const std::string& message, Colour colour) {
  const char* label = "";
  const char* start = "";
  if (level == LogLevel::kDebug) start = "\x1b[2m";
  if (level == LogLevel::kWarn) {
    label = "warning: ";
    start = "\x1b[33m";
  }
  if (level == LogLevel::kError) {
    label = "error: ";
    start = "\x1b[31m";
  }
  const bool coloured = colour == Colour::kOn && *start != '\0';
  if (!coloured) return label + message;
  // The whole of a debug line is dimmed; of the others only the label stands out.
  if (*label == '\0') return start + message + "\x1b[0m";
  return std::string(start) + label + "\x1b[0m" + message;
}

}  // namespace

Log::Log(std::ostream& out, LogLevel least, Colour colour)
    : logger_(std::make_unique<spdlog::logger>(
          "console", std::make_shared<spdlog::sinks::ostream_sink_mt>(out))),
      colour_(colour) {
  logger_->set_pattern("%v");
  logger_->set_level(level_of(least));
  logger_->flush_on(spdlog::level::debug);
  count_lost_lines();
}

Log::Log(const std::filesystem::path& file) : for_people_(false) {
  try {
    logger_ = std::make_unique<spdlog::logger>(
        "file", std::make_shared<spdlog::sinks::basic_file_sink_mt>(file.string()));
  } catch (const spdlog::spdlog_ex& problem) {
    throw Error(ExitStatus::kRuntime,
                "cannot write the log " + file.string() + ": " + problem.what());
  }
  logger_->set_formatter(std::make_unique<spdlog::pattern_formatter>(
      "%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc));
  logger_->set_level(spdlog::level::debug);
  logger_->flush_on(spdlog::level::warn);
  count_lost_lines();
}

Log::~Log() = default;

void Log::write(LogLevel level, const std::string& message) {
  logger_->log(level_of(level),
               spdlog::string_view_t(for_people_ ? dressed(level, message, colour_) : message));
}

void Log::count_lost_lines() {
  logger_->set_error_handler([this](const std::string&) { ++lost_; });
}

}  // namespace dlwork
