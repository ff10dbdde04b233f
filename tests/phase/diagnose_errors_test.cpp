// Where the errors are, explanations and the network's inside, by outputs that are made
// up.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "dlwork/base/png.h"
#include "dlwork/base/text.h"
#include "phase/diagnose/properties.h"
#include "phase/diagnose/slices.h"
#include "scripted_study.h"

namespace dlwork::phase::diagnose {
namespace {

using artefact::Severity;
using testing::answer_by_place;
using ::testing::ElementsAre;
using testing::findings_of;
using ::testing::HasSubstr;
using testing::repeated;
using testing::ScriptedNetwork;
using testing::ScriptedStudy;
using testing::sure_of_class;
using testing::the_figure;
using testing::the_finding;
using testing::the_table;

TEST(DiagnoseErrors, AWeakClassIsNamedWithItsTestedGap) {
  ScriptedStudy scripted;
  scripted.classes({0, 1, 2}, repeated({{0, 40}, {1, 40}, {2, 40}}));
  answer_by_place(scripted, 3, [](std::int64_t place) {
    const std::int32_t truth = static_cast<std::int32_t>(place / 40);
    const bool wrong = place % 40 < (truth == 0 ? 20 : 2);
    return sure_of_class(wrong ? (truth + 1) % 3 : truth, 3);
  });
  auto& study = scripted.study();
  find_weak_classes(study);
  const auto finding = the_finding(study.result, "diagnosis-weak-class");
  EXPECT_EQ(finding.evidence["slice"], "a");
  EXPECT_EQ(finding.evidence["inside"], 0.5);
  EXPECT_EQ(finding.evidence["outside"], 0.05);
  // scipy.stats.fisher_exact([[20, 20], [4, 76]], alternative="greater")
  EXPECT_NEAR(finding.evidence["p"].get<double>(), 2.107824259894487e-08, 1e-15);
  EXPECT_NEAR(finding.evidence["explains"].get<double>(), 18.0 / 24, 1e-12);
  const auto table = the_table(study.result, "classes");
  EXPECT_EQ(table.rows.front()[0], "a");
  EXPECT_EQ(table.rows.size(), 3u);
  EXPECT_THAT(the_table(study.result, "confused").rows,
              ElementsAre(ElementsAre("a", "b", "20", "50 %"), ElementsAre("b", "c", "2", "5 %"),
                          ElementsAre("c", "a", "2", "5 %")));
}

TEST(DiagnoseErrors, EveryClassIsListedAndTheMostConfusedPairs) {
  constexpr std::int32_t kClasses = 25;
  std::vector<std::pair<std::int32_t, int>> counts;
  for (std::int32_t code = 0; code < kClasses; ++code) counts.emplace_back(code, 10);
  ScriptedStudy scripted;
  scripted.classes(repeated(counts), repeated(counts));
  // Of the last class three samples are taken for the first, of each other one for the next.
  answer_by_place(scripted, 10 * kClasses, [](std::int64_t place) {
    const auto truth = static_cast<std::int32_t>(place / 10);
    const bool wrong = place % 10 < (truth == kClasses - 1 ? 3 : 1);
    return sure_of_class(wrong ? (truth + 1) % kClasses : truth, kClasses);
  });
  auto& study = scripted.study();
  find_weak_classes(study);
  EXPECT_EQ(the_table(study.result, "classes").rows.size(), 25u);
  const auto table = the_table(study.result, "confused");
  EXPECT_EQ(table.rows.size(), 20u);
  EXPECT_THAT(table.rows[0], ElementsAre("y", "a", "3", "30 %"));
  EXPECT_THAT(table.rows[1], ElementsAre("a", "b", "1", "10 %"));
  EXPECT_EQ(table.note, "20 of 25 pairs that occur");
}

TEST(DiagnoseErrors, AClusterWithMoreErrorsThanTheOthersIsFound) {
  ScriptedStudy scripted;
  scripted.classes({0, 1}, repeated({{0, 40}, {1, 40}}));
  scripted.project.diagnose.clusters = 2;
  const auto in_cluster = [](std::int64_t place) { return place % 4 == 0; };  // 20 of 80
  scripted.script.seen = [&](std::int64_t row) {
    const float place = in_cluster(row - 2) ? 10.0f : 0.0f;
    return std::vector<float>{place + 0.1f * static_cast<float>(row % 7), place};
  };
  answer_by_place(scripted, 2, [&](std::int64_t place) {
    const std::int32_t truth = place < 40 ? 0 : 1;
    const bool wrong = in_cluster(place) ? place % 8 == 0 : place % 20 == 1 && place < 60;
    return sure_of_class(wrong ? 1 - truth : truth, 2);
  });
  auto& study = scripted.study();
  find_weak_clusters(study);
  const auto finding = the_finding(study.result, "diagnosis-weak-cluster");
  EXPECT_EQ(finding.evidence["samples"], 20);
  EXPECT_EQ(finding.evidence["inside"], 0.5);
  EXPECT_EQ(finding.evidence["outside"], 0.05);
  EXPECT_EQ(finding.evidence["content"], "50 % a and 50 % b");
  // Of two: scipy.stats.fisher_exact([[10, 10], [3, 57]], alternative="greater")[1] * 2
  EXPECT_NEAR(finding.evidence["q"].get<double>(), 2 * 2.102987028621838e-05, 1e-12);
  EXPECT_EQ(the_figure(study.result, "clusters").data["series"][0]["values"], Json({0.5, 0.05}));
  EXPECT_EQ(the_table(study.result, "weak-cluster").rows.size(), 10u) << "its wrong samples";
}

/// A number in [0, 1) that looks drawn (the mixing of SplitMix64, Steele, Lea and Flood 2014).
double drawn(std::uint64_t key) {
  std::uint64_t z = key * 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1.0p-53;
}

TEST(DiagnoseErrors, ClustersAndAMapOfTooFewSamplesAreSaidToBeLeftOut) {
  ScriptedStudy scripted;
  scripted.classes({0, 1}, {0, 1, 0});
  scripted.project.diagnose.clusters = 2;
  scripted.script.seen = [](std::int64_t row) {
    return std::vector<float>{static_cast<float>(row), 1};
  };
  auto& study = scripted.study();
  find_weak_clusters(study);
  draw_embedding(study);
  ASSERT_EQ(study.left_out.size(), 2u);
  EXPECT_EQ(study.left_out[0].part, "clusters");
  EXPECT_EQ(study.left_out[0].why, "3 validation samples, 2 clusters take 20");
  EXPECT_EQ(study.left_out[1].part, "map of the samples");
  EXPECT_EQ(study.left_out[1].why, "3 validation samples, a map takes 4");
  EXPECT_TRUE(study.result.figures.empty());
}

TEST(DiagnoseErrors, OfNoiseNoSliceIsNamed) {
  // 100 columns and errors that know nothing of each other: 500 slices, of which the pairs of those
  // that look worst would look worse still.
  constexpr std::int64_t kTrain = 200, kColumns = 100;
  for (const std::uint64_t draw : {9, 10, 11, 12}) {
    ScriptedStudy scripted;
    scripted.classes(repeated({{0, 100}, {1, 100}}), repeated({{0, 200}, {1, 200}}));
    auto& columns = scripted.dataset.samples.table.columns;
    columns = std::vector<data::Column>(kColumns, columns.front());
    for (std::uint64_t c = 0; c < columns.size(); ++c) {
      columns[c].name = "x" + std::to_string(c);
      for (std::size_t row = 0; row < columns[c].numbers.size(); ++row) {
        columns[c].numbers[row] = drawn((draw * 1000 + c) * 1000 + row + 1);
      }
    }
    answer_by_place(scripted, kTrain, [draw](std::int64_t place) {
      const auto row = static_cast<std::uint64_t>(kTrain + place);
      const std::int32_t truth = place < 200 ? 0 : 1;
      const bool wrong = drawn((draw * 1000 + 999) * 1000 + row + 1) < 0.3;
      return sure_of_class(wrong ? 1 - truth : truth, 2);
    });
    auto& study = scripted.study();
    find_weak_slices(study);
    EXPECT_TRUE(findings_of(study.result, "diagnosis-weak-slice").empty()) << draw;
    const Json& slices = study.result.values["slices"];
    EXPECT_GT(slices.size(), 1200u) << "pairs are judged too";
    double least = 1;
    for (const Json& slice : slices) least = std::min(least, slice["q"].get<double>());
    EXPECT_GT(least, 0.5) << draw;
  }
}

TEST(DiagnoseErrors, ATinyClusterDoesNotHideALargeOne) {
  ScriptedStudy scripted;
  scripted.classes({0, 1}, repeated({{0, 155}, {1, 155}}));
  scripted.project.diagnose.clusters = 3;
  // 10 samples with 4 errors, 100 with 30, 200 with 16.
  const auto cluster = [](std::int64_t place) { return place < 10 ? 0 : place < 110 ? 1 : 2; };
  scripted.script.seen = [&](std::int64_t row) {
    const float at[] = {100.0f, 0.0f, 10.0f};
    return std::vector<float>{at[cluster(row - 2)], 1.0f};
  };
  answer_by_place(scripted, 2, [&](std::int64_t place) {
    const std::int64_t first[] = {0, 10, 110}, errors[] = {4, 30, 16};
    const std::int32_t truth = place < 155 ? 0 : 1;
    const auto k = cluster(place);
    return sure_of_class(place < first[k] + errors[k] ? 1 - truth : truth, 2);
  });
  auto& study = scripted.study();
  find_weak_clusters(study);
  const auto finding = the_finding(study.result, "diagnosis-weak-cluster");
  EXPECT_EQ(finding.evidence["samples"], 100);
  EXPECT_EQ(finding.evidence["inside"], 0.3);
  EXPECT_NEAR(finding.evidence["outside"].get<double>(), 20.0 / 210, 1e-12);
  // The tiny one, whose gap is the largest, stands behind it: it may be chance.
  const auto values = the_figure(study.result, "clusters").data["series"][0]["values"];
  EXPECT_EQ(values, Json({0.3, 0.4, 0.08}));
}

/// Days from 2021-03-01 on, which is 18,687 days after 1970-01-01.
void make_days(ScriptedStudy& scripted, double hours_between) {
  auto& column = scripted.dataset.samples.table.columns.emplace_back();
  column.name = "day";
  column.info.meaning = data::Meaning::kDatetime;
  for (std::int64_t row = 0; row < scripted.dataset.samples.count; ++row) {
    column.numbers.push_back(86400.0 * 18687 +
                             3600.0 * hours_between * static_cast<double>(row % 11));
  }
}

std::vector<std::string> slices_of_days(double hours_between) {
  ScriptedStudy scripted;
  scripted.classes(repeated({{0, 55}, {1, 55}}), repeated({{0, 55}, {1, 55}}));
  make_days(scripted, hours_between);
  std::vector<std::string> names;
  for (const auto& slice :
       slices_of(scripted.dataset, scripted.dataset.rows[0], scripted.dataset.rows[1])) {
    if (slice.column == "day") names.push_back(slice.name);
  }
  return names;
}

TEST(DiagnoseErrors, SlicesOfDatesAreNamedByDates) {
  // Of eleven days, ten samples each, the edges are the days 2, 4, 6 and 8 after the first.
  EXPECT_THAT(slices_of_days(24),
              ElementsAre("day up to 2021-03-03", "day 2021-03-03 to 2021-03-05",
                          "day 2021-03-05 to 2021-03-07", "day 2021-03-07 to 2021-03-09",
                          "day above 2021-03-09"));
  EXPECT_EQ(slices_of_days(1).front(), "day up to 2021-03-01 02:00:00");
}

TEST(DiagnoseErrors, DatesOfMistakesAreShownAsDates) {
  ScriptedStudy scripted;
  scripted.classes({0, 1, 0, 1}, {0, 1});
  make_days(scripted, 12);
  answer_by_place(scripted, 4, [](std::int64_t) { return std::vector<float>{0.9f, 0.1f}; });
  const auto table = the_table(scripted.run(), "mistakes");
  ASSERT_EQ(table.rows.size(), 1u);
  EXPECT_EQ(table.rows[0].back(), "2021-03-03 12:00:00") << "row 5 of 12 hours each";
}

TEST(DiagnoseErrors, WhatIsShownOfTheErrorsIsThatWorkedOutByHand) {
  ScriptedStudy scripted;
  scripted.classes(repeated({{0, 4}, {1, 4}}), {0, 0, 0, 1, 1, 1});
  scripted.project.diagnose.mistakes = 2;
  const std::vector<float> of_b{0.1f, 0.6f, 0.95f, 0.8f, 0.3f, 0.55f};
  answer_by_place(scripted, 8, [&](std::int64_t place) {
    return std::vector<float>{1 - of_b[place], of_b[place]};
  });
  const auto result = scripted.run();
  EXPECT_EQ(the_figure(result, "confusion-matrix").data["values"], Json({{1, 2}, {1, 2}}));
  EXPECT_EQ(the_figure(result, "recall-by-class").data["series"][0]["values"],
            Json({1.0 / 3, 2.0 / 3}));
  // Surest first: .95 wrong, .1 right, .8 right, .3 wrong, .6 wrong, .55 right.
  const auto risk = the_figure(result, "risk-coverage").data["series"][0];
  const std::vector<double> errors{1, 1.0 / 2, 1.0 / 3, 2.0 / 4, 3.0 / 5, 3.0 / 6};
  ASSERT_EQ(risk["y"].size(), errors.size());
  for (std::size_t i = 0; i < errors.size(); ++i) {
    EXPECT_NEAR(risk["x"][i].get<double>(), static_cast<double>(i + 1) / 6, 1e-12);
    EXPECT_NEAR(risk["y"][i].get<double>(), errors[i], 1e-12);
  }
  std::vector<std::string> unsure, mistakes;
  for (const auto& row : the_table(result, "uncertain").rows) unsure.push_back(row[1]);
  for (const auto& row : the_table(result, "mistakes").rows) mistakes.push_back(row[1]);
  EXPECT_THAT(unsure, ElementsAre("b (b 0.55)", "a (b 0.6)"));
  EXPECT_THAT(mistakes, ElementsAre("a, taken for b (0.95)", "b, taken for a (0.7)"));
}

TEST(DiagnoseImportance, IsWhatIsLostWhenAColumnIsMixedUp) {
  ScriptedStudy scripted;
  std::vector<std::int32_t> codes;
  for (int i = 0; i < 50; ++i) codes.push_back(i * i % 3 == 0 ? 0 : 1);
  scripted.classes({0, 1, 0, 1}, codes);
  auto& columns = scripted.dataset.samples.table.columns;
  columns.push_back(columns.front());
  columns[1].name = "z";
  for (std::size_t i = 0; i < columns[0].numbers.size(); ++i) {
    columns[0].numbers[i] = scripted.dataset.samples.target.codes[i];
  }
  scripted.script.answer = [](const data::Samples& samples, std::int64_t row,
                              const ScriptedNetwork&) {
    return sure_of_class(samples.table.columns[0].numbers[row] > 0.5 ? 1 : 0, 2);
  };
  auto& study = scripted.study();
  find_leaks(study);
  const std::vector<double> lost = testing::lost_by_mixing(codes, study.seed);
  const auto figure = the_figure(study.result, "column-importance");
  EXPECT_EQ(figure.data["labels"], Json({"x", "z"}));
  EXPECT_NEAR(figure.data["series"][0]["values"][0].get<double>(), mean(lost), 1e-12);
  EXPECT_GT(mean(lost), 0.2);
  EXPECT_EQ(figure.data["series"][0]["values"][1], 0.0) << "nothing rests on z";
  const Difference of_x = mean_of_pairs(lost);
  EXPECT_LT(of_x.low, of_x.value);
  EXPECT_EQ(the_table(study.result, "column-importance").rows[0],
            (std::vector<std::string>{"x", pretty_number(of_x.value, 3),
                                      interval_text(of_x.low, of_x.high)}));
}

TEST(DiagnoseAttribution, MapsThatRandomWeightsGiveTooExplainNothing) {
  for (const bool alike : {true, false}) {
    ScriptedStudy scripted;
    scripted.classes(repeated({{0, 10}, {1, 10}}), repeated({{0, 30}, {1, 30}}));
    scripted.script.map = [alike](std::int64_t row, const training::AttributionOptions& options) {
      std::vector<float> map;
      for (int i = 0; i < 6; ++i)
        map.push_back(std::abs(std::sin(1.7f * static_cast<float>(row) + i)) + 0.1f);
      if (options.randomised && !alike) std::reverse(map.begin(), map.end());
      return map;
    };
    auto& study = scripted.study();
    trace_answers(study);
    const auto table = the_table(study.result, "attribution-sanity");
    ASSERT_EQ(table.rows.size(), 4u) << "gradient, integrated gradients, occlusion, Grad-CAM";
    if (alike) {
      const auto finding = the_finding(study.result, "diagnosis-attribution");
      EXPECT_NEAR(finding.evidence["correlation"].get<double>(), 1, 1e-12);
      EXPECT_EQ(finding.evidence["samples"], 32);
      EXPECT_EQ(table.rows[0][1], "32");
      EXPECT_EQ(table.rows[0][2], "1");
    } else {
      EXPECT_TRUE(findings_of(study.result, "diagnosis-attribution").empty()) << table.rows[0][2];
    }
  }
}

TEST(DiagnoseAttribution, FlatMapsAreNotCompared) {
  ScriptedStudy scripted;
  scripted.classes(repeated({{0, 10}, {1, 10}}), repeated({{0, 10}, {1, 10}}));
  scripted.script.map = [](std::int64_t row, const training::AttributionOptions& options) {
    using Method = training::AttributionOptions::Method;
    const bool flat = options.method == Method::kGradCam ||
                      (options.method == Method::kGradient && options.randomised && row % 4 != 0);
    return flat ? std::vector<float>{0, 0, 0, 0} : std::vector<float>{1, 2, 3, 4};
  };
  auto& study = scripted.study();
  trace_answers(study);
  const auto table = the_table(study.result, "attribution-sanity");
  ASSERT_EQ(table.rows.size(), 4u);
  EXPECT_THAT(table.rows[0], ElementsAre("gradient", "5", "1", ::testing::_))
      << "of rows 20 to 39 every fourth";
  EXPECT_EQ(table.rows[1][1], "20");
  EXPECT_THAT(table.rows[3], ElementsAre("Grad-CAM", "0", "-", "-"));
  EXPECT_EQ(the_finding(study.result, "diagnosis-attribution").evidence["samples"], 5);
  EXPECT_EQ(the_figure(study.result, "attribution-sanity").data["labels"],
            Json({"gradient", "integrated gradients", "occlusion"}));
}

TEST(DiagnoseInside, ALayerThatHardlyMovedIsNamed) {
  ScriptedStudy scripted;
  scripted.classes({0, 1}, {0, 1});
  scripted.script.end = {{"0 linear", "[8]", 16, 0, 1, 0, 1, 0, 0, 1, 1e-5},
                         {"1 relu", "[8]", 0, 0, 1},
                         {"2 linear", "[2]", 16, 0, 1, 0, 1, 0, 0, 1, 0.5}};
  auto& study = scripted.study();
  look_inside(study);
  const auto finding = the_finding(study.result, "diagnosis-layer-still");
  EXPECT_THAT(finding.message, HasSubstr("layer 0 linear moved by 0.001 % of its weights"));
  EXPECT_NEAR(finding.evidence["ratio"].get<double>(), 2e-5, 1e-12);
  EXPECT_EQ(the_figure(study.result, "learning-speed").data["series"][0]["values"],
            Json({1e-5, 0.5}));
  EXPECT_TRUE(findings_of(study.result, "diagnosis-activation-scale").empty());
}

TEST(DiagnoseInside, LayersInsideOthersAreListedAndCountOnce) {
  ScriptedStudy scripted;
  scripted.classes({0, 1}, {0, 1});
  training::LayerReport block{"1 residual", "[8]", 144, 0, 1, 0, 1, 0, 0, 1, 0.4, 144, 32};
  block.inner = {{"1.0 linear", "[8]", 72, 0, 1, 0, 1, 0, 0, 1, 0.4, 72, 32},
                 {"1.1 relu", "[8]", 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 32},
                 {"1.2 linear", "[8]", 72, 0, 1, 0, 1, 0, 0, 1, 0.4, 72, 32}};
  scripted.script.end = {{"0 linear", "[8]", 1600, 0, 1, 0, 1, 0, 0, 1, 0.1, 1600, 32},
                         block,
                         {"2 output", "[2]", 18, 0, 1, 0, 1, 0, 0, 1, 0.5, 18, 8}};
  auto& study = scripted.study();
  look_inside(study);
  const auto table = the_table(study.result, "layers");
  EXPECT_EQ(table.columns[3], "multiply-adds");
  std::vector<std::vector<std::string>> shown;  // parameters, multiply-adds and bytes
  for (const auto& row : table.rows) shown.push_back({row[0], row[2], row[3], row[4]});
  EXPECT_EQ(shown, (std::vector<std::vector<std::string>>{{"0 linear", "1,600", "1,600", "32"},
                                                          {"1 residual", "144", "144", "32"},
                                                          {"1.0 linear", "72", "72", "32"},
                                                          {"1.1 relu", "0", "0", "32"},
                                                          {"1.2 linear", "72", "72", "32"},
                                                          {"2 output", "18", "18", "8"},
                                                          {"all", "1,762", "1,762", "72"}}));
}

TEST(DiagnoseInside, HistogramsAreOfLayersFromTheFirstToTheLast) {
  ScriptedStudy scripted;
  scripted.classes({0, 1}, {0, 1});
  scripted.script.end.clear();
  for (int i = 0; i < 12; ++i) {
    training::LayerReport layer{std::to_string(i) + " linear", "[8]", 16, 0, 1};
    layer.weights = {-1, 1, {1, 3}};
    if (i < 2) layer.biases = {0, 4, {2, 0}};
    scripted.script.end.push_back(layer);
  }
  auto& study = scripted.study();
  look_inside(study);
  const auto weights = the_figure(study.result, "weights");
  std::vector<std::string> names;
  for (const auto& series : weights.data["series"]) {
    names.push_back(series["name"]);
    EXPECT_EQ(series["x"], Json({-0.5, 0.5}));
    EXPECT_EQ(series["y"], Json({0.25, 0.75}));
  }
  EXPECT_THAT(names, ElementsAre("0 linear", "1 linear", "2 linear", "3 linear", "4 linear",
                                 "6 linear", "7 linear", "8 linear", "9 linear", "11 linear"));
  EXPECT_EQ(weights.caption,
            "Share of values in 40 bins of equal width, by layer; 10 of 12 layers.");
  const auto biases = the_figure(study.result, "biases");
  ASSERT_EQ(biases.data["series"].size(), 2u);
  EXPECT_EQ(biases.data["series"][1]["x"], Json({1.0, 3.0}));
  EXPECT_EQ(biases.caption, "Share of values in 40 bins of equal width, by layer.");
}

TEST(DiagnoseInside, FiltersShowTheMeanOverTheirChannels) {
  ScriptedStudy scripted;
  scripted.classes({0, 1}, {0, 1});
  // Means 2, 1, 1 and 4: a third of the way up, the bottom twice, the top.
  scripted.script.filters = {1, 2, 2, 2, {0, 1, 2, 3, 4, 1, 0, 5}};
  auto& study = scripted.study();
  look_inside(study);
  const auto figure = the_figure(study.result, "filters");
  EXPECT_EQ(figure.caption,
            "Weights of the first convolution, the mean over its 2 channels, each stretched to its "
            "own range.");
  constexpr std::uint8_t kLevels[2][2] = {{85, 0}, {0, 255}};
  std::vector<std::uint8_t> pixels;
  for (int y = 0; y < 24; ++y) {
    for (int x = 0; x < 24; ++x) pixels.push_back(kLevels[y / 12][x / 12]);
  }
  const auto file = scripted.run_folder->file(figure.data["items"][0]["file"].get<std::string>());
  EXPECT_EQ(read_file(file), png_bytes(24, 24, 1, pixels.data()));
}

TEST(DiagnoseInside, ActivationsOutOfScaleAreNamedWithTheirBounds) {
  ScriptedStudy scripted;
  scripted.classes({0, 1}, {0, 1});
  scripted.script.end = {{"0 linear", "[8]", 16, 0, 1, 0, 1, 0, 0, 1, 0.4},
                         {"1 linear", "[2]", 16, 0, 5e4, 0, 1, 0, 0, 1, 0.5}};
  auto& study = scripted.study();
  look_inside(study);
  const auto finding = the_finding(study.result, "diagnosis-activation-scale");
  EXPECT_EQ(finding.evidence["layer"], "1 linear");
  EXPECT_EQ(finding.evidence["deviation"], 5e4);
  EXPECT_EQ(finding.evidence["least"], 1e-3);
  EXPECT_EQ(finding.evidence["most"], 1e3);
  EXPECT_FALSE(finding.evidence.contains("interval")) << "bounds are no interval of an estimate";
  EXPECT_TRUE(findings_of(study.result, "diagnosis-layer-still").empty());
}

}  // namespace
}  // namespace dlwork::phase::diagnose
