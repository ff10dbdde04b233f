#include "task/reinforcement/deep_q.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "dlwork/base/files.h"
#include "dlwork/spec/task_names.h"
#include "dlwork/training/metrics.h"
#include "made_data.h"
#include "support/layers.h"
#include "support/temporary_folder.h"
#include "task/reinforcement/episodes.h"
#include "training/network_tests/tests.h"

namespace dlwork::task {
namespace {

using ::testing::ElementsAre;
using testing::SilentRun;
using testing::TemporaryFolder;

spec::Project cart_project() {
  spec::Project project;
  project.task = spec::tasks::reinforcement;
  project.data.environment = "cartpole";
  project.data.episodes = 100;  // 70 to learn from, 10 and 20 to judge by
  project.data.validation.amount = spec::Amount{10, false};
  project.model.layers = testing::layers("[{linear: 64}, relu, {linear: 64}, relu]");
  project.training.epochs = 20;
  project.training.batch_size = 64;
  project.training.optimizer = "adam";
  project.training.learning_rate = 2e-3;
  project.training.weight_decay = 0;
  project.training.schedule = "cosine";
  project.training.reinforcement.buffer = 50000;
  project.training.reinforcement.explore_end = 0.02;
  project.training.reinforcement.explore_share = 0.1;
  project.training.reinforcement.target_every = 200;
  return project;
}

class DeepQTest : public ::testing::Test {
 protected:
  void SetUp() override { dataset_ = task_.make_dataset(project_, silent_.run); }
  std::unique_ptr<training::Learner> make() {
    return task_.make_learner(project_, *dataset_, project_.model, 5, silent_.run);
  }
  training::FitOptions options() {
    return testing::fit_options(project_, *dataset_, "mean-return");
  }
  /// Few steps, for what does not go by how well it plays.
  void shorten() {
    project_.training.epochs = 3;
    project_.training.reinforcement.steps = 200;
    project_.training.reinforcement.warm_up = 64;
  }
  double mean_return(const training::Outputs& outputs, const std::vector<std::int64_t>& rows) {
    return training::compute_metric("mean-return", outputs, dataset_->samples.target, rows);
  }

