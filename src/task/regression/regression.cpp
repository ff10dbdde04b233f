#include <algorithm>
#include <cmath>

#include "dlwork/base/stats.h"
#include "dlwork/base/text.h"
#include "dlwork/spec/task_names.h"
#include "task/supervised.h"

namespace dlwork::task {
namespace {

using artefact::Figure;
using data::Dataset;
using training::Outputs;

/// Points drawn at most, so that a page stays small.
constexpr std::size_t kMostPoints = 1500;

std::vector<double> target_values(const Dataset& dataset, const std::vector<std::int64_t>& rows) {
  std::vector<double> values;
  values.reserve(rows.size());
  for (const auto row : rows) values.push_back(dataset.samples.target.values[row]);
  return values;
}

class Regression final : public SupervisedTask {
 public:
  std::string name() const override { return spec::tasks::regression; }
  std::string default_metric() const override { return "rmse"; }
  std::string default_loss() const override { return "mse"; }
  std::vector<std::string> metrics() const override { return {"rmse", "mae", "r2"}; }

  training::TargetCoding code(const Dataset& dataset) const override {
    training::TargetCoding coding;
    coding.task = name();
    coding.name = dataset.samples.target.name;
    const auto values = target_values(dataset, dataset.part(data::Part::kTrain));
    coding.mean = mean(values);
    const double deviation = standard_deviation(values);
    coding.deviation = deviation > 0 ? deviation : 1;
    return coding;
  }

  /// Mean squared error of the mean, on the standardised target.
  double uninformed_loss(const spec::Project&, const Dataset&, RunContext&) const override {
    return 1;
  }

  Rival trivial(const spec::Project&, const Dataset& dataset,
                const std::vector<std::int64_t>& fit_rows,
                const std::vector<std::int64_t>& rows) const override {
    const auto count = static_cast<std::int64_t>(rows.size());
    const auto constant = static_cast<float>(mean(target_values(dataset, fit_rows)));
    return {"trivial",
            "mean",
            static_cast<std::int64_t>(fit_rows.size()),
            {count, 1, std::vector<float>(count, constant)}};
  }

  std::vector<Figure> figures(const Outputs& outputs, const Dataset& dataset,
                              const std::vector<std::int64_t>& rows) const override {
    const auto truth = target_values(dataset, rows);
    const std::size_t step = std::max<std::size_t>(1, rows.size() / kMostPoints);
    Json x = Json::array(), y = Json::array();
    for (std::size_t i = 0; i < rows.size(); i += step) {
      x.push_back(truth[i]);
      y.push_back(outputs.values[i]);
    }
    Figure figure{"predicted-against-true", "Predicted against true", "scatter", {}, ""};
    figure.data = {{"x_label", "true " + dataset.samples.target.name},
                   {"y_label", "predicted"},
                   {"diagonal", true},
                   {"series", Json::array({{{"name", "samples"}, {"x", x}, {"y", y}}})}};
    figure.caption = "A perfect network puts every point on the diagonal.";
    return {figure};
  }

  std::vector<Mistake> worst(const Outputs& outputs, const Dataset& dataset,
                             const std::vector<std::int64_t>& rows,
                             std::int64_t count) const override {
    std::vector<Mistake> mistakes;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const double truth = dataset.samples.target.values[rows[i]];
      const double guess = outputs.values[i];
      mistakes.push_back({rows[i], std::abs(guess - truth),
                          pretty_number(truth) + ", predicted " + pretty_number(guess)});
    }
    return first_mistakes(std::move(mistakes), count);
  }

  std::vector<double> errors(const Outputs& outputs, const Dataset& dataset,
                             const std::vector<std::int64_t>& rows) const override {
    const auto truth = target_values(dataset, rows);
    std::vector<double> off(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) off[i] = std::abs(outputs.values[i] - truth[i]);
    return off;
  }
};

}  // namespace

const Task& regression_task() {
  static const Regression task;
  return task;
}

}  // namespace dlwork::task
