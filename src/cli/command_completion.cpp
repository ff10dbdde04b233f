#include <algorithm>

#include "cli/commands.h"
#include "cli/options.h"
#include "cli/session.h"
#include "dlwork/base/text.h"
#include "dlwork/phase/phase_info.h"

namespace dlwork::cli {
namespace {

/// Asks the program for what only the workspace knows.
constexpr char kRunIds[] = "$(dlwork completion runs 2>/dev/null)";
constexpr char kFishRunIds[] = "(dlwork completion runs 2>/dev/null)";

std::vector<std::string> phase_names() {
  std::vector<std::string> names;
  for (const phase::PhaseInfo& info : phase::phases()) names.emplace_back(info.name);
  return names;
}

/// The words offered for a kind, where they are known beforehand.
std::vector<std::string> offered(Completion kind, std::string_view words) {
  std::vector<std::string> list;
  switch (kind) {
    case Completion::kWords:
      for (const std::string& word : words_of(words)) {
        if (word.back() != '*') list.push_back(word);
      }
      break;
    case Completion::kKeyPath:
      list = spec::key_paths();
      break;
    case Completion::kPhase:
      list = phase_names();
      break;
    case Completion::kFinding:
      for (const auto& info : artefact::finding_infos()) list.push_back(info.id);
      break;
    default:
      break;
  }
  return list;
}

/// In single quotes, for every shell here.
std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + "'";
}

/// In fish a backslash escapes within single quotes too.
std::string fish_quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') result += '\\';
    result += c;
  }
  return result + "'";
}

std::string flags_of(const OptionInfo& info, const std::string& separator) {
  std::string flags = "--" + std::string(info.name);
  return info.letter == 0 ? flags : std::string("-") + info.letter + separator + flags;
}

std::string option_words(const std::string& command) {
  std::vector<std::string> flags;
  for (const OptionInfo& info : options()) {
    if (command.empty() || info.applies_to(command)) flags.push_back(flags_of(info, " "));
  }
  return join(flags, " ");
}

std::string command_words() { return find_command("help")->words; }

std::vector<std::string> value_flags() {
  std::vector<std::string> flags;
  for (const OptionInfo& info : options()) {
    if (info.takes_value()) flags.push_back(flags_of(info, "|"));
  }
  return flags;
}

/// What bash does to offer a kind.
std::string bash_action(Completion kind, std::string_view words) {
  if (kind == Completion::kFile)
    return "compopt -o filenames; COMPREPLY=($(compgen -f -- \"$cur\"))";
  if (kind == Completion::kFolder) {
    return "compopt -o filenames; COMPREPLY=($(compgen -d -- \"$cur\"))";
  }
  if (kind == Completion::kRun) {
    return "COMPREPLY=($(compgen -W \"" + std::string(kRunIds) + "\" -- \"$cur\"))";
  }
  const std::string list = quoted(join(offered(kind, words), " "));
  std::string action = "COMPREPLY=($(compgen -W " + list + " -- \"$cur\"))";
  if (kind == Completion::kKeyPath) {
    action = "compopt -o nospace; COMPREPLY=($(compgen -S= -W " + list + " -- \"$cur\"))";
  }
  return action;
}

std::string bash_script() {
  std::string text =
      "# bash completion of dlwork\n_dlwork() {\n"
      "  local cur=\"${COMP_WORDS[COMP_CWORD]}\" prev=\"${COMP_WORDS[COMP_CWORD-1]}\"\n"
      "  local command='' i\n  COMPREPLY=()\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n    case \"${COMP_WORDS[i]}\" in\n"
      "      " +
      join(value_flags(), "|") +
      ") ((i++)) ;;\n      -*) ;;\n"
      "      *) command=\"${COMP_WORDS[i]}\"; break ;;\n    esac\n  done\n"
      "  case \"$prev\" in\n";
  for (const OptionInfo& info : options()) {
    if (!info.takes_value()) continue;
    text += "    " + flags_of(info, "|") + ") " + bash_action(info.completion, info.words) +
            "; return ;;\n";
  }
  text += "  esac\n  if [[ $cur == -* ]]; then\n    case \"$command\" in\n";
  for (const CommandInfo& info : commands()) {
    text += "      " + info.name + ") COMPREPLY=($(compgen -W " + quoted(option_words(info.name)) +
            " -- \"$cur\")) ;;\n";
  }
  text += "      *) COMPREPLY=($(compgen -W " + quoted(option_words("")) +
          " -- \"$cur\")) ;;\n"
          "    esac\n    return\n  fi\n  case \"$command\" in\n"
          "    '') COMPREPLY=($(compgen -W " +
          quoted(command_words()) + " -- \"$cur\")) ;;\n";
  for (const CommandInfo& info : commands()) {
    if (info.completion == Completion::kNothing) continue;
    text += "    " + info.name + ") " + bash_action(info.completion, info.words) + " ;;\n";
  }
  return text + "  esac\n}\ncomplete -F _dlwork dlwork\n";
}

