#include "task/super_resolution/enlarger_predictor.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "dlwork/base/text.h"
#include "dlwork/spec/task_names.h"
#include "task/super_resolution/enlarger.h"
#include "task/super_resolution/pictures.h"
#include "training/network_training.h"
#include "training/picture_metrics.h"

namespace dlwork::task {
namespace {

constexpr std::int64_t kPicturesAtOnce = 256;
constexpr double kLeastError = 1e-10;

class EnlargerPredictor final : public Predictor {
 public:
  EnlargerPredictor(const PredictorOptions& options, RunContext& run) : weights_(options.weights) {
    for (const auto& file : options.models) {
      models_.push_back(training::load_network<Enlarger>(file, spec::tasks::super_resolution, run));
      members_.push_back(models_.back().get());
    }
    const auto& blueprint = models_.front()->blueprint();
    input_.emplace(options.input, blueprint.preprocessor, blueprint.missing_tokens,
                   blueprint.separator);
  }

  std::string header() const override { return "source,psnr,ssim\n"; }

  std::int64_t next(Form form, std::string& text) override {
    const auto samples = input_->next(kPicturesAtOnce);
    if (!samples) return 0;
    std::vector<std::int64_t> rows(samples->count);
    std::iota(rows.begin(), rows.end(), 0);
    const auto figures = figures_of_mean(members_, weights_, *samples, rows);
    for (std::int64_t i = 0; i < samples->count; ++i) {
      const double psnr = decibels(figures.row(i)[0]), ssim = figures.row(i)[1];
      if (form == Form::kJsonLines) {
        const Json line = {{"source", samples->where(i)}, {"psnr", psnr}, {"ssim", ssim}};
        text += line.dump() + "\n";
      } else {
        text += csv_cell(samples->where(i)) + "," + pretty_number(psnr, 6) + "," +
                pretty_number(ssim, 6) + "\n";
      }
    }
    return samples->count;
  }

 private:
  std::vector<std::unique_ptr<Enlarger>> models_;
  std::vector<training::Learner*> members_;
  std::vector<double> weights_;
  std::optional<data::InputStream> input_;
};

}  // namespace

double decibels(double error) { return -10 * std::log10(std::max(kLeastError, error)); }

training::Outputs figures_of_mean(const std::vector<training::Learner*>& members,
                                  const std::vector<double>& weights, const data::Samples& samples,
                                  const std::vector<std::int64_t>& rows) {
  const torch::NoGradGuard no_grad;
  std::vector<const Enlarger*> enlargers;
  for (auto* member : members) enlargers.push_back(&dynamic_cast<const Enlarger&>(*member));
  const std::int64_t factor = enlargers.front()->factor();
  for (const auto* other : enlargers) {
    if (other->factor() == factor) continue;
    throw Error(ExitStatus::kUsage, "the members enlarge by different factors",
                "name one model with --model, or search no training.enlarge.factor");
  }
  training::Outputs all;
  for (std::size_t begin = 0; begin < rows.size(); begin += kPicturesAtOnce) {
    const auto end = std::min(rows.size(), begin + kPicturesAtOnce);
    const std::vector<std::int64_t> some(rows.begin() + static_cast<std::ptrdiff_t>(begin),
                                         rows.begin() + static_cast<std::ptrdiff_t>(end));
    torch::Tensor mean;
    for (std::size_t m = 0; m < enlargers.size(); ++m) {
      if (weights[m] == 0) continue;
      const auto part = enlargers[m]->restored(samples, some) * weights[m];
      mean = mean.defined() ? mean + part : part;
    }
    const auto truth =
        true_pictures(samples, some.data(), static_cast<std::int64_t>(some.size()), factor);
    training::append(all, training::picture_figures(mean, truth));
  }
  return all;
}

std::unique_ptr<Predictor> make_enlarger_predictor(const PredictorOptions& options,
                                                   RunContext& run) {
  return std::make_unique<EnlargerPredictor>(options, run);
}

}  // namespace dlwork::task
