#include "training/optimizer.h"

#include <gtest/gtest.h>
#include <torch/optim.h>

#include <limits>

#include "dlwork/base/error.h"

namespace dlwork::training {
namespace {

/// Ten steps on weights of up to about 4 in float32 may round differently by a few units.
constexpr double kTolerance = 2.5e-6;

using Named = std::vector<std::pair<std::string, torch::Tensor>>;

Named weights() {
  torch::manual_seed(3);
  Named all{{"0.weight", torch::randn({4, 3, 3, 3})}, {"1.weight", torch::randn({5, 4})}};
  for (auto& [name, tensor] : all) tensor.requires_grad_(true);
  return all;
}

torch::Tensor loss_of(const Named& named) {
  torch::Tensor loss = torch::zeros({});
  for (const auto& [name, tensor] : named)
    loss = loss + (tensor.sin() * 1.7 + tensor.pow(2) * 0.3).sum();
  return loss;
}

/// Largest difference after ten steps between ours and LibTorch's own optimizer.
template <class Reference>
double difference(const std::string& name, Reference reference, const Named& theirs,
                  double momentum, double decay, bool channels_last, StepChoice choice) {
  Named ours = weights();
  if (channels_last)
    ours[0].second.set_data(ours[0].second.data().contiguous(at::MemoryFormat::ChannelsLast));
  FlatParameters flat(ours);
  const auto optimizer = make_optimizer(name, flat, choice);
  for (int step = 0; step < 10; ++step) {
    reference.zero_grad();
    loss_of(theirs).backward();
    reference.step();
    flat.zero_gradients();
    loss_of(ours).backward();
    torch::NoGradGuard no_grad;
    optimizer->step(flat, {0.01, momentum, decay});
  }
  double most = 0;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    most = std::max(most, (ours[i].second - theirs[i].second).abs().max().item<double>());
  }
  return most;
}

std::vector<torch::Tensor> tensors(const Named& named) {
  std::vector<torch::Tensor> all;
  for (const auto& [name, tensor] : named) all.push_back(tensor);
  return all;
}

class Optimizers : public ::testing::TestWithParam<StepChoice> {};

INSTANTIATE_TEST_SUITE_P(Ways, Optimizers,
                         ::testing::Values(StepChoice::kFastest, StepChoice::kTensors));

TEST_P(Optimizers, AgreeWithLibTorchsOwn) {
  for (const bool channels_last : {false, true}) {
    const Named a = weights(), b = weights(), c = weights(), d = weights();
    EXPECT_LT(
        difference(
            "sgd",
            torch::optim::SGD(
                tensors(a),
                torch::optim::SGDOptions(0.01).momentum(0.9).nesterov(true).weight_decay(0.1)),
            a, 0.9, 0.1, channels_last, GetParam()),
        kTolerance);
    EXPECT_LT(difference(
                  "adam",
                  torch::optim::Adam(tensors(b), torch::optim::AdamOptions(0.01).weight_decay(0.1)),
                  b, 0.9, 0.1, channels_last, GetParam()),
              kTolerance);
    EXPECT_LT(difference("adamw",
                         torch::optim::AdamW(tensors(c),
                                             torch::optim::AdamWOptions(0.01).weight_decay(0.1)),
                         c, 0.9, 0.1, channels_last, GetParam()),
              kTolerance);
    EXPECT_LT(difference("rmsprop",
                         torch::optim::RMSprop(
                             tensors(d),
                             torch::optim::RMSpropOptions(0.01).momentum(0.9).weight_decay(0.1)),
                         d, 0.9, 0.1, channels_last, GetParam()),
              kTolerance);
  }
}

TEST_P(Optimizers, DecaySparesBiasesAndNorms) {
  Named named{{"bias", torch::ones({4})}, {"weight", torch::ones({2, 2})}};
  for (auto& [name, tensor] : named) tensor.requires_grad_(true);
  FlatParameters flat(named);
  torch::NoGradGuard no_grad;
  flat.values.fill_(1);
  make_optimizer("adamw", flat, GetParam())->step(flat, {0.1, 0.9, 0.5});  // all gradients are zero
  EXPECT_EQ(named[0].second.min().item<float>(), 1.0f);
  EXPECT_NEAR(named[1].second.min().item<float>(), 0.95f, 1e-6);
  for (const char* name : {"sgd", "adam", "rmsprop"}) {
    flat.values.fill_(1);
    flat.zero_gradients();
    make_optimizer(name, flat, GetParam())->step(flat, {0.1, 0.9, 0.5});
    EXPECT_EQ(named[0].second.min().item<float>(), 1.0f) << name;
    EXPECT_LT(named[1].second.max().item<float>(), 0.91f) << name;
  }
}

TEST(FlatParameters, AreViewsAndClipToTheirNorm) {
  Named named = weights();
  named[0].second.set_data(named[0].second.data().contiguous(at::MemoryFormat::ChannelsLast));
  FlatParameters flat(named);
  loss_of(named).backward();
  EXPECT_GT(flat.gradients.norm().item<double>(), 1);
  EXPECT_TRUE(torch::equal(named[1].second.grad().flatten(), flat.gradients.narrow(0, 108, 20)));
  EXPECT_TRUE(named[0].second.is_contiguous(at::MemoryFormat::ChannelsLast));
  flat.clip(0.5);
  EXPECT_NEAR(flat.gradients.norm().item<double>(), 0.5, 1e-6);
  flat.values.zero_();
  EXPECT_EQ(named[0].second.abs().max().item<double>(), 0);
}

TEST(FlatParameters, AreNotClippedByANormThatIsNotFinite) {
  Named named = weights();
  FlatParameters flat(named);
  flat.gradients.fill_(2);
  flat.gradients[7] = std::numeric_limits<float>::infinity();
  EXPECT_EQ(flat.clip(1), std::numeric_limits<double>::infinity());
  EXPECT_EQ(flat.gradients[6].item<float>(), 2);
  EXPECT_EQ(flat.gradients[7].item<float>(), std::numeric_limits<float>::infinity());
}

TEST(OptimizerNames, UnknownOneSaysTheNearest) {
  Named named = weights();
  FlatParameters flat(named);
  try {
    make_optimizer("adamx", flat);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::kUsage);
    EXPECT_NE(std::string(error.what()).find("did you mean 'adam"), std::string::npos);
  }
}

}  // namespace
}  // namespace dlwork::training
