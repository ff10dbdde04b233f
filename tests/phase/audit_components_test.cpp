#include <gmock/gmock.h>

#include <cmath>
#include <sstream>

#include "dlwork/base/rng.h"
#include "phase_files.h"

/// Principal components of the training part, as the audit tells them.
namespace dlwork {
namespace {

using ::testing::HasSubstr;
using testing::PhaseOverFiles;
using testing::the_finding;

/// Series of so many steps that two waves make up, each with its own share of them.
std::string mixed_waves(int count, int steps) {
  Rng rng(6, "components");
  std::ostringstream text;
  text << "@problemName made\n@timestamps false\n@univariate true\n@classLabel true a b\n@data\n";
  for (int i = 0; i < count; ++i) {
    const double u = rng.normal(), v = rng.normal();
    for (int t = 0; t < steps; ++t) {
      text << (t > 0 ? "," : "") << u * std::sin(t / 50.0) + v * std::cos(t / 30.0);
    }
    text << (i % 2 == 0 ? ":a\n" : ":b\n");
  }
  return text.str();
}

artefact::PhaseResult audit_waves(int count, int steps) {
  PhaseOverFiles phase;
  phase.write("train.ts", mixed_waves(count, steps));
  phase.project.data.target = "";
  phase.project.data.train.paths = {"train.ts"};
  return phase.run("audit");
}

TEST(AuditComponents, AreFoundAboveFifteenHundredFeatures) {
  const auto found = the_finding(audit_waves(60, 1600), "dimension-pca");
  EXPECT_EQ(found.evidence["features"], 1600);
  EXPECT_EQ(found.evidence["k99"], 2);
  EXPECT_LE(found.evidence["participation_ratio"].get<double>(), 2.01);
  EXPECT_THAT(found.message, HasSubstr("2 for 99 %"));
}

/// Each of two columns of noise carries half: all 1,050 training rows of 1,500 are taken.
TEST(AuditComponents, AreSummedOverAllTrainingRows) {
  Rng rng(2, "components");
  std::ostringstream text;
  text << "a,b,y\n";
  for (int i = 0; i < 1500; ++i) {
    const double a = rng.normal(), b = rng.normal();
    text << a << "," << b << "," << (a + rng.normal() > 0 ? "yes" : "no") << "\n";
  }
  PhaseOverFiles phase;
  phase.write("train.csv", text.str());
  phase.project.data.validation.amount = spec::Amount{150, false};
  phase.project.data.test.amount = spec::Amount{300, false};
  const auto found = the_finding(phase.run("audit"), "dimension-pca");
  EXPECT_EQ(found.evidence["samples"], 1050);
  EXPECT_EQ(found.evidence["k80"], 2);
  EXPECT_NEAR(found.evidence["participation_ratio"].get<double>(), 2, 0.05);
}

}  // namespace
}  // namespace dlwork
