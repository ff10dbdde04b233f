#include <gtest/gtest.h>

#include <cstdlib>

#include "dlwork/base/files.h"
#include "dlwork/training/supervised.h"
#include "support/fit_problem.h"
#include "support/temporary_folder.h"
#include "training/safetensors.h"

namespace dlwork::training {
namespace {

using data::Part;
using testing::TemporaryFolder;

constexpr char kMlp[] = "[{linear: 32}, relu, {dropout: 0.1}, {linear: 32}, relu]";

struct Setting {
  SilentReporter reporter;
  StopFlag stop;
  RunContext context{reporter, stop};
};

TEST(Model, FileGivesTheSameBitsAndCarriesWhatPredictionNeeds) {
  Setting run;
  TemporaryFolder folder;
  const auto dataset = testing::two_moons();
  auto learner = make_supervised(testing::problem(dataset, kMlp), run.context);
  learner->fit(testing::fit_options(dataset, 3), run.context);
  learner->save(folder / "m.safetensors");
  const auto loaded = load_model(folder / "m.safetensors", run.context);
  const auto& rows = dataset.part(Part::kTest);
  EXPECT_EQ(loaded.learner->predict(dataset.samples, rows).values,
            learner->predict(dataset.samples, rows).values);
  EXPECT_EQ(loaded.coding.classes, (std::vector<std::string>{"upper", "lower"}));
  EXPECT_EQ(loaded.preprocessor.columns().front().name, "x");
}

TEST(Model, ATrainedConvolutionalNetworkGivesTheSameBitsFromItsFile) {
  Setting run;
  TemporaryFolder folder;
  const auto dataset = testing::bars();
  auto learner = make_supervised(
      testing::problem(
          dataset,
          "[{conv2d: 8}, batch_norm, relu, {residual: {layers: [{conv2d: {channels: 16, "
          "stride: 2}}, relu]}}, global_avg_pool]"),
      run.context);
  learner->fit(testing::fit_options(dataset, 2), run.context);
  learner->save(folder / "m.safetensors");
  const auto& rows = dataset.part(Part::kTest);
  EXPECT_EQ(load_model(folder / "m.safetensors", run.context)
                .learner->predict(dataset.samples, rows)
                .values,
            learner->predict(dataset.samples, rows).values);
}

TEST(Model, ComponentsInPlaceOfInputsGoWithTheFile) {
  Setting run;
  TemporaryFolder folder;
  const auto dataset = testing::bars();
  auto problem = testing::problem(dataset, "[{linear: 16}, relu, output]");
  problem.reduce = {"pca", 0.9, {}};
  auto learner = make_supervised(std::move(problem), run.context);
  learner->fit(testing::fit_options(dataset, 3), run.context);
  learner->save(folder / "m.safetensors");
  const auto loaded = load_model(folder / "m.safetensors", run.context);
  EXPECT_EQ(loaded.preprocessor.kind(), data::Kind::kImage);
  ASSERT_TRUE(loaded.preprocessor.reduction());
  EXPECT_EQ(loaded.preprocessor.reduction()->features(), 64);
  EXPECT_LT(loaded.preprocessor.shape().size(), 30);
  const auto& rows = dataset.part(Part::kValidation);
  const auto validated = learner->predict(dataset.samples, rows);
  EXPECT_EQ(loaded.learner->predict(dataset.samples, rows).values, validated.values);
  // One at a time, as new samples may come.
  for (const std::size_t i : {std::size_t{0}, rows.size() - 1}) {
    const auto alone = loaded.learner->predict(dataset.samples, {rows[i]});
    for (std::int64_t c = 0; c < 2; ++c) {
      EXPECT_NEAR(alone.values[c], validated.row(static_cast<std::int64_t>(i))[c], 1e-6);
    }
  }
}

TEST(Model, ALayerForPicturesCannotTakeTheirComponents) {
  Setting run;
  const auto dataset = testing::bars();
  auto problem = testing::problem(dataset, "[{conv2d: 4}, flatten, output]");
  problem.reduce = {"pca", 4, {}};
  try {
    make_supervised(std::move(problem), run.context);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::kUsage);
    EXPECT_NE(std::string(error.what()).find("its input is [4]"), std::string::npos)
        << error.what();
  }
}

TEST(Model, AFileThatClaimsMoreWeightsThanItHoldsIsRefusedBeforeTheyAreMade) {
  Setting run;
  TemporaryFolder folder;
  const auto dataset = testing::two_moons();
  make_supervised(testing::problem(dataset, kMlp), run.context)->save(folder / "m.safetensors");
  auto content = read_safetensors(folder / "m.safetensors");
  Json blueprint = Json::parse(content.metadata.at("blueprint"));
  blueprint["layers"] = "{layers: [{linear: 1000000}, {linear: 15000}]}";
  content.metadata["blueprint"] = blueprint.dump();
  write_safetensors(folder / "m.safetensors", content);
  try {
    load_model(folder / "m.safetensors", run.context);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::kInput);
    EXPECT_NE(std::string(error.what()).find("more than it holds"), std::string::npos)
        << error.what();
  }
}

TEST(Model, KeepsHowTheTablesWereSplitIntoColumns) {
  Setting run;
  TemporaryFolder folder;
  const auto dataset = testing::two_moons();
  auto problem = testing::problem(dataset, kMlp);
  problem.separator = "tab";
  make_supervised(std::move(problem), run.context)->save(folder / "m.safetensors");
  EXPECT_EQ(load_model(folder / "m.safetensors", run.context).separator, "tab");
  // A file from before it was kept.
  auto content = read_safetensors(folder / "m.safetensors");
  Json blueprint = Json::parse(content.metadata.at("blueprint"));
  EXPECT_EQ(blueprint.erase("separator"), 1u);
  content.metadata["blueprint"] = blueprint.dump();
  write_safetensors(folder / "m.safetensors", content);
  EXPECT_EQ(load_model(folder / "m.safetensors", run.context).separator, "auto");
}

TEST(Model, AFileOfAnotherProgramIsAnError) {
  Setting run;
  TemporaryFolder folder;
  write_file(folder / "m.safetensors", "not a model at all");
  EXPECT_THROW(load_model(folder / "m.safetensors", run.context), Error);
}

TEST(Model, PythonReadsTheFile) {
  const char* python = std::getenv("DLWORK_PEERS_PYTHON");
  if (!python) GTEST_SKIP() << "DLWORK_PEERS_PYTHON names no Python with safetensors";
  Setting run;
  TemporaryFolder folder;
  const auto dataset = testing::two_moons();
  auto learner = make_supervised(testing::problem(dataset, kMlp), run.context);
  learner->save(folder / "m.safetensors");
  write_file(
      folder / "read.py",
      "import sys\nfrom safetensors import safe_open\n"
      "with safe_open(sys.argv[1], 'np') as f:\n"
      "    print(sorted(f.keys()), f.get_tensor('0.weight').shape, f.metadata()['format'])\n");
  const std::string command = std::string(python) + " " + (folder / "read.py").string() + " " +
                              (folder / "m.safetensors").string() + " > " +
                              (folder / "out").string() + " 2>&1";
  ASSERT_EQ(std::system(command.c_str()), 0) << read_file(folder / "out");
  EXPECT_EQ(read_file(folder / "out"),
            "['0.bias', '0.weight', '3.bias', '3.weight', '5.bias', '5.weight'] (32, 2) "
            "dlwork/model/1\n");
}

}  // namespace
}  // namespace dlwork::training
