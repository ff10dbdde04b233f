#include "task/embedding/word_tests.h"

#include <gtest/gtest.h>

#include <cmath>

#include "dlwork/spec/task_names.h"
#include "made_data.h"

namespace dlwork::task {
namespace {

using artefact::Severity;
using torch::Tensor;

/// Word vectors with one thing wrong.
class Faulty final : public WordVectors {
 public:
  using WordVectors::WordVectors;

  /// The loss in place of the true one of the same tensors.
  std::function<Tensor(const WordVectors& sound, const Tensor& middle, const Tensor& beside,
                       const Tensor& centres, const Tensor& others)>
      other_loss;
  float other_shares = 0;  ///< added to what is said

  Tensor loss(const Tensor& middle, const Tensor& beside, const Tensor& centres,
              const Tensor& others) const override {
    if (!other_loss) return WordVectors::loss(middle, beside, centres, others);
    const WordVectors sound(vocabulary(), middle.size(1), 1, nullptr, "cpu");
    return other_loss(sound, middle, beside, centres, others);
  }
  training::Outputs predict(const data::Samples& samples,
                            const std::vector<std::int64_t>& rows) override {
    auto said = WordVectors::predict(samples, rows);
    for (float& share : said.values) share += other_shares;
    return said;
  }
};

class WordTestsTest : public ::testing::Test {
 protected:
  using Fault = std::function<void(Faulty&)>;

  WordTestsTest() {
    project_.task = spec::tasks::embedding;
    project_.training.epochs = 2;
    project_.training.batch_size = 256;
    project_.training.optimizer = "adam";
    project_.training.learning_rate = 0.01;
    project_.training.weight_decay = 0;
    project_.training.words.subsample = 0.02;
  }
  std::unique_ptr<Faulty> fresh() {
    auto made =
        std::make_unique<Faulty>(Vocabulary(dataset_.samples, dataset_.part(data::Part::kTrain), 1),
                                 16, 5, &dataset_, silent_.run.device);
    if (fault_) fault_(*made);
    return made;
  }
  std::vector<artefact::Finding> findings() {
    TestedWords words;
    words.fresh = [&] { return fresh(); };
    words.load = [&](const std::filesystem::path& file) -> std::unique_ptr<training::Learner> {
      if (forgets_) return fresh();
      return WordVectors::load(file, silent_.run);
    };
    return test_word_vectors(
        words, {}, testing::fit_options(project_, dataset_, "neighbour-preference"), silent_.run);
  }
  /// How a test ends with the fault.
  artefact::Finding with(const std::string& id, const Fault& fault) {
    fault_ = fault;
    for (auto& finding : findings()) {
      if (finding.id == id) return finding;
    }
    ADD_FAILURE() << "no " << id;
    return {};
  }

  spec::Project project_;
  data::Dataset dataset_ = testing::planted_text(120);
  testing::SilentRun silent_;
  Fault fault_;
  bool forgets_ = false;  ///< what it learned, in its file
};

TEST_F(WordTestsTest, SoundVectorsPassAll) {
  for (const auto& finding : findings()) {
    EXPECT_EQ(finding.severity, Severity::kInfo) << finding.id << ": " << finding.message;
    if (finding.id != "net-gradient-check") continue;
    EXPECT_LT(finding.evidence["differences"].get<double>(), 1e-6);
    EXPECT_LT(finding.evidence["float"].get<double>(), 1e-4);
    EXPECT_GT(finding.evidence["size"].get<double>(), 0.01);
  }
}

TEST_F(WordTestsTest, EachFaultIsFoundByItsTest) {
  static std::uint64_t drawn = 0;
  const auto moved = [](double factor, double by) {
    return [=](Faulty& vectors) {
      const torch::NoGradGuard no_grad;
      for (const auto& [name, table] : vectors.tensors()) table.mul_(factor).add_(by);
    };
  };
  const auto loss = [](auto other) { return [=](Faulty& vectors) { vectors.other_loss = other; }; };
  const std::vector<std::pair<const char*, Fault>> faults = {
      {"net-output-shape", [](Faulty& vectors) { vectors.other_shares = 0.75f; }},
      {"net-initial-loss", moved(100, 0)},
      {"net-gradient-flow",
       loss([](const auto& sound, const auto& middle, const auto& beside, const auto&... pairs) {
         return sound.loss(middle, beside.detach(), pairs...);
       })},
      // As wrong in float64 as it is in float32: its values alone tell.
      {"net-gradient-check",
       loss([](const auto& sound, const auto& middle, const auto& beside, const auto&... pairs) {
         const auto half = 0.5 * sound.loss(middle, beside, pairs...);
         return half + half.detach();
       })},
      {"net-gradient-check",
       loss([](const auto& sound, const auto& middle, const auto& beside, const auto&... pairs) {
         return sound.loss(middle, beside + 0.05 * (beside - beside.detach()), pairs...);
       })},
      // Nothing is learned once the drawn words are told apart from true ones by a little.
      {"net-overfit-batch",
       loss([](const auto& sound, const auto&... all) { return sound.loss(all...).clamp_min(1); })},
      {"net-same-seed",
       [&](Faulty& vectors) { moved(1, 0.001 * static_cast<double>(++drawn))(vectors); }}};
  for (const auto& [id, fault] : faults) {
    const auto finding = with(id, fault);
    EXPECT_EQ(finding.severity, Severity::kError) << id << ": " << finding.message;
  }
}

TEST_F(WordTestsTest, WhatIsNotInTheFileIsFound) {
  forgets_ = true;
  EXPECT_EQ(with("net-save-load", {}).severity, Severity::kError);
}

}  // namespace
}  // namespace dlwork::task
