#pragma once

#include "dlwork/base/error.h"

/// One function a command; each stands in a file of that name.
namespace dlwork::cli {

class Session;

ExitStatus run_phase_command(Session& session);  ///< readiness, audit, ... : the phase so named
ExitStatus run_all_command(Session& session);
ExitStatus init_command(Session& session);
ExitStatus status_command(Session& session);
ExitStatus report_command(Session& session);
ExitStatus compare_command(Session& session);
ExitStatus predict_command(Session& session);
ExitStatus config_command(Session& session);
ExitStatus schema_command(Session& session);
ExitStatus explain_command(Session& session);
ExitStatus doctor_command(Session& session);
ExitStatus clean_command(Session& session);
ExitStatus completion_command(Session& session);
ExitStatus help_command(Session& session);

}  // namespace dlwork::cli
