#include "training/network_learner.h"

#include <gtest/gtest.h>

#include "support/fit_problem.h"
#include "support/temporary_folder.h"
#include "training/network_training.h"
#include "trouble.h"

namespace dlwork::training {
namespace {

using testing::TemporaryFolder;

constexpr char kTask[] = "reinforcement-learning";  // whose metric is the mean of what is said

/// Says its inputs again; of each row it tells how far it is off.
class Copier final : public NetworkLearner {
 public:
  using NetworkLearner::NetworkLearner;

  torch::Tensor loss(const model::Inputs& outputs, const NetworkBatch& batch) const override {
    return torch::mse_loss(outputs.values, batch.inputs.values);
  }
  Outputs describe(const model::Inputs& outputs, const NetworkBatch& batch,
                   const data::Samples&) const override {
    Outputs said;
    append(said, -(outputs.values - batch.inputs.values).square().flatten(1).mean(1, true));
    return said;
  }
  std::vector<artefact::Finding> test_network(const spec::NetworkTest&, const FitOptions&,
                                              RunContext&) override {
    return {};
  }
};

class NetworkLearnerTest : public ::testing::Test {
 protected:
  std::unique_ptr<Copier> make(const std::string& layers) {
    spec::Project project;
    spec::Model model;
    model.layers = testing::layers(layers);
    auto blueprint = make_blueprint("regression", "mse", project, dataset_, model, 7);
    blueprint.task = kTask;
    return std::make_unique<Copier>(std::move(blueprint), &dataset_, setting_.context);
  }
  std::unique_ptr<Copier> make() {
    return make(
        "[{linear: {units: 8, each_step: true}}, tanh, {dropout: 0.1}, "
        "{linear: {units: 2, each_step: true}}]");
  }
  FitOptions options(std::int64_t epochs) {
    auto asked = testing::fit_options(dataset_, epochs);
    asked.metric = "mean-return";
    return asked;
  }

  data::Dataset dataset_ = testing::waves(5);  // that end early
  Setting setting_;
};

bool same(const NamedTensors& a, const NamedTensors& b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!torch::equal(a[i].second, b[i].second)) return false;
  }
  return a.size() == b.size();
}

TEST_F(NetworkLearnerTest, LearnsByItsOwnLossAndJudgesTheValidationRowsByIt) {
  auto learner = make();
  const auto report = learner->fit(options(8), setting_.context);
  ASSERT_EQ(report.history.size(), 8u);
  EXPECT_EQ(report.history.back().steps, 8 * 3);  // 80 rows by 32
  EXPECT_LT(report.history.back().train_loss, 0.5 * report.history.front().train_loss);
  EXPECT_GT(report.times.backward, 0);
  const auto& rows = dataset_.part(data::Part::kValidation);
  const auto said = learner->predict(dataset_.samples, rows);
  ASSERT_EQ(said.rows, static_cast<std::int64_t>(rows.size()));
  double sum = 0;
  for (const float value : said.values) sum += value;
  const auto& best = report.history[report.best_epoch - 1];
  EXPECT_NEAR(best.validation_metric, sum / 48, 1e-6);
  EXPECT_NEAR(best.validation_loss, -sum / 48, 1e-6);
}

TEST_F(NetworkLearnerTest, AStoppedFitGoesOnToTheSameBits) {
  auto whole = make();
  whole->fit(options(4), setting_.context);
  const TemporaryFolder folder;
  auto asked = options(4);
  asked.checkpoint_folder = folder.path();
  asked.after_epoch = [&](const EpochRecord& epoch) {
    if (epoch.epoch == 2) setting_.stop.request();
    return AfterEpoch::kGoOn;
  };
  EXPECT_EQ(error_of([&] { make()->fit(asked, setting_.context); }).status(),
            ExitStatus::kInterrupted);
  Setting again;
  asked.resume = true;
  asked.after_epoch = nullptr;
  auto resumed = make();
  resumed->fit(asked, again.context);
  EXPECT_TRUE(same(whole->tensors(), resumed->tensors()));
  asked.seed = 9;
  EXPECT_EQ(error_of([&] { make()->fit(asked, again.context); }).status(), ExitStatus::kInput);
}

