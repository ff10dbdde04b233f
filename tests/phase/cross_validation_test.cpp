#include "phase/readiness/cross_validation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <set>
#include <thread>

#include "waves.h"

namespace dlwork::phase::classical {
namespace {

using testing::limits;
using testing::wave_classes;
using testing::wave_numbers;

using Places = std::vector<std::int64_t>;

Places up_to(std::int64_t count) {
  Places places(count);
  std::iota(places.begin(), places.end(), 0);
  return places;
}

// scipy: stats.t.ppf(0.975, 4) * s.std(ddof=1) * sqrt(1 / 5 + 0.25).
TEST(CrossScore, IntervalAllowsForTheFoldsOverlap) {
  CrossScore score;
  score.scores = {0.9, 0.92, 0.88, 0.95, 0.9};
  set_interval(0.25, score);
  EXPECT_NEAR(score.mean, 0.91, 1e-12);
  EXPECT_NEAR(score.low, 0.8607229877327606, 1e-9);
  EXPECT_NEAR(score.high, 0.9592770122672397, 1e-9);
}

TEST(Folds, KeepTheClassesShares) {
  const Problem problem = wave_classes();
  const auto folds = make_folds({}, up_to(60), problem, 5, 3);
  ASSERT_EQ(folds.size(), 5u);
  Places seen;
  for (const Fold& fold : folds) {
    EXPECT_EQ(fold.check.size() + fold.learn.size(), 60u);
    seen.insert(seen.end(), fold.check.begin(), fold.check.end());
    for (std::int32_t c = 0; c < 3; ++c) {
      const auto of_class = [&](std::int64_t place) { return problem.classes[place] == c; };
      const auto all = std::count(problem.classes.begin(), problem.classes.end(), c);
      const auto here = std::count_if(fold.check.begin(), fold.check.end(), of_class);
      EXPECT_LE(std::abs(5 * here - all), 5) << c;
    }
  }
  std::sort(seen.begin(), seen.end());
  EXPECT_EQ(seen, up_to(60));
}

TEST(Folds, KeepGroupsWhole) {
  data::Dataset data;
  data.split_method = "group";
  for (int row = 0; row < 120; ++row) data.split_keys.push_back(row % 11);
  Places rows;  // every other row of the data
  for (int i = 0; i < 60; ++i) rows.push_back(2 * i);
  const auto folds = make_folds(data, rows, wave_numbers(), 4, 3);
  ASSERT_EQ(folds.size(), 4u);
  const auto groups_of = [&](const Places& places) {
    std::set<std::int64_t> groups;
    for (const auto place : places) groups.insert(data.split_keys[rows[place]]);
    return groups;
  };
  std::size_t seen = 0;
  for (const Fold& fold : folds) {
    const auto inside = groups_of(fold.check), outside = groups_of(fold.learn);
    Places shared;
    std::set_intersection(inside.begin(), inside.end(), outside.begin(), outside.end(),
                          std::back_inserter(shared));
    EXPECT_TRUE(shared.empty());
    EXPECT_GE(fold.check.size(), 10u);
    seen += inside.size();
  }
  EXPECT_EQ(seen, 11u);
}

TEST(Folds, CheckLaterTimesByEarlierOnes) {
  data::Dataset data;
  data.split_method = "time";
  for (int row = 0; row < 60; ++row) data.split_keys.push_back(row * 7 % 60 / 2);  // in pairs
  const auto folds = make_folds(data, up_to(60), wave_numbers(), 4, 3);
  ASSERT_EQ(folds.size(), 4u);
  for (const Fold& fold : folds) {
    std::int64_t latest = -1, earliest = 1000;
    for (const auto place : fold.learn) latest = std::max(latest, data.split_keys[place]);
    for (const auto place : fold.check) earliest = std::min(earliest, data.split_keys[place]);
    EXPECT_LT(latest, earliest);
  }
  EXPECT_EQ(folds.front().check.size(), 12u);
  EXPECT_EQ(folds.back().learn.size(), 48u);
}

/// Says the number of its settings, and takes its time.
class Counting final : public Model {
 public:
  explicit Counting(int milliseconds = 0) : milliseconds_(milliseconds) {}
  std::string name() const override { return "counting"; }
  std::size_t choices() const override { return 4; }
  Fit fit(const Problem& problem, const Limits&) override {
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds_));
    ++fits;
    return {"", "", problem.features.rows()};
  }
  training::Outputs predict(const Matrix& features, const Limits&) override {
    training::Outputs outputs{features.rows(), 1, {}};
    outputs.values.assign(features.rows(), static_cast<float>(choice_));
    return outputs;
  }
  std::size_t choice() const { return choice_; }
  int fits = 0;

