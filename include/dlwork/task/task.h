#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "dlwork/artefact/result.h"
#include "dlwork/data/dataset.h"
#include "dlwork/spec/project.h"
#include "dlwork/training/learner.h"
#include "dlwork/training/supervised.h"

namespace dlwork::task {

/// One wrong or badly wrong prediction.
struct Mistake {
  std::int64_t row = 0;   ///< into the dataset's samples
  double confidence = 0;  ///< probability of the wrong class, or |error| in the target's unit
  std::string text;       ///< "coat, taken for a shirt (0.98)"
};

/// A kind of thing to learn: what phases ask so that no phase names a task.
class Task {
 public:
  virtual ~Task() = default;
  virtual std::string name() const = 0;
  virtual std::string default_metric() const = 0;
  virtual std::string default_loss() const = 0;
  /// Metrics reported beside the goal's.
  virtual std::vector<std::string> metrics() const = 0;
  virtual training::TargetCoding code(const data::Dataset& dataset) const = 0;
  /// Loss of a network that knows only how often each target occurs; what the first loss should
  /// be near: entropy for a uniform guess (ln K), variance of the standardised target.
  virtual double uninformed_loss(const training::TargetCoding& coding) const = 0;
  /// Outputs of the best constant prediction, fitted on `fit_rows`: class shares, or the mean.
  virtual training::Outputs trivial(const data::Dataset& dataset,
                                    const std::vector<std::int64_t>& fit_rows,
                                    std::int64_t count) const = 0;
  virtual std::vector<artefact::Figure> figures(const training::Outputs& outputs,
                                                const data::Dataset& dataset,
                                                const std::vector<std::int64_t>& rows) const = 0;
  virtual std::vector<Mistake> worst(const training::Outputs& outputs,
                                     const data::Dataset& dataset,
                                     const std::vector<std::int64_t>& rows,
                                     std::int64_t count) const = 0;
  /// How wrong each sample is, for error analysis: 1 or 0 for classes, |error| for numbers. Empty
  /// where a task has no such figure.
  virtual std::vector<double> errors(const training::Outputs&, const data::Dataset&,
                                     const std::vector<std::int64_t>&) const {
    return {};
  }
  /// How unsure the network is of each sample, 0 to 1. Empty where its outputs do not tell.
  virtual std::vector<double> doubts(const training::Outputs&) const { return {}; }
  virtual std::unique_ptr<training::Learner> make_learner(const spec::Project& project,
                                                          const data::Dataset& dataset,
                                                          const spec::Model& model,
                                                          std::uint64_t seed,
                                                          RunContext& run) const = 0;
  /// A learner read back from the file its `save` wrote. Throws Error(kInput).
  virtual std::unique_ptr<training::Learner> load_learner(const std::filesystem::path& file,
                                                          RunContext& run) const = 0;
};

/// "classification" or "regression". Throws Error(kUsage) with the known names.
const Task& find_task(const std::string& name);
std::vector<std::string> task_names();

}  // namespace dlwork::task
