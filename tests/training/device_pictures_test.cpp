#include "training/device_pictures.h"

#include <gtest/gtest.h>

#include "training/batches.h"

namespace dlwork::training {
namespace {

/// 12 pictures of 5 x 7 in three colours, of any pixels.
data::Samples pictures() {
  data::Samples samples;
  samples.kind = data::Kind::kImage;
  samples.count = 12;
  samples.pictures = {12, 3, 5, 7, {}};
  Rng rng(3, "pixels");
  for (std::int64_t i = 0; i < samples.count * samples.pictures.size(); ++i) {
    samples.pictures.pixels.push_back(static_cast<std::uint8_t>(rng.below(256)));
  }
  samples.target.classes = {"a", "b"};
  samples.target.codes.assign(12, 0);
  return samples;
}

using Change = void (*)(spec::Augment&);

/// What a device makes of batches, beside what the host does.
class DevicePicturesTest : public ::testing::TestWithParam<std::pair<const char*, Change>> {};

TEST_P(DevicePicturesTest, GiveTheNumbersOfTheHostFromTheSameDraws) {
  const data::Samples samples = pictures();
  std::vector<std::int64_t> rows{3, 0, 11, 7, 7, 5, 2, 9, 1};
  const auto fitted = data::Preprocessor::fit(samples, rows, data::Categories::kOneHot);
  TargetCoding coding;
  coding.task = "classification";
  Batches batches(samples, fitted, coding, torch::kCPU);
  const DevicePictures device(samples.pictures, fitted, torch::kCPU);
  spec::Augment augment;
  GetParam().second(augment);
  Rng host_rng(1, "augment"), device_rng(1, "augment");
  for (int repeat = 0; repeat < 3; ++repeat) {
    const auto expected = batches.inputs(rows.data(), 9, augment, host_rng).values;
    const auto given = device.batch(rows.data(), 9, &augment, &device_rng);
    ASSERT_EQ(given.sizes(), expected.sizes());
    EXPECT_TRUE(given.is_contiguous(at::MemoryFormat::ChannelsLast));
    EXPECT_LT((given - expected).abs().max().item<double>(), 5e-5);
    EXPECT_EQ(host_rng.state(), device_rng.state());
  }
}

INSTANTIATE_TEST_SUITE_P(Changes, DevicePicturesTest,
                         ::testing::Values(std::pair<const char*, Change>{"nothing",
                                                                          [](spec::Augment&) {}},
                                           std::pair<const char*, Change>{
                                               "flip", [](spec::Augment& a) { a.flip = true; }},
                                           std::pair<const char*, Change>{
                                               "flip_vertical",
                                               [](spec::Augment& a) { a.flip_vertical = true; }},
                                           std::pair<const char*, Change>{
                                               "shift", [](spec::Augment& a) { a.shift = 2; }},
                                           std::pair<const char*, Change>{
                                               "erase", [](spec::Augment& a) { a.erase = 3; }},
                                           std::pair<const char*, Change>{
                                               "rotate", [](spec::Augment& a) { a.rotate = 40; }},
                                           std::pair<const char*, Change>{
                                               "zoom", [](spec::Augment& a) { a.zoom = 0.4; }},
                                           std::pair<const char*, Change>{
                                               "shear", [](spec::Augment& a) { a.shear = 30; }},
                                           std::pair<const char*, Change>{
                                               "colours",
                                               [](spec::Augment&
                                                      a) { a.brightness = 0.4, a.contrast = 0.6; }},
                                           std::pair<const char*, Change>{"all",
                                                                          [](spec::Augment& a) {
                                                                            a.flip =
                                                                                a.flip_vertical =
                                                                                    true;
                                                                            a.shift = 1,
                                                                            a.erase = 2,
                                                                            a.rotate = 25,
                                                                            a.zoom = 0.2;
                                                                            a.shear = 10,
                                                                            a.brightness = 0.2,
                                                                            a.contrast = 0.3;
                                                                          }}),
                         [](const auto& change) { return std::string(change.param.first); });

TEST(DevicePictures, OfUnchangedBatchesAreTheScaledPixels) {
  const data::Samples samples = pictures();
  const std::int64_t rows[] = {4, 1};
  const auto fitted = data::Preprocessor::fit(samples, {0, 1, 2}, data::Categories::kOneHot);
  const DevicePictures device(samples.pictures, fitted, torch::kCPU);
  const auto given = device.batch(rows, 2, nullptr, nullptr);
  const float pixel = samples.pictures.at(4)[2 * 35 + 3 * 7 + 6];
  EXPECT_FLOAT_EQ(given[0][2][3][6].item<float>(),
                  pixel * fitted.channel_scale()[2] + fitted.channel_offset()[2]);
}

}  // namespace
}  // namespace dlwork::training
