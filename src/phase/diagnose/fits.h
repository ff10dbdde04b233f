#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "dlwork/training/fit_error.h"
#include "phase/measuring.h"

namespace dlwork::phase::diagnose {

/// One training beside the diagnosed one.
struct FitPlan {
  std::string label;                       ///< for progress: "learning curve, 500 samples"
  const spec::Project* project = nullptr;  ///< with what differs laid over
  std::vector<std::int64_t> train_rows;
  std::uint64_t seed = 1;
  /// Other inputs than the context's data, and what makes them other.
  const data::Dataset* dataset = nullptr;
  std::string variant;
  double cost = 1;            ///< of a step, against the diagnosed network's
  bool on_validation = true;  ///< false: no validation part, the last epoch counts
};

/// What a training gave.
struct Fitted {
  bool built = true;  ///< false: there was no network to train, or no memory for it
  bool failed = false;
  std::string note;            ///< why it failed
  double value = 0;            ///< the goal's metric on the validation part
  std::vector<double> losses;  ///< training loss by epoch
  double seconds = 0;
  std::filesystem::path model;
};

/// Whether making a network ended because its layers do not fit each other or need too much memory:
/// of one that differs from the project's a result, as divergence is.
bool is_misbuilt(const Error& error);
/// "cannot be built: attention: heads 4 must divide the 6 channels that come in; ..".
std::string misbuilt_text(const Error& error);

/// Runs a training to its end, or to its divergence, which is a result too: what ended it, or "".
/// Throws what else the training throws.
std::string train_or_diverge(const std::function<void()>& train);

/// Trainings, kept under the workspace's cache by all that decides their result: a second diagnosis
/// takes them from there, and a killed one goes on inside the training it was in.
class Fits {
 public:
  explicit Fits(Context& context);
  bool known(const FitPlan& plan) const;
  /// Throws what a training throws, but for divergence and a network that cannot be built, which
  /// are results.
  Fitted run(const FitPlan& plan);
  std::unique_ptr<training::Learner> load(const Fitted& fitted) const;

 private:
  std::string key_of(const FitPlan& plan) const;
  Fitted train(const FitPlan& plan, const std::filesystem::path& folder);

  Context& context_;
  std::filesystem::path folder_;
};

/// Wall time that studies share. Work is estimated by the speed of the diagnosed run.
class TimeLimit {
 public:
  /// `seconds` 0: none. `per_sample`: of one sample in one epoch.
  TimeLimit(double seconds, double per_sample) : seconds_(seconds), per_sample_(per_sample) {}
  bool allows(double samples_times_epochs) const {
    return seconds_ <= 0 || spent_ + samples_times_epochs * per_sample_ <= seconds_;
  }
  void spend(double seconds) { spent_ += seconds; }
  double spent() const { return spent_; }
  double seconds_of(double samples_times_epochs) const {
    return samples_times_epochs * per_sample_;
  }
  double left() const { return seconds_ - spent_; }
  double per_sample() const { return per_sample_; }
  bool unlimited() const { return seconds_ <= 0; }

 private:
  double seconds_, per_sample_, spent_ = 0;
};

}  // namespace dlwork::phase::diagnose
