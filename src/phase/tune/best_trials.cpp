#include "phase/tune/best_trials.h"

namespace dlwork::phase {

std::vector<FinishedTrial> finished_trials(const Context& context) {
  const auto tuned = context.workspace.latest("tune");
  if (!tuned || !tuned->values.contains("trials")) return {};
  std::vector<FinishedTrial> finished;
  for (const auto& trial : tuned->values.at("trials")) {
    // JSON keeps a figure that is not a number as null: such a trial shows nothing.
    if (trial.at("state").get<std::string>() != "complete" || trial.at("value").is_null()) continue;
    finished.push_back({trial.at("number").get<std::int64_t>(), trial.at("value").get<double>(),
                        settings_from_json(trial.at("settings"))});
  }
  return finished;
}

}  // namespace dlwork::phase
