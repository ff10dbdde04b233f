#include <algorithm>

#include "dlwork/base/text.h"
#include "dlwork/spec/task_names.h"
#include "dlwork/task/task.h"
#include "task/reinforcement/deep_q.h"
#include "task/reinforcement/episodes.h"
#include "task/reinforcement/linear_policy.h"
#include "task/reinforcement/policy_predictor.h"
#include "task/reinforcement/world_checks.h"

namespace dlwork::task {
namespace {

using data::Dataset;
using training::Outputs;
using Rows = std::vector<std::int64_t>;

/// States in which the world starts, as a table: what is split into parts.
data::Samples draw_starts(const World& world, std::int64_t count, std::uint64_t seed) {
  data::Samples samples;
  samples.kind = data::Kind::kEnvironment;
  samples.count = samples.table.rows = count;
  for (const std::string& name : world.state_names()) {
    data::Column column;
    column.name = name;
    samples.table.columns.push_back(std::move(column));
  }
  Rng rng(seed, "starts");
  for (std::int64_t row = 0; row < count; ++row) {
    const auto state = world.draw_start(rng);
    for (std::size_t i = 0; i < state.size(); ++i) {
      samples.table.columns[i].numbers.push_back(state[i]);
    }
  }
  return samples;
}

/// What to do in a simulated world, learned from the rewards. A sample is the start of an episode;
/// what is said of it is the episode's return.
class Reinforcement final : public Task {
 public:
  std::string name() const override { return spec::tasks::reinforcement; }
  std::string default_metric() const override { return "mean-return"; }
  std::string default_loss() const override { return ""; }
  std::vector<std::string> metrics() const override { return {"mean-return", "least-return"}; }
  /// The worth of actions is not known beforehand: none is.
  double uninformed_loss(const spec::Project&, const Dataset&, RunContext&) const override {
    return 0;
  }

  std::unique_ptr<Dataset> make_dataset(const spec::Project& project, RunContext&) const override {
    const auto& data = project.data;
    const auto world = make_world(data.environment);
    if (!data.train.paths.empty() || !data.validation.paths.empty() || !data.test.paths.empty()) {
      throw Error(ExitStatus::kUsage, Diagnostic{{},
                                                 "data",
                                                 "names both files and a world to act in",
                                                 "take the files out, or data.environment"});
    }
    return std::make_unique<Dataset>(data::split_made(
        project, draw_starts(*world, data.episodes, static_cast<std::uint64_t>(project.seed))));
  }
  bool learns_from_rows() const override { return false; }
  bool loss_tells() const override { return false; }
  void examine(const spec::Project& project, const Dataset& dataset,
               artefact::PhaseResult& result) const override {
    check_world(project.data.environment, dataset, result);
  }

  Rival trivial(const spec::Project& project, const Dataset& dataset, const Rows& fit_rows,
                const Rows& rows) const override {
    return {"trivial", "random actions", static_cast<std::int64_t>(fit_rows.size()),
            play_at_random(project.data.environment, dataset.samples, rows)};
  }

  std::vector<Rival> rivals(const spec::Project& project, const Dataset& dataset,
                            const Rows& fit_rows, const Rows& rows,
                            RunContext& run) const override {
    return {search_linear_policy(project.data.environment, dataset.samples, fit_rows, rows,
                                 static_cast<std::uint64_t>(project.seed), run)};
  }

  std::vector<artefact::Figure> figures(const Outputs& outputs, const Dataset&,
                                        const Rows&) const override {
    if (outputs.values.empty()) return {};
    constexpr int kBins = 20;
    const float most =
        std::max(1.0f, *std::max_element(outputs.values.begin(), outputs.values.end()));
    std::vector<double> edges;
    std::vector<std::int64_t> counts(kBins, 0);
    for (int bin = 0; bin <= kBins; ++bin) edges.push_back(most * bin / kBins);
    for (const float value : outputs.values) {
      ++counts[std::clamp(static_cast<int>(value / most * kBins), 0, kBins - 1)];
    }
    artefact::Figure figure{"returns", "Returns of the episodes", "histogram", {}, ""};
    figure.data = {{"x_label", "return"},
                   {"y_label", "episodes"},
                   {"edges", edges},
                   {"series", Json::array({{{"name", "episodes"}, {"counts", counts}}})}};
    return {figure};
  }

  /// The starts from which least was earned.
  std::vector<Mistake> worst(const Outputs& outputs, const Dataset&, const Rows& rows,
                             std::int64_t count) const override {
    std::vector<Mistake> mistakes;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      mistakes.push_back({rows[i], -static_cast<double>(outputs.values[i]),
                          "earns " + pretty_number(outputs.values[i])});
    }
    return first_mistakes(std::move(mistakes), count);
  }

  std::unique_ptr<training::Learner> make_learner(const spec::Project& project,
                                                  const Dataset& dataset, const spec::Model& model,
                                                  std::uint64_t seed,
                                                  RunContext& run) const override {
    return std::make_unique<DeepQ>(project.data.environment,
                                   spec::with_init(model.layers, model.init), seed, &dataset,
                                   run.device);
  }
  std::unique_ptr<training::Learner> load_learner(const std::filesystem::path& file,
                                                  RunContext& run) const override {
    return DeepQ::load(file, run);
  }

  /// Plays by the weighted mean of what the members say each action is worth.
  Outputs combine(const std::vector<training::Learner*>& members,
                  const std::vector<double>& weights, const std::vector<const Outputs*>&,
                  const data::Samples& samples, const Rows& rows) const override {
    std::vector<const DeepQ*> policies;
    for (auto* member : members) policies.push_back(&dynamic_cast<const DeepQ&>(*member));
    return play(
        policies.front()->world(), samples, rows,
        [&](const std::vector<float>& states, std::int64_t count) {
          const auto size = static_cast<std::int64_t>(states.size()) / count;
          const auto input = torch::from_blob(const_cast<float*>(states.data()), {count, size});
          torch::Tensor sum;
          for (std::size_t m = 0; m < policies.size(); ++m) {
            if (weights[m] == 0) continue;
            const auto worth = policies[m]->values(input) * weights[m];
            sum = sum.defined() ? sum + worth : worth;
          }
          return best_actions(sum);
        });
  }

  std::unique_ptr<Predictor> make_predictor(const PredictorOptions& options,
                                            RunContext& run) const override {
    return make_policy_predictor(options, run);
  }
};

}  // namespace

const Task& reinforcement_task() {
  static const Reinforcement task;
  return task;
}

}  // namespace dlwork::task
