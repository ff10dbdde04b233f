// Illnesses planted on small real data, each of which the diagnosis has to name first; and a
// healthy project on which nothing fires. Digits (1,797 x 64, ten classes) and breast cancer (569 x
// 30, two classes) come from scikit-learn.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>

#include "dead_at_start.h"
#include "dlwork/base/files.h"
#include "dlwork/base/rng.h"
#include "dlwork/base/stats.h"
#include "dlwork/base/text.h"
#include "phase_files.h"
#include "support/layers.h"
#include "support/places.h"

namespace dlwork {
namespace {

using artefact::PhaseResult;
using artefact::Severity;
using ::testing::HasSubstr;
using testing::read_rows;
using testing::Rows;
using testing::text_of;

class Diagnosis : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    const char* python = std::getenv("DLWORK_PEERS_PYTHON");
    if (python == nullptr) return;
    folder_ = new testing::TemporaryFolder;
    const std::string command = std::string(python) + " " + places::source_folder() +
                                "/tests/phase/real_tables.py " + folder_->path().string();
    ASSERT_EQ(std::system(command.c_str()), 0);
    digits_ = read_rows(folder_->path() / "digits.csv");
    cancer_ = read_rows(folder_->path() / "breast-cancer.csv");
  }
  static void TearDownTestSuite() { delete folder_; }

  void SetUp() override {
    if (digits_.empty()) GTEST_SKIP() << "DLWORK_PEERS_PYTHON names no Python with scikit-learn";
    auto& project = phase_.project;
    project.goal.target = 0.93;
    project.data.validation.amount = spec::Amount{0.25, true};
    project.data.test.amount = spec::Amount{0.1, true};
    project.model.layers = testing::layers("[{linear: 64}, relu, {dropout: 0.2}]");
    project.training.epochs = 30;
    project.training.batch_size = 32;
    project.training.learning_rate = 0.003;
    project.training.weight_decay = 0.01;
    project.diagnose.time.seconds = 0;
    project.diagnose.curve_points = 0;
    project.diagnose.capacity = false;
  }

  PhaseResult diagnose(const Rows& rows) {
    phase_.write("train.csv", text_of(rows));
    return phase_.run("diagnose");
  }
  PhaseResult diagnose(const Rows& train, const Rows& validation) {
    phase_.write("validation.csv", text_of(validation));
    phase_.project.data.validation = {};
    phase_.project.data.validation.paths = {"validation.csv"};
    return diagnose(train);
  }

  /// All findings, for a failed test.
  static std::string told(const PhaseResult& result) {
    std::string text;
    for (const auto& finding : result.findings) {
      text +=
          artefact::to_string(finding.severity) + " " + finding.id + ": " + finding.message + "\n";
    }
    return text;
  }
  /// Of the first finding; a copy, whose missing keys are null.
  static Json first_evidence(const PhaseResult& result) {
    return result.findings.empty() ? Json::object() : result.findings.front().evidence;
  }
  static void expect_first(const PhaseResult& result, const std::string& id) {
    ASSERT_FALSE(result.findings.empty());
    const auto& first = result.findings.front();
    EXPECT_EQ(first.id, id) << told(result);
    EXPECT_NE(first.severity, Severity::kInfo) << told(result);
    EXPECT_THAT(result.headline, HasSubstr(id.substr(std::string("diagnosis-").size())));
    EXPECT_FALSE(first.advice.empty());
    const std::string picture = first.evidence.at("figure");
    EXPECT_TRUE(std::any_of(result.figures.begin(), result.figures.end(),
                            [&](const auto& figure) { return figure.id == picture; }))
        << id << " names the picture " << picture << ", which is not there";
  }

  /// The first share of the rows, and the rest, each with the names.
  static std::pair<Rows, Rows> parted(const Rows& rows, double share) {
    const auto cut = static_cast<std::ptrdiff_t>(share * static_cast<double>(rows.size()));
    Rows first(rows.begin(), rows.begin() + cut), second{rows.front()};
    second.insert(second.end(), rows.begin() + cut, rows.end());
    return {first, second};
  }

