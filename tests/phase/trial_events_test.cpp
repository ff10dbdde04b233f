// What TensorBoard shows of a search.
#include <gtest/gtest.h>

#include <sstream>

#include "phase/phase_files.h"
#include "support/layers.h"
#include "support/python_reader.h"

namespace dlwork {
namespace {

/// Two classes that a line parts.
std::string parted_table() {
  std::string text = "a,b,y\n";
  for (int i = 0; i < 80; ++i) {
    const int a = i % 9, b = (i * 7) % 9;
    text += std::to_string(a) + "," + std::to_string(b) + (a > b ? ",yes\n" : ",no\n");
  }
  return text;
}

spec::Dimension choices(const std::vector<std::string>& texts) {
  spec::Dimension dimension;
  for (const auto& text : texts) {
    Node node;
    node.kind = Node::Kind::kScalar;
    node.scalar = text;
    dimension.choices.push_back(node);
  }
  return dimension;
}

TEST(TrialEvents, AreTheTableThatTensorBoardsHParamsPageShows) {
  testing::PhaseOverFiles phase;
  phase.write("train.csv", parted_table());
  auto& project = phase.project;
  project.model.layers = testing::layers("[{linear: 4}, relu]");
  project.data.validation.amount = spec::Amount{0.3, true};
  project.training.epochs = 3;
  project.training.learning_rate = 0.02;
  project.goal.target = 1.5;  // out of reach, so that all trials run
  project.goal.budget.trials = 4;
  project.tune.trials = 4;
  project.tune.method = "one-at-a-time";
  project.tune.prune = false;
  project.tune.space["training.learning_rate"] = choices({"0.02", "0.001"});
  project.tune.space["training.optimizer"] = choices({"sgd"});
  phase.run("tune");

  const auto said = testing::ask_peer("phase/serve_hparams.py", phase.folder->path().string());
  if (!said.skipped.empty()) GTEST_SKIP() << said.skipped;
  ASSERT_EQ(said.problem, "");
  const Json& shown = said.found;
  EXPECT_EQ(shown["hparams"], Json({{"training.learning_rate", "DATA_TYPE_FLOAT64"},
                                    {"training.optimizer", "DATA_TYPE_STRING"}}));
  EXPECT_EQ(shown["metrics"], Json::array({"accuracy/validation", "loss/validation"}));

  std::istringstream journal(phase.read(".dlwork/tune/study.journal"));
  std::size_t trials = 0;
  for (std::string line; std::getline(journal, line);) {
    const Json trial = Json::parse(line);
    if (trial["event"] != "trial") continue;
    ++trials;
    const Json& row = shown["trials"].at("trial-" + std::to_string(trial["number"].get<int>()));
    const Json& settings = trial["settings"];
    const std::string rate = settings.value("training.learning_rate", "0.02");
    EXPECT_EQ(row["hparams"]["training.learning_rate"], std::stod(rate)) << line;
    EXPECT_EQ(row["hparams"]["training.optimizer"],
              settings.value("training.optimizer", project.training.optimizer))
        << line;
    EXPECT_EQ(row["status"], "STATUS_SUCCESS");
    EXPECT_EQ(row["metrics"]["accuracy/validation"],
              Json::array({static_cast<double>(trial["by_epoch"].back().get<float>()), 3}))
        << line;
  }
  EXPECT_EQ(trials, 4u);
  EXPECT_EQ(shown["trials"].size(), 4u);
}

}  // namespace
}  // namespace dlwork
