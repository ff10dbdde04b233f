#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <map>

#include "dlwork/artefact/fingerprint.h"
#include "phase/baseline/rate.h"
#include "phase/baseline/weight_decay.h"
#include "phase/profile.h"
#include "support/fake_phase.h"

namespace dlwork {
namespace {

using artefact::Severity;
using phase::MakeLearner;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// What a scripted learner gives, and what it was asked.
struct Script {
  training::RangeTest range;
  std::function<double(const training::FitOptions&)> validation_loss =
      [](const training::FitOptions&) { return 1.0; };
  std::int64_t multiply_adds = 1000;
  /// Predicts the row's own target with this error.
  std::function<double(const training::FitOptions&)> error = [](const training::FitOptions&) {
    return 0.1;
  };
  std::vector<training::FitOptions> asked;
};

class ScriptedLearner final : public training::Learner {
 public:
  explicit ScriptedLearner(Script& script) : script_(script) {}
  training::FitReport fit(const training::FitOptions& options, RunContext&) override {
    script_.asked.push_back(options);
    error_ = script_.error(options);
    training::FitReport report;
    training::EpochRecord record;
    record.epoch = 1;
    record.validation_loss = script_.validation_loss(options);
    options.after_epoch(record);
    report.history = {record};
    report.times.steps = 7;
    return report;
  }
  training::Outputs predict(const data::Samples& samples,
                            const std::vector<std::int64_t>& rows) override {
    training::Outputs outputs{static_cast<std::int64_t>(rows.size()), 1, {}};
    for (std::size_t i = 0; i < rows.size(); ++i) {
      // Errors differ a little, so that the metric has an interval.
      const double error = error_ * (1 + 0.1 * static_cast<double>(i % 2));
      outputs.values.push_back(static_cast<float>(samples.target.values[rows[i]] + error));
    }
    return outputs;
  }
  std::vector<artefact::Finding> test_network(const spec::NetworkTest&, const training::FitOptions&,
                                              RunContext&) override {
    return {};
  }
  std::vector<training::LayerReport> inspect(const std::vector<std::int64_t>&) override {
    training::LayerReport layer;
    layer.multiply_adds = script_.multiply_adds;
    return {layer};
  }
  training::RangeTest range_test(const training::FitOptions& options, RunContext&) override {
    if (!options.trace_file.empty()) std::ofstream(options.trace_file) << "{}";
    return script_.range;
  }
  std::int64_t parameter_count() const override { return 1; }
  void save(const std::filesystem::path&) override {}

 private:
  Script& script_;
  double error_ = 0;
};

/// The parts of a baseline by themselves, on 8,000 training rows.
class Parts {
 public:
  Parts() : workspace(folder.path() / ".dlwork"), run_folder(workspace.new_run("baseline")) {
    project.goal.metric = "rmse";
    auto dataset = testing::PhaseOverFake::dataset();
    dataset.samples.count = 8100;
    dataset.samples.target.values.assign(8100, 1);
    dataset.rows = {};
    for (std::int64_t row = 0; row < 8100; ++row) dataset.rows[row < 8000 ? 0 : 1].push_back(row);
    context.loaded = std::make_unique<data::Dataset>(std::move(dataset));
  }
  training::FitOptions options() {
    return phase::fit_options(context, project.training, "baseline", 1);
  }
  std::vector<std::string> logged_labels() const {
    std::vector<std::string> labels;
    std::ifstream log(run_folder.file("log.jsonl"));
    for (std::string line; std::getline(log, line);) {
      labels.push_back(Json::parse(line).at("label").get<std::string>());
    }
    return labels;
  }

