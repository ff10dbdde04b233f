#include "task/reinforcement/policy_predictor.h"

#include <numeric>
#include <optional>

#include "dlwork/base/text.h"
#include "dlwork/data/preprocess.h"
#include "task/reinforcement/deep_q.h"
#include "task/reinforcement/episodes.h"

namespace dlwork::task {
namespace {

constexpr std::int64_t kStatesAtOnce = 2048;

/// A preprocessor of a table with the world's columns: what tells the reader of raw input which.
data::Preprocessor columns_of(const World& world) {
  data::Samples samples;
  samples.count = samples.table.rows = 2;
  for (const std::string& name : world.state_names()) {
    data::Column column;
    column.name = name;
    column.numbers = {0, 1};
    samples.table.columns.push_back(column);
  }
  return data::Preprocessor::fit(samples, {0, 1}, data::Categories::kOneHot);
}

class PolicyPredictor final : public Predictor {
 public:
  PolicyPredictor(const PredictorOptions& options, RunContext& run) : weights_(options.weights) {
    for (const auto& file : options.models) models_.push_back(DeepQ::load(file, run));
    for (const auto& model : models_) {
      if (model->world() == models_.front()->world()) continue;
      throw Error(ExitStatus::kUsage, "the members act in different worlds",
                  "name one model with --model");
    }
    world_ = make_world(models_.front()->world());
    input_.emplace(options.input, columns_of(*world_), std::vector<std::string>{""});
  }

  std::string header() const override {
    std::string line = "source,prediction";
    for (const auto& action : world_->actions()) line += ",worth_" + action;
    return line + "\n";
  }

  std::int64_t next(Form form, std::string& text) override {
    const auto samples = input_->next(kStatesAtOnce);
    if (!samples) return 0;
    const auto worth = values(*samples);
    const auto chosen = best_actions(worth);
    const auto actions = world_->actions();
    for (std::int64_t i = 0; i < samples->count; ++i) {
      const float* of_state = worth.data_ptr<float>() + i * worth.size(1);
      if (form == Form::kJsonLines) {
        Json line = {{"source", samples->where(i)}, {"prediction", actions[chosen[i]]}};
        for (std::size_t a = 0; a < actions.size(); ++a) line["worth"][actions[a]] = of_state[a];
        text += line.dump() + "\n";
        continue;
      }
      text += csv_cell(samples->where(i)) + "," + actions[chosen[i]];
      for (std::size_t a = 0; a < actions.size(); ++a) text += "," + pretty_number(of_state[a], 6);
      text += "\n";
    }
    return samples->count;
  }

 private:
  torch::Tensor values(const data::Samples& samples) const {
    std::vector<float> states;
    for (std::int64_t row = 0; row < samples.count; ++row) {
      const auto state = start_of(*world_, samples, row);
      states.insert(states.end(), state.begin(), state.end());
    }
    const auto input = torch::from_blob(
        states.data(), {samples.count, static_cast<std::int64_t>(world_->state_names().size())});
    auto sum = models_.front()->values(input) * weights_.front();
    for (std::size_t m = 1; m < models_.size(); ++m) {
      sum += models_[m]->values(input) * weights_[m];
    }
    return sum.to(torch::kCPU).contiguous();
  }

  std::vector<std::unique_ptr<DeepQ>> models_;
  std::vector<double> weights_;
  std::unique_ptr<World> world_;
  std::optional<data::InputStream> input_;
};

}  // namespace

std::unique_ptr<Predictor> make_policy_predictor(const PredictorOptions& options, RunContext& run) {
  return std::make_unique<PolicyPredictor>(options, run);
}

}  // namespace dlwork::task
