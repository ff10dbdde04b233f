#include "dlwork/training/metrics.h"

#include <gtest/gtest.h>

#include <numeric>
#include <set>

namespace dlwork::training {
namespace {

const std::vector<float> kProbabilities{
    0.672f, 0.285f, 0.043f, 0.009f, 0.467f, 0.524f, 0.323f, 0.388f, 0.289f, 0.533f, 0.465f, 0.002f,
    0.529f, 0.021f, 0.450f, 0.111f, 0.546f, 0.343f, 0.399f, 0.563f, 0.038f, 0.086f, 0.465f, 0.449f,
    0.308f, 0.192f, 0.500f, 0.423f, 0.296f, 0.281f, 0.568f, 0.321f, 0.111f, 0.463f, 0.337f, 0.200f};

struct Case {
  Outputs outputs;
  data::Target target;
  std::vector<std::int64_t> rows;
};

Case classes() {
  Case c{{12, 3, kProbabilities}, {}, std::vector<std::int64_t>(12)};
  c.target.codes = {0, 1, 2, 0, 1, 2, 0, 0, 1, 2, 2, 1};
  c.target.classes = {"a", "b", "c"};
  std::iota(c.rows.begin(), c.rows.end(), 0);
  return c;
}

double value(const std::string& name, const Case& c) {
  return compute_metric(name, c.outputs, c.target, c.rows);
}

// Figures of scikit-learn: accuracy_score, balanced_accuracy_score, f1_score(average="macro"),
// log_loss, roc_auc_score (mean of one class against the rest).
TEST(Metrics, ClassificationAgreesWithScikitLearn) {
  const Case c = classes();
  EXPECT_NEAR(value("accuracy", c), 0.16666666666666666, 1e-9);
  EXPECT_NEAR(value("balanced-accuracy", c), 0.16666666666666666, 1e-9);
  EXPECT_NEAR(value("macro-f1", c), 0.13333333333333333, 1e-9);
  EXPECT_NEAR(value("log-loss", c), 1.461708576156721, 1e-6);
  EXPECT_NEAR(value("auroc", c), 0.4583333333333333, 1e-9);
}

// f1_score, brier_score_loss, average_precision_score, matthews_corrcoef, cohen_kappa_score; the
// calibration error in numpy from its formula.
TEST(Metrics, OtherFiguresOfClassesAgreeWithScikitLearn) {
  const Case c = classes();
  EXPECT_NEAR(value("micro-f1", c), 0.166666667, 1e-7);
  EXPECT_NEAR(value("weighted-f1", c), 0.133333333, 1e-7);
  EXPECT_NEAR(value("brier", c), 0.812581505, 1e-6);
  EXPECT_NEAR(value("average-precision", c), 0.424194324, 1e-7);
  EXPECT_NEAR(value("mcc", c), -0.261116484, 1e-7);
  EXPECT_NEAR(value("kappa", c), -0.25, 1e-7);
  EXPECT_NEAR(value("calibration-error", c), 0.402500009, 1e-6);
  EXPECT_EQ(value("top-3-accuracy", c), 1);
}

// A class that is guessed and never there, and one that is neither: balanced_accuracy_score counts
// the classes that are there, f1_score(average="macro", zero_division=0) those there or guessed.
TEST(Metrics, ClassesThatAreNotThereCountAsInScikitLearn) {
  Case c{{5, 4, {.7f, .2f, .1f, 0,   .1f, .6f, .3f, 0,   .2f, .5f,
                 .3f, 0,   .6f, .3f, .1f, 0,   .3f, .3f, .4f, 0}},
         {},
         {0, 1, 2, 3, 4}};
  c.target.codes = {0, 1, 1, 1, 0};
  c.target.classes = {"a", "b", "c", "d"};
  EXPECT_NEAR(value("accuracy", c), 0.6, 1e-9);
  EXPECT_NEAR(value("balanced-accuracy", c), 0.5833333333333333, 1e-9);
  EXPECT_NEAR(value("macro-f1", c), 0.43333333333333335, 1e-9);
  EXPECT_NEAR(value("log-loss", c), 0.793718695640564, 1e-6);
}

TEST(Metrics, LogLossOfACertainMistakeIsFinite) {
  Case c{{2, 2, {1, 0, 1, 0}}, {}, {0, 1}};
  c.target.codes = {0, 1};
  c.target.classes = {"no", "yes"};
  EXPECT_NEAR(value("log-loss", c), 7.971192359924316, 1e-6);  // log_loss of float32
}

TEST(Metrics, AurocCountsTiesHalf) {
  Case c{{7, 2, {}}, {}, {0, 1, 2, 3, 4, 5, 6}};
  for (const float score : {.1f, .4f, .35f, .8f, .4f, .7f, .4f}) {
    c.outputs.values.insert(c.outputs.values.end(), {1 - score, score});
  }
  c.target.codes = {0, 0, 1, 1, 1, 1, 0};
  c.target.classes = {"no", "yes"};
  EXPECT_NEAR(value("auroc", c), 0.75, 1e-9);  // roc_auc_score
  EXPECT_NEAR(value("average-precision", c), 0.816666667, 1e-7);
  EXPECT_NEAR(value("brier", c), 0.177499995, 1e-6);
}

// mean_squared_error ** 0.5, mean_absolute_error, r2_score.
TEST(Metrics, RegressionAgreesWithScikitLearn) {
  Case c{{5, 1, {2.5f, 0.0f, 2.0f, 8.0f, 4.0f}}, {}, {0, 1, 2, 3, 4}};
  c.target.is_class = false;
  c.target.values = {3.0, -0.5, 2.0, 7.0, 4.2};
  EXPECT_NEAR(value("rmse", c), 0.5549774770204643, 1e-6);
  EXPECT_NEAR(value("mae", c), 0.44, 1e-6);
  EXPECT_NEAR(value("r2", c), 0.9496600418410042, 1e-6);
  EXPECT_NEAR(value("mape", c), 0.271428571, 1e-6);
  EXPECT_NEAR(value("median-absolute-error", c), 0.5, 1e-6);
  EXPECT_NEAR(value("pinball-10", c), 0.284, 1e-6);
  EXPECT_NEAR(value("pinball-50", c), 0.22, 1e-6);
  EXPECT_NEAR(value("pinball-90", c), 0.156, 1e-6);
  // r2_score of a target without variance: 1 where every value is met, 0 otherwise.
  c.target.values = {2, 2, 2, 2, 2};
  c.outputs.values = {2, 2, 2, 2, 3};
  EXPECT_EQ(value("r2", c), 0);
  c.outputs.values = {2, 2, 2, 2, 2};
  EXPECT_EQ(value("r2", c), 1);
}

TEST(Metrics, AccuracyCarriesWilsonsInterval) {
  const Case c = classes();
  const auto metric = measure("accuracy", c.outputs, c.target, c.rows, 1);
  // 2 of 12: statsmodels proportion_confint(2, 12, method="wilson").
  EXPECT_NEAR(*metric.low, 0.04697, 1e-4);
  EXPECT_NEAR(*metric.high, 0.44803, 1e-4);
  EXPECT_EQ(metric.count, 12);
  EXPECT_TRUE(metric.higher_is_better);
}

TEST(Metrics, BootstrapIntervalsHoldTheValueAndRepeat) {
  const Case c = classes();
  const auto first = measure("log-loss", c.outputs, c.target, c.rows, 1);
  const auto again = measure("log-loss", c.outputs, c.target, c.rows, 1);
  EXPECT_LE(*first.low, first.value);
  EXPECT_GE(*first.high, first.value);
  EXPECT_EQ(*first.low, *again.low);
  EXPECT_FALSE(first.higher_is_better);
}

TEST(Metrics, RowsPickTheTargetsInTheOrderOfTheOutputs) {
  Case c = classes();
  c.outputs = {1, 3, {0.1f, 0.2f, 0.7f}};
  c.rows = {5};
  EXPECT_EQ(value("accuracy", c), 1);
  c.rows = {4};
  EXPECT_EQ(value("accuracy", c), 0);
}

TEST(Metrics, EachHasANameOfItsOwnAndADefinition) {
  std::set<std::string> names;
  for (const MetricInfo& info : metrics()) {
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    EXPECT_FALSE(info.definition.empty()) << info.name;
  }
}

TEST(Metrics, UnknownNameIsAnErrorWithTheNearest) {
  try {
    find_metric("acuracy", "classification");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::kUsage);
    EXPECT_NE(std::string(error.what()).find("did you mean 'accuracy'?"), std::string::npos);
  }
  EXPECT_THROW(find_metric("accuracy", "regression"), Error);
}

}  // namespace
}  // namespace dlwork::training
