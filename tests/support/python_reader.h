#pragma once

#include <cstdlib>
#include <string>

#include "dlwork/base/files.h"
#include "dlwork/base/json.h"
#include "support/places.h"
#include "support/temporary_folder.h"

namespace dlwork::testing {

/// What a script prints as JSON, or why it could not be asked.
struct ScriptSaid {
  Json found = Json::object();
  std::string skipped;  ///< no Python, or one without what the script imports
  std::string problem;  ///< what the script says of its input
};
/// `script` within tests/, run by `python` on a file, folder or address.
inline ScriptSaid ask_script(const std::string& python, const std::string& script,
                             const std::string& input, const std::string& options = "") {
  const TemporaryFolder scratch;
  const std::string command = python + " " + places::source_folder() + "/tests/" + script + " '" +
                              input + "' " + options + " > " + (scratch / "out").string() + " 2> " +
                              (scratch / "err").string();
  const int status = std::system(command.c_str());
  constexpr int kNotThere = 77 << 8, kNoPython = 127 << 8;
  if (status == kNoPython) return {nullptr, "no Python here", ""};
  if (status == kNotThere) {
    return {nullptr, read_file(scratch / "out") + read_file(scratch / "err"), ""};
  }
  if (status != 0) return {Json::object(), "", "it fails: " + read_file(scratch / "err")};
  return {Json::parse(read_file(scratch / "out")), "", ""};
}

/// By the Python that has what others compare with; skipped where none is named.
inline ScriptSaid ask_peer(const std::string& script, const std::string& input) {
  const char* python = std::getenv("DLWORK_PEERS_PYTHON");
  if (python == nullptr) return {nullptr, "DLWORK_PEERS_PYTHON names no Python", ""};
  return ask_script(python, script, input);
}

/// What tests/support/browser.py finds on a page; it needs no more than Python itself.
inline ScriptSaid ask_browser(const std::string& page, const std::string& options = "") {
  const char* named = std::getenv("DLWORK_PEERS_PYTHON");
  return ask_script(named == nullptr ? "python3" : named, "support/browser.py", page, options);
}

/// The events in `folder` as TensorBoard's own reader finds them.
struct EventsRead {
  Json events;
  std::string skipped, problem;
};
inline EventsRead read_events(const std::filesystem::path& folder) {
  const ScriptSaid said = ask_peer("support/read_events.py", folder.string());
  return {said.found, said.skipped, said.problem};
}

/// The value of a tag at a step as the reader gave it; null where it is not there.
inline Json value_of(const Json& events, const std::string& tag, std::int64_t step) {
  for (const Json& event : events) {
    if (event.value("tag", "") == tag && event.value("step", -1) == step) return event["value"];
  }
  return nullptr;
}

}  // namespace dlwork::testing
