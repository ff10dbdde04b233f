#include "training/loss.h"

#include <gtest/gtest.h>

#include "dlwork/base/error.h"
#include "training/trouble.h"

namespace dlwork::training {
namespace {

torch::Tensor wave(std::int64_t rows, std::int64_t columns) {
  return (torch::arange(rows * columns, torch::kFloat64) * 0.7)
      .cos()
      .to(torch::kFloat32)
      .view({rows, columns});
}

// torch.nn.functional.cross_entropy of PyTorch 2.13.0 on the same numbers.
TEST(Losses, CrossEntropyGivesThePyTorchFigures) {
  const auto outputs = wave(4, 3) * 2;
  const auto targets = torch::tensor({0, 2, 1, 1}, torch::kInt64);
  const auto loss = [&](double smoothing, const torch::Tensor& weights) {
    return compute_loss("cross-entropy", outputs, targets, {smoothing, weights}).item<double>();
  };
  const auto weights = torch::tensor({1.0f, 2.0f, 0.5f});
  EXPECT_NEAR(loss(0, {}), 1.1627625, 1e-6);
  EXPECT_NEAR(loss(0.1, {}), 1.1807898, 1e-6);
  EXPECT_NEAR(loss(0, weights), 1.1813780, 1e-6);
  EXPECT_NEAR(loss(0.1, weights), 1.1728299, 1e-6);
}

/// A table of one column, with a class for each row.
data::Dataset of_classes(const std::vector<std::int32_t>& codes) {
  data::Dataset dataset;
  data::Samples& samples = dataset.samples;
  samples.count = static_cast<std::int64_t>(codes.size());
  data::Column x{"x", data::ColumnType::kNumber, {}, {}, {}};
  for (std::int64_t row = 0; row < samples.count; ++row) {
    x.numbers.push_back(static_cast<double>(row));
    dataset.rows[0].push_back(row);
  }
  samples.table.columns = {x};
  samples.table.rows = samples.count;
  samples.target.name = "kind";
  samples.target.classes = {"a", "b", "c"};
  samples.target.codes = codes;
  return dataset;
}

// sklearn.utils.class_weight.compute_class_weight("balanced"): n / (K n_k).
TEST(ClassWeights, BalancedOnesAreThoseOfScikitLearn) {
  Setting run;
  const auto dataset = of_classes({0, 1, 0, 2, 0, 1, 0, 2, 0, 1, 2, 2});
  const auto learner = learner_of(dataset, "[{linear: 2}]", run.context);
  spec::Training training;
  EXPECT_FALSE(learner->loss_settings(training, dataset.rows[0]).class_weights.defined());
  training.class_weights = "balanced";
  // The first ten rows alone: five, three and two.
  const auto settings = learner->loss_settings(training, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  ASSERT_EQ(settings.class_weights.numel(), 3);
  EXPECT_FLOAT_EQ(settings.class_weights[0].item<float>(), 10.0f / 15);
  EXPECT_FLOAT_EQ(settings.class_weights[1].item<float>(), 10.0f / 9);
  EXPECT_FLOAT_EQ(settings.class_weights[2].item<float>(), 10.0f / 6);

  // Shares 0.5, 0.25, 0.2 and 0.4 of the classes that are right, whose logarithms are weighed:
  // (2/3 (0.6931 + 1.3863) + 10/9 1.6094 + 5/3 0.9163) / (2/3 + 2/3 + 10/9 + 5/3).
  const auto shares = torch::tensor(
      {{0.5f, 0.3f, 0.2f}, {0.25f, 0.5f, 0.25f}, {0.1f, 0.2f, 0.7f}, {0.3f, 0.3f, 0.4f}});
  const auto targets = torch::tensor({0, 0, 1, 2}, torch::kInt64);
  const auto loss = [&](const LossSettings& by) {
    return compute_loss("cross-entropy", shares.log() + 1, targets, by).item<double>();
  };
  EXPECT_NEAR(loss(settings), 1.143659, 1e-6);
  EXPECT_NEAR(loss(unweighted(settings)), 1.151293, 1e-6);
}

TEST(ClassWeights, OfAClassThatNoRowHasIsZero) {
  Setting run;
  const auto dataset = of_classes({0, 0, 0, 2, 2, 1});
  const auto learner = learner_of(dataset, "[{linear: 2}]", run.context);
  spec::Training training;
  training.class_weights = "balanced";
  const auto weights = learner->loss_settings(training, {0, 1, 2, 3, 4}).class_weights;
  EXPECT_FLOAT_EQ(weights[0].item<float>(), 5.0f / 9);
  EXPECT_EQ(weights[1].item<float>(), 0);
  EXPECT_FLOAT_EQ(weights[2].item<float>(), 5.0f / 6);
}

TEST(ClassWeights, AreOfClassesAlone) {
  Setting run;
  const auto plane = testing::plane();
  const auto learner = learner_of(plane, "[{linear: 2}]", run.context);
  spec::Training training;
  training.class_weights = "balanced";
  EXPECT_FALSE(learner->loss_settings(training, {0, 1, 2}).class_weights.defined());
}

// Lin et al.'s formula in PyTorch; with gamma 0 it is cross-entropy.
TEST(Losses, FocalGivesThePyTorchFigures) {
  const auto outputs = wave(4, 3) * 2;
  const auto targets = torch::tensor({0, 2, 1, 1}, torch::kInt64);
  const auto weights = torch::tensor({1.0f, 2.0f, 0.5f});
  const auto loss = [&](double gamma, const torch::Tensor& weights_of_classes) {
    LossSettings settings{0, weights_of_classes};
    settings.focal_gamma = gamma;
    return compute_loss("focal", outputs, targets, settings).item<double>();
  };
  EXPECT_NEAR(loss(2, {}), 0.593600392, 1e-6);
  EXPECT_NEAR(loss(0.5, weights), 0.991111934, 1e-6);
  EXPECT_NEAR(loss(0, weights), 1.18137801, 1e-6);
}

// The formula in Python, with 1 - 0.1 + 0.1 / 3 of the label for its class and 0.1 / 3 for the
// others; with gamma 0 it is cross-entropy's.
TEST(Losses, FocalSpreadsALabelOverAllClasses) {
  const auto outputs = wave(4, 3) * 2;
  const auto targets = torch::tensor({0, 2, 1, 1}, torch::kInt64);
  const auto loss = [&](double gamma, const torch::Tensor& weights) {
    LossSettings settings{0.1, weights};
    settings.focal_gamma = gamma;
    return compute_loss("focal", outputs, targets, settings).item<double>();
  };
  EXPECT_NEAR(loss(0, {}), 1.1807898, 1e-6);
  EXPECT_NEAR(loss(2, {}), 0.61900194, 1e-6);
  EXPECT_NEAR(loss(0.5, torch::tensor({1.0f, 2.0f, 0.5f})), 1.01503727, 1e-6);
}

// The formula in Python.
TEST(Losses, BceGivesTheFiguresOfItsFormula) {
  const auto outputs = wave(4, 3) * 2;
  const auto targets = torch::tensor({0, 2, 1, 1}, torch::kInt64);
  const auto loss = [&](double smoothing, const torch::Tensor& weights) {
    return compute_loss("bce", outputs, targets, {smoothing, weights}).item<double>();
  };
  const auto weights = torch::tensor({1.0f, 2.0f, 0.5f});
  EXPECT_NEAR(loss(0, {}), 0.91407554, 1e-6);
  EXPECT_NEAR(loss(0, weights), 0.93974032, 1e-6);
  EXPECT_NEAR(loss(0.1, {}), 0.92008463, 1e-6);
  EXPECT_NEAR(loss(0.1, weights), 0.94675790, 1e-6);
}

TEST(Losses, OutputsSaySharesAsTheirLossReadsThem) {
  const auto outputs = wave(4, 3) * 2;
  const auto of_bce = shares_of("bce", outputs)[1];
  EXPECT_NEAR(of_bce[0].item<double>(), 0.50183785, 1e-6);
  EXPECT_NEAR(of_bce[1].item<double>(), 0.24783532, 1e-6);
  EXPECT_TRUE(torch::equal(shares_of("focal", outputs), torch::softmax(outputs, 1)));
  // Far below 0 probabilities of single classes vanish, their shares do not.
  EXPECT_TRUE(
      torch::allclose(shares_of("bce", torch::full({1, 4}, -500.0f)), torch::full({1, 4}, 0.25f)));
  const auto shares = torch::tensor({{0.7f, 0.3f, 0.0f}, {0.0f, 0.0f, 1.0f}});
  for (const char* loss : {"bce", "cross-entropy"}) {
    EXPECT_TRUE(torch::allclose(shares_of(loss, outputs_for(loss, shares)), shares)) << loss;
  }
}

// sklearn.metrics.mean_pinball_loss.
TEST(Losses, QuantileGivesTheScikitLearnFigures) {
  const auto outputs = wave(4, 1) * 3;
  const auto targets = torch::tensor({0.0f, 1.0f, -2.0f, 0.5f});
  const auto loss = [&](double q) {
    LossSettings settings;
    settings.quantile = q;
    return compute_loss("quantile", outputs, targets, settings).item<double>();
  };
  EXPECT_NEAR(loss(0.1), 1.58135974, 1e-6);
  EXPECT_NEAR(loss(0.5), 1.10237074, 1e-6);
  EXPECT_NEAR(loss(0.9), 0.623381793, 1e-6);
}

// torch.nn.functional.mse_loss, l1_loss and huber_loss.
TEST(Losses, OfRegressionGiveThePyTorchFigures) {
  const auto outputs = wave(4, 1) * 3;
  const auto targets = torch::tensor({0.0f, 1.0f, -2.0f, 0.5f});
  EXPECT_NEAR(compute_loss("mse", outputs, targets, {}).item<double>(), 5.2584424, 1e-5);
  EXPECT_NEAR(compute_loss("mae", outputs, targets, {}).item<double>(), 2.2047415, 1e-6);
  EXPECT_NEAR(compute_loss("huber", outputs, targets, {}).item<double>(), 1.7047416, 1e-6);
}

// Differences of 1 and -3 on half the pixels each: a picture's values count one by one.
TEST(Losses, OfNumbersTakePicturesToo) {
  const auto targets = torch::zeros({2, 1, 2, 2});
  auto outputs = torch::ones({2, 1, 2, 2});
  outputs[1].fill_(-3);
  EXPECT_NEAR(compute_loss("mse", outputs, targets, {}).item<double>(), 5, 1e-6);
  EXPECT_NEAR(compute_loss("mae", outputs, targets, {}).item<double>(), 2, 1e-6);
  EXPECT_NEAR(compute_loss("huber", outputs, targets, {}).item<double>(), 1.5, 1e-6);
}

TEST(Losses, UnknownOrOfAnotherTaskIsAnError) {
  try {
    check_loss("cross-entropi", "classification");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::kUsage);
    const std::string text = error.what();
    EXPECT_NE(text.find("training.loss: unknown loss 'cross-entropi'"), std::string::npos) << text;
    EXPECT_NE(text.find("did you mean 'cross-entropy'?"), std::string::npos) << text;
  }
  EXPECT_THROW(check_loss("mse", "classification"), Error);
  EXPECT_NO_THROW(check_loss("mse", "regression"));
  EXPECT_NO_THROW(check_loss("mse", "super-resolution"));
  EXPECT_THROW(check_loss("gram", "regression"), Error);
}

}  // namespace
}  // namespace dlwork::training