  static Rows digits_, cancer_;
  testing::PhaseOverFiles phase_;

 private:
  static testing::TemporaryFolder* folder_;
};
Rows Diagnosis::digits_, Diagnosis::cancer_;
testing::TemporaryFolder* Diagnosis::folder_ = nullptr;

TEST_F(Diagnosis, OfAHealthyProjectIsThatNothingIsWrong) {
  phase_.project.model.layers = testing::layers("[{linear: 16}, relu, {dropout: 0.3}]");
  phase_.project.diagnose.curve_points = 3;
  phase_.project.diagnose.capacity = true;
  const auto result = diagnose(cancer_);
  EXPECT_EQ(result.verdict, artefact::Verdict::kPass) << told(result);
  EXPECT_EQ(result.findings.front().id, "diagnosis-balanced") << told(result);

  // How the values in its layers moved: a figure of each kind for both layers that learn.
  std::vector<std::string> spreads;
  for (const auto& figure : result.figures) {
    if (figure.data.value("group", "") != "Distributions over the epochs") continue;
    spreads.push_back(figure.id);
    for (const Json& series : figure.data["series"]) {
      EXPECT_EQ(series["x"].front(), 1) << figure.id;
      EXPECT_LE(series["x"].size(), 20u) << figure.id;
      for (std::size_t i = 0; i < series["x"].size(); ++i) {
        EXPECT_LE(series["low"][i].get<double>(), series["y"][i].get<double>()) << figure.id;
        EXPECT_LE(series["y"][i].get<double>(), series["high"][i].get<double>()) << figure.id;
      }
    }
  }
  EXPECT_EQ(spreads, (std::vector<std::string>{"spread-parameters-0", "spread-activations-0",
                                               "spread-gradients-0", "spread-parameters-3",
                                               "spread-activations-3", "spread-gradients-3"}));
  const auto of_first = std::find_if(result.figures.begin(), result.figures.end(),
                                     [](const auto& f) { return f.id == "spread-parameters-0"; });
  EXPECT_EQ(of_first->title, "0 linear: weights and biases");
  EXPECT_EQ(of_first->data["series"][1]["name"], "biases");
}

TEST_F(Diagnosis, WrongLabelsInOneClassAreNamed) {
  Rows rows = cancer_;
  int seen = 0, wrong = 0;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    if (rows[i].back() != "c1" || ++seen % 10 != 0) continue;
    rows[i].back() = "c0";
    ++wrong;
  }
  ASSERT_EQ(wrong, 35);
  phase_.project.model.layers = testing::layers("[{linear: 16}, relu, {dropout: 0.3}]");
  const auto result = diagnose(rows);
  expect_first(result, "diagnosis-label-noise");
  // They look like c1 and carry the other label, or are labelled c0 and look like c1.
  Json evidence = first_evidence(result);
  EXPECT_GT(evidence["share"].get<double>(), 0.07);
  EXPECT_LT(evidence["share"].get<double>(), 0.25);
}

TEST_F(Diagnosis, ASliceWithFlippedLabelsIsNamed) {
  Rows rows = digits_;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::string scanner = i == 0 ? "scanner" : "S" + std::to_string((i * 7919) % 8);
    rows[i].insert(rows[i].begin(), scanner);
    if (scanner == "S3") rows[i].back() = "c" + std::to_string((rows[i].back()[1] - '0' + 1) % 10);
  }
  phase_.project.training.epochs = 12;
  const auto result = diagnose(rows);
  expect_first(result, "diagnosis-weak-slice");
  EXPECT_EQ(first_evidence(result)["slice"], "scanner = S3");
}

TEST_F(Diagnosis, ATooSmallNetworkIsNamed) {
  phase_.project.model.layers = testing::layers("[{linear: 2}, relu]");
  phase_.project.training.learning_rate = 0.02;
  phase_.project.diagnose.capacity = true;
  const auto result = diagnose(digits_);
  expect_first(result, "diagnosis-too-small");
  EXPECT_EQ(testing::findings_of(result, "diagnosis-high-bias").size(), 1u) << told(result);
}