  const Task& task_ = find_task(spec::tasks::reinforcement);
  spec::Project project_ = cart_project();
  SilentRun silent_;
  std::unique_ptr<data::Dataset> dataset_;
};

TEST_F(DeepQTest, KeepsThePoleUpForMoreThan195StepsOver20Episodes) {
  auto learner = make();
  learner->fit(options(), silent_.run);
  const auto& test = dataset_->part(data::Part::kTest);
  ASSERT_EQ(test.size(), 20u);
  EXPECT_GT(mean_return(learner->predict(dataset_->samples, test), test), 195);
  const auto random = task_.trivial(project_, *dataset_, {}, test);
  EXPECT_LT(mean_return(random.outputs, test), 40);
}

TEST_F(DeepQTest, SameSeedGivesTheSameBitsAndAnotherSeedOthers) {
  shorten();
  const auto fitted = [&](std::uint64_t seed) {
    auto learner = make();
    auto asked = options();
    asked.seed = seed;
    learner->fit(asked, silent_.run);
    return dynamic_cast<DeepQ&>(*learner).tensors().front().second.detach().clone();
  };
  EXPECT_TRUE(torch::equal(fitted(3), fitted(3)));
  EXPECT_FALSE(torch::equal(fitted(3), fitted(4)));
}

TEST_F(DeepQTest, AStoppedFitGoesOnToTheSameBits) {
  shorten();
  const TemporaryFolder folder;
  auto whole = make();
  whole->fit(options(), silent_.run);
  auto asked = options();
  asked.checkpoint_folder = folder.path();
  asked.after_epoch = [&](const training::EpochRecord& epoch) {
    if (epoch.epoch == 1) silent_.stop.request();
    return training::AfterEpoch::kGoOn;
  };
  EXPECT_THROW(make()->fit(asked, silent_.run), Error);
  SilentRun again;
  std::vector<std::int64_t> epochs;
  asked.after_epoch = [&](const training::EpochRecord& epoch) {
    epochs.push_back(epoch.epoch);
    return training::AfterEpoch::kGoOn;
  };
  asked.resume = true;
  auto resumed = make();
  resumed->fit(asked, again.run);
  EXPECT_EQ(epochs, (std::vector<std::int64_t>{2, 3}));
  const auto a = dynamic_cast<DeepQ&>(*whole).tensors(),
             b = dynamic_cast<DeepQ&>(*resumed).tensors();
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_TRUE(torch::equal(a[i].second, b[i].second)) << a[i].first;
  }
}

TEST_F(DeepQTest, ItsOwnUnitTestsPassAndFindANetworkThatDoesNotLearn) {
  std::size_t ran = 0, all = 0;
  for (const auto& finding : make()->test_network({}, options(), silent_.run)) {
    EXPECT_EQ(finding.severity, artefact::Severity::kInfo) << finding.id << ": " << finding.message;
    ++all;
    ran += finding.skipped.empty() ? 1 : 0;
  }
  EXPECT_EQ(ran, 14u);
  EXPECT_EQ(all, training::all_network_tests().size()) << "those that do not apply say why";
  const auto found_at = [&](double rate) {
    project_.training.learning_rate = rate;
    std::vector<std::string> found;
    spec::NetworkTest few_steps;
    few_steps.overfit_steps = 100;
    for (const auto& finding : make()->test_network(few_steps, options(), silent_.run)) {
      if (finding.severity != artefact::Severity::kInfo) found.push_back(finding.id);
    }
    return found;
  };
  EXPECT_THAT(found_at(1e-9),
              ElementsAre("net-update-ratio", "net-overfit-batch", "net-input-dependence"));
  EXPECT_THAT(found_at(1e-30), ElementsAre("net-parameters-move", "net-update-ratio",
                                           "net-overfit-batch", "net-input-dependence"));
}

TEST_F(DeepQTest, TargetsAreTheRewardAndTheDiscountedWorthOfWhatFollows) {
  const DeepQ judge("cartpole", project_.model.layers, 1, nullptr, "cpu");
  const DeepQ chooser("cartpole", project_.model.layers, 2, nullptr, "cpu");
  Replay replay(3, 4);
  replay.add({0, 0, 0, 0}, 0, 1, {0.1, 0.2, 0.1, -0.1}, false);
  replay.add({0, 0, 0, 0}, 1, 1, {0.3, -0.2, 0.2, 0.4}, true);
  replay.add({1, 0, 0, 0}, 1, 2, {-1.1, 2.2, -0.1, 0.9}, false);
  const auto held = replay.tensors();
  const Transitions steps{held[0].second, held[1].second, held[2].second, held[3].second,
                          held[4].second};
  const auto judged = judge.values(steps.next), chosen = chooser.values(steps.next);
  const auto plain = targets_of(steps, judge, nullptr, 0.9);
  const auto doubled = targets_of(steps, judge, &chooser, 0.9);
  const double rewards[] = {1, 1, 2};
  for (std::int64_t i = 0; i < 3; ++i) {
    const float* of = judged.data_ptr<float>() + 2 * i;
    const float* by = chosen.data_ptr<float>() + 2 * i;
    const double going = i == 1 ? 0 : 0.9;
    EXPECT_NEAR(plain[i].item<double>(), rewards[i] + going * std::max(of[0], of[1]), 1e-6);
    EXPECT_NEAR(doubled[i].item<double>(), rewards[i] + going * of[by[1] > by[0] ? 1 : 0], 1e-6);
  }
}

TEST_F(DeepQTest, TheMemoryForgetsTheOldestSteps) {
  Replay replay(2, 1);
  for (int i = 1; i <= 3; ++i) replay.add({1.0 * i}, 0, i, {0}, false);
  EXPECT_EQ(replay.size(), 2);
  Rng rng(1, "drawn");
  const auto drawn = replay.draw(rng, 200).rewards;
  EXPECT_EQ(drawn.min().item<float>(), 2);
  EXPECT_EQ(drawn.max().item<float>(), 3);
}

TEST_F(DeepQTest, MembersTogetherPlayByTheMeanOfTheirWorths) {
  auto first = make();
  auto second = task_.make_learner(project_, *dataset_, project_.model, 6, silent_.run);
  const auto& a = dynamic_cast<DeepQ&>(*first);
  const auto& b = dynamic_cast<DeepQ&>(*second);
  const auto& rows = dataset_->part(data::Part::kValidation);
  const auto by_hand =
      play("cartpole", dataset_->samples, rows, [&](const auto& states, std::int64_t count) {
        auto copy = states;
        const auto input = torch::from_blob(copy.data(), {count, 4});
        return best_actions(a.values(input) * 0.25 + b.values(input) * 0.75);
      });
  const auto together =
      task_.combine({first.get(), second.get()}, {0.25, 0.75}, {}, dataset_->samples, rows);
  EXPECT_EQ(together.values, by_hand.values);
  // All the weight on one is that one alone.
  EXPECT_EQ(task_.combine({first.get(), second.get()}, {1, 0}, {}, dataset_->samples, rows).values,
            first->predict(dataset_->samples, rows).values);
}

TEST_F(DeepQTest, PredictsTheActionOfEachState) {
  const TemporaryFolder folder;
  auto learner = make();
  learner->save(folder / "m.safetensors");
  write_file(folder / "states.csv",
             "angle,angle_speed,x,x_speed\n0.1,0.2,0.0,0.0\n-0.1,-0.2,0.5,0.1\n");
  EXPECT_EQ(task_of_model(folder / "m.safetensors").name(), spec::tasks::reinforcement);
  const auto predictor = task_.make_predictor(
      {{folder / "m.safetensors"}, {1}, (folder / "states.csv").string()}, silent_.run);
  EXPECT_EQ(predictor->header(), "source,prediction,worth_left,worth_right\n");
  std::string text;
  EXPECT_EQ(predictor->next(Predictor::Form::kJsonLines, text), 2);
  EXPECT_EQ(predictor->next(Predictor::Form::kJsonLines, text), 0);
  const auto lines = Json::parse(text.substr(0, text.find('\n')));
  const auto worth =
      dynamic_cast<DeepQ&>(*learner).values(torch::tensor({0.0f, 0.0f, 0.1f, 0.2f}).unsqueeze(0));
  EXPECT_NEAR(lines["worth"]["left"].get<double>(), worth[0][0].item<double>(), 1e-6);
  EXPECT_EQ(lines["prediction"],
            worth[0][1].item<double>() > worth[0][0].item<double>() ? "right" : "left");
}

TEST_F(DeepQTest, AWorldThatIsNotThereIsNamed) {
  project_.data.environment = "moon";
  try {
    task_.make_dataset(project_, silent_.run);
    FAIL() << "there is no such world";
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::kUsage);
    EXPECT_EQ(error.diagnostics().front().key, "data.environment");
  }
}

