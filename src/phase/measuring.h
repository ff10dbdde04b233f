#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "dlwork/base/rng.h"
#include "dlwork/phase/phase.h"
#include "dlwork/training/metrics.h"

/// What the training phases share: measuring outputs, comparing with the goal, drawing a fit.
namespace dlwork::phase {

const training::MetricInfo& goal_metric(const Context& context);

/// By how much `value` is better than `than`, in the goal metric's own direction.
double better_by(const Context& context, double value, double than);
/// nullopt where the goal has no target.
std::optional<bool> goal_reached(const Context& context, double value);

/// The goal's metric first, then the task's others, each with its interval.
std::vector<artefact::Metric> measure_all(Context& context, const training::Outputs& outputs,
                                          data::Part part, const std::vector<std::int64_t>& rows,
                                          const std::string& of);
artefact::Metric measure_goal(Context& context, const training::Outputs& outputs, data::Part part,
                              const std::vector<std::int64_t>& rows, const std::string& of);

/// "accuracy 0.912 [0.905, 0.919]".
std::string metric_text(const artefact::Metric& metric);
/// ", goal 0.925" or "".
std::string goal_text(const Context& context);

/// `count` rows of `rows`, drawn without replacement, ascending; all of them when there are fewer.
std::vector<std::int64_t> some_rows(const std::vector<std::int64_t>& rows, std::int64_t count,
                                    std::uint64_t seed, std::string_view purpose);

/// How many of the rows each class has, by its code; nothing where the target is no class.
std::vector<std::int64_t> class_counts(const data::Target& target,
                                       const std::vector<std::int64_t>& rows);

/// A fit on the training part, judged on the validation part; each epoch leaves a line in the run's
/// log, and TensorBoard's events go to the run folder.
training::FitOptions fit_options(Context& context, const spec::Training& training,
                                 const std::string& label, std::uint64_t seed);

/// A line of the run's log for each epoch, for those who follow it.
std::function<training::AfterEpoch(const training::EpochRecord&)> log_epochs(
    Context& context, const std::string& label, std::int64_t epochs);

/// Loss and metric by epoch, as two figures.
std::vector<artefact::Figure> learning_curves(const Context& context,
                                              const training::FitReport& report);
/// log.jsonl line of a fit, and what one of an epoch holds.
Json to_json(const training::EpochRecord& epoch);
Json to_json(const training::FitReport& report);

}  // namespace dlwork::phase
