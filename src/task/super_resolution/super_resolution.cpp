#include <algorithm>
#include <cmath>

#include "dlwork/base/machine.h"
#include "dlwork/base/text.h"
#include "dlwork/spec/task_names.h"
#include "dlwork/task/task.h"
#include "task/super_resolution/enlarger.h"
#include "task/super_resolution/enlarger_predictor.h"
#include "task/super_resolution/pictures.h"

namespace dlwork::task {
namespace {

using data::Dataset;
using training::Outputs;
using Rows = std::vector<std::int64_t>;

/// A larger picture from a small one. A sample is a picture, which is made smaller and has to be
/// restored; what is said of it is its squared error and its similarity to what was restored.
class SuperResolution final : public Task {
 public:
  std::string name() const override { return spec::tasks::super_resolution; }
  std::string default_metric() const override { return "psnr"; }
  std::string default_loss() const override { return "mse"; }
  std::vector<std::string> metrics() const override { return {"psnr", "ssim"}; }
  std::vector<std::string> figure_names() const override { return {"squared_error", "ssim"}; }
  bool learns_by_heart() const override { return false; }

  /// Of a network that gives the mean of all pixels: the variance of standardised pixels, and for
  /// losses that are not quadratic what it would be were pixels normal.
  double uninformed_loss(const spec::Project& project, const Dataset&, RunContext&) const override {
    if (project.training.loss == "mae") return std::sqrt(2 / std::acos(-1.0));
    if (project.training.loss == "huber") return 0.4247;
    return 1;
  }

  Rival trivial(const spec::Project& project, const Dataset& dataset, const Rows& fit_rows,
                const Rows& rows) const override {
    return plain(project, dataset, fit_rows, rows, {"trivial", "nearest"});
  }

  std::vector<Rival> rivals(const spec::Project& project, const Dataset& dataset,
                            const Rows& fit_rows, const Rows& rows,
                            RunContext& run) const override {
    std::vector<Rival> all;
    for (const char* mode : {"bilinear", "bicubic"}) {
      if (run.stop.requested()) throw Error(ExitStatus::kInterrupted, "readiness: stopped");
      all.push_back(plain(project, dataset, fit_rows, rows, {mode, mode}));
    }
    return all;
  }

  std::vector<artefact::Figure> figures(const Outputs& outputs, const Dataset&,
                                        const Rows&) const override {
    if (outputs.rows == 0) return {};
    std::vector<double> values;
    for (std::int64_t i = 0; i < outputs.rows; ++i) values.push_back(decibels(outputs.row(i)[0]));
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    constexpr int kPictureBins = 20;
    const double first = std::floor(*low),
                 width = (std::max(first + 1, *high) - first) / kPictureBins;
    std::vector<double> edges;
    std::vector<std::int64_t> counts(kPictureBins, 0);
    for (int bin = 0; bin <= kPictureBins; ++bin) edges.push_back(first + bin * width);
    for (const double value : values) {
      ++counts[std::clamp(static_cast<int>((value - first) / width), 0, kPictureBins - 1)];
    }
    artefact::Figure figure{
        "psnr-by-picture", "How well pictures are restored", "histogram", {}, ""};
    figure.data = {{"x_label", "PSNR, dB"},
                   {"y_label", "pictures"},
                   {"edges", edges},
                   {"series", Json::array({{{"name", "pictures"}, {"counts", counts}}})}};
    figure.caption = "Peak signal-to-noise ratio of each restored picture.";
    return {figure};
  }

  std::vector<Mistake> worst(const Outputs& outputs, const Dataset&, const Rows& rows,
                             std::int64_t count) const override {
    std::vector<Mistake> mistakes;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const float* row = outputs.row(static_cast<std::int64_t>(i));
      mistakes.push_back({rows[i], row[0],
                          "restored to " + pretty_number(decibels(row[0]), 3) + " dB, SSIM " +
                              pretty_number(row[1], 3)});
    }
    return first_mistakes(std::move(mistakes), count);
  }

  /// The root of the mean squared error of a picture's pixels, as shares of white.
  std::vector<double> errors(const Outputs& outputs, const Dataset&, const Rows&) const override {
    std::vector<double> all;
    for (std::int64_t i = 0; i < outputs.rows; ++i) all.push_back(std::sqrt(outputs.row(i)[0]));
    return all;
  }

  std::unique_ptr<training::Learner> make_learner(const spec::Project& project,
                                                  const Dataset& dataset, const spec::Model& model,
                                                  std::uint64_t seed,
                                                  RunContext& run) const override {
    return std::make_unique<Enlarger>(Enlarger::blueprint_for(project, dataset, model, seed),
                                      &dataset, run);
  }
  std::unique_ptr<training::Learner> load_learner(const std::filesystem::path& file,
                                                  RunContext& run) const override {
    return training::load_network<Enlarger>(file, spec::tasks::super_resolution, run);
  }

  Outputs combine(const std::vector<training::Learner*>& members,
                  const std::vector<double>& weights, const std::vector<const Outputs*>&,
                  const data::Samples& samples, const Rows& rows) const override {
    return figures_of_mean(members, weights, samples, rows);
  }

  std::unique_ptr<Predictor> make_predictor(const PredictorOptions& options,
                                            RunContext& run) const override {
    return make_enlarger_predictor(options, run);
  }

 private:
  struct Plain {
    const char* name;
    const char* mode;
  };
  static Rival plain(const spec::Project& project, const Dataset& dataset, const Rows& fit_rows,
                     const Rows& rows, const Plain& plain) {
    const double start = monotonic_seconds();
    const std::int64_t factor = project.training.enlarge.factor;
    Rival rival{plain.name,
                std::string(plain.mode) + " enlargement, " + std::to_string(factor) + " times",
                static_cast<std::int64_t>(fit_rows.size()),
                figures_of_plain(dataset.samples, rows, factor, plain.mode), 0};
    rival.seconds = monotonic_seconds() - start;
    return rival;
  }
};

}  // namespace

const Task& super_resolution_task() {
  static const SuperResolution task;
  return task;
}

}  // namespace dlwork::task
