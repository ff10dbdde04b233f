#include <algorithm>
#include <cmath>
#include <numeric>

#include "dlwork/base/text.h"
#include "dlwork/spec/task_names.h"
#include "task/supervised.h"

namespace dlwork::task {
namespace {

using artefact::Figure;
using data::Dataset;
using training::Outputs;

std::int64_t predicted_class(const Outputs& outputs, std::int64_t index) {
  const float* row = outputs.row(index);
  return std::max_element(row, row + outputs.columns) - row;
}

/// Rows are the true classes, columns the predicted ones.
Figure confusion_matrix(const Outputs& outputs, const Dataset& dataset,
                        const std::vector<std::int64_t>& rows) {
  const auto& target = dataset.samples.target;
  const std::size_t classes = target.classes.size();
  std::vector<std::vector<std::int64_t>> counts(classes, std::vector<std::int64_t>(classes, 0));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    ++counts[target.codes[rows[i]]][predicted_class(outputs, static_cast<std::int64_t>(i))];
  }
  Figure figure{"confusion-matrix", "Confusion matrix", "matrix", {}, ""};
  figure.data = {{"row_label", "true"},
                 {"column_label", "predicted"},
                 {"rows", target.classes},
                 {"columns", target.classes},
                 {"values", counts}};
  figure.caption = "Samples by true class (rows) and predicted class (columns).";
  return figure;
}

Figure recall_by_class(const Outputs& outputs, const Dataset& dataset,
                       const std::vector<std::int64_t>& rows) {
  const auto& target = dataset.samples.target;
  std::vector<double> right(target.classes.size(), 0), all(target.classes.size(), 0);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto code = target.codes[rows[i]];
    all[code] += 1;
    if (predicted_class(outputs, static_cast<std::int64_t>(i)) == code) right[code] += 1;
  }
  Json values = Json::array();
  for (std::size_t c = 0; c < all.size(); ++c) {
    values.push_back(all[c] > 0 ? Json(right[c] / all[c]) : Json(nullptr));
  }
  Figure figure{"recall-by-class", "Recall by class", "bars", {}, ""};
  figure.data = {{"y_label", "recall"},
                 {"labels", target.classes},
                 {"series", Json::array({{{"name", "recall"}, {"values", values}}})}};
  figure.caption = "Share of each class that is recognised.";
  return figure;
}

class Classification final : public SupervisedTask {
 public:
  std::string name() const override { return spec::tasks::classification; }
  std::string default_metric() const override { return "accuracy"; }
  std::string default_loss() const override { return "cross-entropy"; }
  std::vector<std::string> metrics() const override {
    return {"accuracy", "balanced-accuracy", "macro-f1", "log-loss", "auroc"};
  }

  training::TargetCoding code(const Dataset& dataset) const override {
    training::TargetCoding coding;
    coding.task = name();
    coding.name = dataset.samples.target.name;
    coding.classes = dataset.samples.target.classes;
    return coding;
  }

  double uninformed_loss(const spec::Project& project, const Dataset& dataset,
                         RunContext&) const override {
    if (project.training.loss == "bce") return std::log(2.0);  // of each class by itself
    return std::log(static_cast<double>(code(dataset).classes.size()));
  }

  Rival trivial(const spec::Project&, const Dataset& dataset,
                const std::vector<std::int64_t>& fit_rows,
                const std::vector<std::int64_t>& rows) const override {
    const auto count = static_cast<std::int64_t>(rows.size());
    const auto& target = dataset.samples.target;
    std::vector<float> shares(target.classes.size(), 0.0f);
    for (const auto row : fit_rows) {
      shares[target.codes[row]] += 1.0f / static_cast<float>(fit_rows.size());
    }
    Outputs outputs{count, static_cast<std::int64_t>(shares.size()), {}};
    outputs.values.reserve(count * shares.size());
    for (std::int64_t i = 0; i < count; ++i) {
      outputs.values.insert(outputs.values.end(), shares.begin(), shares.end());
    }
    return {"trivial", "class shares", static_cast<std::int64_t>(fit_rows.size()), outputs};
  }

  std::vector<Figure> figures(const Outputs& outputs, const Dataset& dataset,
                              const std::vector<std::int64_t>& rows) const override {
    return {confusion_matrix(outputs, dataset, rows), recall_by_class(outputs, dataset, rows)};
  }

  std::vector<Mistake> worst(const Outputs& outputs, const Dataset& dataset,
                             const std::vector<std::int64_t>& rows,
                             std::int64_t count) const override {
    const auto& target = dataset.samples.target;
    std::vector<Mistake> mistakes;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto guess = predicted_class(outputs, static_cast<std::int64_t>(i));
      const auto truth = target.codes[rows[i]];
      if (guess == truth) continue;
      const double confidence = outputs.row(static_cast<std::int64_t>(i))[guess];
      mistakes.push_back({rows[i], confidence,
                          target.classes[truth] + ", taken for " + target.classes[guess] + " (" +
                              pretty_number(confidence, 3) + ")"});
    }
    return first_mistakes(std::move(mistakes), count);
  }

  std::vector<double> errors(const Outputs& outputs, const Dataset& dataset,
                             const std::vector<std::int64_t>& rows) const override {
    std::vector<double> wrong(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto guess = predicted_class(outputs, static_cast<std::int64_t>(i));
      wrong[i] = guess == dataset.samples.target.codes[rows[i]] ? 0 : 1;
    }
    return wrong;
  }

  bool says_shares() const override { return true; }
  std::vector<std::int32_t> guesses(const Outputs& outputs, const Dataset&,
                                    const std::vector<std::int64_t>&) const override {
    std::vector<std::int32_t> said(outputs.rows);
    for (std::int64_t i = 0; i < outputs.rows; ++i) {
      said[i] = static_cast<std::int32_t>(predicted_class(outputs, i));
    }
    return said;
  }

  /// 1 less the gap between the two likeliest classes.
  std::vector<double> doubts(const Outputs& outputs) const override {
    std::vector<double> doubts(outputs.rows);
    for (std::int64_t i = 0; i < outputs.rows; ++i) {
      std::vector<float> sorted(outputs.row(i), outputs.row(i) + outputs.columns);
      std::partial_sort(sorted.begin(), sorted.begin() + 2, sorted.end(), std::greater<>());
      doubts[i] = 1.0 - (sorted[0] - sorted[1]);
    }
    return doubts;
  }
};

}  // namespace

const Task& classification_task() {
  static const Classification task;
  return task;
}

}  // namespace dlwork::task
