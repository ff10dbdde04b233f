#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <numbers>
#include <numeric>
#include <set>
#include <sstream>

#include "dlwork/base/files.h"
#include "dlwork/spec/task_names.h"
#include "dlwork/training/metrics.h"
#include "made_data.h"
#include "own_learner.h"
#include "support/layers.h"
#include "support/temporary_folder.h"
#include "task/similarity/class_batches.h"
#include "task/similarity/nearest.h"
#include "task/similarity/similarity_network.h"
#include "task/similarity/similarity_predictor.h"
#include "training/network_tests/tests.h"

namespace dlwork::task {
namespace {

using data::Part;
using testing::kCircleClasses;
using testing::kCircleNoise;
using testing::kCircleRows;
using testing::on_a_circle;
using testing::SilentRun;
using testing::TemporaryFolder;
using Rows = std::vector<std::int64_t>;

constexpr char kMetric[] = "recall-at-1";

spec::Project circle_project() {
  spec::Project project;
  project.task = spec::tasks::similarity;
  project.model.layers = testing::layers("[{linear: 32}, relu, {linear: 8}]");
  project.training.epochs = 16;
  project.training.batch_size = 60;
  project.training.learning_rate = 0.01;
  project.training.schedule = "constant";
  return project;
}

class SimilarityTest : public ::testing::Test {
 protected:
  std::unique_ptr<training::Learner> make() {
    return task_.make_learner(project_, dataset_, project_.model, 5, silent_.run);
  }
  training::FitOptions options() { return testing::fit_options(project_, dataset_, kMetric); }
  double measured(const training::Outputs& outputs, Part part) {
    return training::compute_metric(kMetric, outputs, dataset_.samples.target, dataset_.part(part));
  }
  /// What is thrown by making and fitting a learner.
  Diagnostic refusal() {
    try {
      make()->fit(options(), silent_.run);
    } catch (const Error& error) {
      status_ = error.status();
      return error.diagnostics().front();
    }
    ADD_FAILURE() << "nothing was refused";
    return {};
  }