TEST_F(NetworkLearnerTest, IsReadBackToTheBitAndNotAsAnotherTask) {
  const TemporaryFolder folder;
  auto learner = make();
  const auto file = folder.path() / "model.safetensors";
  learner->save(file);
  const auto back = load_network<Copier>(file, kTask, setting_.context);
  const auto& rows = dataset_.part(data::Part::kTrain);
  EXPECT_EQ(back->predict(dataset_.samples, rows).values,
            learner->predict(dataset_.samples, rows).values);
  EXPECT_EQ(to_json(back->blueprint()), to_json(learner->blueprint()));
  const auto error =
      error_of([&] { load_network<Copier>(file, "transcription", setting_.context); });
  EXPECT_EQ(error.status(), ExitStatus::kInput);
}

TEST_F(NetworkLearnerTest, EmbedsTheMeanOfTheStepsThatCount) {
  auto learner = make("[identity, {linear: {units: 2, each_step: true}}]");
  const std::vector<std::int64_t> rows{3, 4};
  const auto embedded = learner->embed(dataset_.samples, rows);
  ASSERT_EQ(embedded.columns, 2);
  std::vector<float> values(2 * 9 * 2);
  learner->blueprint().preprocessor.apply(dataset_.samples, rows.data(), 2, values.data());
  for (std::int64_t i = 0; i < 2; ++i) {
    const int length = dataset_.samples.sequences.lengths[rows[i]];
    for (int c = 0; c < 2; ++c) {
      float sum = 0;
      for (int t = 0; t < length; ++t) sum += values[i * 18 + t * 2 + c];
      EXPECT_NEAR(embedded.row(i)[c], sum / static_cast<float>(length), 1e-6);
    }
  }
}

TEST_F(NetworkLearnerTest, TestsLearningRatesAndStaysAsItWas) {
  auto learner = make();
  const auto untouched = make();
  const auto test = learner->range_test(options(1), setting_.context);
  EXPECT_GT(test.points.size(), 50u);
  ASSERT_TRUE(test.rate.has_value());
  EXPECT_GT(*test.rate, 1e-4);
  EXPECT_TRUE(same(learner->tensors(), untouched->tensors()));
}

TEST_F(NetworkLearnerTest, LooksIntoItsLayers) {
  const auto reports = make()->inspect(dataset_.part(data::Part::kTrain));
  ASSERT_EQ(reports.size(), 4u);
  EXPECT_EQ(reports[0].parameters, 2 * 8 + 8);
  EXPECT_EQ(reports[3].output, "[9, 2]");
  EXPECT_GT(reports[0].gradient_deviation, 0);
}

TEST_F(NetworkLearnerTest, RefusesALossOfAnotherTaskAndAnOutputWithoutASize) {
  spec::Project project;
  project.training.loss = "triplet";
  const auto named =
      error_of([&] { make_blueprint("regression", "mse", project, dataset_, project.model, 7); });
  EXPECT_EQ(named.diagnostics().front().key, "training.loss");
  EXPECT_EQ(named.diagnostics().front().message, "'triplet' is no loss of regression");
  const auto open = error_of([&] { make("[output]"); });
  EXPECT_EQ(open.status(), ExitStatus::kUsage);
  EXPECT_NE(open.diagnostics().front().message.find("`output` has no size"), std::string::npos);
  const auto none = error_of([&] { make("[]"); });
  EXPECT_EQ(none.diagnostics().front().message, "there are no layers");
  const auto end = error_of([&] { make()->refuse_end("which is too little", "add some"); });
  EXPECT_EQ(end.diagnostics().front().message, "linear: gives [9, 2], which is too little");
  EXPECT_EQ(end.diagnostics().front().key, "model.layers.3");
}

}  // namespace
}  // namespace dlwork::training