TEST_F(Diagnosis, ALargeNetworkOnFewSamplesHasHighVariance) {
  Rows rows(digits_.begin(), digits_.begin() + 501);
  phase_.project.model.layers = testing::layers("[{linear: 512}, relu, {linear: 512}, relu]");
  phase_.project.training.weight_decay = 0;
  phase_.project.data.validation.amount = spec::Amount{0.4, true};
  const auto result = diagnose(rows);
  expect_first(result, "diagnosis-high-variance");
  EXPECT_TRUE(testing::findings_of(result, "diagnosis-not-converging").empty());
}

TEST_F(Diagnosis, ALearningRateAHundredTimesTooHighIsNamed) {
  phase_.project.training.learning_rate = 0.3;
  const auto result = diagnose(digits_);
  expect_first(result, "diagnosis-learning-rate-high");
  EXPECT_LE(first_evidence(result)["better"].get<double>(), 0.03);
}

TEST_F(Diagnosis, OfPlainStepsARateAHundredTimesTooHighIsNamedAndTheRightOneIsNot) {
  auto& training = phase_.project.training;
  training.optimizer = "sgd";
  training.schedule = "constant";
  for (const bool too_high : {false, true}) {
    training.learning_rate = too_high ? 10 : 0.1;
    const auto result = diagnose(digits_);
    if (too_high) {
      expect_first(result, "diagnosis-learning-rate-high");
      EXPECT_LE(first_evidence(result)["better"].get<double>(), 1);
    } else {
      EXPECT_TRUE(testing::findings_of(result, "diagnosis-learning-rate-high").empty())
          << told(result);
      EXPECT_TRUE(testing::findings_of(result, "diagnosis-learning-rate-low").empty())
          << told(result);
    }
  }
}

TEST_F(Diagnosis, ALearningRateAThousandTimesTooLowIsNamed) {
  phase_.project.training.learning_rate = 3e-6;
  const auto result = diagnose(digits_);
  expect_first(result, "diagnosis-learning-rate-low");
  EXPECT_GE(first_evidence(result)["better"].get<double>(), 3e-4);
  // No wider network is called for while the rate is at fault.
  EXPECT_EQ(testing::the_finding(result, "diagnosis-high-bias").severity, Severity::kInfo)
      << told(result);
  for (const auto& finding : testing::findings_of(result, "diagnosis-too-small"))
    EXPECT_EQ(finding.severity, Severity::kInfo);
}

TEST_F(Diagnosis, VanishingGradientsAreNamed) {
  std::string layers;
  for (int i = 0; i < 14; ++i) layers += "{linear: 16}, sigmoid, ";
  phase_.project.model.layers = testing::layers("[" + layers + "]");
  const auto result = diagnose(digits_);
  EXPECT_EQ(
      testing::the_finding(result, "diagnosis-gradient-vanishing").severity == Severity::kInfo,
      false)
      << told(result);
}

TEST_F(Diagnosis, AValidationPartOfAnotherKindIsNamed) {
  auto [train, validation] = parted(digits_, 0.7);
  // Another scanner: fainter, with a dark frame.
  for (std::size_t i = 1; i < validation.size(); ++i) {
    for (std::size_t c = 0; c + 1 < validation[i].size(); ++c) {
      const bool frame = c % 8 == 0 || c % 8 == 7;
      validation[i][c] = number_text(frame ? 6 : 0.4 * std::stod(validation[i][c]));
    }
  }
  const auto result = diagnose(train, validation);
  expect_first(result, "diagnosis-shift");
  EXPECT_GT(first_evidence(result)["interval"][0].get<double>(), 0.02);
}

