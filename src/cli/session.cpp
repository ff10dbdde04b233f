#include "cli/session.h"

#include <cstdlib>

#include "cli/console_reporter.h"
#include "dlwork/base/files.h"
#include "dlwork/base/text.h"

namespace dlwork::cli {
namespace {

namespace fs = std::filesystem;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

ConsoleReporter::Level level_of(const Session& session) {
  if (session.has("quiet")) return ConsoleReporter::Level::kQuiet;
  return session.has("verbose") ? ConsoleReporter::Level::kVerbose
                                : ConsoleReporter::Level::kNormal;
}

/// "training.epochs=3", the second --set.
spec::Override read_override(const std::string& text, size_t place) {
  const std::string origin = "--set #" + std::to_string(place);
  const size_t equals = text.find('=');
  const auto fail = [&](size_t at, const std::string& message) {
    const Location location{origin, 1, static_cast<int>(at) + 1};
    throw Error(ExitStatus::kUsage,
                Diagnostic{location, "", message, "write --set key.path=value"});
  };
  if (equals == std::string::npos) fail(text.size(), "'" + text + "' has no '='");
  const std::string path = trim(text.substr(0, equals));
  if (path.empty()) fail(0, "no key stands before '='");
  return {path, text.substr(equals + 1), origin};
}

}  // namespace

bool wants_colour(const Invocation& invocation, bool is_terminal) {
  const auto option = invocation.values.find("color");
  if (option != invocation.values.end() && option->second.front() != "auto") {
    return option->second.front() == "always";
  }
  if (!environment("NO_COLOR").empty()) return false;
  const std::string force = environment("CLICOLOR_FORCE");
  if (!force.empty() && force != "0") return true;
  return is_terminal && environment("TERM") != "dumb";
}

Session::Session(const Invocation& invocation, Streams& streams, const EngineLoader& engine,
                 StopFlag& stop)
    : invocation_(invocation), streams_(streams), engine_(engine), stop_(stop) {}

Session::~Session() = default;

Reporter& Session::reporter() {
  if (!reporter_) {
    ConsoleReporter::Options options;
    options.level = level_of(*this);
    options.colour = wants_colour(invocation_, streams_.err_is_terminal);
    options.redraws = streams_.err_is_terminal && environment("TERM") != "dumb";
    options.width = streams_.width;
    reporter_ = std::make_unique<ConsoleReporter>(streams_.err, options);
  }
  return *reporter_;
}

std::string Session::value(const std::string& option, const std::string& otherwise) const {
  const auto found = invocation_.values.find(option);
  return found == invocation_.values.end() ? otherwise : found->second.front();
}

std::int64_t Session::number(const std::string& option, std::int64_t otherwise,
                             std::int64_t least) const {
  if (!has(option)) return otherwise;
  const std::string text = value(option);
  const auto number = parse_integer(text);
  if (!number || *number < least) {
    throw Error(ExitStatus::kUsage, "--" + option + ": '" + text + "' is no whole number of " +
                                        std::to_string(least) + " or more");
  }
  return *number;
}

std::string Session::find_project_file() const {
  if (has("project")) {
    const fs::path named = value("project");
    return fs::is_directory(named) ? (named / "project.yaml").string() : named.string();
  }
  // Parents are named by "..", so that messages stay short.
  fs::path folder = fs::current_path();
  for (fs::path prefix;; folder = folder.parent_path(), prefix /= "..") {
    std::error_code unreadable;  // as good as absent
    if (fs::is_regular_file(folder / "project.yaml", unreadable)) {
      return (prefix / "project.yaml").string();
    }
    if (folder == folder.root_path()) return "";
  }
}

std::string Session::project_file() const {
  const std::string found = find_project_file();
  if (found.empty()) {
    throw Error(ExitStatus::kUsage, "there is no project.yaml here or in a parent folder",
                "make one with `dlwork init`, or name one with --project FILE");
  }
  std::error_code unreadable;
  if (!fs::exists(found, unreadable)) {
    throw Error(
        ExitStatus::kUsage,
        Diagnostic{{found}, "", "there is no such project file", "make one with `dlwork init`"});
  }
  return found;
}

artefact::Workspace Session::workspace() const {
  return artefact::Workspace(fs::absolute(project_file()).parent_path() / ".dlwork");
}

std::vector<spec::Override> Session::overrides() const {
  std::vector<spec::Override> list;
  const auto sets = invocation_.values.find("set");
  if (sets != invocation_.values.end()) {
    for (const std::string& text : sets->second) {
      list.push_back(read_override(text, list.size() + 1));
    }
  }
  if (has("seed")) list.push_back({"seed", std::to_string(number("seed", 1, 0)), "--seed"});
  if (has("ablate")) list.push_back({"diagnose.ablate", "true", "--ablate"});
  return list;
}

phase::EngineOptions Session::engine_options() const {
  phase::EngineOptions options;
  options.device = value("device", "auto");
  options.threads = static_cast<int>(number("threads", 0, 1));
  options.force = has("force");
  options.resume = has("resume");
  options.profile = has("profile");
  options.choose = value("choose");
  options.fix = has("fix") || has("fix-to");
  options.fix_to = value("fix-to");
  options.against = value("against");
  options.command = invocation_.line;
  return options;
}

void Session::print(const Json& document) { out() << json_text(document, 2) << '\n'; }

report::TerminalOptions Session::terminal() const {
  report::TerminalOptions options;
  options.width = streams_.width;
  options.colour = wants_colour(invocation_, streams_.out_is_terminal) ? report::Colour::kYes
                                                                       : report::Colour::kNo;
  if (has("verbose")) options.detail = report::Detail::kVerbose;
  if (has("quiet")) options.detail = report::Detail::kQuiet;
  return options;
}

ExitStatus Session::status_of(artefact::Verdict verdict) const {
  const bool strict = value("fail-on", "error") == "warn";
  const bool failed =
      verdict == artefact::Verdict::kFail || (strict && verdict == artefact::Verdict::kWarn);
  return failed ? ExitStatus::kGateFailed : ExitStatus::kOk;
}

void write_phase_events(Session& session, const artefact::PhaseResult& result) {
  const auto folder = session.workspace().latest_folder(result.phase);
  if (folder) report::write_events(result, *folder);
}

void write_extras(Session& session, const std::vector<artefact::PhaseResult>& results,
                  const std::string& project_name) {
  if (session.has("junit")) write_file(session.value("junit"), report::to_junit(results));
  if (session.has("markdown")) {
    write_file(session.value("markdown"), report::to_markdown(results, project_name));
  }
  if (session.has("annotate") || environment("GITHUB_ACTIONS") == "true") {
    session.streams().err << report::to_annotations(results);
  }
}

}  // namespace dlwork::cli
