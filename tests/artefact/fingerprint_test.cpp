#include "dlwork/artefact/fingerprint.h"

#include <gtest/gtest.h>

namespace dlwork::artefact {
namespace {

constexpr char kProject[] = R"(dlwork: 1
name: claims
goal: {metric: accuracy, target: 0.9}
data:
  train: train.csv
  target: label
training: {epochs: 3}
)";

class FingerprintTest : public ::testing::Test {
 protected:
  static std::map<std::string, std::string> inputs(const std::vector<spec::Override>& overrides) {
    const spec::Project project = spec::read_project(kProject, "project.yaml", overrides);
    PhaseState tune;
    tune.run = "run-1";
    return phase_inputs("tune", "goal data training seed", "tune", project, {{"tune", tune}},
                        "d47a");
  }
};

TEST_F(FingerprintTest, HasOnePartForEachThingItDependsOn) {
  std::vector<std::string> names;
  for (const auto& [name, value] : inputs({})) names.push_back(name);
  EXPECT_EQ(names, (std::vector<std::string>{"data", "data files", "goal", "seed", "training",
                                             "tune result"}));
  EXPECT_EQ(inputs({}).at("tune result"), "run-1");
  EXPECT_EQ(inputs({}).at("data files"), "d47a");
}

TEST_F(FingerprintTest, SaysWhichPartMadeAResultStale) {
  const auto before = inputs({});
  EXPECT_TRUE(changed_inputs(before, inputs({})).empty());
  EXPECT_EQ(changed_inputs(before, inputs({{"training.epochs", "4", "--set #1"}})),
            std::vector<std::string>{"training"});
  EXPECT_EQ(changed_inputs(before, inputs({{"seed", "2", "--set #1"}})),
            std::vector<std::string>{"seed"});
  // A section this phase does not depend on.
  EXPECT_TRUE(changed_inputs(before, inputs({{"name", "other", "--set #1"}})).empty());
}

TEST_F(FingerprintTest, DoesNotDependOnHowAValueIsWritten) {
  EXPECT_EQ(fingerprint_of(inputs({{"training.epochs", "3", "--set #1"}})),
            fingerprint_of(inputs({})));
  EXPECT_NE(fingerprint_of(inputs({{"training.epochs", "4", "--set #1"}})),
            fingerprint_of(inputs({})));
}

TEST(Fingerprint, APhaseDependsOnWhatIsAcceptedOfItsOwnFindings) {
  spec::Project project;
  const auto of = [&](const char* phase) {
    const auto inputs = phase_inputs(phase, "seed", "", project, {}, "d47a");
    const auto found = inputs.find("accept");
    return found == inputs.end() ? std::string("-") : found->second;
  };
  EXPECT_EQ(of("readiness"), "-");
  project.accept = {{"network-needed", "for comparison", "2999-01-01"}};
  EXPECT_NE(of("readiness"), "-");
  EXPECT_EQ(of("audit"), "-");
  const std::string before = of("readiness");
  project.accept[0].until = "2999-01-02";
  EXPECT_NE(of("readiness"), before);
  project.accept[0].finding = "no-such-finding";  // the audit says so
  EXPECT_EQ(of("readiness"), "-");
  EXPECT_NE(of("audit"), "-");
}

TEST(Fingerprint, APhaseThatNeverRanIsAPartToo) {
  EXPECT_EQ(phase_inputs("ensemble", "", "tune", spec::Project{}, {}, "d47a").at("tune result"),
            "never run");
}

TEST(Fingerprint, KeepsNamesAndValuesApart) {
  EXPECT_NE(fingerprint_of({{"a", "bc"}}), fingerprint_of({{"ab", "c"}}));
  EXPECT_NE(fingerprint_of({{"a", "1"}, {"b", "2"}}), fingerprint_of({{"a", "1b2"}}));
  EXPECT_EQ(fingerprint_of({{"a", "1"}}).size(), 32u);
}

TEST(Fingerprint, NamesPartsThatCameOrWent) {
  EXPECT_EQ(changed_inputs({{"a", "1"}, {"b", "2"}}, {{"b", "2"}, {"c", "3"}}),
            (std::vector<std::string>{"c", "a"}));
}

}  // namespace
}  // namespace dlwork::artefact
