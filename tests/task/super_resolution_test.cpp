#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "dlwork/base/files.h"
#include "dlwork/data/png.h"
#include "dlwork/data/resolve.h"
#include "dlwork/spec/task_names.h"
#include "dlwork/training/metrics.h"
#include "made_data.h"
#include "own_learner.h"
#include "support/layers.h"
#include "support/temporary_folder.h"
#include "task/super_resolution/enlarger.h"
#include "task/super_resolution/enlarger_predictor.h"
#include "task/super_resolution/pictures.h"
#include "training/network_tests/tests.h"

namespace dlwork::task {
namespace {

using testing::discs;
using testing::SilentRun;
using testing::TemporaryFolder;

class SuperResolutionTest : public ::testing::Test {
 protected:
  SuperResolutionTest() {
    project_.task = spec::tasks::super_resolution;
    project_.model.layers = testing::layers("[{conv2d: 16}, relu]");
    project_.training.epochs = 20;
    project_.training.batch_size = 8;
    project_.training.learning_rate = 0.01;
  }
  std::unique_ptr<Enlarger> make(std::uint64_t seed = 5) {
    return std::make_unique<Enlarger>(
        Enlarger::blueprint_for(project_, dataset_, project_.model, seed), &dataset_, silent_.run);
  }
  training::FitOptions options() { return testing::fit_options(project_, dataset_, "psnr"); }
  const std::vector<std::int64_t>& test() const { return dataset_.part(data::Part::kTest); }
  double measured(const char* metric, const training::Outputs& outputs) {
    return training::compute_metric(metric, outputs, dataset_.samples.target, test());
  }
  Error error_of(const std::function<void()>& work) {
    try {
      work();
    } catch (const Error& error) {
      return error;
    }
    return Error(ExitStatus::kOk, "no error");
  }