TEST_F(DeepQTest, StartsAreTheSameForASeedAndDealtToTheParts) {
  const auto again = task_.make_dataset(project_, silent_.run);
  EXPECT_EQ(again->samples.table.columns[2].numbers, dataset_->samples.table.columns[2].numbers);
  EXPECT_EQ(dataset_->part(data::Part::kTrain).size(), 70u);
  EXPECT_EQ(dataset_->part(data::Part::kValidation).size(), 10u);
  EXPECT_FALSE(dataset_->samples.target.given());
  project_.seed = 2;
  EXPECT_NE(task_.make_dataset(project_, silent_.run)->samples.table.columns[2].numbers,
            dataset_->samples.table.columns[2].numbers);
}

TEST_F(DeepQTest, TheAuditFindsTheWorldSoundAndTellsWhatRandomActionsEarn) {
  artefact::PhaseResult result;
  task_.examine(project_, *dataset_, result);
  ASSERT_EQ(result.findings.size(), 2u);
  EXPECT_EQ(result.findings[0].id, "world-sound");
  EXPECT_EQ(result.findings[0].severity, artefact::Severity::kInfo) << result.findings[0].message;
  EXPECT_EQ(result.findings[1].id, "world-returns");
  EXPECT_EQ(result.findings[1].severity, artefact::Severity::kInfo);
  EXPECT_EQ(result.findings[1].evidence["episodes"], 70);  // each training start once
  EXPECT_EQ(result.findings[1].evidence["cut"], 0);        // random actions never last
  EXPECT_EQ(result.findings[1].message.rfind("random actions earn ", 0), 0u);
  EXPECT_GT(result.findings[1].evidence["mean"].get<double>(), 15);
  EXPECT_LT(result.findings[1].evidence["mean"].get<double>(), 30);
}

}  // namespace
}  // namespace dlwork::task
