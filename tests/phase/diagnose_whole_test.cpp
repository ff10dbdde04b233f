// Whole diagnoses: of small pictures, and what has to hold of every finding.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "data/data_support.h"
#include "dlwork/base/files.h"
#include "dlwork/base/png.h"
#include "dlwork/base/rng.h"
#include "dlwork/base/text.h"
#include "dlwork/report/render.h"
#include "scripted_study.h"

namespace dlwork {
namespace {

using artefact::PhaseResult;
using artefact::Severity;
using testing::findings_of;
using ::testing::HasSubstr;
using testing::the_figure;
using testing::the_finding;

constexpr std::uint32_t kSide = 8;

/// 500 grey pictures: a bright bar on the left, on the right or below, under noise; one label of 20
/// is wrong.
void write_bars(const testing::PhaseOverFiles& phase) {
  constexpr std::uint32_t kCount = 500;
  Rng rng(4, "bars");
  std::string pixels, labels;
  for (std::uint32_t i = 0; i < kCount; ++i) {
    const auto code = static_cast<int>(rng.below(3));
    for (std::uint32_t y = 0; y < kSide; ++y) {
      for (std::uint32_t x = 0; x < kSide; ++x) {
        const bool bright = code == 0 ? x < 2 : code == 1 ? x >= 6 : y >= 6;
        pixels += static_cast<char>(rng.below(120) + (bright ? 90 : 0));
      }
    }
    labels += static_cast<char>(i % 20 == 0 ? (code + 1) % 3 : code);
  }
  phase.write("pictures.idx", data::idx_bytes({kCount, kSide, kSide}, pixels));
  phase.write("labels.idx", data::idx_bytes({kCount}, labels));
}

/// Numbers anywhere inside; false where one is not finite.
bool count_numbers(const Json& json, int& count) {
  if (json.is_number()) {
    ++count;
    return std::isfinite(json.get<double>());
  }
  bool finite = true;
  if (json.is_structured()) {
    for (const auto& inner : json) finite = count_numbers(inner, count) && finite;
  }
  return finite;
}

/// Findings that rest on an estimate, whose evidence has to hold its interval.
const std::set<std::string> kEstimates{"diagnosis-class-missing",
                                       "diagnosis-learning-rate-low",
                                       "diagnosis-learning-rate-high",
                                       "diagnosis-preprocessing",
                                       "diagnosis-shift",
                                       "diagnosis-validation-flatters",
                                       "diagnosis-high-bias",
                                       "diagnosis-high-variance",
                                       "diagnosis-balanced",
                                       "diagnosis-too-small",
                                       "diagnosis-too-large",
                                       "diagnosis-more-data-helps",
                                       "diagnosis-more-data-futile",
                                       "diagnosis-label-noise",
                                       "diagnosis-weak-slice",
                                       "diagnosis-weak-class",
                                       "diagnosis-weak-cluster",
                                       "diagnosis-leak",
                                       "diagnosis-stages",
                                       "diagnosis-miscalibrated",
                                       "diagnosis-threshold",
                                       "diagnosis-attribution",
                                       "diagnosis-component-harmful",
                                       "diagnosis-ablation"};

/// [low, high] under a key that ends with "interval", anywhere inside.
bool holds_interval(const Json& json) {
  if (!json.is_structured()) return false;
  for (const auto& [key, value] : json.items()) {
    if (key.ends_with("interval") && value.is_array() && value.size() == 2) return true;
    if (holds_interval(value)) return true;
  }
  return false;
}

/// One action: no list of them, no alternatives, no second sentence of things to do.
void expect_one_action(const std::string& id, const std::string& advice) {
  EXPECT_FALSE(advice.empty()) << id;
  EXPECT_TRUE(advice.ends_with('.')) << id << ": " << advice;
  EXPECT_EQ(advice.find(';'), std::string::npos) << id << ": " << advice;
  EXPECT_EQ(advice.find(", or "), std::string::npos) << id << ": " << advice;
  EXPECT_EQ(advice.find(" or "), std::string::npos) << id << ": " << advice;
}

/// What a reader of a finding relies on.
void expect_complete(const PhaseResult& result) {
  EXPECT_FALSE(result.findings.empty());
  for (const auto& finding : result.findings) {
    expect_one_action(finding.id, finding.advice);
    EXPECT_FALSE(finding.message.empty()) << finding.id;
    if (finding.id == "diagnosis-not-run") continue;  // a failure, not a diagnosis
    int numbers = 0;
    EXPECT_TRUE(count_numbers(finding.evidence, numbers)) << finding.id << finding.evidence;
    EXPECT_GT(numbers, 0) << finding.id;
    ASSERT_TRUE(finding.evidence.contains("figure")) << finding.id;
    the_figure(result, finding.evidence["figure"]);
    if (kEstimates.contains(finding.id)) {
      EXPECT_TRUE(holds_interval(finding.evidence)) << finding.id << finding.evidence;
    }
  }
}

/// A diagnosis of the pictures, made once.
class DiagnosedPictures : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    phase_ = new testing::PhaseOverFiles;
    write_bars(*phase_);
    auto& project = phase_->project;
    project.data.train.paths = {"pictures.idx"};
    project.data.train.labels = "labels.idx";
    project.data.target = "";
    project.data.class_names = {"left", "right", "below"};
    project.data.validation.amount = spec::Amount{0.3, true};
    project.goal.target = 0.999;
    project.model.layers =
        testing::layers("[{conv2d: 6}, relu, {max_pool2d: 2}, {linear: 8}, relu]");
    project.training.epochs = 12;
    project.training.batch_size = 32;
    project.training.learning_rate = 0.01;
    project.diagnose.time.seconds = 0;
    project.diagnose.curve_points = 2;
    project.diagnose.curve_repeats = 1;
    project.diagnose.capacity = false;
    project.diagnose.clusters = 3;
    project.diagnose.attributed = 3;
    result_ = new PhaseResult(phase_->run("diagnose"));
    result_->phase = "diagnose";
  }
  static void TearDownTestSuite() {
    delete result_;
    delete phase_;
  }
  /// The gallery's pictures, each of which has to be a PNG of this size.
  static Json gallery(const std::string& id, std::int64_t width, std::int64_t height) {
    const auto figure = the_figure(*result_, id);
    EXPECT_EQ(figure.kind, "pictures") << id;
    const Json items = figure.data.value("items", Json::array());
    EXPECT_FALSE(items.empty()) << id;
    for (const auto& item : items) {
      const auto size = png_size(read_file(phase_->folder->file(item["file"])));
      EXPECT_EQ(size.width, width) << item;
      EXPECT_EQ(size.height, height) << item;
    }
    return items;
  }

