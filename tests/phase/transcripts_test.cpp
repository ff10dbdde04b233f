#include "dlwork/base/files.h"
#include "dlwork/base/rng.h"
#include "dlwork/base/text.h"
#include "limits.h"

/// Phases over series whose target is a text.
namespace dlwork::testing {
namespace {

using artefact::Severity;

/// Rows of series, two channels, with the words that they say: `up` is the one channel high, `down`
/// the other. Of the last row nobody knows what it says.
std::string said_rows(int rows) {
  std::string text = "left,right,said\n";
  Rng rng(5, "said");
  for (int row = 0; row < rows; ++row) {
    std::string left, right, said;
    const auto step = [&](double l, double r) {
      left += (left.empty() ? "" : " ") + number_text(l + 0.1 * rng.normal());
      right += (right.empty() ? "" : " ") + number_text(r + 0.1 * rng.normal());
    };
    const auto words = 1 + rng.below(3);
    for (std::uint64_t word = 0; word < words; ++word) {
      const bool up = rng.below(2) == 1;
      for (std::uint64_t pause = 0; pause <= rng.below(3); ++pause) step(0, 0);
      for (int t = 0; t < 3; ++t) step(up ? 1 : 0, up ? 0 : 1);
      said += std::string(said.empty() ? "" : " ") + (up ? "up" : "down");
    }
    step(0, 0);
    text += left + "," + right + "," + (row + 1 < rows ? said : "") + "\n";
  }
  return text;
}

class Transcripts : public ::testing::Test {
 protected:
  Transcripts() {
    auto& project = phase_.project;
    phase_.write("train.csv", said_rows(120));
    project = spec::read_project(
        "data: {train: train.csv, target: said, columns: {left: sequence, right: sequence}}\n"
        "task: transcription\n"
        "model: {layers: [{conv1d: {channels: 8, kernel: 5}}, relu, output]}\n"
        "training: {epochs: 10, batch_size: 8, learning_rate: 0.03, transcript: {units: word}}\n"
        "goal: {metric: word-error-rate, target: 0.2}\n",
        project.file, {});
    project.data.root = std::filesystem::path(project.file).parent_path().string();
    project.accept = {};
  }
  static void expect_ran(const artefact::PhaseResult& result) {
    for (const auto& finding : result.findings) {
      EXPECT_TRUE(finding.checked) << finding.id << ": " << finding.message;
    }
  }
  PhaseOverFiles phase_;
};

TEST_F(Transcripts, AreAuditedAsTextsAndNotAsClassesOrNumbers) {
  const auto result = phase_.run("audit");
  expect_ran(result);
  EXPECT_EQ(the_finding(result, "transcript-sizes").evidence["alphabet"], 2);
  EXPECT_EQ(the_finding(result, "missing-target").evidence["samples"], 1);
  for (const auto& finding : result.findings) {
    EXPECT_TRUE(finding.severity != Severity::kError || finding.id == "missing-target")
        << finding.id << ": " << finding.message;
  }
}

TEST_F(Transcripts, AreComparedWithTheNearestSeries) {
  phase_.project.readiness.time.seconds = 5;
  const auto result = phase_.run("readiness");
  expect_ran(result);
  bool found = false;
  for (const auto& metric : result.metrics) found = found || metric.of == "nearest series";
  EXPECT_TRUE(found);
}

TEST_F(Transcripts, AreWrittenByTheBaseline) {
  phase_.project.baseline.model = phase_.project.model;
  phase_.project.baseline.epochs = 10;
  phase_.project.baseline.range_test = phase_.project.baseline.decay_grid = false;
  phase_.project.baseline.subset = 80;
  const auto result = phase_.run("baseline");
  expect_ran(result);
  EXPECT_EQ(the_finding(result, "baseline-beats-trivial").severity, Severity::kInfo);
}

TEST_F(Transcripts, AreToldBesideWhatTheNetworkReads) {
  auto& project = phase_.project;
  project.diagnose.time.seconds = 1;
  project.diagnose.probe_steps = project.diagnose.curve_points = 0;
  project.test.overfit_steps = 5;
  project.training.epochs = 3;
  const auto result = phase_.run("diagnose");
  expect_ran(result);
  const auto lines = read_file(phase_.folder->file("validation.csv"));
  EXPECT_EQ(lines.rfind("source,true,predicted\ntrain.csv:", 0), 0u) << lines;
}

}  // namespace
}  // namespace dlwork::testing
