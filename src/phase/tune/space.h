#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "dlwork/base/document.h"
#include "dlwork/spec/project.h"

namespace dlwork::phase {

/// What a trial changes: key path -> YAML scalar. Empty: the project as it is.
using Settings = std::map<std::string, std::string>;

/// "training.learning_rate 0.003, training.weight_decay 0.01", or "as the project says".
std::string settings_text(const Settings& settings);
Json to_json(const Settings& settings);
Settings settings_from_json(const Json& json);

/// The project with a trial's settings. Throws Error(kUsage) for a value the key does not take.
spec::Project with_settings(const spec::Project& project, const Settings& settings);

/// The settings of trial `number`, the same for the same seed whatever ran before. Trial 0 is the
/// project as it is.
///   random:        every dimension drawn independently (Bergstra and Bengio 2012)
///   one-at-a-time: the project with one dimension changed to one of its values
std::vector<Settings> plan_trials(const spec::Project& project, std::int64_t count);

}  // namespace dlwork::phase
