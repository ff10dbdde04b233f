#include "cli/live_feed.h"

#include <fstream>

#include "dlwork/artefact/running.h"
#include "dlwork/base/error.h"
#include "dlwork/base/files.h"
#include "dlwork/phase/phase_info.h"

namespace dlwork::cli {
namespace {

namespace fs = std::filesystem;

std::string contents(const fs::path& file) {
  std::error_code unreadable;  // as good as absent
  return fs::is_regular_file(file, unreadable) ? read_file(file) : "";
}

}  // namespace

LiveFeed::LiveFeed(artefact::Workspace workspace)
    : workspace_(std::move(workspace)), state_(contents(workspace_.folder() / "state.json")) {}

std::vector<PageEvent> LiveFeed::news() {
  std::vector<PageEvent> events;
  const std::string state = contents(workspace_.folder() / "state.json");
  if (state != state_) {
    state_ = state;
    events.push_back({"changed", Json::object()});
  }
  follow_newest(events);
  if (!run_.empty()) read_log(events);
  return events;
}

/// Of all phases' runs that go on the one begun last: ids sort by time. One whose process was
/// killed has no result either, and is not followed.
void LiveFeed::follow_newest(std::vector<PageEvent>& events) {
  fs::path newest;
  std::string phase;
  for (const phase::PhaseInfo& info : phase::phases()) {
    const auto run = workspace_.unfinished_run(std::string(info.name));
    if (!run || !artefact::is_running(*run)) continue;
    if (newest.empty() || run->id() > newest.filename().string()) {
      newest = run->path();
      phase = std::string(info.name);
    }
  }
  if (newest == run_) return;
  run_ = newest;
  read_ = 0;
  Json about = Json::object();
  if (!run_.empty()) about = {{"phase", phase}, {"run", run_.filename().string()}};
  so_far_ = {{"run", about}};
  events.push_back(so_far_.front());
}

void LiveFeed::read_log(std::vector<PageEvent>& events) {
  std::ifstream log(run_ / "log.jsonl", std::ios::binary);
  log.seekg(static_cast<std::streamoff>(read_));
  std::string line;
  while (std::getline(log, line) && !log.eof()) {  // the last line may still be written
    read_ += line.size() + 1;
    const Json event = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!event.is_object() || event.value("event", Json()) != "epoch") continue;
    so_far_.push_back({"epoch", event});
    events.push_back(so_far_.back());
  }
}

}  // namespace dlwork::cli
