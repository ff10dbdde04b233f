#include "task/transcription/text_predictor.h"

#include <numeric>
#include <optional>

#include "dlwork/base/text.h"
#include "dlwork/spec/task_names.h"
#include "task/transcription/decoding.h"
#include "task/transcription/transcriber.h"

namespace dlwork::task {
namespace {

/// Series held at a time, so that memory does not grow with the input.
constexpr std::int64_t kSeriesAtOnce = 256;

class TextPredictor final : public Predictor {
 public:
  TextPredictor(const PredictorOptions& options, RunContext& run) : weights_(options.weights) {
    for (const auto& file : options.models) {
      models_.push_back(training::load_network<Transcriber>(file, spec::tasks::transcription, run));
      members_.push_back(models_.back().get());
    }
    const auto& first = members_.front()->blueprint();
    input_.emplace(options.input, first.preprocessor, first.missing_tokens, first.separator);
  }

  std::string header() const override { return "source,prediction,confidence\n"; }

  std::int64_t next(Form form, std::string& text) override {
    const auto samples = input_->next(kSeriesAtOnce);
    if (!samples) return 0;
    std::vector<std::int64_t> rows(samples->count);
    std::iota(rows.begin(), rows.end(), 0);
    const auto said = read_together(members_, weights_, *samples, rows);
    for (const auto row : rows) {
      const std::string source = samples->where(row);
      const float confidence = said.row(row)[kConfidenceColumn];
      if (form == Form::kJsonLines) {
        const Json line = {
            {"source", source}, {"prediction", said.texts[row]}, {"confidence", confidence}};
        text += line.dump() + "\n";
      } else {
        text += csv_cell(source) + "," + csv_cell(said.texts[row]) + "," +
                pretty_number(confidence, 6) + "\n";
      }
    }
    return samples->count;
  }

 private:
  std::vector<std::unique_ptr<Transcriber>> models_;
  std::vector<const Transcriber*> members_;
  std::vector<double> weights_;
  std::optional<data::InputStream> input_;
};

}  // namespace

std::unique_ptr<Predictor> make_text_predictor(const PredictorOptions& options, RunContext& run) {
  return std::make_unique<TextPredictor>(options, run);
}

}  // namespace dlwork::task
