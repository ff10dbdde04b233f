#include "phase/sharing.h"

#include <atomic>
#include <chrono>
#include <exception>
#include <filesystem>
#include <thread>
#include <utility>

namespace dlwork::phase {
namespace {

constexpr std::chrono::milliseconds kLook{50};

/// A stop for the work of one process: it comes when the person asks for it, and when another
/// process is lost.
class Lookout {
 public:
  Lookout(Group& group, const StopFlag& asked)
      : group_(group), asked_(asked), watcher_([this] { watch(); }) {}
  ~Lookout() { end(); }
  Lookout(const Lookout&) = delete;
  Lookout& operator=(const Lookout&) = delete;

  const StopFlag& stop() const { return stop_; }
  /// Ends the watch, and throws why another was lost where one was.
  void raise() {
    end();
    if (lost_) std::rethrow_exception(lost_);
  }

 private:
  void watch() {
    while (!over_ && !stop_.requested()) {
      try {
        group_.check();
      } catch (const Error&) {
        lost_ = std::current_exception();
      }
      if (lost_ || asked_.requested()) return stop_.request();
      std::this_thread::sleep_for(kLook);
    }
  }

  void end() {
    over_ = true;
    if (watcher_.joinable()) watcher_.join();
  }

  Group& group_;
  const StopFlag& asked_;
  StopFlag stop_;
  std::exception_ptr lost_;
  std::atomic<bool> over_{false};
  std::thread watcher_;
};

/// Where the part is done: the first process's workspace.
struct Place {
  artefact::Workspace& workspace;
  artefact::RunFolder& folder;
  std::string dataset_fingerprint;
};

/// Does the part of this process, and waits for the others.
void do_part(Context& context, const Place& place, const SharedWork& work) {
  Group& group = *context.run.group;
  Lookout lookout(group, context.run.stop);
  RunContext alone{context.run.reporter, lookout.stop(), context.run.device, context.run.threads};
  Context own{.project = context.project,
              .task = context.task,
              .workspace = place.workspace,
              .folder = place.folder,
              .run = alone,
              .dataset_fingerprint = place.dataset_fingerprint,
              .resume = context.resume,
              .profile = std::move(context.profile),
              .loaded = std::move(context.loaded),
              .survey = std::move(context.survey)};
  try {
    work(own);
  } catch (const Error& end) {
    if (end.status() == ExitStatus::kInterrupted) lookout.raise();
    throw;
  }
  lookout.raise();
  context.profile = std::move(own.profile);
  context.loaded = std::move(own.loaded);
  context.survey = std::move(own.survey);
  group.meet(context.run.stop);
}

}  // namespace

void lead_sharing(Context& context, const SharedWork& work) {
  Group* group = context.run.group;
  if (group == nullptr) return work(context);
  std::string place =
      Json{{"workspace", std::filesystem::absolute(context.workspace.folder()).string()},
           {"data", context.dataset_fingerprint}}
          .dump();
  group->broadcast(place);
  do_part(context, {context.workspace, context.folder, context.dataset_fingerprint}, work);
}

artefact::PhaseResult share_along(Context& context, const SharedWork& work) {
  std::string told;
  context.run.group->broadcast(told);
  const Json place = Json::parse(told);
  artefact::Workspace workspace(place.at("workspace").get<std::string>());
  auto folder = workspace.unfinished_run(context.folder.phase());
  if (!folder) {
    throw Error(ExitStatus::kRuntime,
                "a process that shares out the work of " + context.folder.phase() +
                    " does not see the run in " + workspace.folder().string(),
                "start all of them where they see one file system");
  }
  context.profile.wanted = false;  // the first one's traces stand in the folder
  do_part(context, {workspace, *folder, place.at("data").get<std::string>()}, work);
  artefact::PhaseResult result;
  result.headline = "the first process has the result";
  return result;
}

}  // namespace dlwork::phase
