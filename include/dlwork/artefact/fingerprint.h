#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "dlwork/artefact/workspace.h"
#include "dlwork/spec/project.h"

namespace dlwork::artefact {

/// What a phase's result depends on, in named parts: one for each section of the project in
/// `sections`, "accept" where findings of this phase are accepted, "data files", and "<phase>
/// result" for each earlier phase in `needs`. Where it runs (device, threads, paths outside the
/// data) is left out.
std::map<std::string, std::string> phase_inputs(std::string_view phase, std::string_view sections,
                                                std::string_view needs,
                                                const spec::Project& project,
                                                const std::map<std::string, PhaseState>& states,
                                                const std::string& data_fingerprint);
std::string fingerprint_of(const std::map<std::string, std::string>& inputs);

/// Names of the parts that differ: why a phase is stale.
std::vector<std::string> changed_inputs(const std::map<std::string, std::string>& before,
                                        const std::map<std::string, std::string>& now);

}  // namespace dlwork::artefact