  testing::TemporaryFolder folder;
  spec::Project project;
  testing::FakeCounts counts;
  testing::FakeTask task{&counts};
  artefact::Workspace workspace;
  artefact::RunFolder run_folder;
  SilentReporter reporter;
  StopFlag stop;
  RunContext run{reporter, stop, "cpu", 1};
  phase::Context context{.project = project,
                         .task = task,
                         .workspace = workspace,
                         .folder = run_folder,
                         .run = run,
                         .dataset_fingerprint = "data"};
  Script script;
  MakeLearner make = [this] { return std::make_unique<ScriptedLearner>(script); };
};

training::RangeTest range_with_lowest_at(double rate) {
  training::RangeTest test;
  test.points = {{1e-7, 2, 2}, {rate, 1, 1}};
  test.lowest_at = rate;
  test.rate = rate / 10;
  return test;
}

phase::RateChoice rate_of(Parts& parts, double rate, const std::string& origin) {
  parts.project.training.learning_rate = rate;
  parts.project.origins["training.learning_rate"] = origin;
  parts.script.range = range_with_lowest_at(0.5);
  const auto learner = parts.make();
  const auto choice = phase::choose_learning_rate(parts.context, *learner, parts.options());
  EXPECT_TRUE(choice.has_value());
  return choice.value_or(phase::RateChoice{});
}

TEST(BaselineRate, IsTheTestsWhereTheProjectSetsNone) {
  Parts parts;
  const auto choice = rate_of(parts, 1e-3, "default");
  EXPECT_EQ(choice.rate, 0.05);
  EXPECT_EQ(choice.finding.severity, Severity::kInfo);
  EXPECT_EQ(choice.finding.key, "training.learning_rate");
  EXPECT_EQ(choice.finding.message,
            "the training loss is lowest at a learning rate of 0.5; a tenth of it is 0.05, which "
            "is in use, since the project sets none");
  EXPECT_EQ(choice.values, (Json{{"in_use", 0.05}, {"lowest_at", 0.5}, {"advised", 0.05}}));
  EXPECT_EQ(choice.figure.data["marks"],
            (Json::array({{{"x", 0.05}, {"label", "in use"}}, {{"x", 0.5}, {"label", "lowest"}}})));
}

TEST(BaselineRate, ItsTestStandsInTheProfile) {
  Parts parts;
  auto& profile = parts.context.profile;
  profile.wanted = true;
  rate_of(parts, 1e-3, "default");
  EXPECT_GT(profile.range_test, 0);
  EXPECT_LT(profile.range_test, 60);
  profile.range_test = 1;
  profile.fits = 1;
  profile.seconds = 3;
  profile.times.forward = 2;
  artefact::PhaseResult result;
  phase::show_profile(parts.context, result);
  const auto& rows = result.tables.front().rows;
  EXPECT_THAT(rows.back(), ElementsAre("range test", "1", "25 %", "-"));
  EXPECT_EQ(rows[1][2], "50 %") << "shares are of both";
  EXPECT_EQ(rows[rows.size() - 2][0], "rest");
  EXPECT_EQ(rows[rows.size() - 2][1], "1") << "of the fit alone";
  EXPECT_EQ(result.values["profile"]["parts"]["range test"], 1.0);
  ASSERT_EQ(result.artefacts.size(), 1u) << "the fit is none that left a trace";
  EXPECT_EQ(result.artefacts[0].path, "trace-learning-rates.json");
  EXPECT_EQ(result.artefacts[0].summary,
            "of the test of learning rates, for Chrome's about:tracing");
}

TEST(BaselineRate, OfAnAnalogyStaysWhereTheTestDoesNotContradictIt) {
  Parts parts;
  const auto choice = rate_of(parts, 0.006, "analogy tabular.yaml");
  EXPECT_EQ(choice.rate, 0.006);
  EXPECT_EQ(choice.finding.severity, Severity::kInfo);
  EXPECT_THAT(choice.finding.message, HasSubstr("and the analogy's 0.006 is in use"));
}

TEST(BaselineRate, OfAnAnalogyGivesWayWhereItIsClearlyOff) {
  Parts parts;
  auto choice = rate_of(parts, 0.6, "analogy tabular.yaml");
  EXPECT_EQ(choice.rate, 0.05);
  EXPECT_EQ(choice.finding.severity, Severity::kWarn);
  EXPECT_THAT(choice.finding.message,
              HasSubstr("a tenth of it is 0.05, which is in use in place of the analogy's 0.6: its "
                        "steps are too long for this network"));
  choice = rate_of(parts, 0.004, "analogy tabular.yaml");
  EXPECT_EQ(choice.rate, 0.05);
  EXPECT_THAT(choice.finding.message, HasSubstr("the analogy's 0.004: it will learn slowly"));
}

TEST(BaselineRate, OfTheProjectStaysAndIsWarnedOf) {
  Parts parts;
  for (const char* origin : {"project.yaml:4", "--set #1"}) {
    const auto choice = rate_of(parts, 0.6, origin);
    EXPECT_EQ(choice.rate, 0.6);
    EXPECT_EQ(choice.finding.severity, Severity::kWarn);
    EXPECT_THAT(choice.finding.message,
                HasSubstr("and 0.6 is set: its steps are too long for this network"));
  }
}

TEST(BaselineRate, StaysWhereTheLossFellAtNone) {
  Parts parts;
  parts.script.range.points = {{1e-7, 1, 1}};
  const auto learner = parts.make();
  const auto choice = phase::choose_learning_rate(parts.context, *learner, parts.options());
  EXPECT_EQ(choice->rate, 1e-3);
  EXPECT_EQ(choice->finding.severity, Severity::kWarn);
  EXPECT_EQ(choice->finding.message,
            "the training loss fell at no learning rate from 1e-7 to 10; 0.001 is in use");
  testing::FakeLearner without(nullptr, 0, 0);
  EXPECT_FALSE(phase::choose_learning_rate(parts.context, without, parts.options()).has_value());
}

/// Validation losses by weight decay.
void lose(Parts& parts, const std::map<double, double>& losses) {
  parts.script.validation_loss = [losses](const training::FitOptions& options) {
    return losses.at(options.training.weight_decay);
  };
}

TEST(BaselineDecay, IsTheOneOfTheLowestValidationLoss) {
  Parts parts;
  parts.project.training.epochs = 6;
  lose(parts, {{1e-4, 0.5}, {1e-3, 0.48}, {1e-2, 0.4}, {1e-1, 0.7}});
  const auto choice = phase::choose_weight_decay(parts.context, parts.make, parts.options());
  EXPECT_EQ(choice.decay, 1e-2);
  EXPECT_EQ(choice.finding.message,
            "of weight decays 0.0001, 0.001, 0.01 and 0.1 the validation loss after 3 epochs on "
            "2,000 rows is lowest with 0.01: 0.4, against 0.5 with 0.0001, and so 0.01 is in use "
            "in place of 0.0001");
  EXPECT_EQ(choice.finding.evidence["in_use"], 1e-2);
  ASSERT_TRUE(choice.table.has_value());
  ASSERT_EQ(choice.table->rows.size(), 4u);
  EXPECT_EQ(choice.table->rows[2][0], "0.01");
  EXPECT_EQ(choice.table->rows[2][1], "0.4");
  ASSERT_EQ(parts.script.asked.size(), 4u);
  for (const auto& asked : parts.script.asked) {
    EXPECT_EQ(asked.train_rows.size(), 2000u);
    EXPECT_EQ(asked.training.epochs, 3);
  }
}

TEST(BaselineDecay, OfOptimizersThatAddItToTheGradientIsSmaller) {
  Parts parts;
  parts.project.training.optimizer = "sgd";
  parts.project.origins["training.weight_decay"] = "analogy tabular.yaml";
  lose(parts, {{1e-4, 0.5}, {1e-3, 0.4}, {1e-5, 0.5}});
  const auto choice = phase::choose_weight_decay(parts.context, parts.make, parts.options());
  EXPECT_EQ(choice.decay, 1e-3);
  EXPECT_THAT(choice.finding.message,
              HasSubstr("and so 0.001 is in use in place of the analogy's 0.0001"));
}

TEST(BaselineDecay, StaysWhereNoneIsClearlyBetter) {
  Parts parts;
  lose(parts, {{1e-4, 0.5}, {1e-3, 0.495}, {1e-2, 0.5}, {1e-1, 0.5}});
  const auto choice = phase::choose_weight_decay(parts.context, parts.make, parts.options());
  EXPECT_EQ(choice.decay, 1e-4);
  EXPECT_THAT(choice.finding.message,
              HasSubstr("is lowest with 0.001: 0.495, against 0.5 with 0.0001; that is no lower by "
                        "2 %, and so 0.0001 stays"));
  parts.project.baseline.decay_gain = 0.005;
  EXPECT_EQ(phase::choose_weight_decay(parts.context, parts.make, parts.options()).decay, 1e-3);
  lose(parts, {{1e-4, 0.5}, {1e-3, 0.5}, {1e-2, 0.5}, {1e-1, 0.5}});
  EXPECT_THAT(
      phase::choose_weight_decay(parts.context, parts.make, parts.options()).finding.message,
      HasSubstr("is lowest with 0.0001: 0.5, which is in use"));
}

TEST(BaselineDecay, IsNotTriedWhereThatIsNotWanted) {
  const auto why = [](const std::function<void(Parts&)>& change) {
    Parts parts;
    change(parts);
    const auto choice = phase::choose_weight_decay(parts.context, parts.make, parts.options());
    EXPECT_EQ(choice.decay, parts.project.training.weight_decay);
    EXPECT_FALSE(choice.table.has_value());
    EXPECT_TRUE(parts.script.asked.empty());
    return choice.finding.skipped;
  };
  EXPECT_EQ(
      why([](Parts& parts) { parts.project.origins["training.weight_decay"] = "project.yaml:7"; }),
      "the project sets it");
  EXPECT_EQ(why([](Parts& parts) { parts.script.multiply_adds = 0; }),
            "it is not known how much work a run is");
  // 3 passes x 2,000 rows x 5 epochs x 10 million.
  EXPECT_EQ(why([](Parts& parts) { parts.script.multiply_adds = 10000000; }),
            "a run takes 300 billion multiply-adds, and baseline.trial_work allows 150");
}

TEST(BaselineShortRuns, LeaveNoTraceButTheirOwnLinesAndTheirTime) {
  Parts parts;
  parts.context.profile.wanted = true;
  lose(parts, {{1e-4, 0.5}, {1e-3, 0.48}, {1e-2, 0.4}, {1e-1, 0.7}});
  phase::choose_weight_decay(parts.context, parts.make, parts.options());
  for (const auto& asked : parts.script.asked) {
    EXPECT_EQ(asked.events_folder, "");
    EXPECT_EQ(asked.checkpoint_folder, "");
    EXPECT_FALSE(asked.resume);
  }
  EXPECT_THAT(parts.logged_labels(),
              ElementsAre("baseline: weight decay 0.0001", "baseline: weight decay 0.001",
                          "baseline: weight decay 0.01", "baseline: weight decay 0.1"));
  EXPECT_EQ(parts.context.profile.fits, 4);
  EXPECT_EQ(parts.context.profile.steps, 28);
  EXPECT_THAT(parts.context.profile.traced,
              ElementsAre("baseline: weight decay 0.0001", "baseline: weight decay 0.001",
                          "baseline: weight decay 0.01", "baseline: weight decay 0.1"));
}

TEST(BaselineSubset, IsDoubledUntilMoreRowsNoLongerTell) {
  Parts parts;
  parts.script.error = [](const training::FitOptions& options) {
    const auto rows = static_cast<double>(options.train_rows.size());
    return rows >= 2000 ? 0.05 : 100 / rows;
  };
  const auto choice = phase::choose_subset(parts.context, parts.make, parts.options());
  ASSERT_TRUE(choice.has_value());
  EXPECT_EQ(choice->rows, 4000);
  const auto& curve = choice->finding.evidence["curve"];
  ASSERT_EQ(curve.size(), 4u);
  EXPECT_EQ(curve[0][0], 500);
  EXPECT_EQ(curve[3][0], 4000);
  EXPECT_THAT(choice->finding.message, HasSubstr("; twice the rows no longer tell apart"));
  EXPECT_EQ(choice->figure.data["series"][0]["x"], (Json{500, 1000, 2000, 4000}));
}

TEST(BaselineSubset, IsAllRowsWhereTheyStillTell) {
  Parts parts;
  parts.script.error = [](const training::FitOptions& options) {
    return 100.0 / static_cast<double>(options.train_rows.size());
  };
  const auto choice = phase::choose_subset(parts.context, parts.make, parts.options());
  EXPECT_EQ(choice->rows, 8000);
  EXPECT_THAT(choice->finding.message, HasSubstr("; these are all, and more might help"));
}

TEST(BaselineSubset, StopsWhereARunWouldBeTooMuchWork) {
  Parts parts;
  parts.script.multiply_adds = 5000000;  // 3 passes x 10 epochs: 150 million a row
  parts.script.error = [](const training::FitOptions& options) {
    return 100.0 / static_cast<double>(options.train_rows.size());
  };
  const auto choice = phase::choose_subset(parts.context, parts.make, parts.options());
  EXPECT_EQ(choice->rows, 1000);
  EXPECT_THAT(choice->finding.message,
              HasSubstr("; more might help, but twice the rows are more work than "
                        "baseline.trial_work allows"));
  parts.project.baseline.trial_work = 0;
  EXPECT_EQ(phase::choose_subset(parts.context, parts.make, parts.options())->rows, 8000);
}

/// A readiness phase that ran on data of this fingerprint, with the project as it is.
void run_readiness(const testing::PhaseOverFake& phase, const std::string& data) {
  artefact::Workspace workspace(phase.workspace_folder());
  artefact::PhaseResult readiness;
  readiness.phase = "readiness";
  artefact::Metric metric;
  metric.name = "rmse";
  metric.value = 0.75;
  metric.low = 0.5;
  metric.high = 1.0;
  metric.of = "boosted trees";
  readiness.metrics.push_back(metric);
  metric.of = "trivial";
  readiness.metrics.push_back(metric);
  metric.name = "mae";
  metric.of = "boosted trees";
  readiness.metrics.push_back(metric);
  auto folder = workspace.new_run("readiness");
  folder.finish(readiness);
  artefact::PhaseState state;
  state.run = folder.id();
  state.inputs = artefact::phase_inputs("readiness", "name question goal readiness data task seed",
                                        "", phase.project, workspace.states(), data);
  state.fingerprint = artefact::fingerprint_of(state.inputs);
  workspace.record("readiness", state);
}

TEST(Baseline, LeavesOutClassicalModelsOfOtherData) {
  testing::PhaseOverFake phase;
  const auto table_of = [&] { return phase.run("baseline").tables.front(); };
  EXPECT_EQ(table_of().note, "Classical models beside it: run dlwork readiness first.");
  run_readiness(phase, "other data");
  const auto left_out = table_of();
  EXPECT_EQ(left_out.rows.size(), 2u);
  EXPECT_THAT(left_out.note, HasSubstr("data, task or seed have changed since the readiness"));
  run_readiness(phase, "data");
  EXPECT_EQ(table_of().rows.size(), 3u);
  phase.project.goal.target = 0.5;  // measures nothing else
  EXPECT_EQ(table_of().rows.size(), 3u);
  phase.project.seed = 7;  // parts the samples anew
  EXPECT_EQ(table_of().rows.size(), 2u);
}

TEST(Baseline, StandsBesideTheClassicalModelsOfReadiness) {
  testing::PhaseOverFake phase;
  run_readiness(phase, "data");
  const auto result = phase.run("baseline");
  const auto& table = result.tables.front();
  ASSERT_EQ(table.id, "baseline");
  ASSERT_EQ(table.rows.size(), 3u);
  EXPECT_EQ(table.rows[0][0], "network");
  EXPECT_EQ(table.rows[1][0], "trivial");
  EXPECT_THAT(table.rows[2], ElementsAre("boosted trees", "0.75", "0.5 to 1"));
  EXPECT_EQ(table.note, "Classical models: from the readiness phase.");
}

TEST(Baseline, SaysWhyItIsNotBetterThanTheTrivialPredictor) {
  testing::PhaseOverFake phase;
  phase.project.baseline.min_gain = 1000;
  auto finding = testing::finding(phase.run("baseline"), "baseline-beats-trivial");
  EXPECT_THAT(finding.message,
              HasSubstr("its training loss fell from 1 to 0.2 but the validation part does not "
                        "follow: the inputs may not carry the target, or baseline.subset is too "
                        "small"));
  phase.project.baseline.epochs = 1;
  finding = testing::finding(phase.run("baseline"), "baseline-beats-trivial");
  EXPECT_THAT(finding.message,
              HasSubstr("its training loss went only from 1 to 1: it does not learn; try another "
                        "training.learning_rate (now 0.1) or more baseline.epochs"));
}

}  // namespace
}  // namespace dlwork
