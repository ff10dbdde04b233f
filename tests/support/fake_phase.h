#pragma once

#include <gtest/gtest.h>

#include <filesystem>

#include "dlwork/phase/phase.h"
#include "support/fake_task.h"
#include "support/temporary_folder.h"

namespace dlwork::phase {
#define PHASE(name, number, summary, question, gate, sections, needs) \
  artefact::PhaseResult run_##name(Context& context);
#include "dlwork/phase/phases.def"
#undef PHASE
}  // namespace dlwork::phase

namespace dlwork::testing {

/// Runs a phase over the fake task: 300 rows, target = row / 10, split 200 / 50 / 50.
class PhaseOverFake {
 public:
  PhaseOverFake() : workspace_(folder_.path() / ".dlwork") {
    project.goal.metric = "rmse";
    project.training.learning_rate = 0.1;  // error 1 by the fake's rule
    project.training.epochs = 4;
  }

  static data::Dataset dataset() {
    data::Dataset dataset;
    data::Samples& samples = dataset.samples;
    samples.count = 300;
    samples.target.is_class = false;
    samples.target.name = "y";
    for (std::int64_t row = 0; row < samples.count; ++row) {
      samples.target.values.push_back(static_cast<double>(row) / 10);
      dataset.rows[row < 200 ? 0 : row < 250 ? 1 : 2].push_back(row);
    }
    return dataset;
  }

  artefact::PhaseResult run(const std::string& phase) {
    const auto unfinished = resume ? workspace_.unfinished_run(phase) : std::nullopt;
    artefact::RunFolder folder = unfinished ? *unfinished : workspace_.new_run(phase);
    RunContext run_context{reporter_, stop_};
    run_context.group = group;
    FakeTask task(&counts);
    phase::Context context{.project = project,
                           .task = task,
                           .workspace = workspace_,
                           .folder = folder,
                           .run = run_context,
                           .dataset_fingerprint = "data",
                           .resume = resume,
                           .force = force};
    context.loaded = std::make_unique<data::Dataset>(dataset());
    auto result = phase::find_phase(phase)(context);
    result.phase = phase;
    result.verdict = artefact::verdict_of(result.findings);
    folder.finish(result);
    return result;
  }

  const std::filesystem::path& workspace_folder() const { return workspace_.folder(); }

  spec::Project project;
  FakeCounts counts;
  bool resume = false;
  bool force = false;
  Group* group = nullptr;  ///< of processes that run it together

 private:
  TemporaryFolder folder_;
  artefact::Workspace workspace_;
  SilentReporter reporter_;
  StopFlag stop_;
};

/// The finding of an id, or a failed test.
inline artefact::Finding finding(const artefact::PhaseResult& result, const std::string& id) {
  for (const auto& found : result.findings) {
    if (found.id == id) return found;
  }
  ADD_FAILURE() << "no finding " << id;
  return {};
}

}  // namespace dlwork::testing
