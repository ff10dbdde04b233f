#include "training/device_values.h"

#include <gtest/gtest.h>

#include <cmath>

#include "training/batches.h"

namespace dlwork::training {
namespace {

/// Six series of these steps, in 3 channels.
data::Samples series(const std::vector<std::int32_t>& lengths) {
  constexpr std::int64_t kSteps = 50, kChannels = 3;
  const auto count = static_cast<std::int64_t>(lengths.size());
  data::Samples samples;
  samples.kind = data::Kind::kSequence;
  samples.count = count;
  std::vector<float> values;
  Rng rng(4, "series");
  for (const auto length : lengths) {
    for (std::int64_t i = 0; i < kSteps * kChannels; ++i) {
      values.push_back(i < length * kChannels ? static_cast<float>(rng.normal()) : std::nanf(""));
    }
  }
  samples.sequences = {count, kSteps, kChannels, values, lengths};
  samples.target.classes = {"a", "b"};
  samples.target.codes.assign(lengths.size(), 0);
  return samples;
}

/// Categories stand between the numbers.
data::Samples table() {
  data::Samples samples;
  samples.count = samples.table.rows = 6;
  samples.table.columns = {
      {"a", data::ColumnType::kNumber, {1, 2, 4, 8, 16, std::nan("")}, {}, {}},
      {"kind", data::ColumnType::kCategory, {}, {0, 1, 2, 0, 1, 2}, {"x", "y", "z"}},
      {"b", data::ColumnType::kNumber, {3, 1, 4, 1, 5, 9}, {}, {}}};
  return samples;
}

/// Batches of the same samples that the host changes, and that a device does: here the CPU too.
struct BothWays {
  explicit BothWays(data::Samples of)
      : samples(std::move(of)),
        fitted(data::Preprocessor::fit(samples, {0, 1, 2, 3, 4, 5}, data::Categories::kOneHot)),
        host(samples, fitted, coding, torch::kCPU),
        device(samples, fitted, coding, torch::kCPU) {
    host.prepare();
    device.prepare_on_device();
  }

  void expect_same(const spec::Augment& augment) {
    const std::vector<std::int64_t> rows{3, 0, 5, 1, 1, 4, 2};
    const auto count = static_cast<std::int64_t>(rows.size());
    Rng host_rng(1, "augment"), device_rng(1, "augment");
    for (int repeat = 0; repeat < 20; ++repeat) {
      const auto expected = host.inputs(rows.data(), count, augment, host_rng);
      const auto given = device.inputs(rows.data(), count, augment, device_rng);
      ASSERT_EQ(given.values.sizes(), expected.values.sizes());
      EXPECT_LT((given.values - expected.values).abs().max().item<double>(), 1e-6);
      EXPECT_EQ(host_rng.state(), device_rng.state());
      ASSERT_EQ(given.lengths.defined(), expected.lengths.defined());
      if (given.lengths.defined()) {
        EXPECT_TRUE(torch::equal(given.lengths, expected.lengths));
      }
      if (repeat % 2 == 0) device.gather_ahead(rows.data(), count, augment, device_rng);
    }
    const auto plain = host.inputs(rows.data(), count).values;
    EXPECT_TRUE(torch::equal(device.inputs(rows.data(), count).values, plain));
  }

  TargetCoding coding;
  data::Samples samples;
  data::Preprocessor fitted;
  Batches host, device;
};

using Change = void (*)(spec::Augment&);
class DeviceSeries : public ::testing::TestWithParam<std::pair<const char*, Change>> {};

TEST_P(DeviceSeries, AreChangedAsOnTheHostByTheSameDraws) {
  spec::Augment augment;
  GetParam().second(augment);
  BothWays(series({50, 1, 2, 3, 37, 50})).expect_same(augment);
  BothWays(series({50, 50, 50, 50, 50, 50})).expect_same(augment);
}

constexpr std::pair<const char*, Change> kChanges[] = {
    {"nothing", [](spec::Augment&) {}},
    {"crop", [](spec::Augment& a) { a.crop = 0.7; }},
    {"magnitude", [](spec::Augment& a) { a.magnitude = 0.3; }},
    {"noise", [](spec::Augment& a) { a.noise = 0.3; }},
    {"time_mask", [](spec::Augment& a) { a.time_mask = 20; }},
    {"channel_mask", [](spec::Augment& a) { a.channel_mask = 2; }},
    {"all", [](spec::Augment& a) {
       a.crop = 0.5, a.magnitude = 0.2, a.noise = 0.1, a.time_mask = 5, a.channel_mask = 1;
     }}};
INSTANTIATE_TEST_SUITE_P(Changes, DeviceSeries, ::testing::ValuesIn(kChanges),
                         [](const auto& change) { return std::string(change.param.first); });

TEST(DeviceTables, HaveTheNoiseOfTheHost) {
  BothWays both(table());
  spec::Augment augment;
  both.expect_same(augment);
  augment.noise = 0.3;
  both.expect_same(augment);
}

TEST(DeviceValues, NeedOfTheHostWhatIsDrawnAlone) {
  const auto samples = series({50, 1, 2, 3, 37, 50});
  const auto fitted = data::Preprocessor::fit(samples, {0, 1, 2, 3, 4, 5}, {});
  const std::vector<float> prepared(6 * 50 * 3);
  const DeviceValues device(samples, fitted, prepared, torch::kCPU);
  spec::Augment augment;
  augment.mixup = 1;
  EXPECT_EQ(device.drawn(augment), 0) << "of the samples themselves nothing changes";
  augment.crop = 0.5;
  EXPECT_EQ(device.drawn(augment), 7) << "where runs begin and end";
  augment.magnitude = 0.1;
  EXPECT_EQ(device.drawn(augment), 7 + 3);
  augment.noise = 0.1;
  EXPECT_EQ(device.drawn(augment), 7 + 3 + 50 * 3);
}

}  // namespace
}  // namespace dlwork::training