TEST_F(Diagnosis, PartsPreparedInOtherWaysAreNamed) {
  // The validation part was standardised before it was saved, the training part was not.
  auto [train, validation] = parted(cancer_, 0.7);
  for (std::size_t c = 0; c + 1 < validation[0].size(); ++c) {
    std::vector<double> values;
    for (std::size_t i = 1; i < validation.size(); ++i)
      values.push_back(std::stod(validation[i][c]));
    const double middle = mean(values), deviation = standard_deviation(values);
    for (std::size_t i = 1; i < validation.size(); ++i) {
      validation[i][c] = number_text((values[i - 1] - middle) / deviation);
    }
  }
  phase_.project.model.layers = testing::layers("[{linear: 16}, relu, {dropout: 0.3}]");
  const auto result = diagnose(train, validation);
  expect_first(result, "diagnosis-preprocessing");
  const Json evidence = first_evidence(result);
  EXPECT_GT(evidence["mended"].get<double>(), 0.9);
  EXPECT_GE(evidence["inputs"].size(), 27u);
  EXPECT_TRUE(testing::findings_of(result, "diagnosis-shift").empty());
}

TEST_F(Diagnosis, ALeakingColumnIsNamed) {
  // Beside measurements that tell little: the leak then is nearly all that the network knows.
  Rows rows;
  for (const auto& row : cancer_) rows.push_back({row[8], row[9], row[11], row.back()});
  Rng rng(9, "leak");
  rows[0].insert(rows[0].begin() + 3, "billing_code");
  for (std::size_t i = 1; i < rows.size(); ++i) {
    rows[i].insert(rows[i].begin() + 3,
                   number_text((rows[i].back() == "c1" ? 7.0 : 3.0) + 0.2 * rng.normal()));
  }
  phase_.project.training.epochs = 60;
  const auto result = diagnose(rows);
  expect_first(result, "diagnosis-leak");
  EXPECT_EQ(first_evidence(result)["column"], "billing_code");
}

TEST_F(Diagnosis, AConstantInputIsNamed) {
  auto [train, validation] = parted(cancer_, 0.7);
  for (std::size_t i = 1; i < train.size(); ++i) train[i][22] = "17.5";
  const auto result = diagnose(train, validation);
  expect_first(result, "diagnosis-input-constant");
  EXPECT_THAT(result.findings.front().message, HasSubstr("'" + cancer_[0][22] + "'"));
  EXPECT_THAT(result.findings.front().message, HasSubstr("varies"));
}

TEST_F(Diagnosis, AClassMissingInTrainingIsNamed) {
  auto [train, validation] = parted(digits_, 0.7);
  std::erase_if(train, [](const auto& row) { return row.back() == "c7"; });
  const auto result = diagnose(train, validation);
  expect_first(result, "diagnosis-class-missing");
  EXPECT_THAT(result.findings.front().message, HasSubstr("'c7' has no training sample"));
  EXPECT_EQ(result.verdict, artefact::Verdict::kFail);
}

TEST_F(Diagnosis, MoreDataIsProjectedFromTheCurve) {
  phase_.project.diagnose.curve_points = 4;
  phase_.project.goal.target = 0.985;
  phase_.project.data.validation.amount = spec::Amount{0.3, true};
  const auto result = diagnose(digits_);
  const auto figure = std::find_if(result.figures.begin(), result.figures.end(),
                                   [](const auto& f) { return f.id == "learning-curve-data"; });
  ASSERT_NE(figure, result.figures.end());
  const auto& y = figure->data["series"][0]["y"];
  ASSERT_EQ(y.size(), 5u) << "a sixteenth to a quarter, the halves, the whole";
  EXPECT_GT(y.front().get<double>(), 2 * y.back().get<double>())
      << "a sixteenth of the samples is worse";
  const bool told_of_data = !testing::findings_of(result, "diagnosis-more-data-helps").empty() ||
                            !testing::findings_of(result, "diagnosis-more-data-futile").empty();
  EXPECT_TRUE(told_of_data) << told(result);
}