  static testing::PhaseOverFiles* phase_;
  static PhaseResult* result_;
};
testing::PhaseOverFiles* DiagnosedPictures::phase_ = nullptr;
PhaseResult* DiagnosedPictures::result_ = nullptr;

constexpr std::int64_t kZoom = 84 / kSide;

TEST_F(DiagnosedPictures, MistakesUncertainAndSuspectSamplesAreGalleries) {
  const std::int64_t side = kZoom * kSide;
  const auto mistakes = gallery("mistakes", side, side);
  EXPECT_THAT(mistakes[0]["caption"].get<std::string>(), HasSubstr(", taken for "));
  EXPECT_GE(mistakes.size(), 3u) << "one of 20 labels of the validation part is wrong";
  EXPECT_EQ(gallery("uncertain", side, side).size(), 24u);
  const auto suspects = gallery("suspect-labels", side, side);
  // One of 20 training samples carries a wrong label.
  EXPECT_GE(suspects.size(), 10u);
  const auto finding = the_finding(*result_, "diagnosis-label-noise");
  EXPECT_GE(finding.evidence["suspects"], 10);
  EXPECT_LE(finding.evidence["suspects"], 30);
  // The planted ones: every twentieth picture.
  std::size_t planted = 0;
  for (const auto& item : suspects) {
    const std::string file = item["file"];
    planted += std::stoi(file.substr(file.find('/') + 1)) % 20 == 0;
  }
  EXPECT_GE(planted, 8u);
}

TEST_F(DiagnosedPictures, AttributionStandsBesideThePicture) {
  // The picture and four maps.
  const auto items = gallery("attribution", 5 * kZoom * kSide, kZoom * kSide);
  EXPECT_EQ(items.size(), 3u);
  EXPECT_THAT(the_figure(*result_, "attribution").caption,
              HasSubstr("gradient, integrated gradients, occlusion, Grad-CAM"));
}

TEST_F(DiagnosedPictures, FirstFiltersAreShown) {
  EXPECT_EQ(gallery("filters", 3 * 12, 3 * 12).size(), 6u);
}

TEST_F(DiagnosedPictures, TheProjectorHasASprite) {
  const auto sprite = the_figure(*result_, "embedding").data["sprite"];
  EXPECT_EQ(sprite["width"], kSide);
  const auto lines = split(trim(read_file(phase_->folder->file("validation.csv"))), '\n');
  const auto columns = std::llround(std::ceil(std::sqrt(static_cast<double>(lines.size() - 1))));
  EXPECT_GE(columns, 9);
  EXPECT_EQ(sprite["columns"], columns) << "the square that holds all validation samples";
  const auto size = png_size(read_file(phase_->folder->file(sprite["file"])));
  EXPECT_EQ(size.width, columns * kSide);
  EXPECT_EQ(size.height, columns * kSide);
  EXPECT_THAT(read_file(phase_->folder->file("projector_config.pbtxt")),
              HasSubstr("embedding.png"));
}

