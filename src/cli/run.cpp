#include <algorithm>
#include <new>

#include "cli/errors.h"
#include "cli/help.h"
#include "cli/options.h"
#include "cli/session.h"
#include "dlwork/cli/cli.h"

namespace dlwork::cli {
namespace {

/// `--help` and `--version` answer before anything else is looked at.
bool answer_early(Session& session) {
  const Invocation& line = session.line();
  if (line.has("version")) {
    if (session.json()) {
      session.print(version_document());
    } else {
      session.out() << version_text();
    }
    return true;
  }
  if (!line.has("help")) return false;
  const int width = session.streams().width;
  const CommandInfo* command = find_command(line.command);
  const std::string text = command == nullptr ? program_help(width) : command_help(*command, width);
  if (session.json()) {
    session.print({{"schema", "dlwork/help/1"}, {"text", text}});
  } else {
    session.out() << text;
  }
  return true;
}

ExitStatus run_command(const Invocation& invocation, Streams& streams, const EngineLoader& engine,
                       StopFlag& stop) {
  Session session(invocation, streams, engine, stop);
  if (answer_early(session)) return ExitStatus::kOk;
  if (invocation.command.empty()) {
    throw Error(ExitStatus::kUsage, "no command", "`dlwork help` lists the commands");
  }
  return find_command(invocation.command)->run(session);
}

ExitStatus fail(const Error& error, const Invocation& invocation, Streams& streams) {
  const bool colour = wants_colour(invocation, streams.err_is_terminal);
  show_error(error, invocation, streams.err, colour);
  if (invocation.has("json")) streams.out << json_text(error_document(error), 2) << '\n';
  return error.status();
}

/// What can be told of a line that could not be taken apart: whether it asks for JSON.
Invocation unparsed(const std::vector<std::string>& args) {
  Invocation invocation;
  if (std::find(args.begin(), args.end(), "--json") != args.end()) invocation.values["json"] = {};
  return invocation;
}

}  // namespace

int run(const std::vector<std::string>& args, Streams& streams, const EngineLoader& engine,
        StopFlag& stop) {
  Invocation invocation = unparsed(args);
  ExitStatus status = ExitStatus::kOk;
  try {
    invocation = parse(args);
    status = run_command(invocation, streams, engine, stop);
  } catch (const Error& error) {
    status = fail(error, invocation, streams);
  } catch (const std::bad_alloc&) {
    status = fail(Error(ExitStatus::kRuntime, "not enough memory"), invocation, streams);
  } catch (const std::exception& error) {
    status = fail(Error(ExitStatus::kRuntime, error.what()), invocation, streams);
  }
  streams.out.flush();
  if (!streams.out) {
    streams.err << "error: standard output cannot be written\n";
    if (status == ExitStatus::kOk) status = ExitStatus::kRuntime;
  }
  return static_cast<int>(status);
}

}  // namespace dlwork::cli