  const Task& task_ = find_task(spec::tasks::similarity);
  spec::Project project_ = circle_project();
  data::Dataset dataset_ = on_a_circle();
  SilentRun silent_;
  ExitStatus status_ = ExitStatus::kOk;
};

TEST_F(SimilarityTest, FindsWhatInputsAndTheirComponentsDoNot) {
  const auto& rows = dataset_.part(Part::kValidation);
  const auto& train = dataset_.part(Part::kTrain);
  const auto trivial = task_.trivial(project_, dataset_, train, rows);
  EXPECT_NEAR(measured(trivial.outputs, Part::kValidation), 19.0 / 119, 0.1);
  const auto rivals = task_.rivals(project_, dataset_, train, rows, silent_.run);
  ASSERT_EQ(rivals.size(), 2u);
  EXPECT_EQ(rivals[0].outputs.columns, 2 + kCircleNoise);
  EXPECT_LT(measured(rivals[0].outputs, Part::kValidation), 0.55);
  EXPECT_EQ(rivals[1].settings, "the first 26 principal components");
  EXPECT_NEAR(measured(rivals[1].outputs, Part::kValidation),
              measured(rivals[0].outputs, Part::kValidation), 0.02)
      << "all components are a turn of the inputs";
  for (const std::string mining : {"semi-hard", "hard"}) {
    project_.training.triplets.mining = mining;
    if (mining == "hard") project_.training.epochs = 40;
    auto learner = make();
    const auto report = learner->fit(options(), silent_.run);
    EXPECT_LT(report.history.back().train_loss, 0.5 * report.history.front().train_loss) << mining;
    const auto outputs = learner->predict(dataset_.samples, dataset_.part(Part::kTest));
    EXPECT_GE(measured(outputs, Part::kTest), 0.8) << mining;
    EXPECT_NEAR(measured(learner->predict(dataset_.samples, rows), Part::kValidation),
                report.best_metric, 1e-12);
    ASSERT_EQ(outputs.columns, 8);
    double square = 0;
    for (std::int64_t k = 0; k < 8; ++k) square += outputs.row(3)[k] * outputs.row(3)[k];
    EXPECT_NEAR(square, 1, 1e-5);
  }
}

TEST_F(SimilarityTest, AStoppedFitGoesOnToTheSameBits) {
  project_.training.epochs = 4;
  const TemporaryFolder folder;
  const auto [whole, resumed] =
      testing::fit_whole_and_resumed([&] { return make(); }, options(), 2, folder);
  const auto& rows = dataset_.part(Part::kTest);
  EXPECT_EQ(resumed->predict(dataset_.samples, rows).values,
            whole->predict(dataset_.samples, rows).values);
  // Another margin is another fit.
  project_.training.triplets.margin = 0.3;
  auto asked = options();
  asked.checkpoint_folder = folder.path();
  asked.resume = true;
  EXPECT_THROW(make()->fit(asked, silent_.run), Error);
}

TEST_F(SimilarityTest, ItsOwnUnitTestsPassAndFindANetworkThatDoesNotLearn) {
  std::set<std::string> skipped;
  for (const auto& finding : make()->test_network({}, options(), silent_.run)) {
    EXPECT_EQ(finding.severity, artefact::Severity::kInfo) << finding.id << ": " << finding.message;
    if (!finding.skipped.empty()) skipped.insert(finding.id);
  }
  EXPECT_TRUE(skipped.contains("net-initial-loss"));
  EXPECT_FALSE(skipped.contains("net-overfit-batch"));
  spec::NetworkTest few_steps;
  few_steps.overfit_steps = 100;
  project_.training.learning_rate = 1e-9;
  EXPECT_TRUE(
      testing::fails(make()->test_network(few_steps, options(), silent_.run), "net-overfit-batch"));
}

TEST_F(SimilarityTest, MistakesOfTheProjectFileAreNamed) {
  project_.model.layers = testing::layers("[{linear: 32}, relu, {linear: 1}]");
  auto said = refusal();
  EXPECT_EQ(status_, ExitStatus::kUsage);
  EXPECT_EQ(said.message,
            "linear: gives [1], and of length 1 there are no more than two such numbers");
  project_.training.triplets.unit_length = false;
  EXPECT_NO_THROW(make());
  project_ = circle_project();
  project_.training.batch_size = 7;
  said = refusal();
  EXPECT_EQ(said.key, "training.batch_size");
  EXPECT_EQ(said.message, "a batch of 7 has no room for two classes with 4 samples each");
  project_ = circle_project();
  project_.training.loss = "focal";
  said = refusal();
  EXPECT_EQ(said.key, "training.loss");
  EXPECT_EQ(said.message, "'focal' is no loss of similarity");
  project_.training.loss = "triplet";
  EXPECT_NO_THROW(make());
}

// Of 90 classes with four training samples each, eight rows drawn at random have hardly ever two of
// one class, so that there would be no triplet to lose anything by.
TEST_F(SimilarityTest, LearningRatesAreTestedOnBatchesAsTrainingTakesThem) {
  auto& target = dataset_.samples.target;
  target.classes.clear();
  for (int c = 0; c < 135; ++c) target.classes.push_back("kind " + std::to_string(1000 + c));
  for (std::int64_t row = 0; row < kCircleRows; ++row) {
    target.codes[row] = static_cast<std::int32_t>(row / 4);
  }
  project_.training.batch_size = 8;
  project_.training.triplets.mining = "hard";
  const auto test = make()->range_test(options(), silent_.run);
  ASSERT_GT(test.points.size(), 40u);
  for (std::size_t i = 0; i < 40; ++i) EXPECT_GT(test.points[i].loss, 0.01) << i;
}

TEST_F(SimilarityTest, PartsWithoutTwoOfAClassAreNamed) {
  auto& validation = dataset_.rows[static_cast<int>(Part::kValidation)];
  validation.resize(kCircleClasses);
  const auto said = refusal();
  EXPECT_EQ(status_, ExitStatus::kInput);
  EXPECT_EQ(said.message,
            "the validation part has no two samples of one class and one of another, so that no "
            "sample has a neighbour to be found");
  artefact::PhaseResult result;
  task_.examine(project_, dataset_, result);
  ASSERT_EQ(result.findings.size(), 1u);
  EXPECT_EQ(result.findings[0].id, "similarity-lone-samples");
  EXPECT_EQ(result.findings[0].severity, artefact::Severity::kError);
  EXPECT_EQ(result.findings[0].message,
            "6 of the validation part's 6 samples are alone of their class (a, b, c, d, e and f): "
            "no other is to be found for them");
}

TEST_F(SimilarityTest, PredictsAVectorAndTheNearestCentre) {
  const TemporaryFolder folder;
  auto learner = make();
  learner->fit(options(), silent_.run);
  learner->save(folder / "m.safetensors");
  EXPECT_EQ(task_of_model(folder / "m.safetensors").name(), spec::tasks::similarity);
  const auto loaded = task_.load_learner(folder / "m.safetensors", silent_.run);
  const auto& rows = dataset_.part(Part::kTest);
  const auto vectors = learner->predict(dataset_.samples, rows);
  EXPECT_EQ(loaded->predict(dataset_.samples, rows).values, vectors.values);
  const auto centres = dynamic_cast<SimilarityNetwork&>(*loaded).centres();
  EXPECT_TRUE(torch::equal(centres, dynamic_cast<SimilarityNetwork&>(*learner).centres()));

  std::string table;
  for (const auto& column : dataset_.samples.table.columns) {
    table += (table.empty() ? "" : ",") + column.name;
  }
  for (const auto row : rows) {
    std::string line = "\n";
    for (const auto& column : dataset_.samples.table.columns) {
      line += (line.size() > 1 ? "," : "") + std::to_string(column.numbers[row]);
    }
    table += line;
  }
  write_file(folder / "asked.csv", table + "\n");
  const auto predictor = task_.make_predictor(
      {{folder / "m.safetensors"}, {1}, (folder / "asked.csv").string()}, silent_.run);
  EXPECT_EQ(predictor->header(), "source,prediction,distance,v1,v2,v3,v4,v5,v6,v7,v8\n");
  std::string text;
  EXPECT_EQ(predictor->next(Predictor::Form::kJsonLines, text), 60);
  EXPECT_EQ(predictor->next(Predictor::Form::kJsonLines, text), 0);
  std::istringstream lines(text);
  std::string line;
  int right = 0;
  for (std::size_t i = 0; std::getline(lines, line); ++i) {
    const Json said = Json::parse(line);
    right +=
        said["prediction"] == std::string(1, static_cast<char>('a' + rows[i] % kCircleClasses));
    EXPECT_NEAR(said["vector"][0].get<double>(), vectors.row(static_cast<std::int64_t>(i))[0],
                1e-4);
    EXPECT_LT(said["distance"].get<double>(), 1.5);
  }
  EXPECT_GE(right, 50);
}

TEST_F(SimilarityTest, WhatIsSaidOfAPlacingIsAsByHand) {
  dataset_.samples.target.codes = {0, 0, 1, 1, 2};
  const Rows rows{0, 1, 2, 3, 4};
  const training::Outputs line{5, 1, {0, 1, 2.5f, 6, 6.25f}};
  const auto near = find_nearest(line, dataset_.samples.target, rows);
  EXPECT_EQ(near[2].any, 1);
  EXPECT_EQ(near[2].alike, 3);
  EXPECT_NEAR(near[2].to_alike, 3.5, 1e-6);
  EXPECT_EQ(near[4].alike, -1);
  EXPECT_EQ(task_.errors(line, dataset_, rows), (std::vector<double>{0, 0, 1, 1, 0}));
  EXPECT_EQ(task_.guesses(line, dataset_, rows), (std::vector<std::int32_t>{0, 0, 0, 2, 1}));
  const auto worst = task_.worst(line, dataset_, rows, 5);
  ASSERT_EQ(worst.size(), 2u);
  EXPECT_EQ(worst[0].row, 3);
  EXPECT_EQ(worst[0].text, "b, nearest to c circle.csv:6 (0.25; its own class 3.5)");
  EXPECT_EQ(worst[1].row, 2);
  const auto figures = task_.figures(line, dataset_, rows);
  ASSERT_EQ(figures.size(), 2u);
  std::int64_t pairs = 0;
  for (const auto& count : figures[0].data["series"][0]["counts"]) pairs += count.get<int>();
  EXPECT_EQ(pairs, 2) << "of one class";
  EXPECT_EQ(figures[1].data["series"][0]["x"].size(), 2u);
}

TEST_F(SimilarityTest, MembersTogetherHaveTheMeanOfTheirSquaredDistances) {
  const training::Outputs a{2, 2, {1, 0, 0, 1}}, b{2, 1, {3, 1}};
  const auto both = task_.combine({}, {0.25, 0.75}, {&a, &b}, dataset_.samples, {0, 1});
  ASSERT_EQ(both.columns, 3);
  double squared = 0;
  for (int k = 0; k < 3; ++k) {
    const double difference = both.row(0)[k] - both.row(1)[k];
    squared += difference * difference;
  }
  EXPECT_NEAR(squared, 0.25 * 2 + 0.75 * 4, 1e-6);
}

/// Classes of very different size; how many rows of each a batch has.
TEST(ClassOrder, GivesEachBatchSomeClassesWithSeveralOfEach) {
  data::Target target;
  for (int c = 0; c < 10; ++c) {
    for (int k = 0; k < (c == 0 ? 110 : 10); ++k) target.codes.push_back(c);
  }
  Rows rows(target.codes.size());
  std::iota(rows.begin(), rows.end(), 0);
  Rng rng(1, "order"), again(1, "order"), other(2, "order");
  const auto order = class_order(target, rows, 20, 4, rng);
  EXPECT_EQ(order, class_order(target, rows, 20, 4, again));
  EXPECT_NE(order, class_order(target, rows, 20, 4, other));
  ASSERT_EQ(order.size(), 200u);
  std::map<std::int32_t, int> batches_of;
  for (std::size_t begin = 0; begin < order.size(); begin += 20) {
    std::map<std::int32_t, std::set<std::int64_t>> by_class;
    for (std::size_t i = begin; i < begin + 20; ++i) {
      EXPECT_TRUE(by_class[target.codes[order[i]]].insert(order[i]).second) << "twice in a batch";
    }
    EXPECT_EQ(by_class.size(), 5u);
    for (const auto& [code, own] : by_class) {
      EXPECT_EQ(own.size(), 4u);
      ++batches_of[code];
    }
  }
  for (const auto& [code, batches] : batches_of) EXPECT_EQ(batches, 5) << "dealt round";
}

TEST(ClassOrder, FillsABatchWhereClassesAreFewOrSmall) {
  data::Target target;
  target.codes = {0, 0, 0, 0, 0, 0, 0, 1, 2, 2};
  Rows rows(10);
  std::iota(rows.begin(), rows.end(), 0);
  Rng rng(1, "order");
  const auto all = class_order(target, rows, 10, 2, rng);
  EXPECT_EQ(std::set<std::int64_t>(all.begin(), all.end()).size(), 10u);
  EXPECT_EQ(class_order(target, rows, 64, 4, rng).size(), 10u);
  EXPECT_EQ(class_order(target, {0, 0, 1, 1, 8, 8}, 64, 4, rng).size(), 3u) << "of each one";
  EXPECT_TRUE(has_triplets(target, rows));
  EXPECT_FALSE(has_triplets(target, {0, 1, 2}));
  EXPECT_FALSE(has_triplets(target, {0, 7, 8}));
  EXPECT_EQ(lone_classes(target, rows), (std::vector<std::int32_t>{1}));
}

}  // namespace
}  // namespace dlwork::task
