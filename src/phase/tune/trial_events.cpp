#include "phase/tune/trial_events.h"

#include "dlwork/artefact/events.h"
#include "dlwork/base/text.h"

namespace dlwork::phase {
namespace {

/// The value at "training.learning_rate" of a dumped project; null where the model leaves it out.
Json value_in_trial(const Json& project, const std::string& path) {
  const Json* at = &project;
  for (const std::string& key : split(path, '.')) {
    if (!at->is_object() || !at->contains(key)) return nullptr;
    at = &at->at(key);
  }
  return *at;
}

}  // namespace

std::filesystem::path trial_events_folder(const Context& context, std::int64_t number) {
  return context.folder.file("trial-" + std::to_string(number));
}

void tell_search(const Context& context) {
  const Json project = spec::dump_json(context.project);
  std::vector<artefact::HParam> searched;
  for (const auto& [path, dimension] : context.project.tune.space) {
    const bool is_range = dimension.low.has_value();
    searched.push_back({path, is_range || value_in_trial(project, path).is_number()});
  }
  artefact::EventFile(context.folder.path())
      .experiment(searched, {context.metric() + "/validation", "loss/validation"});
}

void tell_trial_start(const Context& context, std::int64_t number, const spec::Project& project) {
  // Every searched value, also those that a trial leaves as they are: parallel coordinates need
  // all.
  const Json dumped = spec::dump_json(project);
  Json settings = Json::object();
  for (const auto& [path, dimension] : context.project.tune.space) {
    const Json value = value_in_trial(dumped, path);
    if (!value.is_null()) settings[path] = value;
  }
  artefact::EventFile(trial_events_folder(context, number))
      .session_start("trial " + std::to_string(number), settings);
}

void tell_trial_end(const Context& context, const Trial& trial) {
  using Ended = artefact::EventFile::Ended;
  artefact::EventFile(trial_events_folder(context, trial.number))
      .session_end(trial.state == "failed" ? Ended::kBadly : Ended::kWell);
}

}  // namespace dlwork::phase
