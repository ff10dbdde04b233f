#include "cli/help.h"

#include <algorithm>

#include "cli/build_facts.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "dlwork/base/text.h"
#include "dlwork/base/version.h"

namespace dlwork::cli {
namespace {

constexpr int kNarrowest = 40;
constexpr int kWidest = 100;
constexpr int kColumn = 24;  // where the second column starts

/// `text` in lines of at most `width` columns, those after the first indented.
std::string wrap(const std::string& text, int first, int indent, int width) {
  std::string lines;
  int column = first;
  bool at_start = true;
  for (const std::string& word : split(text, ' ')) {
    const int length = display_width(word);
    if (!at_start && column + 1 + length > width) {
      lines += "\n" + std::string(indent, ' ');
      column = indent;
      at_start = true;
    }
    if (!at_start) lines += ' ';
    column += length + (at_start ? 0 : 1);
    lines += word;
    at_start = false;
  }
  return lines + "\n";
}

std::string entry(const std::string& name, const std::string& text, int width) {
  const std::string start = "  " + name;
  if (display_width(start) + 2 > kColumn) {
    return start + "\n" + std::string(kColumn, ' ') + wrap(text, kColumn, kColumn, width);
  }
  return start + std::string(kColumn - display_width(start), ' ') +
         wrap(text, kColumn, kColumn, width);
}

std::string option_entry(const OptionInfo& info, int width) {
  std::string name = info.letter == 0 ? "    --" : std::string("-") + info.letter + ", --";
  name += info.name;
  if (info.takes_value()) name += " " + std::string(info.argument);
  return entry(name, std::string(info.help), width);
}

std::string exit_statuses(int width) {
  std::string text = "Exit statuses:\n";
  text += entry("0", "the command did its work; the gate passed", width);
  text += entry("1", "the phase ran and its gate failed", width);
  text += entry("2", "the command line or the project file is wrong", width);
  text += entry("3", "input data or an artefact cannot be read", width);
  text += entry("4", "the run failed: device, memory, disk, divergence", width);
  text += entry("5", "another live process holds the workspace", width);
  text += entry("130", "stopped by Ctrl-C, state kept; go on with --resume", width);
  return text;
}

std::string examples(const std::vector<std::string>& lines) {
  std::string text = "Examples:\n";
  for (const std::string& line : lines) text += "  " + line + "\n";
  return text;
}

int readable(int width) { return std::clamp(width, kNarrowest, kWidest); }

/// Options of one command alone, or those that every command has.
std::string option_list(const std::string& command, bool common, int width) {
  std::string text;
  for (const OptionInfo& info : options()) {
    if (info.applies_to(command) && (info.commands == "*") == common) {
      text += option_entry(info, width);
    }
  }
  return text;
}

}  // namespace

std::string program_help(int width) {
  width = readable(width);
  std::string text = "dlwork: deep learning by method, from the terminal\n\n";
  text += "Usage: dlwork [options] COMMAND [arguments]\n\nBegin:\n";
  bool in_phases = false;
  bool after_phases = false;
  for (const CommandInfo& info : commands()) {
    if (is_phase(info.name) && !in_phases) {
      text += "\nThe method's phases, in order:\n";
      in_phases = true;
    } else if (in_phases && !after_phases && !is_phase(info.name)) {
      text += "\nAround them:\n";
      after_phases = true;
    }
    text += entry(info.name, info.summary, width);
  }
  text += "\nOptions, before or after the command (see `dlwork help COMMAND` for more):\n";
  for (const OptionInfo& info : options()) {
    const bool is_common = info.commands == "*" || info.applies_to("run");
    if (is_common) text += option_entry(info, width);
  }
  text += "\n" + exit_statuses(width);
  text += "\n" + examples({"dlwork init --data measurements.csv", "dlwork run", "dlwork status"});
  return text;
}

std::string command_help(const CommandInfo& command, int width) {
  width = readable(width);
  std::string usage = "Usage: dlwork " + command.name + " [options]";
  if (!command.arguments.empty()) usage += " " + command.arguments;
  std::string text = "dlwork " + command.name + ": " + command.summary + "\n\n" + usage + "\n";
  if (!command.details.empty()) text += "\n" + wrap(command.details, 0, 0, width);
  const std::string own = option_list(command.name, false, width);
  if (!own.empty()) text += "\nOptions:\n" + own;
  text += "\nOptions of every command:\n" + option_list(command.name, true, width);
  text += "\n" + exit_statuses(width);
  return text + "\n" + examples(command.examples);
}

std::string version_text() {
  return "dlwork " + version() + " (commit " + git_commit() + ")\nbuilt with LibTorch " +
         build_facts::kLibtorch + ", BLAS " + build_facts::kBlas + ", oneDNN " +
         build_facts::kOnednn + ", CUDA " + build_facts::kCuda + "\n";
}

Json version_document() {
  return {{"schema", "dlwork/version/1"}, {"dlwork", version()},
          {"commit", git_commit()},       {"libtorch", build_facts::kLibtorch},
          {"blas", build_facts::kBlas},   {"onednn", build_facts::kOnednn},
          {"cuda", build_facts::kCuda}};
}

ExitStatus help_command(Session& session) {
  const auto& arguments = session.line().arguments;
  const int width = session.streams().width;
  std::string text = program_help(width);
  if (!arguments.empty()) {
    const CommandInfo* command = find_command(arguments.front());
    if (command == nullptr) {
      const std::string near = nearest(arguments.front(), words_of(find_command("help")->words));
      throw Error(
          ExitStatus::kUsage, "unknown command '" + arguments.front() + "'",
          near.empty() ? "`dlwork help` lists the commands" : "did you mean '" + near + "'?");
    }
    text = command_help(*command, width);
  }
  if (session.json()) {
    session.print({{"schema", "dlwork/help/1"}, {"text", text}});
  } else {
    session.out() << text;
  }
  return ExitStatus::kOk;
}

}  // namespace dlwork::cli
