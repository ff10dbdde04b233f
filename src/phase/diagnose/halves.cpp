// Samples of the training source that a network has not seen: two networks on two halves, each
// asked about what the other learned from.
#include <algorithm>

#include "dlwork/base/text.h"
#include "phase/diagnose/study.h"

namespace dlwork::phase::diagnose {
namespace {

/// Fewer training samples than this in a half say nothing.
constexpr std::int64_t kFewestOfHalf = 20;
/// Pieces the training part is dealt into; where time is short a network gets fewer than half.
constexpr std::int64_t kPieces = 8;
/// Of a network's own samples, on which its training figure is measured.
constexpr std::int64_t kHalvesRows = 5000;

std::vector<std::int64_t> joined(const std::vector<std::vector<std::int64_t>>& pieces,
                                 std::int64_t first, std::int64_t count) {
  std::vector<std::int64_t> rows;
  for (std::int64_t i = first; i < first + count; ++i) {
    rows.insert(rows.end(), pieces[i].begin(), pieces[i].end());
  }
  std::sort(rows.begin(), rows.end());
  return rows;
}

/// What cannot be said without samples held out.
std::string part_of(const Study& study) {
  return study.dataset().samples.target.is_class ? "held-out samples, with shift and labels"
                                                 : "held-out samples, with shift";
}

/// Two trainings on disjoint rows, as large as the time allows; empty where it allows none.
std::vector<FitPlan> plan_halves(Study& study) {
  const auto pieces =
      deal(study.dataset(), study.options.train_rows, kPieces, study.seed, "halves");
  double least = 0;
  for (std::int64_t each = kPieces / 2; each >= 1; each /= 2) {
    std::vector<FitPlan> plans;
    double work = 0;
    bool known = true;
    for (const std::int64_t first : {std::int64_t{0}, kPieces / 2}) {
      FitPlan plan;
      plan.label = "half " + std::to_string(plans.size() + 1) + " of 2";
      plan.project = &study.project();
      plan.train_rows = joined(pieces, first, each);
      plan.seed = study.seed;
      work += study.work_of(static_cast<std::int64_t>(plan.train_rows.size()));
      known = known && study.fits.known(plan);
      plans.push_back(std::move(plan));
    }
    const auto fewest = std::min(plans[0].train_rows.size(), plans[1].train_rows.size());
    if (static_cast<std::int64_t>(fewest) < kFewestOfHalf) break;
    if (known || study.time->allows(work)) return plans;
    least = work;
  }
  if (least > 0) {
    study.leave_for_time(part_of(study), least);
  } else {
    study.left_out.push_back(
        {part_of(study),
         "half of the training part" +
             std::string(study.dataset().split_method == "group" ? ", by whole groups," : "") +
             " is fewer than " + std::to_string(kFewestOfHalf) + " samples",
         {}});
  }
  return {};
}

/// Rows that network `which` of the two is asked about: those the other one learned from, and every
/// second of those that neither saw.
std::vector<std::int64_t> rows_for(const std::vector<std::int64_t>& all,
                                   const std::vector<FitPlan>& plans, std::size_t which) {
  const auto seen_by = [&](std::size_t plan, std::int64_t row) {
    return std::binary_search(plans[plan].train_rows.begin(), plans[plan].train_rows.end(), row);
  };
  std::vector<std::int64_t> rows;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const bool own = seen_by(which, all[i]), other = seen_by(1 - which, all[i]);
    if (other || (!own && i % 2 == which)) rows.push_back(all[i]);
  }
  return rows;
}

}  // namespace

void hold_out(Study& study) {
  if (!study.context.task.outputs_compare()) {
    study.left_out.push_back(
        {part_of(study), "what two networks say of samples does not compare", {}});
    return;
  }
  const auto plans = plan_halves(study);
  if (plans.empty()) return;
  OutOfFold held;
  held.rows = study.options.train_rows;
  held.trained_on = static_cast<std::int64_t>(plans.front().train_rows.size());
  const auto& samples = study.dataset().samples;
  for (std::size_t i = 0; i < plans.size(); ++i) {
    const Fitted fitted = study.train_granted(plans[i]);
    if (fitted.failed) {
      study.left_out.push_back(
          {part_of(study), "the training on " + plans[i].label + " failed: " + fitted.note, {}});
      return;
    }
    const auto network = study.fits.load(fitted);
    const auto rows = rows_for(held.rows, plans, i);
    const auto outputs = network->predict(samples, rows);
    held.outputs.columns = outputs.columns;
    held.outputs.rows = static_cast<std::int64_t>(held.rows.size());
    held.outputs.values.resize(held.rows.size() * outputs.columns);
    for (std::size_t k = 0; k < rows.size(); ++k) {
      const auto place =
          std::lower_bound(held.rows.begin(), held.rows.end(), rows[k]) - held.rows.begin();
      std::copy_n(outputs.row(static_cast<std::int64_t>(k)), outputs.columns,
                  held.outputs.values.begin() + place * outputs.columns);
    }
    held.validation.push_back(measure_goal(
        study.context, network->predict(samples, study.validation_rows()), data::Part::kValidation,
        study.validation_rows(), "half " + std::to_string(i + 1)));
    const auto own = some_rows(plans[i].train_rows, kHalvesRows, study.seed, "half rows");
    held.training.push_back(training::compute_metric(
        study.context.metric(), network->predict(samples, own), samples.target, own));
  }
  study.out_of_fold = std::move(held);
}

}  // namespace dlwork::phase::diagnose
