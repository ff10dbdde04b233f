#include "phase/readiness/contest.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "dlwork/base/machine.h"
#include "phase/audit/predictions.h"
#include "phase/readiness/features.h"
#include "phase/readiness/models/more.h"

namespace dlwork::phase {
namespace {

using classical::Features;
using classical::Limits;
using classical::Model;

/// Training rows on which settings are chosen by folds, at most.
constexpr std::int64_t kMostSearchRows = 5000;
/// Validation rows that are predicted, at most: enough for an interval of half a point.
constexpr std::int64_t kMostValidationRows = 20000;

struct Entry {
  std::unique_ptr<Model> model;
  bool compact;   ///< takes the projected features
  double weight;  ///< its share of the time that is left when its turn comes
};

std::vector<Entry> line_up(bool is_class) {
  std::vector<Entry> entries;
  entries.push_back({is_class ? classical::make_logistic() : classical::make_ridge(), true, 0.2});
  if (is_class) entries.push_back({classical::make_bayes(), true, 0.1});
  entries.push_back({classical::make_neighbours(), true, 0.2});
  entries.push_back({classical::make_machine(), true, 0.15});
  entries.push_back({classical::make_forest(), true, 0.2});
  entries.push_back({classical::make_boosted(), false, 1.0});
  return entries;
}

Limits limits_for(Context& context, const std::string& name, double seconds, std::int64_t queries) {
  Limits limits;
  limits.deadline = monotonic_seconds() + seconds;
  limits.threads = context.run.threads;
  limits.seed = derive_seed(static_cast<std::uint64_t>(context.project.seed), "readiness " + name);
  limits.queries = queries;
  limits.stop = &context.run.stop;
  Reporter* reporter = &context.run.reporter;
  limits.progress = [reporter, name](double done, double total, const std::string& unit) {
    reporter->progress({"readiness: " + name, done, total, unit, ""});
  };
  return limits;
}

/// Rows of the training problem by whose folds settings are chosen.
struct SearchRows {
  std::vector<std::int64_t> places;  ///< in the problem
  std::vector<std::int64_t> rows;    ///< in the data
  std::vector<classical::Fold> folds;
};

SearchRows make_search_rows(Context& context, const classical::Problem& problem,
                            const std::vector<std::int64_t>& train_rows) {
  const auto seed = static_cast<std::uint64_t>(context.project.seed);
  SearchRows search;
  search.places.resize(train_rows.size());
  std::iota(search.places.begin(), search.places.end(), 0);
  search.places = some_rows(search.places, kMostSearchRows, seed, "readiness search rows");
  for (const auto place : search.places) search.rows.push_back(train_rows[place]);
  const auto part = audit::part_of(problem, search.places, seed);
  search.folds = classical::make_folds(context.dataset(), search.rows, part,
                                       static_cast<int>(context.project.readiness.folds), seed);
  return search;
}

/// Gives the model the settings that do best on the folds.
void choose_settings(Context& context, Model& model, const classical::Problem& problem,
                     const SearchRows& search, const Limits& limits, Contestant& contestant) {
  if (search.folds.empty()) return;
  const auto rows_of = [&](const std::vector<std::int64_t>& places) {
    std::vector<std::int64_t> rows;
    for (const auto place : places) rows.push_back(search.rows[place]);
    return rows;
  };
  const auto part = audit::part_of(problem, search.places, limits.seed);
  const auto& target = context.dataset().samples.target;
  contestant.cross = classical::cross_validate(
      model, part, search.folds,
      [&](const training::Outputs& outputs, const std::vector<std::int64_t>& places) {
        return training::compute_metric(context.metric(), outputs, target, rows_of(places));
      },
      goal_metric(context).higher_is_better, limits);
  contestant.cross.judged = rows_of(contestant.cross.judged);
  if (contestant.cross.scores.empty()) return;
  contestant.out_of_fold = measure_goal(context, contestant.cross.outputs, data::Part::kTrain,
                                        contestant.cross.judged, contestant.name + ", out of fold");
}

/// One model's turn. A failure of the model is kept for its row of the table; being stopped is not.
Contestant compete(Context& context, Entry& entry, Features& features, const SearchRows& search,
                   const std::vector<std::int64_t>& validation_rows, double seconds) {
  Contestant contestant;
  contestant.name = entry.model->name();
  const bool compact = entry.compact && features.compact_train.size() > 0;
  const Matrix& queries = compact ? features.compact_validation : features.validation;
  const double start = monotonic_seconds();
  const Limits limits = limits_for(context, contestant.name, seconds, queries.rows());
  if (compact) features.train.features.swap(features.compact_train);
  try {
    choose_settings(context, *entry.model, features.train, search, limits, contestant);
    const classical::Fit fit = entry.model->fit(features.train, limits);
    const auto outputs = entry.model->predict(queries, limits);
    contestant.rows = fit.rows;
    contestant.settings = fit.settings;
    contestant.cut = fit.cut;
    contestant.metric =
        measure_goal(context, outputs, data::Part::kValidation, validation_rows, contestant.name);
  } catch (const Error& error) {
    if (error.status() == ExitStatus::kInterrupted) throw;
    contestant.failure = error.diagnostics().front().message;
  }
  if (compact) features.train.features.swap(features.compact_train);
  context.run.reporter.progress_done();
  contestant.seconds = monotonic_seconds() - start;
  return contestant;
}

Contestant measure_rival(Context& context, const task::Rival& rival,
                         const std::vector<std::int64_t>& validation_rows) {
  Contestant contestant;
  contestant.name = rival.name;
  contestant.rows = rival.rows;
  contestant.settings = rival.settings;
  contestant.seconds = rival.seconds;
  contestant.metric =
      measure_goal(context, rival.outputs, data::Part::kValidation, validation_rows, rival.name);
  return contestant;
}

/// Classical models that learn the target from features.
void meet_targets(Context& context, const std::vector<std::int64_t>& train_rows,
                  const std::vector<std::int64_t>& validation_rows, double end, Contest& contest) {
  Features features = classical::make_features(context.dataset(), train_rows, validation_rows,
                                               static_cast<std::uint64_t>(context.project.seed),
                                               context.project.data.reduce);
  contest.notes = features.notes;
  const SearchRows search = make_search_rows(context, features.train, train_rows);
  for (Entry& entry : line_up(features.train.is_class)) {
    const double seconds = std::max(0.0, end - monotonic_seconds()) * entry.weight;
    contest.models.push_back(compete(context, entry, features, search, validation_rows, seconds));
  }
}

}  // namespace

const Contestant* Contest::best(const Context& context) const {
  const Contestant* best = nullptr;
  for (const Contestant& model : models) {
    if (!model.failure.empty()) continue;
    // A figure that is no number (a ranking of one class) is better than none, and than no other.
    const bool replaces_none =
        best != nullptr && std::isnan(best->metric.value) && !std::isnan(model.metric.value);
    if (best == nullptr || replaces_none ||
        better_by(context, model.metric.value, best->metric.value) > 0) {
      best = &model;
    }
  }
  return best;
}

Contest hold_contest(Context& context) {
  const double start = monotonic_seconds();
  const data::Dataset& dataset = context.dataset();
  const auto seed = static_cast<std::uint64_t>(context.project.seed);
  const std::int64_t most_rows =
      std::min(context.project.readiness.rows,
               std::max<std::int64_t>(
                   classical::kMostValues / classical::count_features(dataset.samples), 100));
  const auto train_rows =
      some_rows(dataset.part(data::Part::kTrain), most_rows, seed, "readiness rows");
  const auto validation_rows =
      some_rows(dataset.part(data::Part::kValidation), std::min(kMostValidationRows, most_rows),
                seed, "readiness validation rows");
  Contest contest;
  contest.validation_rows = static_cast<std::int64_t>(validation_rows.size());
  contest.trivial = measure_rival(
      context, context.task.trivial(context.project, dataset, train_rows, validation_rows),
      validation_rows);
  const double limit = context.project.readiness.time.seconds;
  if (dataset.samples.target.given()) {
    meet_targets(context, train_rows, validation_rows, start + limit, contest);
  }
  for (const task::Rival& rival :
       context.task.rivals(context.project, dataset, train_rows, validation_rows, context.run)) {
    contest.models.push_back(measure_rival(context, rival, validation_rows));
  }
  return contest;
}

}  // namespace dlwork::phase
