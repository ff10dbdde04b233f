#include "model/plan/kernels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "dlwork/base/rng.h"
#include "model/plan/buffer.h"

namespace dlwork::model::plan {
namespace {

using Numbers = std::vector<float>;

Numbers random_numbers(Rng& rng, std::int64_t count, double spread = 1) {
  Numbers numbers(static_cast<std::size_t>(count + kSlack));
  for (auto& number : numbers) number = static_cast<float>(spread * rng.normal());
  return numbers;
}

/// Each test runs with the kernels of every kind of vectors that this processor has.
class EveryKernels : public ::testing::TestWithParam<int> {
 protected:
  const Kernels* kernels_ = nullptr;
  void SetUp() override {
    int count = 0;
    const Kernels* const* all = all_kernels(count);
    if (GetParam() >= count) GTEST_SKIP() << "this processor has no such vectors";
    kernels_ = all[GetParam()];
  }
};

INSTANTIATE_TEST_SUITE_P(Vectors, EveryKernels, ::testing::Range(0, 3));

TEST_P(EveryKernels, ProductIsTheSumInDoublePrecision) {
  const Kernels& k = *kernels_;
  Rng rng(3, "product");
  for (int round = 0; round < 60; ++round) {
    Product p;
    p.m = 1 + static_cast<std::int64_t>(rng.below(40));
    p.n = 1 + static_cast<std::int64_t>(rng.below(70));
    p.k = 1 + static_cast<std::int64_t>(rng.below(50));
    p.segments = 1 + static_cast<std::int64_t>(rng.below(3));
    const bool transposed = rng.below(2) == 1;
    const std::int64_t inner = p.segments * p.k;
    const Numbers a = random_numbers(rng, p.m * inner), b = random_numbers(rng, inner * p.n);
    const Numbers bias = random_numbers(rng, p.n), before = random_numbers(rng, p.m * p.n);
    Numbers c = before;
    p.a = a.data();
    p.a_row = transposed ? 1 : inner;
    p.a_step = transposed ? p.m : 1;
    p.a_segment = p.k * p.a_step;
    const std::int64_t panels = (p.n + k.panel - 1) / k.panel;
    Numbers packed(static_cast<std::size_t>(panels * k.panel * inner));
    if (rng.below(2) == 1) {
      k.pack(b.data(), p.n, inner, p.n, packed.data());
      p.b = packed.data();
      p.b_row = k.panel;
      p.b_panel = inner * k.panel;
    } else {
      p.b = b.data();
      p.b_row = p.n;
      p.b_panel = k.panel;
    }
    p.b_segment = p.k * p.b_row;
    p.c = c.data();
    p.c_row = p.n;
    p.add = rng.below(2) == 1;
    p.relu = rng.below(2) == 1;
    if (rng.below(2) == 1) p.bias = bias.data();
    k.product(p);
    for (std::int64_t i = 0; i < p.m; ++i) {
      for (std::int64_t j = 0; j < p.n; ++j) {
        double sum = (p.add ? before[i * p.n + j] : 0) + (p.bias ? bias[j] : 0);
        for (std::int64_t s = 0; s < inner; ++s) {
          sum += static_cast<double>(a[i * p.a_row + s * p.a_step]) * b[s * p.n + j];
        }
        if (p.relu) sum = std::max(sum, 0.0);
        ASSERT_NEAR(c[i * p.n + j], sum, 1e-4) << k.name << " " << p.m << " " << p.n << " " << p.k;
      }
    }
  }
}

TEST_P(EveryKernels, TransposedPackingIsPackingOfTheTransposed) {
  const Kernels& k = *kernels_;
  Rng rng(4, "pack");
  for (const std::int64_t n : {1, 10, 32, 33, 70}) {
    const std::int64_t inner = 37, panels = (n + k.panel - 1) / k.panel;
    const Numbers b = random_numbers(rng, n * inner);
    Numbers turned(b.size());
    for (std::int64_t j = 0; j < n; ++j) {
      for (std::int64_t s = 0; s < inner; ++s) turned[s * n + j] = b[j * inner + s];
    }
    Numbers left(static_cast<std::size_t>(panels * k.panel * inner), 7), right(left.size(), 8);
    k.pack_transposed(b.data(), inner, inner, n, left.data());
    k.pack(turned.data(), n, inner, n, right.data());
    EXPECT_EQ(left, right) << n;
  }
}

TEST_P(EveryKernels, ActivationsFollowTheirFormulas) {
  const Kernels& k = *kernels_;
  struct Formula {
    Activation kind;
    double (*value)(double);
  };
  const Formula formulas[] = {
      {Activation::kRelu, [](double x) { return x > 0 ? x : 0; }},
      {Activation::kGelu, [](double x) { return 0.5 * x * std::erfc(-x / std::sqrt(2.0)); }},
      {Activation::kSilu, [](double x) { return x / (1 + std::exp(-x)); }},
      {Activation::kTanh, [](double x) { return std::tanh(x); }},
      {Activation::kSigmoid, [](double x) { return 1 / (1 + std::exp(-x)); }},
      {Activation::kLeakyRelu, [](double x) { return x < 0 ? 0.1 * x : x; }}};
  Numbers x;
  for (double value = -20; value <= 20; value += 0.0137) x.push_back(static_cast<float>(value));
  const auto count = static_cast<std::int64_t>(x.size());
  Numbers y(x.size()), ones(x.size(), 1), slope(x.size());
  for (const Formula& formula : formulas) {
    k.activate(formula.kind, 0.1f, x.data(), y.data(), count);
    k.activate_backward(formula.kind, 0.1f, x.data(), y.data(), ones.data(), slope.data(), count);
    for (std::size_t i = 0; i < x.size(); ++i) {
      ASSERT_NEAR(y[i], formula.value(x[i]), 1e-6 * std::max(1.0f, std::abs(x[i]))) << x[i];
      const double step = 1e-5;
      const double rise = (formula.value(x[i] + step) - formula.value(x[i] - step)) / (2 * step);
      ASSERT_NEAR(slope[i], rise, 2e-6 * std::max(1.0f, std::abs(x[i]))) << x[i];
    }
  }
}

TEST_P(EveryKernels, TanhIsRightToItsLastPlaces) {
  Numbers x{0.0f, -0.0f, 7.9f, -7.9f, 8.0f, 100.0f, -3e38f, INFINITY, -INFINITY};
  for (double size = 1e-30; size < 12; size *= 1.0013) {
    x.push_back(static_cast<float>(size));
    x.push_back(static_cast<float>(-size));
  }
  Numbers y(x.size());
  kernels_->activate(Activation::kTanh, 0, x.data(), y.data(), static_cast<std::int64_t>(x.size()));
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double right = std::tanh(static_cast<double>(x[i]));
    ASSERT_NEAR(y[i], right, 6 * std::ldexp(std::abs(right), -24)) << x[i];
    ASSERT_LE(std::abs(y[i]), 1.0f) << x[i];
  }
}

TEST_P(EveryKernels, WhatIsNoNumberStaysNone) {
  const Kernels& k = *kernels_;
  for (const auto kind : {Activation::kRelu, Activation::kGelu, Activation::kSilu,
                          Activation::kTanh, Activation::kSigmoid, Activation::kLeakyRelu}) {
    const Numbers x(17, std::nanf(""));
    Numbers y(x.size());
    k.activate(kind, 0.1f, x.data(), y.data(), 17);
    for (const float value : y) EXPECT_TRUE(std::isnan(value)) << static_cast<int>(kind);
  }
}

TEST_P(EveryKernels, AWindowWithANumberThatIsNoneGivesNone) {
  const Kernels& k = *kernels_;
  const Pool p{1, 19, 2, 2, 2, 2, 2, 1, 1};
  for (std::int64_t place = 0; place < 4; ++place) {
    Numbers x(4 * 19, 1), y(19);
    for (std::int64_t c = 0; c < 19; c += 2) {
      x[static_cast<std::size_t>(place * 19 + c)] = std::nanf("");
    }
    k.max_pool(p, x.data(), y.data());
    for (std::size_t c = 0; c < 19; ++c) EXPECT_EQ(std::isnan(y[c]), c % 2 == 0) << place;
  }
}

TEST_P(EveryKernels, DropoutKeepsItsShareAndDependsOnTheSeedAlone) {
  const Kernels& k = *kernels_;
  constexpr std::int64_t kCount = 200000;
  Numbers mask(kCount), again(kCount), other(kCount);
  for (const float rate : {0.1f, 0.5f, 0.9f}) {
    k.dropout_mask(77, rate, mask.data(), kCount);
    k.dropout_mask(77, rate, again.data(), kCount);
    k.dropout_mask(78, rate, other.data(), kCount);
    EXPECT_EQ(mask, again);
    std::int64_t kept = 0, both = 0, pairs = 0;
    for (std::int64_t i = 0; i < kCount; ++i) {
      ASSERT_TRUE(mask[i] == 0 || mask[i] == 1 / (1 - rate));
      kept += mask[i] > 0;
      both += mask[i] > 0 && other[i] > 0;
      pairs += i > 0 && mask[i] > 0 && mask[i - 1] > 0;
    }
    // Four deviations of a binomial share; seeds and neighbours are independent.
    const double share = 1 - rate;
    const auto spread = [](double p) { return 4 * std::sqrt(p * (1 - p) / kCount); };
    EXPECT_NEAR(kept / double(kCount), share, spread(share));
    EXPECT_NEAR(both / double(kCount), share * share, spread(share * share));
    EXPECT_NEAR(pairs / double(kCount), share * share, 2 * spread(share * share));
  }
}

TEST_P(EveryKernels, MaxPoolGivesTheFirstLargestItsGradient) {
  const Kernels& k = *kernels_;
  Rng rng(5, "pool");
  for (const auto& [kernel, stride] : {std::pair{2, 2}, {3, 2}, {2, 3}, {3, 1}}) {
    Pool p{
        2, 19, 9, 7, kernel, kernel, stride, (9 - kernel) / stride + 1, (7 - kernel) / stride + 1};
    const std::int64_t from = 2 * 19 * 9 * 7, to = 2 * 19 * p.out_height * p.out_width;
    Numbers x = random_numbers(rng, from), dy = random_numbers(rng, to);
    for (auto& value : x) value = std::round(value * 2);  // ties
    Numbers y(static_cast<std::size_t>(to)), dx(static_cast<std::size_t>(from), 9);
    Numbers best(y.size()), expected(dx.size(), 0);
    for (std::int64_t o = 0; o < to; ++o) {
      const std::int64_t c = o % 19, ox = o / 19 % p.out_width,
                         oy = o / 19 / p.out_width % p.out_height;
      const std::int64_t picture = o / 19 / p.out_width / p.out_height;
      std::int64_t at = -1;
      for (std::int64_t i = 0; i < kernel; ++i) {
        for (std::int64_t j = 0; j < kernel; ++j) {
          const std::int64_t place =
              ((picture * 9 + oy * stride + i) * 7 + ox * stride + j) * 19 + c;
          if (at < 0 || x[place] > x[at]) at = place;
        }
      }
      best[o] = x[at];
      expected[at] += dy[o];
    }
    k.max_pool(p, x.data(), y.data());
    k.max_pool_backward(p, x.data(), y.data(), dy.data(), dx.data());
    EXPECT_EQ(y, best);
    for (std::size_t i = 0; i < dx.size(); ++i) ASSERT_NEAR(dx[i], expected[i], 1e-6);
  }
}

/// Of one number of each array, in double precision.
struct Slot {
  double gradient, x, first, second;
};

Slot slot(const Numbers& gradient, const Numbers& x, const Numbers& first, const Numbers& second,
          std::size_t i) {
  return {gradient[i], x[i], first[i], second[i]};
}

TEST_P(EveryKernels, OptimizersStepAsTheirFormulasSay) {
  const Kernels& k = *kernels_;
  Rng rng(6, "optimizers");
  for (const std::int64_t count : {1, 7, 16, 67}) {
    SCOPED_TRACE(count);
    Numbers gradient = random_numbers(rng, count), square = random_numbers(rng, count);
    const Numbers x = random_numbers(rng, count), first = random_numbers(rng, count);
    for (auto& number : square) number = number * number;
    const auto length = static_cast<std::size_t>(count);

    Numbers after = x, v = first;
    k.sgd({0.75f, 0.125f, 0.5f}, gradient.data(), after.data(), v.data(), count);
    for (std::size_t i = 0; i < length; ++i) {
      const Slot before = slot(gradient, x, first, square, i);
      const double g = before.gradient + 0.5 * before.x, moved = 0.75 * before.first + g;
      ASSERT_NEAR(v[i], moved, 1e-5);
      ASSERT_NEAR(after[i], before.x - 0.125 * (g + 0.75 * moved), 1e-5);
    }
    EXPECT_EQ(after[length], x[length]) << "no further than its end";
    EXPECT_EQ(v[length], first[length]);

    after = x, v = first;
    Numbers mean = square;
    k.rmsprop({0.75f, 0.25f, 0.5f, 0.125f, 0.0625f, 0.25f}, gradient.data(), after.data(),
              mean.data(), v.data(), count);
    for (std::size_t i = 0; i < length; ++i) {
      const Slot before = slot(gradient, x, first, square, i);
      const double g = before.gradient + 0.25 * before.x;
      const double of_squares = 0.75 * before.second + 0.25 * g * g;
      const double moved = 0.5 * before.first + g / (std::sqrt(of_squares) + 0.0625);
      ASSERT_NEAR(mean[i], of_squares, 1e-5);
      ASSERT_NEAR(v[i], moved, 1e-5);
      ASSERT_NEAR(after[i], before.x - 0.125 * moved, 1e-5);
    }
    EXPECT_EQ(after[length], x[length]);
    EXPECT_EQ(mean[length], square[length]);
  }
}

}  // namespace
}  // namespace dlwork::model::plan
