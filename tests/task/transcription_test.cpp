#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "dlwork/base/files.h"
#include "dlwork/spec/task_names.h"
#include "dlwork/training/metrics.h"
#include "made_data.h"
#include "own_learner.h"
#include "support/temporary_folder.h"
#include "task/transcription/decoding.h"
#include "task/transcription/transcriber.h"
#include "training/network_tests/tests.h"
#include "training/structured_loss.h"

namespace dlwork::task {
namespace {

using testing::kSounds;
using testing::SilentRun;
using testing::spoken;
using testing::TemporaryFolder;
using Rows = std::vector<std::int64_t>;

constexpr char kWordErrors[] = "word-error-rate";

spec::Project project_for(const std::string& layers, const std::string& units = "character") {
  spec::Project project =
      spec::read_project("data: {train: none}\ntask: transcription\nmodel: {layers: " + layers +
                             "}\ntraining: {transcript: {units: " + units + "}}\n",
                         "project.yaml", {});
  project.training.epochs = 12;
  project.training.batch_size = 16;
  project.training.learning_rate = 0.03;
  return project;
}

/// Keeps what it is warned of.
struct Warned final : Reporter {
  void debug(const std::string&) override {}
  void info(const std::string&) override {}
  void warn(const std::string& message) override { warnings.push_back(message); }
  void progress(const Progress&) override {}
  void progress_done() override {}
  std::vector<std::string> warnings;
};

class TranscriptionTest : public ::testing::Test {
 protected:
  std::unique_ptr<training::Learner> make(std::uint64_t seed = 5) {
    return task_.make_learner(project_, dataset_, project_.model, seed, silent_.run);
  }
  const Transcriber& network(const training::Learner& learner) {
    return dynamic_cast<const Transcriber&>(learner);
  }
  training::FitOptions options() { return testing::fit_options(project_, dataset_, kWordErrors); }
  double measured(const training::Outputs& outputs, const std::string& metric = kWordErrors) {
    return training::compute_metric(metric, outputs, dataset_.samples.target, held_);
  }
  Diagnostic refused(const std::string& layers) {
    project_.model = project_for(layers).model;
    try {
      make();
    } catch (const Error& error) {
      EXPECT_EQ(error.status(), ExitStatus::kUsage);
      return error.diagnostics().front();
    }
    ADD_FAILURE() << layers;
    return {};
  }

