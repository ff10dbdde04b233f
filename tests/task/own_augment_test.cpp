#include <gtest/gtest.h>

#include "dlwork/base/files.h"
#include "small_learners.h"
#include "support/temporary_folder.h"
#include "task/super_resolution/enlarger.h"

/// Random changes of the samples of tasks with losses of their own.
namespace dlwork::task {
namespace {

using spec::Augment;
using testing::SilentRun;
using testing::Small;

struct AugmentCase {
  const char* name;
  Small (*make)();
  void (*change)(Augment&);
};
void PrintTo(const AugmentCase& of, std::ostream* out) { *out << of.name; }

class OwnAugmentTest : public ::testing::TestWithParam<AugmentCase> {};

std::string model_of(const Small& small, std::uint64_t seed) {
  const testing::TemporaryFolder folder;
  SilentRun silent;
  auto options = small.options();
  options.training.epochs = 1;
  options.seed = seed;
  const auto learner = small.make(silent.run);
  learner->fit(options, silent.run);
  learner->save(folder / "model.safetensors");
  return read_file(folder / "model.safetensors");
}

TEST_P(OwnAugmentTest, ChangesWhatIsLearnedByTheSeedAlone) {
  Small plain = GetParam().make(), changed = GetParam().make();
  GetParam().change(changed.project.training.augment);
  EXPECT_NE(model_of(changed, 3), model_of(plain, 3));
  EXPECT_EQ(model_of(changed, 3), model_of(changed, 3));
  EXPECT_NE(model_of(changed, 3), model_of(changed, 4));
}

INSTANTIATE_TEST_SUITE_P(
    Tasks, OwnAugmentTest,
    ::testing::Values(
        AugmentCase{"time_mask", testing::small_speech, [](Augment& a) { a.time_mask = 3; }},
        AugmentCase{"channel_mask", testing::small_speech, [](Augment& a) { a.channel_mask = 1; }},
        AugmentCase{"flip", testing::small_pictures, [](Augment& a) { a.flip_vertical = true; }},
        AugmentCase{"noise", testing::small_circle, [](Augment& a) { a.noise = 0.5; }}),
    [](const auto& each) { return std::string(each.param.name); });

TEST(OwnAugment, ASmallPictureIsMadeOfTheChangedLargeOne) {
  const Small small = testing::small_pictures();
  SilentRun silent;
  const auto learner = small.make(silent.run);
  const auto& enlarger = dynamic_cast<const Enlarger&>(*learner);
  const std::vector<std::int64_t> rows{0, 1, 2};
  auto feed = enlarger.batches_of(small.dataset->samples);
  const auto large = feed.inputs(rows.data(), 3).values.clone();
  const auto plain = enlarger.batch_of({large, {}}, rows);
  const auto mirrored = enlarger.batch_of({large.flip({3}), {}}, rows);
  EXPECT_FALSE(torch::equal(mirrored.targets, plain.targets));
  EXPECT_TRUE(torch::equal(mirrored.targets, plain.targets.flip({3})));
  EXPECT_TRUE(torch::allclose(mirrored.inputs.values, plain.inputs.values.flip({3}), 1e-5, 1e-6));
}

TEST(OwnAugment, ThatTheTargetsDoNotFollowIsRefusedAtItsKey) {
  const struct {
    Small (*make)();
    void (*change)(Augment&);
    const char *key, *message;
  } cases[] = {
      {testing::small_speech, [](Augment& a) { a.crop = 0.1; }, "crop",
       "cuts steps off a series, and its text still says what was in them"},
      {testing::small_speech, [](Augment& a) { a.mixup = 0.2; }, "mixup",
       "mixes two samples, and the task transcription has no mean of two targets"},
      {testing::small_pictures, [](Augment& a) { a.cutmix = 1; }, "cutmix",
       "mixes two samples, and the task super-resolution has no mean of two targets"},
      {testing::small_circle, [](Augment& a) { a.flip = true; }, "flip",
       "is for data of kind image, and these are of kind table"},
  };
  for (const auto& each : cases) {
    const Small small = each.make();
    auto options = small.options();
    each.change(options.training.augment);
    const Error error = small.error_of_fit(options);
    EXPECT_EQ(error.status(), ExitStatus::kUsage) << each.key;
    ASSERT_FALSE(error.diagnostics().empty());
    EXPECT_EQ(error.diagnostics().front().key, std::string("training.augment.") + each.key);
    EXPECT_EQ(error.diagnostics().front().message, each.message);
  }
}

}  // namespace
}  // namespace dlwork::task
