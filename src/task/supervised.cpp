#include "task/supervised.h"

#include <algorithm>
#include <numeric>

#include "dlwork/base/text.h"

namespace dlwork::task {
namespace {

/// Samples held at a time, so that memory does not grow with the input.
constexpr std::int64_t kChunk = 2048;

class SupervisedPredictor final : public Predictor {
 public:
  SupervisedPredictor(const PredictorOptions& options, RunContext& run)
      : weights_(options.weights) {
    for (const auto& file : options.models) models_.push_back(training::load_model(file, run));
    const training::LoadedModel& first = models_.front();
    input_.emplace(options.input, first.preprocessor, first.missing_tokens, first.separator);
  }

  std::string header() const override {
    std::string line = "source,prediction";
    for (const std::string& name : coding().classes) line += "," + csv_cell("p_" + name);
    return line + "\n";
  }

  std::int64_t next(Form form, std::string& text) override {
    const auto samples = input_->next(kChunk);
    if (!samples) return 0;
    const auto outputs = predict(*samples);
    for (std::int64_t i = 0; i < samples->count; ++i) {
      write_sample(form, samples->where(i), outputs.row(i), text);
    }
    return samples->count;
  }

 private:
  const training::TargetCoding& coding() const { return models_.front().coding; }

  training::Outputs predict(const data::Samples& samples) {
    std::vector<std::int64_t> rows(samples.count);
    std::iota(rows.begin(), rows.end(), 0);
    std::vector<training::Outputs> outputs;
    for (auto& model : models_) outputs.push_back(model.learner->predict(samples, rows));
    std::vector<const training::Outputs*> each;
    for (const auto& one : outputs) each.push_back(&one);
    return weighted_mean(each, weights_);
  }

  /// What a sample's outputs mean: the class and its probabilities, or the value.
  void write_sample(Form form, const std::string& source, const float* outputs,
                    std::string& text) const {
    const bool classes = !coding().classes.empty();
    const auto best =
        classes ? std::max_element(outputs, outputs + coding().outputs()) - outputs : 0;
    if (form == Form::kJsonLines) {
      Json line = {{"source", source}};
      line["prediction"] = classes ? Json(coding().classes[best]) : Json(outputs[0]);
      for (std::size_t c = 0; c < coding().classes.size(); ++c) {
        line["probabilities"][coding().classes[c]] = outputs[c];
      }
      text += line.dump() + "\n";
      return;
    }
    text += csv_cell(source) + ",";
    text += classes ? csv_cell(coding().classes[best]) : number_text(outputs[0]);
    for (std::size_t c = 0; c < coding().classes.size(); ++c) {
      text += "," + pretty_number(outputs[c], 6);
    }
    text += "\n";
  }

  std::vector<training::LoadedModel> models_;
  std::vector<double> weights_;
  std::optional<data::InputStream> input_;
};

}  // namespace

std::unique_ptr<training::Learner> SupervisedTask::make_learner(const spec::Project& project,
                                                                const data::Dataset& dataset,
                                                                const spec::Model& model,
                                                                std::uint64_t seed,
                                                                RunContext& run) const {
  training::SupervisedProblem problem;
  problem.dataset = &dataset;
  problem.coding = code(dataset);
  problem.layers = spec::with_init(model.layers, model.init);
  problem.loss = project.training.loss.empty() ? default_loss() : project.training.loss;
  problem.seed = seed;
  problem.missing_tokens = project.data.missing;
  problem.separator = project.data.separator;
  problem.reduce = project.data.reduce;
  problem.fit_rows = dataset.part(data::Part::kTrain);
  return training::make_supervised(std::move(problem), run);
}

std::unique_ptr<training::Learner> SupervisedTask::load_learner(const std::filesystem::path& file,
                                                                RunContext& run) const {
  return training::load_model(file, run).learner;
}

std::unique_ptr<Predictor> SupervisedTask::make_predictor(const PredictorOptions& options,
                                                          RunContext& run) const {
  return std::make_unique<SupervisedPredictor>(options, run);
}

}  // namespace dlwork::task
