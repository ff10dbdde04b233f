// Labels, shift between the parts, and what series and texts are judged by, by outputs that are
// made up.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "phase/diagnose/properties.h"
#include "phase/diagnose/slices.h"
#include "scripted_study.h"

namespace dlwork::phase::diagnose {
namespace {

using artefact::Severity;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::repeated;
using testing::ScriptedNetwork;
using testing::ScriptedStudy;
using testing::sure_of_class;
using testing::the_figure;
using testing::the_finding;
using testing::the_table;

/// What two half networks said, of which 70 % is right.
OutOfFold held_out(const data::Dataset& dataset, double on_validation) {
  OutOfFold held;
  held.rows = dataset.part(data::Part::kTrain);
  held.trained_on = static_cast<std::int64_t>(held.rows.size()) / 2;
  held.outputs = {static_cast<std::int64_t>(held.rows.size()), 2, {}};
  for (std::size_t i = 0; i < held.rows.size(); ++i) {
    const auto code = dataset.samples.target.codes[held.rows[i]];
    const auto p = sure_of_class(i % 10 < 7 ? code : 1 - code, 2);
    held.outputs.values.insert(held.outputs.values.end(), p.begin(), p.end());
  }
  for (const double off : {-0.01, 0.01}) {
    artefact::Metric metric;
    metric.name = "accuracy";
    metric.value = on_validation + off;
    metric.low = metric.value - 0.02;
    metric.high = metric.value + 0.02;
    held.validation.push_back(metric);
  }
  return held;
}

TEST(DiagnoseLabels, NetworksOfFewerSamplesThanHalfOnlySuspect) {
  for (const bool half : {true, false}) {
    ScriptedStudy scripted;
    scripted.classes(repeated({{0, 50}, {1, 50}}), repeated({{0, 20}, {1, 20}}));
    auto& study = scripted.study();
    study.out_of_fold = held_out(study.dataset(), 0.7);
    if (!half) study.out_of_fold->trained_on = 49;
    check_labels(study);
    const auto finding = the_finding(study.result, "diagnosis-label-noise");
    EXPECT_EQ(finding.severity, half ? Severity::kWarn : Severity::kInfo);
    EXPECT_EQ(finding.evidence["contradicted"], 15) << "three of ten";
    EXPECT_EQ(finding.evidence["of"], 50);
    EXPECT_EQ(finding.evidence["suspects"], 30);
    EXPECT_EQ(finding.evidence["trained_on"], half ? 50 : 49);
    EXPECT_EQ(finding.advice == "Review some of the labels shown before any is changed.", !half);
    EXPECT_EQ(
        finding.message.find("by networks of 49 of 100 training samples") == std::string::npos,
        half);
  }
}

TEST(DiagnoseShift, InputsThatAreOffByAnOffsetAloneAreNamedByIt) {
  ScriptedStudy scripted;
  std::vector<std::int32_t> training, validation;
  for (int i = 0; i < 100; ++i) training.push_back(i % 2);
  for (int i = 0; i < 40; ++i) validation.push_back(i % 2);
  scripted.classes(training, validation);
  auto& z = scripted.dataset.samples.table.columns.emplace_back();
  z.name = "z";
  for (int row = 0; row < 140; ++row) z.numbers.push_back(row % 10 + (row < 100 ? 0 : 100));
  // The class is whether z is odd; far from what it was in training the network is always wrong.
  scripted.script.answer = [](const data::Samples& samples, std::int64_t row,
                              const ScriptedNetwork&) {
    const double value = samples.table.columns[1].numbers[row];
    const bool odd = std::lround(value) % 2 != 0;
    return sure_of_class(odd == (value < 50) ? 1 : 0, 2);
  };
  auto& study = scripted.study();
  study.out_of_fold = held_out(study.dataset(), 0.02);
  check_shift(study);
  const auto finding = the_finding(study.result, "diagnosis-preprocessing");
  EXPECT_EQ(finding.evidence["inputs"], Json({"z", "x"})) << "the row's number moves on as well";
  EXPECT_NEAR(finding.evidence["offsets"][0].get<double>(), 100, 1e-9);
  EXPECT_NEAR(finding.evidence["factors"][0].get<double>(), 1, 0.01);
  EXPECT_EQ(finding.evidence["mended"], 1.0);
  EXPECT_THAT(finding.message, HasSubstr("2 of 2 inputs have another scale or offset"));
  EXPECT_THAT(finding.message, HasSubstr("z (plus 100) and x (times 0.4"));
}

TEST(DiagnoseShift, AValidationPartThatIsEasierFlatters) {
  ScriptedStudy scripted;
  scripted.classes(repeated({{0, 50}, {1, 50}}), repeated({{0, 20}, {1, 20}}));
  auto& study = scripted.study();
  study.out_of_fold = held_out(study.dataset(), 0.96);
  check_shift(study);
  const auto finding = the_finding(study.result, "diagnosis-validation-flatters");
  EXPECT_NEAR(finding.evidence["held"].get<double>(), 0.7, 1e-12);
  EXPECT_NEAR(finding.evidence["validation"].get<double>(), 0.96, 1e-12);
  EXPECT_NEAR(finding.evidence["shift"].get<double>(), -0.26, 1e-12);
  EXPECT_LT(finding.evidence["interval"][1], 0);
  EXPECT_THAT(finding.message, HasSubstr("better by 0.26"));
  // Rows are numbered through, so no training value occurs in the validation part.
  EXPECT_EQ(the_figure(study.result, "moved-inputs").data["labels"], Json::array({"x"}));
  EXPECT_EQ(finding.evidence["distances"], Json::array({1.0}));
}

/// Series of two channels and up to four steps, the second channel constant in training.
void make_series(data::Dataset& dataset) {
  auto& samples = dataset.samples;
  samples.kind = data::Kind::kSequence;
  samples.table.columns.clear();
  auto& series = samples.sequences;
  series = {samples.count, 4, 2, {}, {}};
  const auto train = static_cast<std::int64_t>(dataset.part(data::Part::kTrain).size());
  for (std::int64_t row = 0; row < samples.count; ++row) {
    const std::int64_t length = 2 + row % 3;
    series.lengths.push_back(static_cast<std::int32_t>(length));
    for (std::int64_t step = 0; step < 4; ++step) {
      const bool ended = step >= length;
      const float level = row < train ? 0.0f : 10.0f;
      series.values.push_back(ended ? NAN : level + static_cast<float>(step));
      series.values.push_back(ended         ? NAN
                              : row < train ? 7.0f
                                            : 7.0f + static_cast<float>(row % 2));
    }
  }
}

TEST(DiagnoseSeries, PropertiesAreLengthLevelAndSpread) {
  ScriptedStudy scripted;
  scripted.classes({0, 1, 0}, {1, 0, 1});
  make_series(scripted.dataset);
  auto& series = scripted.dataset.samples.sequences;
  series.values[2] = NAN;  // the first series' second step of channel 1 is missing
  const auto properties = properties_of(scripted.dataset.samples, {0, 2, 3});
  std::vector<std::string> names;
  for (const auto& property : properties) names.push_back(property.name);
  EXPECT_THAT(names, ElementsAre("length", "channel 1 level", "channel 1 spread", "channel 2 level",
                                 "channel 2 spread"));
  EXPECT_THAT(properties[0].values, ElementsAre(2, 4, 2));
  EXPECT_THAT(properties[1].values, ElementsAre(0, 1.5, 10.5));
  EXPECT_NEAR(properties[2].values[1], std::sqrt(1.25), 1e-12);
  EXPECT_EQ(properties[2].values[0], 0) << "of the one value that is there";
  EXPECT_THAT(properties[3].values, ElementsAre(7, 7, 8));
}

TEST(DiagnoseImportance, OfSeriesIsWhatIsLostWhenAChannelIsMixedUp) {
  ScriptedStudy scripted;
  std::vector<std::int32_t> codes;
  for (int i = 0; i < 50; ++i) codes.push_back(i * i % 3 == 0 ? 0 : 1);
  scripted.classes({0, 1, 0, 1}, codes);
  make_series(scripted.dataset);
  auto& series = scripted.dataset.samples.sequences;
  for (std::int64_t row = 0; row < series.count; ++row) {
    series.values[row * series.size()] =
        static_cast<float>(scripted.dataset.samples.target.codes[row]);
  }
  // The class is the first step of channel 1. No series may reach behind its own end.
  bool ended = true;
  scripted.script.answer = [&](const data::Samples& samples, std::int64_t row,
                               const ScriptedNetwork&) {
    const auto& shown = samples.sequences;
    for (std::int64_t step = shown.lengths[row]; step < shown.steps; ++step) {
      ended =
          ended && std::isnan(shown.at(row)[step * 2]) && std::isnan(shown.at(row)[step * 2 + 1]);
    }
    return sure_of_class(shown.at(row)[0] > 0.5f ? 1 : 0, 2);
  };
  auto& study = scripted.study();
  find_leaks(study);
  const std::vector<double> lost = testing::lost_by_mixing(codes, study.seed);
  const auto figure = the_figure(study.result, "column-importance");
  EXPECT_EQ(figure.title, "What each channel gives");
  EXPECT_EQ(figure.data["labels"], Json({"channel 1", "channel 2"}));
  EXPECT_NEAR(figure.data["series"][0]["values"][0].get<double>(), mean(lost), 1e-12);
  EXPECT_EQ(figure.data["series"][0]["values"][1], 0.0);
  EXPECT_EQ(the_table(study.result, "column-importance").columns[0], "channel");
  EXPECT_TRUE(ended);
}

TEST(DiagnoseSeries, TextsHaveTheirLengthInWords) {
  data::Samples samples;
  samples.kind = data::Kind::kText;
  samples.texts = {"one", " two  words ", ""};
  const auto properties = properties_of(samples, {0, 1, 2});
  ASSERT_EQ(properties.size(), 1u);
  EXPECT_EQ(properties[0].name, "length");
  EXPECT_THAT(properties[0].values, ElementsAre(1, 2, 0));
}

TEST(DiagnoseSeries, AChannelThatIsConstantInTrainingIsNamed) {
  ScriptedStudy scripted;
  scripted.classes(repeated({{0, 6}, {1, 6}}), repeated({{0, 6}, {1, 6}}));
  make_series(scripted.dataset);
  auto& study = scripted.study();
  check_inputs(study);
  const auto finding = the_finding(study.result, "diagnosis-input-constant");
  EXPECT_EQ(finding.severity, Severity::kWarn) << "it varies in the validation part";
  EXPECT_EQ(finding.evidence["inputs"], Json::array({"'channel 2'"}));
  EXPECT_EQ(finding.evidence["of"], 2);
}

TEST(DiagnoseSeries, SlicesAreCutByLengthAndLevel) {
  ScriptedStudy scripted;
  scripted.classes(repeated({{0, 30}, {1, 30}}), repeated({{0, 30}, {1, 30}}));
  make_series(scripted.dataset);
  // Short series are wrong.
  scripted.script.answer = [](const data::Samples& samples, std::int64_t row,
                              const ScriptedNetwork&) {
    const auto code = samples.target.codes[row];
    return sure_of_class(samples.sequences.lengths[row] == 2 ? 1 - code : code, 2);
  };
  auto& study = scripted.study();
  find_weak_slices(study);
  const auto finding = the_finding(study.result, "diagnosis-weak-slice");
  EXPECT_EQ(finding.evidence["slice"], "length = 2");
  EXPECT_EQ(finding.evidence["samples"], 20);
  EXPECT_EQ(finding.evidence["inside"], 1.0);
  EXPECT_EQ(finding.evidence["outside"], 0.0);
}

TEST(DiagnoseSeries, AnswersAreTracedToChannels) {
  ScriptedStudy scripted;
  scripted.classes({0, 1, 0}, {1, 0, 1, 0});
  make_series(scripted.dataset);
  // Two channels at each of four steps; what the second one's steps give partly cancels out.
  scripted.script.map = [](std::int64_t, const training::AttributionOptions&) {
    return std::vector<float>{1, -2, 0, -3, 2, 1, 0.5f, -4};
  };
  auto& study = scripted.study();
  trace_answers(study);
  const auto figure = the_figure(study.result, "attribution");
  EXPECT_EQ(figure.data["labels"], Json({"channel 2", "channel 1"}));
  EXPECT_EQ(figure.data["series"][0]["values"], Json({8.0, 3.5}));
  EXPECT_EQ(figure.caption,
            "Over 4 validation samples; of the score before the softmax, over a channel's steps.");
}

TEST(DiagnoseSeries, AnswersAreTracedToSteps) {
  for (const bool has_places : {true, false}) {
    ScriptedStudy scripted;
    scripted.classes({0, 1, 0}, {1, 0, 1});
    make_series(scripted.dataset);
    scripted.dataset.samples.sequences.lengths = {4, 4, 4, 4, 2, 3};
    // The first validation sample's map is 10 times the others'; the last two end before.
    scripted.script.map = [&](std::int64_t row, const training::AttributionOptions& options) {
      using Method = training::AttributionOptions::Method;
      if (options.method == Method::kGradCam) {
        return has_places ? std::vector<float>{row == 3 ? 20.0f : 2.0f, 0, row == 3 ? 10.0f : 0, 1}
                          : std::vector<float>{};
      }
      if (options.method == Method::kOcclusion) return std::vector<float>{0, -4, 1, 2};
      return std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8};
    };
    auto& study = scripted.study();
    trace_answers(study);
    const auto figure = the_figure(study.result, "attribution-steps");
    const Json series = figure.data["series"][0];
    EXPECT_EQ(series["x"], Json({1, 2, 3, 4}));
    if (has_places) {
      EXPECT_EQ(series["name"], "Grad-CAM");
      EXPECT_EQ(series["y"], Json({1.0, 0.0, 0.25, 0.05}));
    } else {
      EXPECT_EQ(series["name"], "occlusion");
      EXPECT_EQ(series["y"], Json({0.0, 1.0, 0.25, 0.5}));
    }
    EXPECT_THAT(figure.caption, HasSubstr("over 3 validation samples"));
  }
}

TEST(DiagnoseSeries, AMovedChannelIsNamed) {
  ScriptedStudy scripted;
  scripted.classes(repeated({{0, 50}, {1, 50}}), repeated({{0, 20}, {1, 20}}));
  make_series(scripted.dataset);
  auto& study = scripted.study();
  study.out_of_fold = held_out(study.dataset(), 0.4);
  check_shift(study);
  const auto finding = the_finding(study.result, "diagnosis-shift");
  EXPECT_EQ(finding.evidence["moved"][0], "channel 1 level");
  EXPECT_EQ(finding.evidence["distances"][0], 1.0);
  EXPECT_THAT(finding.message, HasSubstr("farthest apart: channel 1 level (1)"));
}

}  // namespace
}  // namespace dlwork::phase::diagnose