TEST_F(Diagnosis, ASecondRunTakesFinishedTrainingsFromTheCache) {
  phase_.project.diagnose.curve_points = 2;
  const auto first = diagnose(cancer_);
  const auto folder = phase_.folder->path().parent_path().parent_path() / "cache" / "diagnose";
  std::size_t kept = 0;
  std::map<std::string, std::filesystem::file_time_type> times;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    ++kept;
    times[entry.path().filename()] = std::filesystem::last_write_time(entry.path() / "result.json");
  }
  EXPECT_EQ(kept, 2u + 2u) << "two halves and two quarters";
  const auto second = diagnose(cancer_);
  EXPECT_EQ(told(first), told(second));
  for (const auto& [name, time] : times) {
    EXPECT_EQ(std::filesystem::last_write_time(folder / name / "result.json"), time)
        << "trained again";
  }
}

TEST_F(Diagnosis, OfTheSameNetworkDoesNotTrainItAgain) {
  const auto first = diagnose(cancer_);
  phase_.folder->finish(first);
  const auto model = read_file(phase_.folder->file("model.safetensors"));
  const auto epochs_logged = [&] {
    Json epochs = Json::array();
    for (const auto& line : split(trim(read_file(phase_.folder->file("log.jsonl"))), '\n')) {
      Json event = Json::parse(line);
      if (event.at("event") != "epoch") continue;
      event.erase("time");  // of the line, not of the training
      epochs.push_back(event);
    }
    return epochs;
  };
  const Json trained = epochs_logged();
  EXPECT_EQ(trained.size(), first.values.at("fit").at("history").size());
  phase_.project.diagnose.calibration_tolerance = 0.2;
  const auto second = diagnose(cancer_);
  EXPECT_EQ(epochs_logged(), trained) << "with the seconds that they took then";
  EXPECT_EQ(read_file(phase_.folder->file("model.safetensors")), model);
  EXPECT_EQ(first.values.at("fit").at("history"), second.values.at("fit").at("history"));
  EXPECT_EQ(first.values.at("training_key"), second.values.at("training_key"));
  phase_.folder->finish(second);
  phase_.project.training.epochs = 4;
  const auto third = diagnose(cancer_);
  EXPECT_NE(third.values.at("training_key"), second.values.at("training_key"));
  EXPECT_EQ(third.values.at("fit").at("history").size(), 4u);
}

TEST_F(Diagnosis, SlicesCurveAndAblationsAreThoseWorkedOutByHand) {
  auto& project = phase_.project;
  project.model.layers =
      testing::layers("[{linear: 24}, relu, {dropout: 0.2}, {linear: 12}, relu]");
  project.diagnose.curve_points = 3;
  project.goal.target = 0.99;
  project.diagnose.ablate = true;
  project.diagnose.ablate_seeds = 2;
  project.training.epochs = 15;
  auto result = diagnose(cancer_);
  Json lines = Json::array();
  for (const auto row : phase_.train_rows) lines.push_back(row + 2);
  result.values["train_lines"] = lines;
  phase_.folder->finish(result);
  const auto workspace = phase_.folder->path().parent_path().parent_path();
  const std::string command =
      std::string(std::getenv("DLWORK_PEERS_PYTHON")) + " " + places::source_folder() +
      "/tests/phase/diagnose_by_hand.py " + (workspace.parent_path() / "train.csv").string() + " " +
      phase_.folder->path().string() + " " + (workspace / "cache" / "diagnose").string();
  EXPECT_EQ(std::system(command.c_str()), 0) << told(result);
}

