#include <CLI/CLI.hpp>

#include <algorithm>
#include <deque>

#include "cli/invocation.h"
#include "cli/options.h"
#include "dlwork/base/error.h"
#include "dlwork/base/text.h"

namespace dlwork::cli {
namespace {

/// What CLI11 writes into; it must stay in place until the parse is over.
struct Slots {
  std::map<std::string, std::vector<std::string>> values;
  std::map<std::string, bool> switches;
  std::map<std::string, std::vector<std::string>> arguments;
};

Error usage(const std::string& message, const std::string& hint) {
  return Error(ExitStatus::kUsage, message, hint);
}

std::string flag_names(const OptionInfo& info) {
  std::string names = "--" + std::string(info.name);
  if (info.letter != 0) names = std::string("-") + info.letter + "," + names;
  return names;
}

void add_options(CLI::App& app, Slots& slots) {
  for (const OptionInfo& info : options()) {
    const std::string name(info.name);
    if (info.takes_value()) {
      app.add_option(flag_names(info), slots.values[name])
          ->expected(1)
          ->allow_extra_args(false)
          ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    } else {
      app.add_flag(flag_names(info), slots.switches[name]);
    }
  }
}

void add_commands(CLI::App& app, Slots& slots) {
  for (const CommandInfo& info : commands()) {
    CLI::App* command = app.add_subcommand(info.name);
    command->set_help_flag();
    command->fallthrough();
    command->allow_extras();
    if (info.most > 0)
      command->add_option("arguments", slots.arguments[info.name])->expected(0, -1);
  }
  app.require_subcommand(0, 1);
}

std::string command_hint(const std::string& word) {
  std::vector<std::string> names;
  for (const CommandInfo& info : commands()) names.push_back(info.name);
  const std::string near = nearest(word, names);
  return near.empty() ? "`dlwork help` lists the commands" : "did you mean '" + near + "'?";
}

Error unknown_option(const std::string& word, const std::string& command) {
  const std::string bare = word.substr(0, word.find('='));
  std::vector<std::string> names;
  for (const OptionInfo& info : options()) {
    if (command.empty() || info.applies_to(command)) names.push_back("--" + std::string(info.name));
  }
  const std::string near = nearest(bare, names);
  return usage("unknown option '" + bare + "'",
               !near.empty()     ? "did you mean '" + near + "'?"
               : command.empty() ? "`dlwork help` lists the options"
                                 : "`dlwork " + command + " --help` lists the options");
}

/// Throws for the first word that neither the program nor the command knows.
void refuse_unknown(const std::vector<std::string>& words, const std::string& command) {
  for (const std::string& word : words) {
    if (word.size() > 1 && word[0] == '-' && word != "--") throw unknown_option(word, command);
  }
  for (const std::string& word : words) {
    if (word == "--") continue;
    if (command.empty()) throw usage("unknown command '" + word + "'", command_hint(word));
    throw usage("'" + command + "' takes no argument '" + word + "'",
                "`dlwork " + command + " --help` shows its usage");
  }
}

void check_value(const OptionInfo& info, const std::string& value) {
  if (value.empty() && info.name != "set") {
    throw usage("--" + std::string(info.name) + " has an empty value",
                "write --" + std::string(info.name) + " " + std::string(info.argument));
  }
  const std::vector<std::string> words = words_of(info.words);
  const bool any = words.empty() || words.back().back() == '*';  // the engine knows the devices
  if (any || std::find(words.begin(), words.end(), value) != words.end()) return;
  const std::string near = nearest(value, words);
  throw usage(
      "--" + std::string(info.name) + ": unknown value '" + value + "'",
      (near.empty() ? "" : "did you mean '" + near + "'? ") + "it takes " + join_words(words));
}

void check_option(const OptionInfo& info, const Invocation& invocation) {
  const std::string name(info.name);
  const auto& values = invocation.values.at(name);
  if (!invocation.command.empty() && !info.applies_to(invocation.command)) {
    throw usage("--" + name + " has no meaning for '" + invocation.command + "'",
                "it belongs to: " + join_words(words_of(info.commands)));
  }
  if (!info.takes_value()) return;
  if (values.size() > 1 && !info.repeatable) {
    throw usage("--" + name + " is given " + std::to_string(values.size()) + " times",
                "give it once");
  }
  for (const std::string& value : values) check_value(info, value);
}

void check_arguments(const Invocation& invocation) {
  const CommandInfo& info = *find_command(invocation.command);
  const int count = static_cast<int>(invocation.arguments.size());
  const std::string line = "usage: dlwork " + info.name + " " + info.arguments;
  if (count < info.least) {
    throw usage(
        "'" + info.name + "' needs " + (info.least == 1 ? "" : "more arguments: ") + info.arguments,
        line);
  }
  if (count > info.most) {
    throw usage("'" + info.name + "' takes no argument '" + invocation.arguments[info.most] + "'",
                line);
  }
}

/// CLI11 can only complain of a missing value here: everything else is text or left over.
Error parse_failure(const CLI::ParseError& error) {
  const std::string message = error.what();
  for (const OptionInfo& info : options()) {
    const std::string flag = "--" + std::string(info.name);
    const size_t at = message.find(flag);
    if (at == std::string::npos) continue;
    const size_t end = at + flag.size();
    if (end < message.size() && (std::isalnum(message[end]) || message[end] == '-')) continue;
    if (!info.takes_value()) return usage(flag + " takes no value", "write " + flag);
    return usage(flag + " needs a value", "write " + flag + " " + std::string(info.argument));
  }
  return usage(message, "`dlwork help` shows the usage");
}

Invocation collect(const CLI::App& app, Slots& slots) {
  Invocation invocation;
  const auto chosen = app.get_subcommands();
  if (!chosen.empty()) {
    invocation.command = chosen.front()->get_name();
    invocation.arguments = slots.arguments[invocation.command];
  }
  for (const OptionInfo& info : options()) {
    const std::string name(info.name);
    if (app.count("--" + name) == 0) continue;
    invocation.values[name] = info.takes_value() ? slots.values[name] : std::vector<std::string>{};
  }
  return invocation;
}

}  // namespace

Invocation parse(const std::vector<std::string>& args) {
  CLI::App app;
  Slots slots;
  app.set_help_flag();
  app.allow_extras();
  add_options(app, slots);
  add_commands(app, slots);
  std::vector<std::string> reversed(args.rbegin(), args.rend());  // as CLI11 wants them
  try {
    app.parse(reversed);
  } catch (const CLI::ParseError& error) {
    throw parse_failure(error);
  }
  Invocation invocation = collect(app, slots);
  invocation.line = args;
  invocation.line.insert(invocation.line.begin(), "dlwork");
  refuse_unknown(app.remaining(true), invocation.command);
  const bool leaves_early = invocation.has("help") || invocation.has("version");
  for (const OptionInfo& info : options()) {
    if (!leaves_early && invocation.has(std::string(info.name))) check_option(info, invocation);
  }
  if (!leaves_early && !invocation.command.empty()) check_arguments(invocation);
  return invocation;
}

}  // namespace dlwork::cli
