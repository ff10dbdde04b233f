#include "training/batches.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace dlwork::training {
namespace {

/// Two series, of 3 and of 2 steps, in 2 channels.
data::Samples series() {
  data::Samples samples;
  samples.kind = data::Kind::kSequence;
  samples.count = 2;
  const float none = std::nanf("");
  samples.sequences = {2, 3, 2, {1, 10, 2, 20, 3, 60, 4, 30, 5, 40, none, none}, {3, 2}};
  samples.target.classes = {"a", "b"};
  samples.target.codes = {0, 1};
  return samples;
}

TEST(Batches, OfSeriesHaveTimeBeforeChannels) {
  const data::Samples samples = series();
  const auto fitted = data::Preprocessor::fit(samples, {0, 1}, data::Categories::kOneHot);
  TargetCoding coding;
  coding.task = "classification";
  coding.classes = samples.target.classes;
  Batches batches(samples, fitted, coding, torch::kCPU);
  const std::int64_t rows[] = {1, 0};
  for (const bool prepared : {false, true}) {
    if (prepared) batches.prepare();
    const auto inputs = batches.inputs(rows, 2).values;
    ASSERT_EQ(inputs.sizes(), (std::vector<std::int64_t>{2, 3, 2}));
    // Channel 1: 1 2 3 4 5, mean 3, variance 2.
    EXPECT_FLOAT_EQ(inputs[0][1][0].item<float>(), static_cast<float>(2 / std::sqrt(2.0)));
    EXPECT_FLOAT_EQ(inputs[1][0][0].item<float>(), static_cast<float>(-2 / std::sqrt(2.0)));
    EXPECT_EQ(inputs[0][2].abs().sum().item<float>(), 0) << "behind the end";
    EXPECT_EQ(batches.targets(rows, 2)[0].item<std::int64_t>(), 1);
  }
}

TEST(Batches, NoiseLeavesThePaddingOfSeriesAlone) {
  const data::Samples samples = series();
  const auto fitted = data::Preprocessor::fit(samples, {0, 1}, data::Categories::kOneHot);
  TargetCoding coding;
  coding.task = "classification";
  Batches batches(samples, fitted, coding, torch::kCPU);
  const std::int64_t rows[] = {1, 0};
  const auto plain = batches.inputs(rows, 2).values.clone();
  spec::Augment augment;
  augment.noise = 0.5;
  Rng rng(1, "noise");
  const auto noisy = batches.inputs(rows, 2, augment, rng).values;
  EXPECT_EQ(noisy[0][2].abs().sum().item<float>(), 0);
  const auto changes = (noisy - plain).abs();
  EXPECT_EQ((changes > 0).sum().item<std::int64_t>(), 10) << "every value that is there";
}

/// Two numbers of quite different spread, and a category.
data::Samples table(std::int64_t rows) {
  data::Samples samples;
  samples.count = samples.table.rows = rows;
  data::Column small{"small", data::ColumnType::kNumber, {}, {}, {}};
  data::Column large{"large", data::ColumnType::kNumber, {}, {}, {}};
  data::Column kind{"kind", data::ColumnType::kCategory, {}, {}, {"a", "b"}};
  for (std::int64_t row = 0; row < rows; ++row) {
    small.numbers.push_back(0.01 * static_cast<double>(row % 7));
    large.numbers.push_back(1000 * static_cast<double>(row % 5));
    kind.codes.push_back(static_cast<std::int32_t>(row % 2));
  }
  samples.table.columns = {small, large, kind};
  return samples;
}

/// All rows of a table, as they are and with noise.
struct NoisyTable {
  NoisyTable(const data::Samples& samples, data::Categories categories) {
    std::vector<std::int64_t> rows(static_cast<std::size_t>(samples.count));
    std::iota(rows.begin(), rows.end(), 0);
    fitted = data::Preprocessor::fit(samples, rows, categories);
    const TargetCoding coding;
    Batches batches(samples, fitted, coding, torch::kCPU);
    plain = batches.inputs(rows.data(), samples.count).values.clone();
    spec::Augment augment;
    augment.noise = 0.3;
    Rng rng(1, "noise");
    noisy = batches.inputs(rows.data(), samples.count, augment, rng).values.clone();
    again = batches.inputs(rows.data(), samples.count).values.clone();
  }
  data::Preprocessor fitted;
  torch::Tensor plain, noisy, again;
};

TEST(Batches, NoiseOfTablesHasItsShareOfEachColumnsDeviation) {
  constexpr std::int64_t kRows = 10000;
  const NoisyTable made(table(kRows), data::Categories::kCodes);
  const torch::Tensor& plain = made.plain;
  const auto added = (made.noisy - plain).to(torch::kFloat64);
  ASSERT_EQ(added.size(1), 3);
  // Standardised columns have deviation 1. Four standard errors: 4 * 0.3 / sqrt(10000), and that
  // over sqrt(2).
  for (std::int64_t column = 0; column < 2; ++column) {
    const auto of_column = added.select(1, column);
    EXPECT_NEAR(plain.select(1, column).std().item<double>(), 1, 1e-3);
    EXPECT_NEAR(of_column.mean().item<double>(), 0, 0.012) << column;
    EXPECT_NEAR(of_column.std().item<double>(), 0.3, 0.0085) << column;
  }
  EXPECT_NEAR((added.select(1, 0) * added.select(1, 1)).mean().item<double>(), 0, 0.0036);
  EXPECT_EQ(added.select(1, 2).abs().max().item<double>(), 0) << "codes are names";
  EXPECT_TRUE(torch::equal(made.again, plain)) << "without augment";
}

TEST(Batches, NoiseLeavesIndicatorsAndCategoriesOfTablesAlone) {
  constexpr std::int64_t kRows = 70;
  data::Samples samples = table(kRows);
  samples.table.columns[0].numbers[3] = std::nan("");
  const NoisyTable made(samples, data::Categories::kOneHot);
  ASSERT_EQ(made.fitted.feature_names(),
            (std::vector<std::string>{"small", "small is missing", "large", "kind=a", "kind=b"}));
  const auto changed = made.noisy != made.plain;
  const std::int64_t expected[] = {kRows, 0, kRows, 0, 0};
  for (std::int64_t column = 0; column < 5; ++column) {
    EXPECT_EQ(changed.select(1, column).sum().item<std::int64_t>(), expected[column]) << column;
  }
}

/// Of several batches the numbers, and where the stream that they were drawn from then stood.
struct Given {
  std::vector<torch::Tensor> inputs;
  std::vector<std::vector<std::uint64_t>> streams;
};

TEST(Batches, GatheredAheadAreTheSame) {
  const data::Samples samples = series();
  const auto fitted = data::Preprocessor::fit(samples, {0, 1}, data::Categories::kOneHot);
  TargetCoding coding;
  coding.task = "classification";
  spec::Augment augment;
  augment.noise = 0.5;
  const std::vector<std::int64_t> order{1, 0, 0, 1, 1, 0, 1, 1};
  const auto given = [&](bool ahead) {
    Batches batches(samples, fitted, coding, torch::kCPU);
    batches.prepare();
    Rng rng(1, "noise");
    Given all;
    for (std::int64_t begin = 0; begin < 6; begin += 2) {
      all.inputs.push_back(batches.inputs(order.data() + begin, 2, augment, rng).values.clone());
      rng.next();  // as samples that are mixed do
      all.streams.push_back(rng.state());
      if (ahead) batches.gather_ahead(order.data() + begin + 2, 2, augment, rng);
      EXPECT_EQ(rng.state(), all.streams.back()) << "until the batch is asked for";
    }
    return all;
  };
  const Given plain = given(false), ahead = given(true);
  EXPECT_EQ(plain.streams, ahead.streams);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_TRUE(torch::equal(plain.inputs[i], ahead.inputs[i]));
}

TEST(Batches, WhatWasGatheredAheadForNobodyIsDropped) {
  const data::Samples samples = series();
  const auto fitted = data::Preprocessor::fit(samples, {0, 1}, data::Categories::kOneHot);
  TargetCoding coding;
  coding.task = "classification";
  Batches batches(samples, fitted, coding, torch::kCPU);
  const std::int64_t rows[] = {1, 0, 0};
  const auto expected = batches.inputs(rows + 1, 2).values.clone();
  Rng rng(1, "noise");
  const auto before = rng.state();
  batches.gather_ahead(rows, 2, {}, rng);
  batches.gather_ahead(rows, 1, {}, rng);
  EXPECT_TRUE(torch::equal(batches.inputs(rows + 1, 2).values, expected));
  EXPECT_EQ(rng.state(), before);
}

TEST(Worker, FinishesItsWorkAndGivesBackWhatItThrew) {
  Worker worker;
  worker.finish();  // there is none
  int done = 0;
  for (int i = 0; i < 100; ++i) {
    worker.start([&done] { ++done; });
    worker.finish();
    EXPECT_EQ(done, i + 1);
  }
  worker.start([] { throw std::runtime_error("no such file"); });
  EXPECT_THROW(worker.finish(), std::runtime_error);
  worker.start([&done] { done = -1; });
  worker.finish();
  EXPECT_EQ(done, -1);
}

}  // namespace
}  // namespace dlwork::training
