#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <set>

#include "phase_files.h"

/// Series and recordings as they are, with their official parts: nothing wrong is said of them. In
/// the folder that DLWORK_DATA names.
namespace dlwork {
namespace {

using artefact::Severity;
using testing::PhaseOverFiles;

/// What is said of the series themselves, not of how many there are.
bool is_about_series(const std::string& id) {
  static const std::set<std::string> kIds{
      "missing-rate",      "value-not-finite",    "column-constant",      "series-flatline",
      "series-length",     "leak-window-overlap", "leak-lookahead",       "audio-clipped",
      "audio-silent",      "audio-dc-offset",     "audio-format-mixed",   "audio-bandwidth",
      "audio-duration",    "audio-group-shift",   "duplicate-near-audio", "split-overlap-near",
      "unreadable-record", "leak-target-copy",    "leak-single-feature"};
  return kIds.contains(id);
}

class RealSeries : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const char* root = std::getenv("DLWORK_DATA");
    if (root == nullptr) GTEST_SKIP() << "DLWORK_DATA names no folder";
    auto& data = phase_.project.data;
    data.target = "";
    const std::string name = GetParam();
    if (name == "digits") {
      data.root = std::string(root) + "/spoken-digits/recordings";
      data.train.paths = {"[0-9]_*_[5-9].wav"};
      data.test.paths = {"[0-9]_*_[0-4].wav"};
      data.label_pattern = "{label}_{group}_{}.wav";
    } else {
      data.root = std::string(root) + "/time-series/" + name;
      data.train.paths = {name + "_TRAIN.ts"};
      data.test.paths = {name + "_TEST.ts"};
    }
    if (!std::filesystem::exists(data.root)) GTEST_SKIP() << "needs " << data.root;
  }
  PhaseOverFiles phase_;
};

TEST_P(RealSeries, UntouchedHaveNoErrors) {
  for (const auto& finding : phase_.run("audit").findings) {
    EXPECT_TRUE(finding.checked) << finding.message;
    if (!is_about_series(finding.id)) continue;
    std::cout << "  " << GetParam() << ": " << finding.id << ": " << finding.message << "\n";
    EXPECT_NE(finding.severity, Severity::kError) << finding.id << ": " << finding.message;
  }
}

INSTANTIATE_TEST_SUITE_P(Sets, RealSeries,
                         ::testing::Values("ArrowHead", "BasicMotions", "GunPoint",
                                           "ItalyPowerDemand", "JapaneseVowels", "digits"),
                         [](const auto& set) { return std::string(set.param); });

}  // namespace
}  // namespace dlwork
