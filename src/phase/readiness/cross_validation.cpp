#include "phase/readiness/cross_validation.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "dlwork/base/machine.h"
#include "dlwork/base/rng.h"
#include "dlwork/base/stats.h"
#include "phase/audit/predictions.h"
#include "phase/deal_groups.h"
#include "phase/diagnose/statistics.h"

namespace dlwork::phase::classical {
namespace {

using Rows = std::vector<std::int64_t>;

/// Each row's stretch of time, 0 the earliest: `count` of about equal length, equal times together.
std::vector<std::int32_t> cut_time(const Rows& times, int count) {
  Rows sorted = times;
  std::sort(sorted.begin(), sorted.end());
  std::vector<std::int32_t> stretches;
  for (const auto time : times) {
    const auto before = std::lower_bound(sorted.begin(), sorted.end(), time) - sorted.begin();
    stretches.push_back(
        static_cast<std::int32_t>(before * count / static_cast<std::ptrdiff_t>(sorted.size())));
  }
  return stretches;
}

std::vector<Fold> folds_from(const std::vector<std::int32_t>& part_of_row, int count,
                             bool ordered) {
  std::vector<Fold> folds;
  for (int part = ordered ? 1 : 0; part < count; ++part) {
    Fold fold;
    for (std::size_t row = 0; row < part_of_row.size(); ++row) {
      const auto place = static_cast<std::int64_t>(row);
      if (part_of_row[row] == part) {
        fold.check.push_back(place);
      } else if (!ordered || part_of_row[row] < part) {
        fold.learn.push_back(place);
      }
    }
    if (!fold.check.empty() && !fold.learn.empty()) folds.push_back(std::move(fold));
  }
  return folds;
}

/// One pass over some folds with the settings that the model has.
struct Pass {
  std::vector<double> scores;
  Rows judged;
  training::Outputs outputs;
  bool cut = false;  ///< time was up
};

void add_fold(Model& model, const Problem& problem, const Fold& fold, const Score& score,
              const Limits& limits, Pass& pass) {
  Limits own = limits;
  own.queries = static_cast<std::int64_t>(fold.check.size());
  const Fit fit = model.fit(audit::part_of(problem, fold.learn, limits.seed), own);
  const auto outputs = model.predict(take_rows(problem.features, fold.check), own);
  pass.cut = pass.cut || limits.out_of_time();
  pass.scores.push_back(score(outputs, fold.check));
  pass.judged.insert(pass.judged.end(), fold.check.begin(), fold.check.end());
  pass.outputs.rows += outputs.rows;
  pass.outputs.columns = outputs.columns;
  pass.outputs.values.insert(pass.outputs.values.end(), outputs.values.begin(),
                             outputs.values.end());
}

double mean_of(const std::vector<double>& scores) {
  return std::accumulate(scores.begin(), scores.end(), 0.0) / static_cast<double>(scores.size());
}

}  // namespace

std::vector<Fold> make_folds(const data::Dataset& data, const Rows& rows, const Problem& problem,
                             int count, std::uint64_t seed) {
  if (count < 2 || static_cast<std::int64_t>(rows.size()) < 2 * count) return {};
  Rows keys;
  const bool ordered = data.split_method == "time";
  if (ordered || data.split_method == "group") {
    for (const auto row : rows) keys.push_back(data.split_keys[row]);
    // One stretch more: the first is only learned from.
    return ordered ? folds_from(cut_time(keys, count + 1), count + 1, true)
                   : folds_from(deal_groups(keys, count, seed, "readiness groups"), count, false);
  }
  return folds_from(audit::fold_of_rows(problem, count, seed), count, false);
}

void set_interval(double checked_to_learned, CrossScore& score) {
  const auto count = static_cast<double>(score.scores.size());
  score.mean = mean_of(score.scores);
  const double error = standard_deviation(score.scores) * std::sqrt(1 / count + checked_to_learned);
  const double half = diagnose::student_quantile(0.975, count - 1) * error;
  score.low = score.mean - half;
  score.high = score.mean + half;
}

CrossScore cross_validate(Model& model, const Problem& problem, const std::vector<Fold>& folds,
                          const Score& score, bool higher_is_better, const Limits& limits) {
  CrossScore result;
  const double start = monotonic_seconds();
  Limits half = limits;
  half.deadline = std::min(limits.deadline, (limits.deadline + start) / 2);
  half.progress = [](double, double, const std::string&) {};
  if (folds.size() < 2 || half.out_of_time()) return result;
  const std::size_t choices = model.choices();
  std::size_t count = folds.size();
  double one_fold = 0;  // seconds
  std::optional<Pass> best;
  for (std::size_t choice = 0; choice < choices; ++choice) {
    const double left = half.deadline - monotonic_seconds();
    if (choice > 0 && left < one_fold * static_cast<double>(count)) break;
    model.set_choice(choice);
    Pass pass;
    for (std::size_t i = 0; i < count && !pass.cut; ++i) {
      limits.check_stop();
      add_fold(model, problem, folds[i], score, half, pass);
      limits.progress(static_cast<double>(choice * count + i + 1),
                      static_cast<double>(choices * count), "fits of folds");
      if (choice > 0 || i > 0) continue;
      one_fold = monotonic_seconds() - start;
      const auto fit = static_cast<std::size_t>(
          std::clamp((half.deadline - start) / std::max(one_fold, 1e-9), 0.0, 1e6));
      count = std::min(count, fit);
    }
    if (pass.cut || count < 2) break;
    // A fold may leave a metric without a number: a ranking of samples of one class.
    std::erase_if(pass.scores, [](double value) { return !std::isfinite(value); });
    if (pass.scores.size() < 2) break;
    ++result.choices_tried;
    const double gain = best ? mean_of(pass.scores) - mean_of(best->scores) : 0;
    if (best && (higher_is_better ? gain <= 0 : gain >= 0)) continue;
    best = std::move(pass);
    result.choice = choice;
  }
  model.set_choice(best ? result.choice : Model::kUnchosen);
  if (!best) return result;
  result.scores = std::move(best->scores);
  result.judged = std::move(best->judged);
  result.outputs = std::move(best->outputs);
  result.rows = problem.features.rows();
  double checked = 0, learned = 0;
  for (std::size_t i = 0; i < count; ++i) {
    checked += static_cast<double>(folds[i].check.size());
    learned += static_cast<double>(folds[i].learn.size());
  }
  set_interval(checked / learned, result);
  return result;
}

}  // namespace dlwork::phase::classical
