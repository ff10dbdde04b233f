#include "phase/audit/check.h"

namespace dlwork::phase::audit {

/// So many samples show with 95 % what one of a hundred has: 1 - 0.99^300.
constexpr int kEnoughFromUse = 300;

void check_deployment_sample(Audit& audit) {
  if (audit.samples().kind == data::Kind::kEnvironment) return;  // what it makes is what it is for
  if (audit.context.workspace.latest_folder("against")) return;
  audit.add("deployment-sample-absent", artefact::Severity::kInfo,
            "no samples from where the network is to be used have been compared with these; " +
                std::to_string(kEnoughFromUse) +
                " without a target show with 95 % what one of a hundred has",
            {{"samples_wanted", kEnoughFromUse}});
}

}  // namespace dlwork::phase::audit
