#include "phase/tune/journal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <sstream>

#include "dlwork/base/files.h"
#include "dlwork/base/machine.h"

namespace dlwork::phase {
namespace {

/// JSON keeps numbers that are not finite as null.
double figure_from(const Json& json) { return json.is_null() ? std::nan("") : json.get<double>(); }

Trial trial_from_json(const Json& json) {
  Trial trial;
  trial.number = json.at("number").get<std::int64_t>();
  trial.settings = settings_from_json(json.at("settings"));
  trial.state = json.at("state").get<std::string>();
  trial.value = figure_from(json.at("value"));
  for (const Json& value : json.at("by_epoch")) trial.by_epoch.push_back(figure_from(value));
  trial.seconds = json.at("seconds").get<double>();
  trial.model = json.at("model").get<std::string>();
  trial.note = json.at("note").get<std::string>();
  return trial;
}

/// Cuts what stands after the last newline, which a killed process left half-written.
bool drop_torn_line(int descriptor) {
  off_t size = ::lseek(descriptor, 0, SEEK_END);
  const off_t whole = size;
  char last = 0;
  while (size > 0 && ::pread(descriptor, &last, 1, size - 1) == 1 && last != '\n') --size;
  return size == whole || ::ftruncate(descriptor, size) == 0;
}

}  // namespace

Journal::Journal(std::filesystem::path file, std::string study)
    : file_(std::move(file)), study_(std::move(study)) {
  make_folder(file_.parent_path());
  refresh();
}

void Journal::refresh() {
  trials_.clear();
  if (std::filesystem::exists(file_)) read();
}

void Journal::read() {
  const std::string text = read_file(file_);
  // What follows the last newline was torn by a kill while it was written; it holds no trial.
  std::istringstream lines(text.substr(0, text.rfind('\n') + 1));
  std::string line;
  std::int64_t number = 0;
  while (std::getline(lines, line)) {
    ++number;
    const Json json = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    try {
      if (json.is_discarded()) throw std::runtime_error("not JSON");
      if (json.at("study").get<std::string>() != study_) continue;
      const auto event = json.at("event").get<std::string>();
      if (event == "restart") trials_.clear();
      if (event == "trial") {
        Trial trial = trial_from_json(json);
        trials_[trial.number] = std::move(trial);
      }
    } catch (const std::exception& problem) {
      throw Error(ExitStatus::kInput,
                  Diagnostic{{file_.string(), static_cast<int>(number), 1},
                             "",
                             std::string("not a line of a study journal: ") + problem.what(),
                             "move the file away to start the search anew"});
    }
  }
}

void Journal::append(const Json& line) {
  const std::string text = line.dump() + "\n";
  const int descriptor = ::open(file_.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  bool written = descriptor >= 0 && ::flock(descriptor, LOCK_EX) == 0;  // closing lets go
  if (written) {
    written = drop_torn_line(descriptor);
    written = written &&
              ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
              ::fsync(descriptor) == 0;
  }
  const int reason = errno;
  if (descriptor >= 0) ::close(descriptor);
  if (!written) {
    throw Error(ExitStatus::kRuntime,
                file_.string() + ": cannot be written: " + std::strerror(reason));
  }
}

void Journal::add(const Trial& trial) {
  append({{"study", study_},
          {"event", "trial"},
          {"time", utc_time()},
          {"number", trial.number},
          {"settings", phase::to_json(trial.settings)},
          {"state", trial.state},
          {"value", trial.value},
          {"by_epoch", trial.by_epoch},
          {"seconds", trial.seconds},
          {"model", trial.model},
          {"note", trial.note}});
  trials_[trial.number] = trial;
}

void Journal::restart() {
  append({{"study", study_}, {"event", "restart"}, {"time", utc_time()}});
  trials_.clear();
}

}  // namespace dlwork::phase
