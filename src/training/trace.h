#pragma once

#include <filesystem>
#include <vector>

namespace dlwork::training {

/// Spans of time for Chrome's about:tracing and Perfetto (the Trace Event Format, complete events).
/// Keeps the first 100,000, which show a loop as well as all would.
class Trace {
 public:
  explicit Trace(bool wanted) : wanted_(wanted) {}
  /// Seconds on the steady clock; `name` must outlive the trace.
  void add(const char* name, double begin, double end) {
    if (wanted_ && spans_.size() < kMost) spans_.push_back({name, begin, end});
  }
  void write(const std::filesystem::path& file) const;

 private:
  static constexpr std::size_t kMost = 100000;
  struct Span {
    const char* name;
    double begin, end;
  };
  bool wanted_;
  std::vector<Span> spans_;
};

}  // namespace dlwork::training
