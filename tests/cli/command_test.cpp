#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/harness.h"
#include "cli/process.h"

namespace dlwork::cli {
namespace {

using testing::Cli;
using testing::CliResult;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Compare, ShowsSettingsFiguresAndRecordThatDiffer) {
  Cli cli;
  cli.write_project();
  cli.run({"baseline"});
  cli.run({"tune", "--seed", "6", "--set", "training.epochs=3"});
  const CliResult result = cli.run({"compare", "baseline/latest", "tune/latest", "--json"});
  ASSERT_EQ(result.status, 0) << result.err;
  const Json document = Json::parse(result.out);
  const Json& settings = document.at("settings");
  ASSERT_EQ(settings.size(), 2u);
  EXPECT_EQ(settings[0].begin().value(), "seed");
  EXPECT_EQ(settings[1].begin().value(), "training.epochs");
  const Json& metric = document.at("metrics")[0];
  EXPECT_EQ(metric.at("metric"), "accuracy of network, validation");
  std::vector<double> values;
  for (const auto& [run, value] : metric.at("runs").items()) {
    values.push_back(value.at("value").get<double>());
    EXPECT_NEAR(value.at("high").get<double>() - value.at("low").get<double>(), 0.2, 1e-12);
  }
  ASSERT_EQ(values.size(), 2u);
  EXPECT_NEAR(values[0], 0.76, 1e-12);
  EXPECT_NEAR(values[1], 0.81, 1e-12);
  const CliResult text = cli.run({"compare", "baseline/latest", "tune/latest"});
  EXPECT_THAT(text.out, HasSubstr("training.epochs"));
}

TEST(Compare, WritesMarkdown) {
  Cli cli;
  cli.write_project();
  cli.run({"baseline"});
  cli.run({"baseline", "--seed", "6"});
  const std::string folder =
      artefact::Workspace(cli.path() / ".dlwork").runs("baseline").front().string();
  const CliResult result = cli.run({"compare", folder, "baseline/latest", "--markdown", "-"});
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("| accuracy of network, validation | 0.76 [0.66, 0.86] | "
                                    "0.81 [0.71, 0.91] | +0.05 better |"));
}

TEST(Compare, NamesTheRunsThereAre) {
  Cli cli;
  cli.write_project();
  const CliResult result = cli.run({"compare", "a", "b"});
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.err, HasSubstr("'a'"));
}

TEST(Clean, KeepsTheNewestRuns) {
  Cli cli;
  cli.write_project();
  for (int i = 0; i < 3; ++i) cli.run({"audit"});
  artefact::Workspace workspace(cli.path() / ".dlwork");
  const auto before = workspace.runs("audit");
  ASSERT_EQ(before.size(), 3u);
  const CliResult dry = cli.run({"clean", "--keep", "2", "--dry-run"});
  EXPECT_THAT(dry.out, HasSubstr("would remove .dlwork/audit/" + before[0].filename().string()));
  EXPECT_EQ(workspace.runs("audit").size(), 3u);
  const CliResult result = cli.run({"clean"});
  EXPECT_EQ(result.status, 0) << result.err;
  ASSERT_EQ(workspace.runs("audit").size(), 1u);
  EXPECT_EQ(workspace.runs("audit")[0], before[2]);
  EXPECT_FALSE(std::filesystem::exists(cli.path() / ".dlwork" / "cache"));
  EXPECT_THAT(cli.run({"status"}).out, HasSubstr("up to date"));
}

TEST(Clean, HasNothingToDoWhereNothingRan) {
  Cli cli;
  cli.write_project();
  EXPECT_EQ(cli.run({"clean"}).out, "Freed 0 B.\n");
  EXPECT_FALSE(std::filesystem::exists(cli.path() / ".dlwork"));
}

TEST(Doctor, TellsASlowBlasAndHowToMendIt) {
  Cli cli;
  cli.engine.facts["gemm_gflops"] = 3.0;
  const CliResult result = cli.run({"doctor"});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("reference BLAS"));
  EXPECT_THAT(result.out, HasSubstr("libopenblas0-openmp"));
  EXPECT_THAT(result.out, HasSubstr("9.9.9"));
  const Json document = Json::parse(cli.run({"doctor", "--json"}).out);
  EXPECT_GE(document.at("machine").at("cpus").get<int>(), 1);
}

TEST(Doctor, TellsAMissingEngine) {
  Cli cli;
  std::ostringstream out, err;
  std::istringstream in;
  Streams streams{out, err, in};
  const int status = run(
      {"doctor"}, streams,
      [&]() -> phase::Engine& {
        return open_engine({cli.path() / "bin", cli.path() / "lib"});
      },
      cli.stop);
  EXPECT_EQ(status, 4);
  EXPECT_THAT(out.str(), HasSubstr("libdlwork_learn.so, which trains networks, is missing"));
  EXPECT_THAT(out.str(), HasSubstr((cli.path() / "lib").string()));
  EXPECT_THAT(out.str(), HasSubstr("to mend it: build it with"));
}

