#include "phase/diagnose/probe.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "dlwork/base/machine.h"
#include "dlwork/base/text.h"
#include "phase/diagnose/components.h"

namespace dlwork::phase::diagnose {
namespace {

/// Batches of one pass of a probe, at most: more would see every sample less often.
constexpr std::int64_t kBatchesOfPass = 30;
/// Powers of ten beyond the first sweep that are tried while the best rate is at an end.
constexpr int kMostDecades = 4;
constexpr int kRepeats = 3;

spec::Training plain(const Study& study, double rate) {
  spec::Training training = study.options.training;
  training.learning_rate = rate;
  training.schedule = "constant";
  training.early_stopping.patience = 0;
  return training;
}

training::FitOptions plain_fit(const Study& study, spec::Training training, std::uint64_t seed,
                               const std::string& label) {
  training::FitOptions options;
  options.training = std::move(training);
  options.seed = seed;
  options.metric = study.context.metric();
  options.label = "diagnose: " + label;
  return options;
}

/// Short trainings count as diagnose.time too, those that end in an error as well.
class SpentTime {
 public:
  explicit SpentTime(TimeLimit& limit) : limit_(limit), start_(monotonic_seconds()) {}
  ~SpentTime() { limit_.spend(monotonic_seconds() - start_); }

 private:
  TimeLimit& limit_;
  double start_;
};

double probed_loss(Study& study, double rate, std::uint64_t seed) {
  auto training = plain(study, rate);
  if (training.batch_size == 0) training.batch_size = spec::Training().batch_size;
  const std::int64_t batch = training.batch_size;
  const auto rows =
      some_rows(study.options.train_rows, batch * kBatchesOfPass, study.seed, "probe");
  const auto batches =
      std::max<std::int64_t>(1, (static_cast<std::int64_t>(rows.size()) + batch - 1) / batch);
  training.epochs =
      std::max<std::int64_t>(2, (study.settings().probe_steps + batches - 1) / batches);
  auto options = plain_fit(study, training, seed, "learning rate " + pretty_number(rate));
  options.train_rows = rows;
  const SpentTime spent(*study.time);
  auto learner = study.context.task.make_learner(study.project(), study.dataset(),
                                                 study.project().model, seed, study.context.run);
  double loss = std::numeric_limits<double>::quiet_NaN();
  train_or_diverge(
      [&] { loss = learner->fit(options, study.context.run).history.back().train_loss; });
  return loss;
}

}  // namespace

double Probe::gain(const ProbedRate& probed) const {
  return std::isfinite(probed.loss) ? std::max(0.0, start - probed.loss) : 0;
}

const ProbedRate& Probe::best() const {
  return *std::max_element(rates.begin(), rates.end(),
                           [&](const auto& a, const auto& b) { return gain(a) < gain(b); });
}

const ProbedRate& Probe::at_own() const {
  return *std::find_if(rates.begin(), rates.end(), [&](const auto& r) { return r.rate == own; });
}

Probe probe_rates(Study& study) {
  Probe probe;
  probe.own = study.options.training.learning_rate;
  probe.steps = study.settings().probe_steps;
  probe.start =
      study.context.task.uninformed_loss(study.project(), study.dataset(), study.context.run);
  const auto at = [&](int decade) {
    const double rate = decade == 0 ? probe.own : probe.own * std::pow(10.0, decade);
    return ProbedRate{rate, probed_loss(study, rate, study.seed)};
  };
  int low = -2, high = 2;
  for (int decade = low; decade <= high; ++decade) probe.rates.push_back(at(decade));
  while (probe.best().rate == probe.rates.front().rate && low > -kMostDecades) {
    probe.rates.insert(probe.rates.begin(), at(--low));
  }
  while (probe.best().rate == probe.rates.back().rate && high < kMostDecades) {
    probe.rates.push_back(at(++high));
  }
  return probe;
}

Difference gain_over_own(Study& study, const Probe& probe, double rate) {
  std::vector<double> differences;
  for (int repeat = 0; repeat < kRepeats; ++repeat) {
    const auto seed = derive_seed(study.seed, "probe " + std::to_string(repeat));
    differences.push_back(probe.gain({rate, probed_loss(study, rate, seed)}) -
                          probe.gain({probe.own, probed_loss(study, probe.own, seed)}));
  }
  return mean_of_pairs(differences);
}

double work_by_heart(const Study& study) {
  const auto& test = study.project().test;
  const auto rows = static_cast<std::int64_t>(study.options.train_rows.size());
  return static_cast<double>(test.overfit_steps) *
         static_cast<double>(std::min(test.overfit_samples, rows));
}

ByHeart learn_by_heart(Study& study, const spec::Model& model, double rate) {
  const auto& test = study.project().test;
  auto training = plain(study, rate);
  training.weight_decay = 0;
  training.augment = {};
  training.label_smoothing = 0;  // its least loss is far above 0
  training.epochs = test.overfit_steps;
  training.batch_size = test.overfit_samples;
  auto options = plain_fit(study, training, study.seed, "a batch by heart");
  options.train_rows =
      some_rows(study.options.train_rows, test.overfit_samples, study.seed, "by heart");
  ByHeart outcome;
  options.after_epoch = [&](const training::EpochRecord& epoch) {
    outcome.losses.push_back(epoch.train_loss);
    outcome.learned = epoch.train_loss < test.overfit_loss_ratio * outcome.first();
    return outcome.learned ? training::AfterEpoch::kStop : training::AfterEpoch::kGoOn;
  };
  const SpentTime spent(*study.time);
  spec::Model without_dropout = model;
  remove_dropout(without_dropout.layers);
  auto learner = study.context.task.make_learner(study.project(), study.dataset(), without_dropout,
                                                 study.seed, study.context.run);
  train_or_diverge([&] { learner->fit(options, study.context.run); });  // diverged: not learned
  return outcome;
}

}  // namespace dlwork::phase::diagnose
