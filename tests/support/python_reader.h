#pragma once

#include <cstdlib>
#include <string>

#include "dlwork/base/files.h"
#include "dlwork/base/json.h"
#include "support/places.h"
#include "support/temporary_folder.h"

namespace dlwork::testing {

/// The events in `folder` as TensorBoard's own reader finds them (support/read_events.py), or why
/// it could not be asked.
struct EventsRead {
  Json events;
  std::string skipped;  ///< no Python, or one without tensorboard
  std::string problem;  ///< what the reader says of a bad file
};
inline EventsRead read_events(const std::filesystem::path& folder) {
  const char* python = std::getenv("DLWORK_PEERS_PYTHON");
  if (python == nullptr) return {{}, "DLWORK_PEERS_PYTHON names no Python", ""};
  const TemporaryFolder scratch;
  const std::string command = std::string(python) + " " + places::source_folder() +
                              "/tests/support/read_events.py '" + folder.string() + "' > " +
                              (scratch / "out").string() + " 2> " + (scratch / "err").string();
  const int status = std::system(command.c_str());
  constexpr int kNotThere = 77 << 8;
  if (status == kNotThere) return {{}, read_file(scratch / "err"), ""};
  if (status != 0) return {{}, "", read_file(scratch / "err")};
  return {Json::parse(read_file(scratch / "out")), "", ""};
}

/// The value of a tag at a step as the reader gave it; null where it is not there.
inline Json value_of(const Json& events, const std::string& tag, std::int64_t step) {
  for (const Json& event : events) {
    if (event.value("tag", "") == tag && event.value("step", -1) == step) return event["value"];
  }
  return nullptr;
}

}  // namespace dlwork::testing
