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

/// A simple way to do the same without a network, with what it says of each row asked for.
struct Rival {
  std::string name;
  std::string settings;
  std::int64_t rows = 0;  ///< it was fitted on
  training::Outputs outputs;
  double seconds = 0;
};

/// Reads raw input and tells what a model, or several together, say of it.
class Predictor {
 public:
  enum class Form { kCsv, kJsonLines };
  virtual ~Predictor() = default;
  /// The first line of a CSV.
  virtual std::string header() const = 0;
  /// Appends a line for each of the next samples; returns how many there were, 0 at the end.
  virtual std::int64_t next(Form form, std::string& text) = 0;
};
struct PredictorOptions {
  std::vector<std::filesystem::path> models;
  std::vector<double> weights;  ///< of each; they sum to 1
  std::string input;
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

  /// Names of the figures that are said of a sample without a target; empty: one, the goal's
  /// metric.
  virtual std::vector<std::string> figure_names() const { return {}; }

  /// What there is to learn from: by default the files of the data section, split.
  virtual std::unique_ptr<data::Dataset> make_dataset(const spec::Project& project,
                                                      RunContext& run) const;
  /// Whether fewer training rows are less to learn from, so that a learning curve tells something.
  virtual bool learns_from_rows() const { return true; }
  /// Whether a falling training loss means that learning goes on.
  virtual bool loss_tells() const { return true; }
  /// Whether a few samples can be learned by heart: not where each is seen with other draws each
  /// time.
  virtual bool learns_by_heart() const { return true; }
  /// What the task itself can check of its data, for the audit: findings, tables, figures.
  virtual void examine(const spec::Project&, const data::Dataset&, artefact::PhaseResult&) const {}

  /// Of a task whose samples have targets.
  virtual training::TargetCoding code(const data::Dataset&) const { return {}; }
  /// Loss of a network that knows only how often each target occurs; what the first loss should
  /// be near: entropy for a uniform guess (ln K), variance of the standardised target.
  virtual double uninformed_loss(const spec::Project& project, const data::Dataset& dataset,
                                 RunContext& run) const = 0;
  /// What `rows` get without learning, from what `fit_rows` show at a glance: class shares, the
  /// mean, random actions. `settings` says which.
  virtual Rival trivial(const spec::Project& project, const data::Dataset& dataset,
                        const std::vector<std::int64_t>& fit_rows,
                        const std::vector<std::int64_t>& rows) const = 0;
  /// Classical ways of the task's own, for samples without targets: those with targets meet the
  /// classical models of tables.
  virtual std::vector<Rival> rivals(const spec::Project&, const data::Dataset&,
                                    const std::vector<std::int64_t>& /*fit_rows*/,
                                    const std::vector<std::int64_t>& /*rows*/, RunContext&) const {
    return {};
  }
  virtual std::vector<artefact::Figure> figures(const training::Outputs& outputs,
                                                const data::Dataset& dataset,
                                                const std::vector<std::int64_t>& rows) const = 0;
  virtual std::vector<Mistake> worst(const training::Outputs& outputs, const data::Dataset& dataset,
                                     const std::vector<std::int64_t>& rows,
                                     std::int64_t count) const = 0;
  /// How wrong each sample is, for error analysis: 1 or 0 for classes, |error| for numbers. Empty
  /// where a task has no such figure.
  virtual std::vector<double> errors(const training::Outputs&, const data::Dataset&,
                                     const std::vector<std::int64_t>&) const {
    return {};
  }
  /// Whether outputs are shares of the target's classes, one a class.
  virtual bool says_shares() const { return false; }
  /// The class said of each of `rows`. Empty of a task without classes.
  virtual std::vector<std::int32_t> guesses(const training::Outputs&, const data::Dataset&,
                                            const std::vector<std::int64_t>& /*rows*/) const {
    return {};
  }
  /// Whether outputs of different networks mean the same, so that each may speak for its own rows.
  virtual bool outputs_compare() const { return true; }
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
  /// What several learners say together, weighed; weights sum to 1. `alone` holds what each says of
  /// `rows` by itself; by default its weighted mean.
  virtual training::Outputs combine(const std::vector<training::Learner*>& members,
                                    const std::vector<double>& weights,
                                    const std::vector<const training::Outputs*>& alone,
                                    const data::Samples& samples,
                                    const std::vector<std::int64_t>& rows) const;
  /// Throws Error(kInput) for a model or input that is none, Error(kUsage) where models cannot be
  /// asked together.
  virtual std::unique_ptr<Predictor> make_predictor(const PredictorOptions& options,
                                                    RunContext& run) const = 0;
};

/// Weighted mean of the members' outputs, row by row.
training::Outputs weighted_mean(const std::vector<const training::Outputs*>& members,
                                const std::vector<double>& weights);
/// The `count` of them that are worst by confidence, worst first; equal ones stay in their order.
std::vector<Mistake> first_mistakes(std::vector<Mistake> mistakes, std::int64_t count);

/// By its name in the project file. Throws Error(kUsage) with the known names.
const Task& find_task(const std::string& name);
std::vector<std::string> task_names();
/// The task that a model file was trained for. Throws Error(kInput).
const Task& task_of_model(const std::filesystem::path& file);

}  // namespace dlwork::task
