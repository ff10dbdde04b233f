#include "task/embedding/word_vectors.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <numeric>

#include "dlwork/base/files.h"
#include "dlwork/spec/task_names.h"
#include "dlwork/training/metrics.h"
#include "made_data.h"
#include "own_learner.h"
#include "support/temporary_folder.h"
#include "task/embedding/counts.h"
#include "training/network_tests/tests.h"

namespace dlwork::task {
namespace {

using testing::SilentRun;
using testing::TemporaryFolder;

constexpr std::int64_t kLines = 600;
constexpr char kMetric[] = "neighbour-preference";

spec::Project word_project() {
  spec::Project project;
  project.task = spec::tasks::embedding;
  spec::LayerSpec layer;
  layer.options = spec::TokenEmbedding{16};
  project.model.layers = {layer};
  project.training.epochs = 5;
  project.training.batch_size = 256;
  project.training.optimizer = "adam";
  project.training.learning_rate = 0.01;
  project.training.weight_decay = 0;
  project.training.schedule = "cosine";
  project.training.words.subsample = 0.02;
  return project;
}

class WordVectorsTest : public ::testing::Test {
 protected:
  std::unique_ptr<training::Learner> make() {
    return task_.make_learner(project_, dataset_, project_.model, 5, silent_.run);
  }
  training::FitOptions options() { return testing::fit_options(project_, dataset_, kMetric); }
  double measured(const training::Outputs& outputs) {
    return training::compute_metric(kMetric, outputs, dataset_.samples.target,
                                    dataset_.part(data::Part::kValidation));
  }

