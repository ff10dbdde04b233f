#include <set>

#include "data/data_support.h"
#include "dlwork/base/rng.h"
#include "limits.h"

/// Phases over pictures without labels, which are to be enlarged.
namespace dlwork::testing {
namespace {

using artefact::Severity;

constexpr std::uint32_t kPictures = 90, kSide = 12;

/// A disc of a random place, size and light on a random ground in each.
std::string discs() {
  Rng rng(3, "discs");
  std::string pixels;
  for (std::uint32_t picture = 0; picture < kPictures; ++picture) {
    const double x0 = rng.uniform(3, 9), y0 = rng.uniform(3, 9), radius = rng.uniform(2, 5);
    const auto ground = rng.below(90), light = 160 + rng.below(90);
    for (std::uint32_t p = 0; p < kSide * kSide; ++p) {
      const double x = p % kSide - x0, y = p / kSide - y0;
      pixels += static_cast<char>(x * x + y * y < radius * radius ? light : ground);
    }
  }
  return pixels;
}

class EnlargedPictures : public ::testing::Test {
 protected:
  EnlargedPictures() {
    auto& project = phase_.project;
    phase_.write("discs.idx", data::idx_bytes({kPictures, kSide, kSide}, discs()));
    project = spec::read_project(
        "data: {train: discs.idx}\n"
        "task: super-resolution\n"
        "model: {layers: [{conv2d: 4}, relu]}\n"
        "goal: {metric: psnr, target: 15}\n",
        project.file, {});
    project.data.root = std::filesystem::path(project.file).parent_path().string();
    project.accept = {};
  }
  PhaseOverFiles phase_;
};

// Checks that ask what tells the target have none here.
TEST_F(EnlargedPictures, AreAuditedWithoutATarget) {
  const auto result = phase_.run("audit");
  for (const auto& finding : result.findings) {
    EXPECT_TRUE(finding.checked) << finding.message;
    EXPECT_NE(finding.severity, Severity::kError) << finding.id << ": " << finding.message;
  }
  EXPECT_TRUE(findings_of(result, "spurious-property").empty());
  EXPECT_TRUE(findings_of(result, "leak-border").empty());
  bool shown = false;
  for (const auto& figure : result.figures) shown = shown || figure.id == "samples";
  EXPECT_TRUE(shown);
}

TEST_F(EnlargedPictures, AreComparedWithPlainEnlargement) {
  phase_.project.readiness.time.seconds = 5;
  const auto result = phase_.run("readiness");
  std::set<std::string> rivals;
  for (const auto& metric : result.metrics) rivals.insert(metric.of);
  EXPECT_TRUE(rivals.contains("bilinear"));
  EXPECT_TRUE(rivals.contains("bicubic"));
}

}  // namespace
}  // namespace dlwork::testing
