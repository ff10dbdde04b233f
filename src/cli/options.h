#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dlwork/base/error.h"

/// The one table of commands and options. The parser, help, and the completion scripts are loops
/// over it, so that they cannot disagree.
namespace dlwork::cli {

class Session;

/// What a shell offers for a word.
enum class Completion { kNothing, kFile, kFolder, kWords, kKeyPath, kPhase, kRun, kFinding };

struct OptionInfo {
  std::string_view name;      ///< "project", without dashes
  char letter;                ///< 'p', or 0
  std::string_view argument;  ///< "FILE"; "" for a switch
  std::string_view help;
  std::string_view
      commands;  ///< that take it, space-separated; "phases" for each phase, "*" for all
  Completion completion = Completion::kNothing;
  std::string_view words = "";  ///< the values it may have, space-separated; "" for any
  bool repeatable = false;

  bool takes_value() const { return !argument.empty(); }
  bool applies_to(std::string_view command) const;
};

struct CommandInfo {
  std::string name;
  std::string summary;
  std::string arguments;  ///< "RUN RUN..." as the usage line shows them
  int least = 0;          ///< how many arguments it needs
  int most = 0;           ///< how many it takes; kMany for any number
  Completion completion = Completion::kNothing;
  std::string words;    ///< the values its argument may have, space-separated
  std::string details;  ///< a paragraph for its own help
  std::vector<std::string> examples;
  ExitStatus (*run)(Session&) = nullptr;
};
inline constexpr int kMany = 1 << 20;

const std::vector<OptionInfo>& options();
const OptionInfo* find_option(std::string_view name);
/// In the order in which help lists them: begin, the phases, then the rest.
const std::vector<CommandInfo>& commands();
const CommandInfo* find_command(std::string_view name);
bool is_phase(std::string_view name);

std::vector<std::string> words_of(std::string_view text);

}  // namespace dlwork::cli