  const Task& task_ = find_task(spec::tasks::embedding);
  spec::Project project_ = word_project();
  data::Dataset dataset_ = testing::planted_text(kLines);
  SilentRun silent_;
};

std::vector<std::string> nearest_of(const WordVectors& vectors, const std::string& word) {
  const auto near = near_words(vectors.vocabulary(), {vectors.unit_vectors()}, {1},
                               {vectors.vocabulary().find(word)}, 3);
  std::vector<std::string> words;
  for (const auto& each : near) words.push_back(each.word);
  return words;
}

TEST_F(WordVectorsTest, APlantedPairIsEachOthersNearest) {
  auto learner = make();
  const auto report = learner->fit(options(), silent_.run);
  const auto& vectors = dynamic_cast<WordVectors&>(*learner);
  EXPECT_EQ(nearest_of(vectors, "lamp").front(), "lantern");
  EXPECT_EQ(nearest_of(vectors, "lantern").front(), "lamp");
  EXPECT_LT(report.history.back().train_loss, 0.9 * report.history.front().train_loss);
  // It prefers true neighbours of unseen lines more often than the frequency of words does.
  const auto& rows = dataset_.part(data::Part::kValidation);
  const double reached = measured(learner->predict(dataset_.samples, rows));
  const auto trivial = task_.trivial(project_, dataset_, dataset_.part(data::Part::kTrain), rows);
  EXPECT_GT(reached, measured(trivial.outputs) + 0.03);
  EXPECT_NEAR(reached, report.best_metric, 1e-12);
}

TEST_F(WordVectorsTest, SettingsThatWouldHaveNoEffectAreRefused) {
  using Change = void (*)(spec::Training&);
  const std::pair<const char*, Change> cases[] = {
      {"averaging", [](spec::Training& t) { t.averaging.method = "ema"; }},
      {"accumulate", [](spec::Training& t) { t.accumulate = 2; }},
      {"precision", [](spec::Training& t) { t.precision = "bfloat16"; }},
      {"loss", [](spec::Training& t) { t.loss = "focal"; }},
      {"augment", [](spec::Training& t) { t.augment.noise = 0.1; }},
  };
  auto learner = make();
  for (const auto& [key, change] : cases) {
    auto asked = options();
    change(asked.training);
    try {
      learner->fit(asked, silent_.run);
      ADD_FAILURE() << key;
    } catch (const Error& error) {
      EXPECT_EQ(error.status(), ExitStatus::kUsage);
      EXPECT_EQ(error.diagnostics().front().key, std::string("training.") + key);
      EXPECT_EQ(error.diagnostics().front().message, "has no effect on the task embedding");
    }
  }
}

TEST_F(WordVectorsTest, SameSeedGivesTheSameBitsAndAnotherSeedOthers) {
  project_.training.epochs = 1;
  const auto fitted = [&](std::uint64_t seed) {
    auto learner = make();
    auto asked = options();
    asked.seed = seed;
    learner->fit(asked, silent_.run);
    return dynamic_cast<WordVectors&>(*learner).unit_vectors();
  };
  EXPECT_TRUE(torch::equal(fitted(3), fitted(3)));
  EXPECT_FALSE(torch::equal(fitted(3), fitted(4)));
}

TEST_F(WordVectorsTest, AStoppedFitGoesOnToTheSameBits) {
  const TemporaryFolder folder;
  auto whole = make();
  whole->fit(options(), silent_.run);

  auto asked = options();
  asked.checkpoint_folder = folder.path();
  asked.after_epoch = [&](const training::EpochRecord& epoch) {
    if (epoch.epoch == 2) silent_.stop.request();
    return training::AfterEpoch::kGoOn;
  };
  auto stopped = make();
  EXPECT_THROW(stopped->fit(asked, silent_.run), Error);
  SilentRun again;
  std::vector<std::int64_t> epochs;
  asked.after_epoch = [&](const training::EpochRecord& epoch) {
    epochs.push_back(epoch.epoch);
    return training::AfterEpoch::kGoOn;
  };
  asked.resume = true;
  auto resumed = make();
  resumed->fit(asked, again.run);
  EXPECT_TRUE(torch::equal(dynamic_cast<WordVectors&>(*resumed).unit_vectors(),
                           dynamic_cast<WordVectors&>(*whole).unit_vectors()));
  EXPECT_EQ(epochs, (std::vector<std::int64_t>{3, 4, 5}));
  // A checkpoint of another fit is refused.
  asked.training.learning_rate *= 2;
  EXPECT_THROW(make()->fit(asked, again.run), Error);
}

/// A trained network is taken up again from its checkpoint by another run, whose folder is empty.
TEST_F(WordVectorsTest, ATrainedNetworkTellsItsTrainingAgain) {
  project_.training.epochs = 2;
  const TemporaryFolder folder;
  auto asked = options();
  asked.checkpoint_folder = folder / "checkpoint";
  make()->fit(asked, silent_.run);
  asked.resume = true;
  asked.events_folder = folder / "events";
  int trained = 0;
  asked.after_epoch = [&](const training::EpochRecord&) {
    ++trained;
    return training::AfterEpoch::kGoOn;
  };
  std::size_t told_of = 0;
  asked.resumed = [&](const std::vector<training::EpochRecord>& epochs) {
    told_of = epochs.size();
    return training::AfterEpoch::kStop;
  };
  const auto report = make()->fit(asked, silent_.run);
  EXPECT_EQ(trained, 0);
  EXPECT_EQ(told_of, 2u);
  EXPECT_EQ(report.stopped, "pruned");
  EXPECT_EQ(report.history.size(), 2u);
  std::string told;
  for (const auto& entry : std::filesystem::directory_iterator(folder / "events")) {
    told += read_file(entry.path());
  }
  int epochs = 0;
  const std::string tag = "loss/training";
  for (auto at = told.find(tag); at != std::string::npos; at = told.find(tag, at + 1)) ++epochs;
  EXPECT_EQ(epochs, 2);
}

TEST_F(WordVectorsTest, TheLossIsEquationFour) {
  const auto middle = torch::tensor({1.0f, -1.0f, 0.5f, 2.0f}).reshape({2, 2});
  const auto beside = torch::tensor({0.3f, 0.1f, -0.4f, 0.2f}).reshape({2, 2});
  const auto centres = torch::tensor({0}, torch::kInt64);
  const auto others = torch::tensor({1, 0, 1}, torch::kInt64).reshape({1, 3});
  const double with_true = 1 * -0.4 + -1 * 0.2, with_first = 0.3 - 0.1, with_second = with_true;
  const auto sigmoid = [](double x) { return 1 / (1 + std::exp(-x)); };
  const double expected = -std::log(sigmoid(with_true)) - std::log(sigmoid(-with_first)) -
                          std::log(sigmoid(-with_second));
  const auto learner = make();
  const auto& vectors = dynamic_cast<const WordVectors&>(*learner);
  EXPECT_NEAR(vectors.loss(middle, beside, centres, others).item<double>(), expected, 1e-6);
}

TEST_F(WordVectorsTest, ItsOwnUnitTestsPassAndFindVectorsThatDoNotLearn) {
  auto learner = make();
  std::size_t ran = 0, all = 0;
  for (const auto& finding : learner->test_network({}, options(), silent_.run)) {
    EXPECT_EQ(finding.severity, artefact::Severity::kInfo) << finding.id << ": " << finding.message;
    ++all;
    ran += finding.skipped.empty() ? 1 : 0;
  }
  EXPECT_EQ(ran, 7u);
  EXPECT_EQ(all, training::all_network_tests().size()) << "those that do not apply say why";
  spec::NetworkTest few_steps;
  few_steps.overfit_steps = 100;
  project_.training.learning_rate = 1e-9;
  EXPECT_TRUE(
      testing::fails(make()->test_network(few_steps, options(), silent_.run), "net-overfit-batch"));
}

TEST_F(WordVectorsTest, MembersTogetherAreTheirVectorsLaidEndToEnd) {
  auto first = make();
  auto second = task_.make_learner(project_, dataset_, project_.model, 6, silent_.run);
  const auto& a = dynamic_cast<WordVectors&>(*first);
  const auto& b = dynamic_cast<WordVectors&>(*second);
  const auto& rows = dataset_.part(data::Part::kValidation);
  const auto pairs = judged_neighbours(a.vocabulary(), dataset_.samples, rows);
  auto sums = a.scores(pairs);
  const auto others = b.scores(pairs);
  for (std::size_t i = 0; i < sums.size(); ++i) sums[i] = 0.25f * sums[i] + 0.75f * others[i];
  const auto together =
      task_.combine({first.get(), second.get()}, {0.25, 0.75}, {}, dataset_.samples, rows);
  EXPECT_EQ(together.values, preferences(pairs, sums).values);
}

TEST_F(WordVectorsTest, PredictsTheNearestWordOfEachLine) {
  const TemporaryFolder folder;
  auto learner = make();
  learner->fit(options(), silent_.run);
  learner->save(folder / "m.safetensors");
  write_file(folder / "asked.txt", "lamp\nunheard\nLantern\n");
  EXPECT_EQ(task_of_model(folder / "m.safetensors").name(), spec::tasks::embedding);
  const auto predictor = task_.make_predictor(
      {{folder / "m.safetensors"}, {1}, (folder / "asked.txt").string()}, silent_.run);
  EXPECT_EQ(predictor->header(), "source,text,prediction,similarity\n");
  std::string text;
  EXPECT_EQ(predictor->next(Predictor::Form::kCsv, text), 3);
  EXPECT_EQ(predictor->next(Predictor::Form::kCsv, text), 0);
  EXPECT_NE(text.find("asked.txt:1,lamp,lantern,0."), std::string::npos) << text;
  EXPECT_NE(text.find("asked.txt:2,unheard,,\n"), std::string::npos) << text;
  EXPECT_NE(text.find("asked.txt:3,Lantern,lamp,0."), std::string::npos) << text;
}

TEST_F(WordVectorsTest, AFileOfAnotherKindIsRefused) {
  const TemporaryFolder folder;
  write_file(folder / "m.safetensors", "no model");
  EXPECT_THROW(task_.load_learner(folder / "m.safetensors", silent_.run), Error);
  make()->save(folder / "words.safetensors");
  EXPECT_THROW(find_task("classification").load_learner(folder / "words.safetensors", silent_.run),
               Error);
  EXPECT_THROW(
      find_task("reinforcement-learning").load_learner(folder / "words.safetensors", silent_.run),
      Error);
}

TEST_F(WordVectorsTest, OtherLayersAreRefusedByName) {
  spec::LayerSpec linear;
  linear.options = spec::Linear();
  project_.model.layers.push_back(linear);
  try {
    make();
    FAIL() << "two layers were taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::kUsage);
    EXPECT_EQ(error.diagnostics().front().key, "model.layers");
  }
}

TEST(NeighbourCounts, AreMutualInformation) {
  data::Samples samples;
  samples.texts = {"a b", "a b", "c d", "a d"};
  const Vocabulary vocabulary(samples, {0, 1, 2, 3}, 1);
  const NeighbourCounts counts(vocabulary, samples, {0, 1, 2, 3});
  Neighbours asked;
  asked.drawn = 1;
  asked.centres = {vocabulary.find("a")};
  asked.others = {vocabulary.find("b"), vocabulary.find("c")};
  const auto scores = counts.scores(asked);
  // 8 ordered pairs: a in 3, b in 2, c in 1; a beside b twice, beside c never.
  EXPECT_NEAR(scores[0], std::log(2.0 / (3.0 * 2.0 / 8.0)), 1e-6);
  EXPECT_NEAR(scores[1], std::log(0.5 / (3.0 * 1.0 / 8.0)), 1e-6);
}

TEST(NoiseWords, GoByTheCountToThreeQuarters) {
  data::Samples samples;
  std::string line;
  for (int i = 0; i < 16; ++i) line += "often ";
  samples.texts = {line + "rare"};
  const Vocabulary vocabulary(samples, {0}, 1);
  const NoiseWords noise(vocabulary);
  Rng rng(1, "noise");
  int often = 0;
  constexpr int kDraws = 20000;
  for (int i = 0; i < kDraws; ++i) often += noise.draw(rng) == vocabulary.find("often") ? 1 : 0;
  EXPECT_NEAR(static_cast<double>(often) / kDraws, 8.0 / 9.0, 0.01);  // 16^0.75 = 8
}

TEST(Preferences, CountTiesAsHalfAndSayNothingOfALineOfOneWord) {
  Neighbours pairs;
  pairs.drawn = 2;
  pairs.centres = {0};
  pairs.others = {1, 2, 3};
  pairs.ends = {1, 1};
  const auto outputs = preferences(pairs, {1.0f, 1.0f, 0.5f});
  EXPECT_FLOAT_EQ(outputs.values[0], 0.75f);
  EXPECT_FLOAT_EQ(outputs.values[1], 0.5f);
}

}  // namespace
}  // namespace dlwork::task