  const Task& task_ = find_task(spec::tasks::super_resolution);
  data::Dataset dataset_ = discs(1, 16);
  spec::Project project_;
  SilentRun silent_;
};

TEST_F(SuperResolutionTest, RestoresDiscsFarBetterThanPlainEnlargement) {
  auto learner = make();
  learner->fit(options(), silent_.run);
  const auto said = learner->predict(dataset_.samples, test());
  const auto nearest = task_.trivial(project_, dataset_, {}, test());
  EXPECT_GT(measured("psnr", said), measured("psnr", nearest.outputs) + 2);
  EXPECT_GT(measured("ssim", said), measured("ssim", nearest.outputs) + 0.02);
  for (const auto& rival : task_.rivals(project_, dataset_, {}, test(), silent_.run)) {
    EXPECT_GT(measured("psnr", said), measured("psnr", rival.outputs)) << rival.name;
  }
}

// A 2 x 2 square of 0, 0, 0, 255 has the mean 1/4; put back everywhere the squared errors are
// 1/16, 1/16, 1/16 and 9/16, in the mean 3/16.
TEST_F(SuperResolutionTest, NearestEnlargementLosesTheDetailOfEachSquare) {
  auto& pixels = dataset_.samples.pictures.pixels;
  for (std::size_t i = 0; i < 256; ++i) pixels[i] = i % 2 == 1 && i / 16 % 2 == 1 ? 255 : 0;
  const auto outputs = task_.trivial(project_, dataset_, {}, {0}).outputs;
  EXPECT_NEAR(outputs.row(0)[0], 3.0 / 16, 1e-6);
  EXPECT_NEAR(decibels(outputs.row(0)[0]), 7.269987, 1e-4);
  const auto small = made_smaller(true_pictures(dataset_.samples, test().data(), 1, 2), 2);
  EXPECT_EQ(small.sizes(), (torch::IntArrayRef{1, 1, 8, 8}));
}

TEST_F(SuperResolutionTest, SidesThatTheFactorDoesNotDivideAreCut) {
  dataset_ = discs(3, 17);
  for (const std::int64_t factor : {2, 3, 4}) {
    project_.training.enlarge.factor = factor;
    const auto learner = make();
    const std::int64_t side = 17 - 17 % factor;
    EXPECT_EQ(learner->input().dims, (model::Shape{3, side / factor, side / factor}));
    EXPECT_EQ(learner->output_shape(), (model::Shape{3, side, side}));
    EXPECT_EQ(learner->restored(dataset_.samples, {0, 1}).sizes(),
              (torch::IntArrayRef{2, 3, side, side}));
  }
}

TEST_F(SuperResolutionTest, ANetworkMayEnlargeItselfAndMustReachThePicturesSize) {
  project_.model.layers =
      testing::layers("[{conv_transpose2d: {channels: 4, kernel: 2, stride: 2}}, {conv2d: 1}]");
  EXPECT_EQ(make()->output_shape(), (model::Shape{1, 16, 16}));
  project_.model.layers = testing::layers("[{conv2d: 4}, {max_pool2d: 2}]");
  const auto error = error_of([&] { make(); });
  EXPECT_EQ(error.status(), ExitStatus::kUsage);
  EXPECT_EQ(error.diagnostics().front().message,
            "max_pool2d: gives [4, 4, 4], but the picture to be restored is [1, 16, 16]");
  EXPECT_EQ(error.diagnostics().front().key, "model.layers.1");
}

TEST_F(SuperResolutionTest, TakesItsOwnLossesAndNoOthers) {
  for (const char* loss : {"mse", "mae", "huber", "gram"}) {
    project_.training.loss = loss;
    project_.training.epochs = 4;
    auto learner = make();
    const auto report = learner->fit(options(), silent_.run);
    EXPECT_LT(report.history.back().train_loss, report.history.front().train_loss) << loss;
  }
  project_.training.loss = "quantile";
  EXPECT_EQ(error_of([&] { make(); }).diagnostics().front().message,
            "'quantile' is no loss of super-resolution");
}

TEST_F(SuperResolutionTest, AStoppedFitGoesOnToTheSameBits) {
  project_.training.epochs = 3;
  const TemporaryFolder folder;
  const auto [whole, resumed] =
      testing::fit_whole_and_resumed([&] { return make(); }, options(), 1, folder);
  const auto restored = [&](const training::Learner& learner) {
    return dynamic_cast<const Enlarger&>(learner).restored(dataset_.samples, test());
  };
  EXPECT_TRUE(torch::equal(restored(*whole), restored(*resumed)));
}

TEST_F(SuperResolutionTest, ItsUnitTestsPassAndFindANetworkThatDoesNotMove) {
  std::size_t ran = 0, all = 0;
  for (const auto& finding : make()->test_network({}, options(), silent_.run)) {
    EXPECT_EQ(finding.severity, artefact::Severity::kInfo) << finding.id << ": " << finding.message;
    ++all;
    ran += finding.skipped.empty() ? 1 : 0;
  }
  EXPECT_EQ(ran, 15u);
  EXPECT_EQ(all, training::all_network_tests().size()) << "those that do not apply say why";
  project_.training.learning_rate = 0;
  EXPECT_TRUE(
      testing::fails(make()->test_network({}, options(), silent_.run), "net-parameters-move"));
}

TEST_F(SuperResolutionTest, MembersTogetherAreJudgedByTheMeanOfTheirPictures) {
  auto first = make(), second = make(6);
  const auto mean = 0.25 * first->restored(dataset_.samples, test()) +
                    0.75 * second->restored(dataset_.samples, test());
  const auto truth = true_pictures(dataset_.samples, test().data(), 8, 2);
  const auto together =
      task_.combine({first.get(), second.get()}, {0.25, 0.75}, {}, dataset_.samples, test());
  const auto errors = (mean - truth).square().flatten(1).mean(1);
  for (std::int64_t i = 0; i < 8; ++i) {
    EXPECT_NEAR(together.row(i)[0], errors[i].item<double>(), 1e-6);
  }
  project_.training.enlarge.factor = 4;
  auto other = make();
  const auto error = error_of([&] {
    task_.combine({first.get(), other.get()}, {0.5, 0.5}, {}, dataset_.samples, test());
  });
  EXPECT_EQ(error.status(), ExitStatus::kUsage);
}

TEST_F(SuperResolutionTest, TellsHowWellEachGivenPictureIsRestored) {
  const TemporaryFolder folder;
  auto learner = make();
  learner->save(folder / "m.safetensors");
  std::filesystem::create_directory(folder / "asked");
  for (const std::int64_t row : test()) {
    data::write_png(dataset_.samples.pictures, row,
                    folder / ("asked/" + std::to_string(row) + ".png"));
  }
  EXPECT_EQ(task_of_model(folder / "m.safetensors").name(), spec::tasks::super_resolution);
  const auto predictor = task_.make_predictor(
      {{folder / "m.safetensors"}, {1}, (folder / "asked").string()}, silent_.run);
  EXPECT_EQ(predictor->header(), "source,psnr,ssim\n");
  std::string text;
  EXPECT_EQ(predictor->next(Predictor::Form::kJsonLines, text), 8);
  const auto line = Json::parse(text.substr(0, text.find('\n')));
  const auto said = learner->predict(dataset_.samples, {56});
  EXPECT_NE(line.at("source").get<std::string>().find("56.png"), std::string::npos);
  EXPECT_NEAR(line.at("psnr").get<double>(), decibels(said.row(0)[0]), 1e-4);
  EXPECT_NEAR(line.at("ssim").get<double>(), said.row(0)[1], 1e-5);
}

TEST_F(SuperResolutionTest, ThePicturesRestoredWorstComeFirst) {
  const training::Outputs outputs{3, 2, {0.01f, 0.9f, 0.1f, 0.5f, 0.001f, 1}};
  const auto worst = task_.worst(outputs, dataset_, {7, 8, 9}, 2);
  ASSERT_EQ(worst.size(), 2u);
  EXPECT_EQ(worst[0].row, 8);
  EXPECT_EQ(worst[0].text, "restored to 10 dB, SSIM 0.5");
  EXPECT_NEAR(task_.errors(outputs, dataset_, {7, 8, 9})[0], 0.1, 1e-6);
}

TEST_F(SuperResolutionTest, ReadsPicturesWithAndWithoutLabels) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "plain");
  std::string table = "file,class\n";
  for (std::int64_t row = 0; row < 20; ++row) {
    const std::string name = "plain/" + std::to_string(row) + ".png";
    data::write_png(dataset_.samples.pictures, row, folder / name);
    table += name + "," + (row % 2 == 0 ? "a" : "") + "\n";
  }
  write_file(folder / "list.csv", table);
  std::string idx("\0\0\x08\x03\0\0\0\x14\0\0\0\x10\0\0\0\x10", 16);
  idx.append(reinterpret_cast<const char*>(dataset_.samples.pictures.pixels.data()), 20 * 256);
  write_file(folder / "discs.idx", idx);
  for (const char* train :
       {"plain", "discs.idx", "list.csv\n  columns: {file: {type: picture}}\n  target: class"}) {
    const auto project =
        spec::read_project("task: super-resolution\ndata:\n  root: " + folder.path().string() +
                               "\n  train: " + train + "\n",
                           "project.yaml", {});
    const auto dataset = task_.make_dataset(project, silent_.run);
    EXPECT_EQ(dataset->samples.count, 20) << train;
    EXPECT_EQ(dataset->part(data::Part::kTrain).size(), 14u) << train;
    EXPECT_FALSE(dataset->samples.target.given()) << train;
  }
  write_file(folder / "project.yaml",
             "dlwork: 1\nanalogy: image-super-resolution\ndata: {train: plain}\n");
  const auto resolved = data::resolve_project((folder / "project.yaml").string(), {});
  EXPECT_EQ(resolved.project.task, spec::tasks::super_resolution);
  EXPECT_EQ(resolved.probe.records, 20);
  EXPECT_FALSE(resolved.project.model.layers.empty());
  write_file(folder / "numbers.csv", "a,b\n1,2\n3,4\n");
  const auto project = spec::read_project(
      "data:\n  root: " + folder.path().string() + "\n  train: numbers.csv\n", "project.yaml", {});
  const auto error = error_of([&] { task_.make_dataset(project, silent_.run); });
  EXPECT_NE(error.diagnostics().front().message.find("learns from pictures"), std::string::npos);
}

}  // namespace
}  // namespace dlwork::task