TEST_F(DiagnosedPictures, TheTerminalDrawsTheCurvesAndTheConfusionMatrix) {
  const std::string text = report::to_terminal(*result_, {});
  const auto more = text.find("More figures:");
  ASSERT_NE(more, std::string::npos);
  for (const char* title :
       {"Loss by epoch\n", "The goal's metric by epoch\n", "Confusion matrix\n"}) {
    EXPECT_LT(text.find(title), more) << title << text;
  }
  const auto matrix = the_figure(*result_, "confusion-matrix").data["values"];
  const auto drawn = text.substr(text.find("Confusion matrix\n"), 600);
  EXPECT_THAT(drawn, HasSubstr(" " + matrix[0][0].dump() + " "));
  EXPECT_THAT(drawn, HasSubstr("below"));
}

TEST_F(DiagnosedPictures, EveryFindingIsComplete) { expect_complete(*result_); }

TEST(DiagnoseFindings, OfMadeUpIllnessesAreComplete) {
  testing::ScriptedStudy scripted;
  std::vector<std::int32_t> codes;
  for (int i = 0; i < 120; ++i) codes.push_back(i % 2);
  scripted.classes(codes, codes);
  scripted.project.goal.target = 0.99;
  scripted.project.diagnose.ablate = true;
  scripted.project.training.weight_decay = 0.1;
  scripted.project.training.schedule = "cosine";
  scripted.project.diagnose.clusters = 2;
  // Narrow networks know less, weight decay harms, and the validation part is worse.
  scripted.script.answer = [](const data::Samples& samples, std::int64_t row,
                              const testing::ScriptedNetwork& network) {
    const bool right = row % (row < 120 ? 7 : 3) != 0 && (network.units > 8 || row % 5 != 0);
    const bool first = (samples.target.codes[row] == 0) == right;
    return std::vector<float>{first ? 0.99f : 0.01f, first ? 0.01f : 0.99f};
  };
  scripted.script.metric = [](const training::FitOptions& options,
                              const testing::ScriptedNetwork& network) {
    return 0.6 + (network.units > 8 ? 0.1 : 0) + (options.training.weight_decay == 0 ? 0.1 : 0);
  };
  scripted.script.losses = [](const training::FitOptions& options,
                              const testing::ScriptedNetwork&) -> testing::Script::Losses {
    if (options.label == "diagnose")
      return std::vector<double>{1.0, 0.5, 0.9, 0.5, 0.5, 0.5, 0.5, 0.5};
    return std::vector<double>{0.69};
  };
  scripted.script.start = {{"0 linear", "[8]", 16, 0, 1, 0, 1e-7, 0, 0, 1},
                           {"1 relu", "[8]", 0, 0, 1, 0, 0, 0.8},
                           {"2 linear", "[2]", 16, 0, 1, 0, 300, 0, 0, 1}};
  scripted.script.end = {{"0 linear", "[8]", 16, 0, 1e5, 0, 1, 0, 0, 1, 1e-6},
                         {"1 relu", "[8]", 0, 0, 1, 0, 0, 0.9},
                         {"2 linear", "[2]", 16, 0, 1, 0, 1, 0, 0, 1, 0.5}};
  scripted.script.seen = [](std::int64_t row) {
    return std::vector<float>{static_cast<float>(row % 3 == 0), 0.001f * static_cast<float>(row)};
  };
  scripted.script.map = [](std::int64_t row, const training::AttributionOptions&) {
    return std::vector<float>{1, 2.0f + static_cast<float>(row), 0.5f, 3};
  };
  const auto result = scripted.run();
  expect_complete(result);
  std::set<std::string> found;
  for (const auto& finding : result.findings) found.insert(finding.id);
  for (const char* id :
       {"diagnosis-high-bias", "diagnosis-high-variance", "diagnosis-dead-at-start",
        "diagnosis-gradient-vanishing", "diagnosis-gradient-exploding", "diagnosis-overfit-batch",
        "diagnosis-oscillating", "diagnosis-plateau", "diagnosis-too-small",
        "diagnosis-weak-cluster", "diagnosis-miscalibrated", "diagnosis-threshold",
        "diagnosis-attribution", "diagnosis-layer-still", "diagnosis-activation-scale",
        "diagnosis-component-harmful", "diagnosis-ablation"}) {
    EXPECT_TRUE(found.contains(id)) << id;
  }
}

TEST(DiagnoseFindings, OfADivergenceAreComplete) {
  testing::ScriptedStudy scripted;
  scripted.classes({0, 1, 0, 1}, {0, 1, 2, 2});
  scripted.script.losses = [](const training::FitOptions&, const testing::ScriptedNetwork&) {
    return testing::Script::Losses{};
  };
  const auto result = scripted.run();
  expect_complete(result);
  EXPECT_EQ(findings_of(result, "diagnosis-class-missing").size(), 1u);
  EXPECT_EQ(findings_of(result, "diagnosis-diverged").size(), 1u);
}

TEST(DiagnoseFindings, EachRecommendsOneAction) {
  for (const auto& info : artefact::finding_infos()) {
    if (info.phase == "diagnose") expect_one_action(info.id, info.advice);
  }
}

}  // namespace
}  // namespace dlwork
