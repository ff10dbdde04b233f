#include "training/trace.h"

#include <cmath>

#include "dlwork/base/files.h"
#include "dlwork/base/json.h"

namespace dlwork::training {

void Trace::write(const std::filesystem::path& file) const {
  const double start = spans_.empty() ? 0 : spans_.front().begin;
  // The format counts in microseconds; nanoseconds are kept as decimals.
  const auto microseconds = [](double seconds) { return std::round(seconds * 1e9) / 1e3; };
  Json events = Json::array();
  for (const Span& span : spans_) {
    events.push_back({{"name", span.name},
                      {"ph", "X"},
                      {"ts", microseconds(span.begin - start)},
                      {"dur", microseconds(span.end - span.begin)},
                      {"pid", 1},
                      {"tid", 1}});
  }
  write_file(file, Json{{"displayTimeUnit", "ns"}, {"traceEvents", events}}.dump());
}

}  // namespace dlwork::training