TEST(OpenEngine, TellsAFileThatIsNoLibrary) {
  Cli cli;
  cli.write("libdlwork_learn.so", "no library");
  try {
    open_engine({cli.path()});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::kRuntime);
    EXPECT_THAT(error.what(), HasSubstr("cannot open the library that trains networks"));
  }
}

TEST(Predict, WritesToStandardOutput) {
  Cli cli;
  cli.write_project();
  const CliResult result = cli.run({"predict", "--input", "x.csv"});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(result.out, "source,prediction\nx.csv:2,yes\n");
}

TEST(Predict, WritesAFileAndTellsHowMany) {
  Cli cli;
  cli.write_project();
  const CliResult result = cli.run({"predict", "--input", "x.csv", "--output", "y.csv"});
  EXPECT_EQ(result.out, "Wrote 1 predictions to y.csv\n");
  EXPECT_THAT(read_file(cli.path() / "y.csv"), HasSubstr("x.csv:2,yes"));
  EXPECT_EQ(Json::parse(cli.run({"predict", "-i", "x.csv", "-o", "y.csv", "--json"}).out)
                .at("predictions"),
            1);
}

TEST(Predict, RefusesJsonAndPredictionsOnOneStream) {
  Cli cli;
  cli.write_project();
  EXPECT_EQ(cli.run({"predict", "--input", "x.csv", "--json"}).status, 2);
  EXPECT_EQ(cli.run({"predict"}).status, 2);
}

TEST(Predict, TakesNoSettingsForItReadsNone) {
  Cli cli;
  cli.write_project();
  const CliResult result = cli.run({"predict", "--input", "x.csv", "--set", "seed=2"});
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.err, HasSubstr("--set"));
}

TEST(Status, TellsWhatRanWhenTheDataAreGone) {
  Cli cli;
  cli.write_project();
  cli.run({"baseline"});
  std::filesystem::remove(cli.path() / "train.csv");
  const CliResult result = cli.run({"status", "--json"});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("data files (not readable now)"));
  EXPECT_THAT(result.out, HasSubstr("baseline is done"));
  const CliResult report = cli.run({"report"});
  EXPECT_EQ(report.status, 0) << report.err;
  EXPECT_TRUE(std::filesystem::exists(cli.path() / ".dlwork" / "report" / "index.html"));
}

TEST(Config, IsAcceptedBack) {
  Cli cli;
  cli.write_project();
  const CliResult first = cli.run({"config", "--set", "training.epochs=3"});
  ASSERT_EQ(first.status, 0) << first.err;
  EXPECT_THAT(first.out, HasSubstr("epochs: 3"));
  cli.write("second.yaml", first.out);
  const CliResult second = cli.run({"config", "-p", "second.yaml"});
  EXPECT_EQ(second.out, first.out);
}

TEST(Config, ShowsWhereValuesComeFrom) {
  Cli cli;
  cli.write_project();
  const CliResult result = cli.run({"config", "--origin", "--set", "training.epochs=3"});
  EXPECT_THAT(result.out, HasSubstr("--set #1"));
  EXPECT_THAT(result.out, HasSubstr("project.yaml:"));
  const Json document = Json::parse(cli.run({"config", "--json", "--origin"}).out);
  EXPECT_EQ(document["project"]["name"], "pets");
}

TEST(Config, WarnsWhereTheDataAreNotThere) {
  Cli cli;
  cli.write_project();
  std::filesystem::remove(cli.path() / "train.csv");
  const CliResult result = cli.run({"config"});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("train.csv"));
  EXPECT_THAT(result.err, HasSubstr("the analogy's defaults are left out"));
}

TEST(Explain, TellsAFinding) {
  Cli cli;
  const CliResult result = cli.run({"explain", "goal-missing"});
  EXPECT_EQ(result.status, 0);
  EXPECT_THAT(result.out, HasSubstr("goal-missing (phase readiness)"));
  EXPECT_THAT(result.out, HasSubstr("What to do: "));
  EXPECT_THAT(cli.run({"explain", "goal-mising"}).err,
              HasSubstr("there is no finding 'goal-mising' (did you mean 'goal-missing'?)"));
  EXPECT_THAT(cli.run({"explain"}).out, HasSubstr("goal-unknown"));
}

TEST(Schema, IsADocument) {
  Cli cli;
  const Json schema = Json::parse(cli.run({"schema"}).out);
  EXPECT_EQ(schema.at("$schema"), "https://json-schema.org/draft/2020-12/schema");
  EXPECT_EQ(cli.opened, 0);
}

}  // namespace
}  // namespace dlwork::cli
