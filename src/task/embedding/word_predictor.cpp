#include "task/embedding/word_predictor.h"

#include <filesystem>
#include <fstream>

#include "dlwork/base/text.h"
#include "task/embedding/word_vectors.h"

namespace dlwork::task {
namespace {

constexpr std::int64_t kLinesAtOnce = 256;
constexpr std::int64_t kNearWords = 5;

class WordPredictor final : public Predictor {
 public:
  WordPredictor(const PredictorOptions& options, RunContext& run)
      : weights_(options.weights), path_(options.input), input_(options.input) {
    for (const auto& file : options.models) models_.push_back(WordVectors::load(file, run));
    for (const auto& model : models_) {
      if (!(model->vocabulary() == models_.front()->vocabulary())) {
        throw Error(ExitStatus::kUsage, "the members have different vocabularies",
                    "name one model with --model");
      }
      vectors_.push_back(model->unit_vectors());
    }
    std::error_code ignored;
    if (!input_ || std::filesystem::is_directory(path_, ignored)) {
      throw Error(ExitStatus::kInput, path_ + ": cannot be read",
                  "word vectors are asked with a text file, one word or more a line");
    }
  }

  std::string header() const override { return "source,text,prediction,similarity\n"; }

  std::int64_t next(Form form, std::string& text) override {
    std::int64_t count = 0;
    for (std::string line; count < kLinesAtOnce && std::getline(input_, line); ++count) {
      if (!line.empty() && line.back() == '\r') line.pop_back();
      if (!is_utf8(line)) {
        throw Error(ExitStatus::kInput,
                    path_ + ":" + std::to_string(line_ + 1) + ": the line is no UTF-8");
      }
      answer(form, line, text);
    }
    return count;
  }

 private:
  void answer(Form form, const std::string& line, std::string& text) {
    const std::string source = path_ + ":" + std::to_string(++line_);
    const Vocabulary& vocabulary = models_.front()->vocabulary();
    const auto near =
        near_words(vocabulary, vectors_, weights_, vocabulary.encode(line), kNearWords);
    if (form == Form::kCsv) {
      text += csv_cell(source) + "," + csv_cell(line) + ",";
      // A line without a known word has no answer.
      if (!near.empty()) text += near[0].word + "," + pretty_number(near[0].similarity, 6);
      text += near.empty() ? ",\n" : "\n";
      return;
    }
    Json json = {{"source", source}, {"text", line}, {"prediction", nullptr}};
    if (!near.empty()) json["prediction"] = near[0].word;
    json["nearest"] = Json::array();
    for (const auto& [word, similarity] : near) {
      json["nearest"].push_back({{"word", word}, {"similarity", similarity}});
    }
    text += json.dump() + "\n";
  }

  std::vector<std::unique_ptr<WordVectors>> models_;
  std::vector<torch::Tensor> vectors_;
  std::vector<double> weights_;
  std::string path_;
  std::ifstream input_;
  std::int64_t line_ = 0;
};

}  // namespace

std::unique_ptr<Predictor> make_word_predictor(const PredictorOptions& options, RunContext& run) {
  return std::make_unique<WordPredictor>(options, run);
}

}  // namespace dlwork::task
