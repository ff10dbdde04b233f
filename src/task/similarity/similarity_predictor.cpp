#include "task/similarity/similarity_predictor.h"

#include <cmath>
#include <limits>
#include <numeric>

#include "dlwork/base/text.h"
#include "task/similarity/similarity_network.h"

namespace dlwork::task {
namespace {

using training::Outputs;

constexpr std::int64_t kSamplesAtOnce = 2048;

Outputs rows_of(const torch::Tensor& tensor) {
  const auto plain = tensor.contiguous();
  const float* data = plain.data_ptr<float>();
  return {plain.size(0), plain.size(1), {data, data + plain.numel()}};
}

class SimilarityPredictor final : public Predictor {
 public:
  SimilarityPredictor(const PredictorOptions& options, RunContext& run)
      : weights_(options.weights) {
    for (const auto& file : options.models) models_.push_back(SimilarityNetwork::load(file, run));
    const auto& first = *models_.front();
    std::vector<Outputs> centres;
    for (const auto& model : models_) {
      if (model->classes() != first.classes()) {
        throw Error(ExitStatus::kUsage, "the members were trained for different classes",
                    "name one model with --model");
      }
      centres.push_back(rows_of(model->centres()));
    }
    centres_ = together(centres);
    const auto& blueprint = first.blueprint();
    input_.emplace(options.input, blueprint.preprocessor, blueprint.missing_tokens,
                   blueprint.separator);
  }

  std::string header() const override {
    std::string line = "source,prediction,distance";
    for (std::int64_t k = 1; k <= centres_.columns; ++k) line += ",v" + std::to_string(k);
    return line + "\n";
  }

  std::int64_t next(Form form, std::string& text) override {
    const auto samples = input_->next(kSamplesAtOnce);
    if (!samples) return 0;
    std::vector<std::int64_t> rows(samples->count);
    std::iota(rows.begin(), rows.end(), 0);
    std::vector<Outputs> vectors;
    for (const auto& model : models_) vectors.push_back(model->predict(*samples, rows));
    const Outputs all = together(vectors);
    for (std::int64_t i = 0; i < samples->count; ++i) {
      write_sample(form, samples->where(i), all.row(i), text);
    }
    return samples->count;
  }

 private:
  Outputs together(const std::vector<Outputs>& members) const {
    std::vector<const Outputs*> each;
    for (const auto& one : members) each.push_back(&one);
    return end_to_end(each, weights_);
  }

  /// The nearest centre; -1 where no class has one.
  struct Centre {
    std::int64_t code = -1;
    double distance = std::numeric_limits<double>::infinity();
  };
  Centre nearest_centre(const float* vector) const {
    Centre nearest;
    for (std::int64_t c = 0; c < centres_.rows; ++c) {
      double squared = 0;
      for (std::int64_t k = 0; k < centres_.columns; ++k) {
        const double difference = vector[k] - centres_.row(c)[k];
        squared += difference * difference;
      }
      const double distance = std::sqrt(squared);  // NaN of a class without samples
      if (distance < nearest.distance) nearest = {c, distance};
    }
    return nearest;
  }

  void write_sample(Form form, const std::string& source, const float* vector,
                    std::string& text) const {
    const Centre nearest = nearest_centre(vector);
    const bool found = nearest.code >= 0;
    const std::string name = found ? models_.front()->classes()[nearest.code] : "";
    if (form == Form::kJsonLines) {
      Json line = {{"source", source}, {"prediction", nullptr}, {"distance", nullptr}};
      if (found) line["prediction"] = name;
      if (found) line["distance"] = nearest.distance;
      line["vector"] = std::vector<float>(vector, vector + centres_.columns);
      text += line.dump() + "\n";
      return;
    }
    text += csv_cell(source) + "," + csv_cell(name) + ",";
    if (found) text += pretty_number(nearest.distance, 6);
    for (std::int64_t k = 0; k < centres_.columns; ++k) text += "," + number_text(vector[k]);
    text += "\n";
  }

  std::vector<std::unique_ptr<SimilarityNetwork>> models_;
  std::vector<double> weights_;
  Outputs centres_;
  std::optional<data::InputStream> input_;
};

}  // namespace

Outputs end_to_end(const std::vector<const Outputs*>& members, const std::vector<double>& weights) {
  DLWORK_ASSERT(!members.empty() && members.size() == weights.size(), "one weight a member");
  Outputs all{members.front()->rows, 0, {}};
  for (const auto* member : members) all.columns += member->columns;
  all.values.reserve(static_cast<std::size_t>(all.rows * all.columns));
  for (std::int64_t row = 0; row < all.rows; ++row) {
    for (std::size_t m = 0; m < members.size(); ++m) {
      const auto scale = static_cast<float>(std::sqrt(weights[m]));
      const float* vector = members[m]->row(row);
      for (std::int64_t k = 0; k < members[m]->columns; ++k) {
        all.values.push_back(scale * vector[k]);
      }
    }
  }
  return all;
}

std::unique_ptr<Predictor> make_similarity_predictor(const PredictorOptions& options,
                                                     RunContext& run) {
  return std::make_unique<SimilarityPredictor>(options, run);
}

}  // namespace dlwork::task
