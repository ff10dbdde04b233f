#pragma once

#include <string>

#include "cli/session.h"

namespace dlwork::cli {

/// Somebody sits at a terminal and the answer is not for a program.
bool can_ask(Session& session);
/// Asks on the terminal; `otherwise` for an empty answer. Throws Error(kInterrupted) where a stop
/// is requested instead.
std::string ask(Session& session, const std::string& question, const std::string& otherwise);

/// Asks for the goal's metric, target and budget and for the method's questions, as far as the
/// project file leaves them open, and writes each answer into it as soon as it is given; comments
/// stay. An empty answer leaves a question open. Throws Error(kUsage) without a terminal.
void interview(Session& session, const std::string& project_file);

}  // namespace dlwork::cli