TEST_F(Diagnosis, TheWorstOfSeveralStagesIsNamedAsWorkedOutByHand) {
  // Two measurements that earlier stages guess, one of them the wrong way round for a fifth of the
  // samples; and beside them what tells little.
  Rows rows;
  Rng rng(3, "stages");
  for (std::size_t i = 0; i < cancer_.size(); ++i) {
    const auto& row = cancer_[i];
    if (i == 0) {
      rows.push_back({"area", "texture", "symmetry", "area_true", "texture_true", "y"});
      continue;
    }
    const double area = std::stod(row[20]), texture = std::stod(row[21]);
    rows.push_back({number_text(rng.uniform() < 0.2 ? 32.5 - area : area),
                    number_text(texture + 0.5 * rng.normal()), row[9], number_text(area),
                    number_text(texture), row.back()});
  }
  auto& project = phase_.project;
  project.data.columns["area_true"].truth_of = "area";
  project.data.columns["area_true"].stage = "outline";
  project.data.columns["texture_true"].truth_of = "texture";
  project.model.layers = testing::layers("[{linear: 24}, relu]");
  project.training.learning_rate = 0.01;
  project.data.validation.amount = spec::Amount{0.4, true};
  auto result = diagnose(rows);
  expect_first(result, "diagnosis-stages");
  EXPECT_THAT(result.findings.front().advice, HasSubstr("'outline'"));
  const Json stages = first_evidence(result)["stages"];
  ASSERT_EQ(stages.size(), 2u);
  EXPECT_EQ(stages[1]["stage"], "texture");
  phase_.folder->finish(result);
  const std::string command =
      std::string(std::getenv("DLWORK_PEERS_PYTHON")) + " " + places::source_folder() +
      "/tests/phase/diagnose_by_hand_stages.py " +
      (phase_.folder->path().parent_path().parent_path().parent_path() / "train.csv").string() +
      " " + phase_.folder->path().string();
  EXPECT_EQ(std::system(command.c_str()), 0) << told(result);
}

TEST_F(Diagnosis, EverySampleHasItsPlaceOnTheMap) {
  const auto result = diagnose(digits_);
  const auto figure = std::find_if(result.figures.begin(), result.figures.end(),
                                   [](const auto& f) { return f.kind == "embedding"; });
  ASSERT_NE(figure, result.figures.end());
  std::vector<std::string> names;
  std::size_t points = 0, kept = 0;
  struct Point {
    double x, y;
    std::string group;
  };
  std::vector<Point> all;
  for (const auto& series : figure->data["series"]) {
    names.push_back(series["name"]);
    points += series["x"].size();
    ASSERT_EQ(series["space"].size(), 3u);
    EXPECT_EQ(series["space"][2].size(), series["labels"].size());
    for (std::size_t i = 0; i < series["x"].size(); ++i)
      all.push_back({series["x"][i], series["y"][i], names.back()});
  }
  EXPECT_EQ(names.size(), 10u);
  EXPECT_EQ(points, split(trim(read_file(phase_.folder->file("validation.csv"))), '\n').size() - 1);
  // Samples of one class lie together: most nearest neighbours share it.
  for (const auto& one : all) {
    const auto nearest =
        std::min_element(all.begin(), all.end(), [&](const auto& a, const auto& b) {
          const auto distance = [&](const Point& p) {
            return &p == &one ? 1e300 : std::hypot(p.x - one.x, p.y - one.y);
          };
          return distance(a) < distance(b);
        });
    kept += nearest->group == one.group ? 1 : 0;
  }
  EXPECT_GT(static_cast<double>(kept) / static_cast<double>(points), 0.85);
  // What TensorBoard reads: a line for each.
  const auto metadata = split(trim(read_file(phase_.folder->file("metadata.tsv"))), '\n');
  EXPECT_EQ(metadata.size(), points + 1);
  EXPECT_EQ(metadata.front(), "class\tpredicted\tright\twhere");
  EXPECT_EQ(split(trim(read_file(phase_.folder->file("vectors.tsv"))), '\n').size(), points);
}

TEST_F(Diagnosis, DeadRectifiersFromBadInitialWeightsAreNamed) {
  const testing::DeadAtStart task;
  phase_.write("train.csv", text_of(digits_));
  const auto result = phase_.run("diagnose", &task);
  expect_first(result, "diagnosis-dead-at-start");
  EXPECT_EQ(first_evidence(result)["share"], 1.0);
  EXPECT_EQ(first_evidence(result)["layer"], "1 relu");
}

}  // namespace
}  // namespace dlwork
