#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "dlwork/training/learner.h"
#include "made_data.h"
#include "support/temporary_folder.h"

namespace dlwork::testing {

struct FittedTwice {
  std::unique_ptr<training::Learner> whole, resumed;
};
/// One learner fitted at once, and one whose fit was stopped after an epoch and then went on from
/// what is kept in `folder`.
inline FittedTwice fit_whole_and_resumed(
    const std::function<std::unique_ptr<training::Learner>()>& make,
    const training::FitOptions& options, std::int64_t stopped_after,
    const TemporaryFolder& folder) {
  SilentRun silent, again;
  FittedTwice fitted{make(), make()};
  fitted.whole->fit(options, silent.run);
  auto asked = options;
  asked.checkpoint_folder = folder.path();
  asked.after_epoch = [&](const training::EpochRecord& epoch) {
    if (epoch.epoch == stopped_after) silent.stop.request();
    return training::AfterEpoch::kGoOn;
  };
  try {
    make()->fit(asked, silent.run);
    ADD_FAILURE() << "was not stopped";
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::kInterrupted);
  }
  asked.after_epoch = nullptr;
  asked.resume = true;
  fitted.resumed->fit(asked, again.run);
  return fitted;
}

/// Whether a test of the network is an error.
inline bool fails(const std::vector<artefact::Finding>& findings, const std::string& id) {
  return std::any_of(findings.begin(), findings.end(), [&](const auto& finding) {
    return finding.id == id && finding.severity == artefact::Severity::kError;
  });
}

}  // namespace dlwork::testing
