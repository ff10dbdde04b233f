#include "artefact/state_file.h"

#include "artefact/json_reader.h"
#include "dlwork/base/files.h"

namespace dlwork::artefact {
namespace {

constexpr char kStateSchema[] = "dlwork/state/1";

Json to_json(const PhaseState& state) {
  return {{"run", state.run},
          {"verdict", state.verdict},
          {"headline", state.headline},
          {"next", state.next},
          {"finished", state.finished},
          {"seconds", state.seconds},
          {"fingerprint", state.fingerprint},
          {"inputs", state.inputs}};
}

PhaseState read_phase(const JsonReader& reader) {
  PhaseState state;
  state.run = reader.at("run").text();
  state.verdict = reader.at("verdict").text();
  state.headline = reader.at("headline").text();
  state.next = reader.at("next").text();
  state.finished = reader.at("finished").text();
  state.seconds = reader.at("seconds").number();
  state.fingerprint = reader.at("fingerprint").text();
  for (const auto& [name, value] : reader.at("inputs").members()) {
    state.inputs[name] = value.text();
  }
  return state;
}

State parse_state(const std::filesystem::path& file) {
  const std::string name = file.string();
  const Json json = parse_json(read_file(file), name);
  const JsonReader reader(json, name);
  const std::string schema = reader.at("schema").text();
  if (schema != kStateSchema) {
    reader.at("schema").fail("'" + schema + "' is not '" + kStateSchema +
                             "', the one this version of dlwork reads");
  }
  State state;
  for (const auto& [phase, value] : reader.at("phases").members()) {
    state.phases[phase] = read_phase(value);
  }
  for (const auto& [data, count] : reader.at("test_readings").members()) {
    state.test_readings[data] = count.integer();
  }
  return state;
}

}  // namespace

State read_state(const std::filesystem::path& file) {
  if (!std::filesystem::exists(file)) return {};
  try {
    return parse_state(file);
  } catch (const Error& error) {
    Diagnostics problems = error.diagnostics();
    problems.back().hint =
        "delete the file: the phases then count as never run, and their runs are kept";
    throw Error(error.status(), problems);
  }
}

void write_state(const std::filesystem::path& file, const State& state) {
  Json phases = Json::object();
  for (const auto& [name, phase] : state.phases) phases[name] = to_json(phase);
  const Json json{
      {"schema", kStateSchema}, {"phases", phases}, {"test_readings", Json(state.test_readings)}};
  write_file(file, json_text(json, 2) + "\n");
}

}  // namespace dlwork::artefact