 private:
  int milliseconds_;
};

/// Settings number 2 are best; folds differ a little.
double nearness(const training::Outputs& outputs, const Places& places) {
  return 1 - 0.1 * std::abs(outputs.values.front() - 2) +
         0.001 * static_cast<double>(places.front());
}

TEST(CrossValidation, GivesTheModelTheBestSettings) {
  const Problem problem = wave_numbers();
  const auto folds = make_folds({}, up_to(60), problem, 5, 3);
  Counting model;
  const auto score = cross_validate(model, problem, folds, nearness, true, limits());
  EXPECT_EQ(score.choice, 2u);
  EXPECT_EQ(model.choice(), 2u);
  EXPECT_EQ(score.choices_tried, 4u);
  EXPECT_EQ(model.fits, 20);
  ASSERT_EQ(score.scores.size(), 5u);
  EXPECT_GT(score.mean, 1);
  EXPECT_EQ(score.rows, 60);
  EXPECT_EQ(score.outputs.rows, 60);
  Places judged = score.judged;
  std::sort(judged.begin(), judged.end());
  EXPECT_EQ(judged, up_to(60));
  // Where less is better, the settings farthest from number 2.
  Counting other;
  EXPECT_EQ(cross_validate(other, problem, folds, nearness, false, limits()).choice, 0u);
}

/// A ranking of a fold that has one class is no number; it must neither win nor spoil the mean.
TEST(CrossValidation, FoldsWithoutAFigureAreLeftOut) {
  const Problem problem = wave_numbers();
  const auto folds = make_folds({}, up_to(60), problem, 5, 3);
  const auto score_of = [&](std::size_t figures) {
    Counting model;
    std::size_t asked = 0;
    const auto score = cross_validate(
        model, problem, folds,
        [&](const training::Outputs& outputs, const Places& places) {
          return asked++ % 5 < figures ? nearness(outputs, places) : std::nan("");
        },
        true, limits());
    EXPECT_EQ(model.choice(), score.scores.empty() ? Model::kUnchosen : 2u);
    return score;
  };
  const auto four = score_of(4);
  EXPECT_EQ(four.scores.size(), 4u);
  EXPECT_TRUE(std::isfinite(four.mean) && std::isfinite(four.low) && std::isfinite(four.high));
  EXPECT_TRUE(score_of(1).scores.empty()) << "one says nothing of how they differ";
}

TEST(CrossValidation, KeepsToHalfOfTheTime) {
  const Problem problem = wave_numbers();
  const auto folds = make_folds({}, up_to(60), problem, 5, 3);
  Counting none;
  const auto without = cross_validate(none, problem, folds, nearness, true, limits(-1));
  EXPECT_TRUE(without.scores.empty());
  EXPECT_EQ(none.fits, 0);
  EXPECT_EQ(none.choice(), Model::kUnchosen);
  // Half of 0.5 s holds the usual settings' five folds of 40 ms, and no second ones.
  Counting slow(40);
  const double start = monotonic_seconds();
  const auto some = cross_validate(slow, problem, folds, nearness, true, limits(0.5));
  EXPECT_LT(monotonic_seconds() - start, 0.4);
  EXPECT_LE(some.choices_tried, 1u);
  EXPECT_LE(slow.fits, 6);
  // One fold alone fits: that says nothing of how folds differ.
  Counting slower(100);
  EXPECT_TRUE(cross_validate(slower, problem, folds, nearness, true, limits(0.3)).scores.empty());
  EXPECT_EQ(slower.choice(), Model::kUnchosen);
}

TEST(CrossValidation, EachModelTakesEachOfItsSettings) {
  for (const Problem& problem : {wave_classes(), wave_numbers()}) {
    std::vector<std::unique_ptr<Model>> models;
    models.push_back(problem.is_class ? make_logistic() : make_ridge());
    models.push_back(make_neighbours());
    models.push_back(make_boosted());
    for (auto& model : models) {
      std::set<std::string> settings;
      for (std::size_t choice = 0; choice < model->choices(); ++choice) {
        model->set_choice(choice);
        settings.insert(model->fit(problem, limits()).settings);
        EXPECT_EQ(model->predict(problem.features, limits()).rows, 60);
      }
      EXPECT_EQ(settings.size(), model->choices()) << model->name();
      EXPECT_GE(settings.size(), 3u);
    }
  }
}

}  // namespace
}  // namespace dlwork::phase::classical
