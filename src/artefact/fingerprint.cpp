#include "dlwork/artefact/fingerprint.h"

#include "dlwork/artefact/result.h"
#include "dlwork/base/hash.h"
#include "dlwork/base/text.h"

namespace dlwork::artefact {
namespace {

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  for (std::string& word : split(text, ' ')) {
    if (!word.empty()) words.push_back(std::move(word));
  }
  return words;
}

/// What the project accepts of this phase's findings, as text; "" for nothing. A finding that no
/// phase makes is the audit's to report.
std::string accepted_of(std::string_view phase, const spec::Project& project) {
  std::string text;
  for (const spec::Waiver& waiver : project.accept) {
    const FindingInfo* info = find_finding(waiver.finding);
    if ((info == nullptr ? std::string_view("audit") : std::string_view(info->phase)) != phase) {
      continue;
    }
    text += json_text(Json::array({waiver.finding, waiver.reason, waiver.until}));
  }
  return text;
}

}  // namespace

std::map<std::string, std::string> phase_inputs(std::string_view phase, std::string_view sections,
                                                std::string_view needs,
                                                const spec::Project& project,
                                                const std::map<std::string, PhaseState>& states,
                                                const std::string& data_fingerprint) {
  const Json project_json = spec::dump_json(project);
  std::map<std::string, std::string> inputs;
  for (const std::string& section : words_of(sections)) {
    const auto found = project_json.find(section);
    // A section that was left empty still has a value: that of nothing.
    inputs[section] = hash_text(found == project_json.end() ? "null" : json_text(*found));
  }
  const std::string accepted = accepted_of(phase, project);
  if (!accepted.empty()) inputs["accept"] = hash_text(accepted);
  inputs["data files"] = data_fingerprint;
  for (const std::string& needed : words_of(needs)) {
    const auto found = states.find(needed);
    inputs[needed + " result"] = found == states.end() ? "never run" : found->second.run;
  }
  return inputs;
}

std::string fingerprint_of(const std::map<std::string, std::string>& inputs) {
  Hasher hasher;
  for (const auto& [name, value] : inputs) {
    // Sizes go in too, so that no two maps give the same bytes.
    hasher.add(std::to_string(name.size()) + ":" + name);
    hasher.add(std::to_string(value.size()) + ":" + value);
  }
  return hasher.hex();
}

std::vector<std::string> changed_inputs(const std::map<std::string, std::string>& before,
                                        const std::map<std::string, std::string>& now) {
  std::vector<std::string> changed;
  for (const auto& [name, value] : now) {
    const auto old = before.find(name);
    if (old == before.end() || old->second != value) changed.push_back(name);
  }
  for (const auto& [name, value] : before) {
    if (!now.contains(name)) changed.push_back(name);
  }
  return changed;
}

}  // namespace dlwork::artefact
