#include "phase/tune/together.h"

#include <filesystem>
#include <utility>

namespace dlwork::phase {

void lead_tuning(Context& context, const std::function<void()>& work) {
  Group* group = context.run.group;
  if (group == nullptr) return work();
  std::string study =
      Json{{"workspace", std::filesystem::absolute(context.workspace.folder()).string()},
           {"data", context.dataset_fingerprint}}
          .dump();
  group->broadcast(study);
  context.run.group = nullptr;  // whatever ends the work ends this run
  work();
  context.run.group = group;
  group->meet(context.run.stop);
}

artefact::PhaseResult tune_along(Context& context, const std::function<void(Context&)>& work) {
  Group& group = *context.run.group;
  std::string told;
  group.broadcast(told);
  const Json study = Json::parse(told);
  artefact::Workspace workspace(study.at("workspace").get<std::string>());
  auto folder = workspace.unfinished_run("tune");
  if (!folder) {
    throw Error(
        ExitStatus::kRuntime,
        "a process that shares out trials does not see the run in " + workspace.folder().string(),
        "start all of them where they see one file system");
  }
  RunContext alone = context.run;
  alone.group = nullptr;
  Context shared{.project = context.project,
                 .task = context.task,
                 .workspace = workspace,
                 .folder = *folder,
                 .run = alone,
                 .dataset_fingerprint = study.at("data").get<std::string>(),
                 .resume = context.resume,
                 .loaded = std::move(context.loaded)};
  work(shared);
  group.meet(context.run.stop);
  artefact::PhaseResult result;
  result.headline = "the first process has the result";
  return result;
}

}  // namespace dlwork::phase
