#include "phase/predict.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <iterator>

#include "dlwork/base/files.h"
#include "dlwork/base/rng.h"
#include "phase_files.h"
#include "support/layers.h"
#include "support/small_disk.h"

namespace dlwork {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string drawn_table(int rows) {
  Rng rng(1, "rows to predict");
  std::string text = "a,b,y\n";
  for (int i = 0; i < rows; ++i) {
    text += number_text(rng.normal()) + "," + number_text(rng.normal()) +
            (rng.uniform() < 0.5 ? ",yes\n" : ",no\n");
  }
  return text;
}

TEST(Predict, KeepsTheFileThatWasThereWhereTheDiskIsFull) {
  const testing::SmallDisk disk("64k");
  if (!disk.mounted()) GTEST_SKIP() << disk.why_not();
  testing::PhaseOverFiles phase;
  phase.write("train.csv", drawn_table(100));
  phase.project.model.layers = testing::layers("[{linear: 4}, relu]");
  phase.project.training.epochs = 1;
  phase.project.ensemble.members = 2;
  phase.run("ensemble");

  constexpr int kRows = 4000;  // each takes more than 20 bytes of the answer
  const testing::TemporaryFolder folder;
  const artefact::Workspace workspace(folder / ".dlwork");
  SilentReporter reporter;
  RunContext run{reporter, phase.stop, "cpu", 2};
  phase::PredictOptions options;
  options.model = phase.folder->file("ensemble.json").string();
  options.input = phase.write("new.csv", drawn_table(kRows)).string();
  options.output = (folder / "answers.csv").string();
  EXPECT_EQ(phase::predict_file(workspace, options, run), kRows);
  options.output = (disk.path() / "answers.csv").string();
  write_file(options.output, "old");
  try {
    phase::predict_file(workspace, options, run);
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::kRuntime);
    EXPECT_THAT(error.what(),
                AllOf(HasSubstr(options.output), HasSubstr("No space left on device")));
  }
  EXPECT_EQ(read_file(options.output), "old");
  const std::filesystem::directory_iterator left(disk.path());
  EXPECT_EQ(std::distance(begin(left), end(left)), 1) << "nothing half written stays";
}

}  // namespace
}  // namespace dlwork
