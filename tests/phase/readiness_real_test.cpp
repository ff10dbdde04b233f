#include <gmock/gmock.h>

#include "phase_files.h"
#include "scikit_learn.h"

/// The verdict on real tables. Needs DLWORK_PEERS_PYTHON with scikit-learn for its data sets.
namespace dlwork {
namespace {

using artefact::Severity;
using artefact::Verdict;
using ::testing::HasSubstr;
using testing::PhaseOverFiles;
using testing::the_finding;

/// A table of scikit-learn, the goal asked of it, and what scikit-learn's best classical model
/// reaches (5 stratified folds, three seeds, default settings).
struct RealTable {
  const char* name;
  const char* task;
  const char* metric;
  double target;
  double best;
};

class NotNeeded : public ::testing::TestWithParam<RealTable> {};

TEST_P(NotNeeded, IsTheVerdictWhereClassicalModelsDoIt) {
  NEED_PEERS();
  const RealTable& table = GetParam();
  PhaseOverFiles phase;
  phase.write("train.csv", testing::scikit_learn_table(phase, table.name));
  phase.project.task = table.task;
  phase.project.goal.metric = table.metric;
  phase.project.goal.target = table.target;
  phase.project.data.validation.amount = spec::Amount{0.25, true};
  phase.project.readiness.time.seconds = 30;
  phase.project.readiness.folds = 5;
  const auto result = phase.run("readiness");
  const auto& verdict = result.values["verdict"];
  EXPECT_EQ(verdict["name"], "deep learning is not needed");
  EXPECT_EQ(result.verdict, Verdict::kFail);
  EXPECT_EQ(the_finding(result, "network-needed").severity, Severity::kError);
  EXPECT_THAT(result.headline, HasSubstr(": deep learning is not needed"));
  EXPECT_EQ(result.next.command, "dlwork readiness");
  // Out of fold, on fewer rows than scikit-learn's folds had.
  const double reached = verdict["out_of_fold"]["value"];
  EXPECT_NEAR(reached, table.best, table.best > 1 ? 6 : 0.04);
}

INSTANTIATE_TEST_SUITE_P(
    Tables, NotNeeded,
    ::testing::Values(RealTable{"iris", "classification", "accuracy", 0.9, 0.958},
                      RealTable{"wine", "classification", "accuracy", 0.93, 0.985},
                      RealTable{"breast_cancer", "classification", "accuracy", 0.94, 0.979},
                      RealTable{"diabetes", "regression", "rmse", 62, 54.9}),
    [](const auto& table) { return std::string(table.param.name); });

}  // namespace
}  // namespace dlwork