  const Task& task_ = find_task(spec::tasks::transcription);
  spec::Project project_ = project_for("[{conv1d: {channels: 12, kernel: 5}}, relu, output]");
  data::Dataset dataset_ = spoken(150, {"a", "b", "c"});
  Rows held_ = dataset_.part(data::Part::kValidation);
  SilentRun silent_;
};

TEST(Alphabet, HasTheUnitsOfTheTrainingTextsInOrder) {
  const std::vector<std::string> texts{"h\xC3\xA4 ha", "xyz", "b"};
  const Alphabet letters("character", texts, {0, 2});
  EXPECT_EQ(letters.outputs(), 6) << "blank, space, a, b, h and a with dots";
  EXPECT_EQ(letters.encode("h\xC3\xA4 bz"), (Rows{4, 5, 1, 3})) << "z is not known";
  EXPECT_EQ(letters.decode({4, 5, 1, 3}), "h\xC3\xA4 b");
  const Alphabet words("word", {"go on", "on  and on"}, {0, 1});
  EXPECT_EQ(words.encode("on go and"), (Rows{3, 2, 1}));
  EXPECT_EQ(words.decode({3, 2}), "on go");
  EXPECT_TRUE(Alphabet(words.to_json()) == words);
  EXPECT_FALSE(words == letters);
  EXPECT_THROW(Alphabet("word", {" "}, {0}), Error);
  EXPECT_THROW(Alphabet(Json{{"units", "word"}, {"alphabet", {"a", "a"}}}), Error);
  EXPECT_THROW(Alphabet(Json{{"units", "word"}}), Json::exception);
}

TEST(BestPath, CollapsesRepeatsAndDropsBlanks) {
  const std::vector<float> frames{0.1f, 0.8f, 0.1f,  // 1
                                  0.2f, 0.7f, 0.1f,  // 1 again
                                  0.9f, 0.1f, 0.0f,  // blank
                                  0.3f, 0.4f, 0.3f,  // 1, another
                                  0.1f, 0.2f, 0.7f,  // 2
                                  0.4f, 0.4f, 0.2f,  // blank, the first of equals
                                  0.0f, 0.1f, 0.9f};
  EXPECT_EQ(best_path(frames.data(), 7, 3), (Rows{1, 1, 2, 2}));
  EXPECT_EQ(best_path(frames.data(), 2, 3), (Rows{1}));
  EXPECT_EQ(best_path(frames.data(), 0, 3), Rows{});
}

TEST(BlindLoss, IsCtcsOfEqualProbabilities) {
  EXPECT_EQ(needed_steps({1, 2, 2, 2, 1}), 7);
  // Five paths of three steps give "12": 12-, 1-2, -12, 112, 122.
  EXPECT_NEAR(blind_loss({1, 2}, 3, 3), (3 * std::log(3.0) - std::log(5.0)) / 2, 1e-12);
  EXPECT_EQ(blind_loss({1, 1}, 2, 3), 0) << "there is no path";
  for (const Rows& codes : {Rows{1}, Rows{2, 2}, Rows{1, 2, 2, 3}, Rows{3, 3, 3}}) {
    const auto length = static_cast<std::int64_t>(codes.size());
    const auto labels = torch::tensor(torch::ArrayRef<std::int64_t>(codes), torch::kInt64);
    const auto loss = training::ctc_loss(
        torch::zeros({1, 9, 4}),
        {labels.unsqueeze(0), torch::tensor({9}), torch::tensor({length}, torch::kInt64)});
    EXPECT_NEAR(loss.item<double>(), blind_loss(codes, 9, 4), 1e-5);
  }
}

TEST_F(TranscriptionTest, LearnsWhatIsSaidWithoutBeingToldWhere) {
  auto learner = make();
  const auto report = learner->fit(options(), silent_.run);
  const auto said = learner->predict(dataset_.samples, held_);
  EXPECT_LT(measured(said), 0.1);
  EXPECT_LT(measured(said, "character-error-rate"), 0.05);
  EXPECT_NEAR(report.best_metric, measured(said), 1e-12);
  const auto trivial = task_.trivial(project_, dataset_, dataset_.part(data::Part::kTrain), held_);
  EXPECT_GT(measured(trivial.outputs), 0.5);
  const auto rivals =
      task_.rivals(project_, dataset_, dataset_.part(data::Part::kTrain), held_, silent_.run);
  ASSERT_EQ(rivals.size(), 1u);
  EXPECT_LT(measured(rivals[0].outputs, "character-error-rate"),
            measured(trivial.outputs, "character-error-rate"));
  for (const double doubt : task_.doubts(said)) {
    EXPECT_GE(doubt, 0);
    EXPECT_LT(doubt, 0.7);
  }
}

TEST_F(TranscriptionTest, WritesWords) {
  dataset_ = spoken(150, {"left", "right", "stop"});
  project_.training.transcript.units = "word";
  auto learner = make();
  EXPECT_EQ(network(*learner).alphabet().outputs(), 4);
  learner->fit(options(), silent_.run);
  const auto said = learner->predict(dataset_.samples, held_);
  EXPECT_LT(measured(said), 0.1);
  EXPECT_EQ(said.texts.size(), held_.size());
}

TEST_F(TranscriptionTest, AUnitThatTrainingLacksIsAnErrorAndNoEnd) {
  auto learner = make();
  learner->fit(options(), silent_.run);
  const auto before = measured(learner->predict(dataset_.samples, held_), "character-error-rate");
  dataset_.samples.target.texts[held_[0]] += "zz";
  auto again = make();
  again->fit(options(), silent_.run);
  EXPECT_GT(measured(again->predict(dataset_.samples, held_), "character-error-rate"), before);
}

// Of 9 steps a stride of 2 leaves 5 and pooling by 2 two; what is said of a series does not depend
// on how far it is filled up.
TEST_F(TranscriptionTest, OutputsEndWhereSeriesEnd) {
  project_.model = project_for(
                       "[{conv1d: {channels: 6, kernel: 3, stride: 2}}, relu, {max_pool1d: "
                       "2}, {gru: {units: 4, gives: sequence, bidirectional: true}}, "
                       "output]")
                       .model;
  dataset_.samples.sequences.lengths[4] = 9;
  auto learner = make();
  const auto alone = network(*learner).frames(dataset_.samples, {4});
  EXPECT_EQ(alone.lengths.item<std::int64_t>(), 2);
  const auto together = network(*learner).frames(dataset_.samples, {1, 4, 7});
  const auto apart = together.values[1].narrow(0, 0, 2) - alone.values[0].narrow(0, 0, 2);
  EXPECT_LT(apart.abs().max().item<double>(), 1e-6);
  for (std::int64_t t = 9; t < dataset_.samples.sequences.steps; ++t) {
    dataset_.samples.sequences.values[4 * dataset_.samples.sequences.size() + t * kSounds] = 5;
  }
  const auto filled = network(*learner).frames(dataset_.samples, {4});
  EXPECT_TRUE(torch::equal(filled.values[0].narrow(0, 0, 2), alone.values[0].narrow(0, 0, 2)));
}

TEST_F(TranscriptionTest, NamesTextsThatNeedMoreStepsThanThereAre) {
  const auto& train = dataset_.part(data::Part::kTrain);
  dataset_.samples.target.texts[train[3]] = std::string(40, 'a');
  auto learner = make();
  const TooLong found = network(*learner).too_long(train);
  EXPECT_EQ(found.rows, Rows{train[3]});
  EXPECT_EQ(found.needed, 79);
  EXPECT_EQ(found.steps, dataset_.samples.sequences.lengths[train[3]]);
  Warned reporter;
  RunContext run{reporter, silent_.stop};
  project_.training.epochs = 1;
  learner->fit(options(), run);
  ASSERT_EQ(reporter.warnings.size(), 1u);
  EXPECT_EQ(reporter.warnings[0],
            "test: 1 of 105 training texts need more steps than the outputs of their series have, "
            "the first at sample " +
                std::to_string(train[3] + 1) + ": 79, and there are " +
                std::to_string(found.steps) + "; nothing is learned from them");
  for (auto& text : dataset_.samples.target.texts) text = std::string(40, 'b');
  auto hopeless = make();
  try {
    hopeless->fit(options(), silent_.run);
    ADD_FAILURE() << "no text can be reached";
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::kUsage);
    EXPECT_NE(error.diagnostics().front().message.find("every training text needs more steps"),
              std::string::npos);
  }
}

TEST_F(TranscriptionTest, ItsOnlyLossMayBeNamed) {
  project_.training.loss = "ctc";
  EXPECT_NO_THROW(make());
  project_.training.loss = "mse";
  try {
    make();
    ADD_FAILURE() << "mse is of numbers";
  } catch (const Error& error) {
    EXPECT_EQ(error.diagnostics().front().message, "'mse' is no loss of transcription");
    EXPECT_EQ(error.diagnostics().front().key, "training.loss");
  }
}

TEST_F(TranscriptionTest, RefusesLayersThatForgetTheSteps) {
  EXPECT_EQ(refused("[{conv1d: 8}, {adaptive_avg_pool: 4}]").message,
            "adaptive_avg_pool: gives every series as many steps, so that none has an end of its "
            "own; its input is [" +
                std::to_string(dataset_.samples.sequences.steps) + ", 8]");
  const auto pooled = refused("[{conv1d: 8}, global_avg_pool]");
  EXPECT_EQ(pooled.message, "output: needs sequences, [steps, channels]; its input is [8]");
  project_.model = project_for("[{linear: {units: 4, each_step: true}}]").model;
  EXPECT_EQ(network(*make()).output_shape(), (model::Shape{dataset_.samples.sequences.steps, 4}));
}

TEST_F(TranscriptionTest, AStoppedFitGoesOnToTheSameBits) {
  project_.training.epochs = 4;
  const TemporaryFolder folder;
  const auto [whole, resumed] =
      testing::fit_whole_and_resumed([&] { return make(); }, options(), 2, folder);
  const auto now = network(*resumed).tensors(), then = network(*whole).tensors();
  for (std::size_t i = 0; i < now.size(); ++i) {
    EXPECT_TRUE(torch::equal(now[i].second, then[i].second)) << now[i].first;
  }
}

TEST_F(TranscriptionTest, ItsOwnUnitTestsPassAndFindANetworkThatDoesNotLearn) {
  std::set<std::string> ran;
  std::size_t all = 0;
  for (const auto& finding : make()->test_network({}, options(), silent_.run)) {
    EXPECT_EQ(finding.severity, artefact::Severity::kInfo) << finding.id << ": " << finding.message;
    ++all;
    if (finding.skipped.empty()) ran.insert(finding.id);
  }
  EXPECT_EQ(all, training::all_network_tests().size() + 1) << "and whether texts are too long";
  for (const char* id : {"net-padding", "net-initial-loss", "net-gradient-check",
                         "net-overfit-batch", "net-input-dependence", "net-save-load",
                         "net-same-seed", "net-sample-independence", "transcript-too-long"}) {
    EXPECT_TRUE(ran.contains(id)) << id;
  }
  spec::NetworkTest few_steps;
  few_steps.overfit_steps = 100;
  project_.training.learning_rate = 1e-9;
  EXPECT_TRUE(
      testing::fails(make()->test_network(few_steps, options(), silent_.run), "net-overfit-batch"));
}

TEST_F(TranscriptionTest, KnowsTheLossOfABlindGuess) {
  const double blind = task_.uninformed_loss(project_, dataset_, silent_.run);
  auto asked = options();
  asked.training.epochs = 1;
  asked.training.learning_rate = 1e-9;
  const auto report = make()->fit(asked, silent_.run);
  EXPECT_NEAR(report.history.front().train_loss, blind, 0.1 * blind);
}

TEST_F(TranscriptionTest, MembersTogetherReadTheMeanOfTheirProbabilities) {
  project_.training.epochs = 2;
  auto first = make(), second = make(6);
  first->fit(options(), silent_.run);
  const auto a = network(*first).frames(dataset_.samples, held_);
  const auto b = network(*second).frames(dataset_.samples, held_);
  const auto expected =
      read_frames(network(*first).alphabet(), a.with(a.values * 0.25 + b.values * 0.75), held_,
                  dataset_.samples.target);
  const auto together =
      task_.combine({first.get(), second.get()}, {0.25, 0.75}, {}, dataset_.samples, held_);
  EXPECT_EQ(together.texts, expected.texts);
  EXPECT_EQ(together.values, expected.values);
  EXPECT_EQ(task_.combine({first.get(), second.get()}, {1, 0}, {}, dataset_.samples, held_).texts,
            first->predict(dataset_.samples, held_).texts);
}

TEST_F(TranscriptionTest, PredictsTheTextOfEachSeries) {
  const TemporaryFolder folder;
  auto learner = make();
  learner->fit(options(), silent_.run);
  const auto file = folder / "m.safetensors";
  learner->save(file);
  EXPECT_EQ(task_of_model(file).name(), spec::tasks::transcription);
  EXPECT_EQ(task_.load_learner(file, silent_.run)->predict(dataset_.samples, held_).values,
            learner->predict(dataset_.samples, held_).values);
  // Channel by channel: pause, a, pause, c, pause.
  write_file(folder / "asked.ts",
             "@problemName asked\n@classLabel false\n@data\n"
             "0,0,1,1,1,0,0,0,0,0,0:0,0,0,0,0,0,0,0,0,0,0:0,0,0,0,0,0,0,1,1,1,0\n");
  const PredictorOptions asked{{file}, {1}, (folder / "asked.ts").string()};
  std::string text;
  auto predictor = task_.make_predictor(asked, silent_.run);
  EXPECT_EQ(predictor->header(), "source,prediction,confidence\n");
  EXPECT_EQ(predictor->next(Predictor::Form::kCsv, text), 1);
  EXPECT_EQ(predictor->next(Predictor::Form::kCsv, text), 0);
  EXPECT_NE(text.find("asked.ts:4,ac,0."), std::string::npos) << text;
  std::string lines;
  task_.make_predictor(asked, silent_.run)->next(Predictor::Form::kJsonLines, lines);
  EXPECT_EQ(Json::parse(lines).at("prediction"), "ac");
  write_file(folder / "none.safetensors", "no model");
  EXPECT_THROW(task_.load_learner(folder / "none.safetensors", silent_.run), Error);
}

TEST_F(TranscriptionTest, TheAuditLooksAtTheTexts) {
  artefact::PhaseResult result;
  auto& texts = dataset_.samples.target.texts;
  texts[held_[0]] = "az";
  texts[dataset_.part(data::Part::kTrain)[0]] = "q" + std::string(50, 'a');
  task_.examine(project_, dataset_, result);
  std::map<std::string, std::string> said;
  for (const auto& finding : result.findings) said[finding.id] = finding.message;
  EXPECT_EQ(said.at("transcript-sizes"),
            "the target said is a text: 105 training texts of 1 to 51 characters in an alphabet of "
            "4; checks of classes and of numbers do not apply");
  EXPECT_EQ(said.at("transcript-rare-units"),
            "1 of 4 characters of the training texts occur fewer than 10 times: 'q'");
  EXPECT_NE(
      said.at("transcript-new-units")
          .find(
              "of the validation texts do not occur in the training texts, so that no network can "
              "write them: 'z'"),
      std::string::npos);
  EXPECT_EQ(said.at("transcript-too-long"),
            "1 training texts need more steps than their series have, the first at sample 4; "
            "nothing can be learned from them");
}

TEST_F(TranscriptionTest, ShowsTheWorstTexts) {
  auto& texts = dataset_.samples.target.texts;
  texts[0] = "ab";
  texts[1] = "abc";
  texts[2] = "a";
  const auto path = torch::eye(4).index_select(0, torch::tensor({1, 2, 0}, torch::kInt64));
  const model::Inputs frames{path.repeat({3, 1, 1}), {}};
  const Alphabet alphabet("character", {"abc"}, {0});
  const auto said = read_frames(alphabet, frames, {0, 1, 2}, dataset_.samples.target);
  EXPECT_EQ(said.texts, (std::vector<std::string>{"ab", "ab", "ab"}));
  EXPECT_EQ(said.row(1)[2], 1);
  EXPECT_EQ(said.row(1)[kConfidenceColumn], 1);
  const auto worst = task_.worst(said, dataset_, {0, 1, 2}, 5);
  ASSERT_EQ(worst.size(), 2u);
  EXPECT_EQ(worst[0].row, 2);
  EXPECT_EQ(worst[0].text, "'a', read as 'ab' (100 % of the characters)");
  EXPECT_EQ(task_.errors(said, dataset_, {0, 1, 2})[0], 0);
  const auto figure = task_.figures(said, dataset_, {0, 1, 2}).front();
  EXPECT_EQ(figure.data.at("series")[0].at("counts"), Json({1, 2}));
}

}  // namespace
}  // namespace dlwork::task
