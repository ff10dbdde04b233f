#include "cli/console_reporter.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "dlwork/base/text.h"

namespace dlwork::cli {
namespace {

constexpr double kRedrawEvery = 0.1;  // seconds
constexpr double kLineEvery = 30;
constexpr double kLeastRateTime = 0.5;  // before that a rate is noise
constexpr int kBarWidth = 20;

std::string bar(double share) {
  const int full = static_cast<int>(std::lround(share * kBarWidth));
  return "[" + std::string(full, '=') + std::string(kBarWidth - full, ' ') + "]";
}

/// The first bytes of `text` that fit `width` columns, whole characters only.
std::string cut(const std::string& text, int width) {
  if (display_width(text) <= width) return text;
  std::string part;
  for (size_t at = 0; at < text.size();) {
    size_t end = at + 1;
    while (end < text.size() && (text[end] & 0xC0) == 0x80) ++end;
    const std::string longer = text.substr(0, end);
    if (display_width(longer) > width) break;
    part = longer;
    at = end;
  }
  return part;
}

}  // namespace

ConsoleReporter::ConsoleReporter(std::ostream& err, Options options)
    : err_(err), options_(std::move(options)) {}

ConsoleReporter::~ConsoleReporter() { erase(); }

void ConsoleReporter::debug(const std::string& message) {
  if (options_.level == Level::kVerbose) say("", "2", message);
}

void ConsoleReporter::info(const std::string& message) {
  if (options_.level != Level::kQuiet) say("", "", message);
}

void ConsoleReporter::warn(const std::string& message) { say("warning: ", "33", message); }

void ConsoleReporter::say(const std::string& prefix, const char* colour,
                          const std::string& message) {
  erase();
  const bool coloured = options_.colour && *colour != 0;
  if (coloured) err_ << "\x1b[" << colour << 'm';
  err_ << prefix;
  if (coloured && !prefix.empty()) err_ << "\x1b[0m";  // of a warning only the word stands out
  err_ << message;
  if (coloured && prefix.empty()) err_ << "\x1b[0m";
  err_ << '\n' << std::flush;
}

void ConsoleReporter::progress(const Progress& progress) {
  if (options_.level == Level::kQuiet) return;
  const double now = options_.clock();
  const bool is_new = label_.empty() || progress.done < last_done_;  // the next epoch starts at 0
  if (is_new) {
    start_ = now;
    start_done_ = progress.done;
    // Off a terminal short work says nothing; on one it is drawn at once.
    if (!options_.redraws && label_.empty()) last_ = now;
  }
  label_ = progress.label;
  last_done_ = progress.done;
  const bool first_drawn = options_.redraws && !drawn_;
  if (!first_drawn && now - last_ < (options_.redraws ? kRedrawEvery : kLineEvery)) return;
  last_ = now;
  const std::string text = line(progress, now);
  if (!options_.redraws) {
    err_ << text << '\n' << std::flush;
    return;
  }
  err_ << "\r\x1b[2K" << cut(text, std::max(10, options_.width - 1)) << std::flush;
  drawn_ = true;
}

void ConsoleReporter::progress_done() {
  erase();
  label_.clear();
}

void ConsoleReporter::erase() {
  if (drawn_) err_ << "\r\x1b[2K" << std::flush;
  drawn_ = false;
}

std::string ConsoleReporter::line(const Progress& progress, double now) const {
  std::string text = progress.label;
  const double seconds = now - start_;
  const double gained = progress.done - start_done_;
  const bool has_rate = seconds >= kLeastRateTime && gained > 0;
  if (progress.total > 0) {
    const double share = std::clamp(progress.done / progress.total, 0.0, 1.0);
    if (options_.redraws) text += " " + bar(share);
    text += " " + std::to_string(static_cast<int>(share * 100)) + " %";
  } else if (progress.done > 0) {
    text += " " + grouped(static_cast<std::int64_t>(progress.done)) + " " + progress.unit;
  }
  if (has_rate) {
    text += ", " + pretty_number(gained / seconds, 3) + " " + progress.unit + "/s";
    const double left = (progress.total - progress.done) * seconds / gained;
    if (progress.total > progress.done) text += ", " + pretty_duration(left) + " left";
  }
  return progress.detail.empty() ? text : text + ", " + progress.detail;
}

}  // namespace dlwork::cli