std::string zsh_action(Completion kind, std::string_view words) {
  if (kind == Completion::kFile) return "_files";
  if (kind == Completion::kFolder) return "_files -/";
  if (kind == Completion::kRun) return "compadd -- ${(f)\"" + std::string(kRunIds) + "\"}";
  const std::vector<std::string> list = offered(kind, words);
  if (list.empty()) return "return";
  const std::string suffix = kind == Completion::kKeyPath ? "-S = " : "";
  return "compadd " + suffix + "-- " + join(list, " ");
}

std::string zsh_script() {
  std::string text =
      "#compdef dlwork\n_dlwork() {\n"
      "  local command='' previous=${words[CURRENT-1]} i\n"
      "  for ((i = 2; i < CURRENT; i++)); do\n    case ${words[i]} in\n"
      "      (" +
      join(value_flags(), "|") +
      ") ((i++)) ;;\n      (-*) ;;\n"
      "      (*) command=${words[i]}; break ;;\n    esac\n  done\n  case $previous in\n";
  for (const OptionInfo& info : options()) {
    if (!info.takes_value()) continue;
    text += "    (" + flags_of(info, "|") + ") " + zsh_action(info.completion, info.words) +
            "; return ;;\n";
  }
  text += "  esac\n  if [[ ${words[CURRENT]} == -* ]]; then\n    case $command in\n";
  for (const CommandInfo& info : commands()) {
    text += "      (" + info.name + ") compadd -- " + option_words(info.name) + " ;;\n";
  }
  text += "      (*) compadd -- " + option_words("") +
          " ;;\n    esac\n    return\n  fi\n"
          "  case $command in\n    ('')\n      local -a commands=(\n";
  for (const CommandInfo& info : commands()) {
    text += "        " + quoted(info.name + ":" + info.summary) + "\n";
  }
  text += "      )\n      _describe 'command' commands ;;\n";
  for (const CommandInfo& info : commands()) {
    if (info.completion == Completion::kNothing) continue;
    text += "    (" + info.name + ") " + zsh_action(info.completion, info.words) + " ;;\n";
  }
  return text +
         "  esac\n}\n"
         "if [[ ${funcstack[1]} == _dlwork ]]; then\n  _dlwork \"$@\"\nelse\n"
         "  compdef _dlwork dlwork\nfi\n";
}

std::string fish_action(Completion kind, std::string_view words) {
  if (kind == Completion::kFile) return " -r -F";
  if (kind == Completion::kFolder) return " -x -a '(__fish_complete_directories)'";
  if (kind == Completion::kRun) return " -x -a " + fish_quoted(kFishRunIds);
  std::vector<std::string> list = offered(kind, words);
  if (list.empty()) return " -x";
  if (kind == Completion::kKeyPath) {
    for (std::string& path : list) path += "=";
  }
  return " -x -a " + fish_quoted(join(list, " "));
}

/// The condition under which fish offers an option.
std::string fish_condition(const OptionInfo& option) {
  std::vector<std::string> names;
  for (const CommandInfo& info : commands()) {
    if (option.applies_to(info.name)) names.push_back(info.name);
  }
  if (names.size() == commands().size()) return "";
  return " -n " + fish_quoted("__fish_seen_subcommand_from " + join(names, " "));
}

std::string fish_script() {
  std::string text = "# fish completion of dlwork\ncomplete -c dlwork -f\n";
  for (const CommandInfo& info : commands()) {
    text += "complete -c dlwork -n __fish_use_subcommand -a " + info.name + " -d " +
            fish_quoted(info.summary) + "\n";
    if (info.completion == Completion::kNothing) continue;
    text += "complete -c dlwork -n " + fish_quoted("__fish_seen_subcommand_from " + info.name) +
            fish_action(info.completion, info.words) + "\n";
  }
  for (const OptionInfo& info : options()) {
    text += "complete -c dlwork" + fish_condition(info);
    if (info.letter != 0) text += std::string(" -s ") + info.letter;
    text += " -l " + std::string(info.name);
    if (info.takes_value()) text += fish_action(info.completion, info.words);
    text += " -d " + fish_quoted(std::string(info.help)) + "\n";
  }
  return text;
}

std::string run_ids(Session& session) {
  std::string text;
  const artefact::Workspace workspace = session.workspace();
  for (const std::string& phase : phase_names()) {
    if (workspace.latest_folder(phase)) text += phase + "/latest\n";
    for (const auto& run : workspace.runs(phase)) text += run.filename().string() + "\n";
  }
  return text;
}

}  // namespace

ExitStatus completion_command(Session& session) {
  const std::string& shell = session.line().arguments.front();
  const std::vector<std::string> known = words_of(find_command("completion")->words);
  if (std::find(known.begin(), known.end(), shell) == known.end()) {
    const std::string near = nearest(shell, known);
    throw Error(ExitStatus::kUsage, "completion: unknown shell '" + shell + "'",
                near.empty() ? "it knows " + join_words(known) : "did you mean '" + near + "'?");
  }
  const std::string text = shell == "bash"   ? bash_script()
                           : shell == "zsh"  ? zsh_script()
                           : shell == "fish" ? fish_script()
                                             : run_ids(session);
  if (session.json()) {
    session.print({{"schema", "dlwork/completion/1"}, {"text", text}});
  } else {
    session.out() << text;
  }
  return ExitStatus::kOk;
}

}  // namespace dlwork::cli
