#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "dlwork/data/dataset.h"
#include "phase/readiness/models/model.h"

namespace dlwork::phase::classical {

/// One division of a problem's rows, by their places in it, ascending.
struct Fold {
  std::vector<std::int64_t> learn, check;
};

/// Folds that go by what the project's split goes by: classes in equal shares, groups whole, or
/// times in order, each stretch checked by models that know only what was before it. `rows` are the
/// problem's rows in the data. Fewer folds where there are fewer groups or times.
std::vector<Fold> make_folds(const data::Dataset& data, const std::vector<std::int64_t>& rows,
                             const Problem& problem, int count, std::uint64_t seed);

/// What a model reaches over the folds, with the settings that did best.
struct CrossScore {
  /// One a fold that has a figure; empty where time or the folds' classes allowed fewer than two.
  std::vector<double> scores;
  double mean = 0;
  double low = 0, high = 0;       ///< 95 %, by Student's t with the folds' overlap allowed for
  std::size_t choice = 0;         ///< the model's own number of the settings
  std::size_t choices_tried = 0;  ///< on all of the folds
  std::int64_t rows = 0;          ///< of the training part that took part
  /// What the models said of the rows that they did not learn from, and their places.
  std::vector<std::int64_t> judged;
  training::Outputs outputs;
};

/// The goal's metric of outputs for these places of the problem.
using Score = std::function<double(const training::Outputs& outputs,
                                   const std::vector<std::int64_t>& places)>;

/// Tries the model's settings, the usual ones first, on as many of the folds as half of the time
/// allows, and gives it the best. Leaves the model untouched where not even two folds fit.
CrossScore cross_validate(Model& model, const Problem& problem, const std::vector<Fold>& folds,
                          const Score& score, bool higher_is_better, const Limits& limits);

/// The interval of a mean over folds whose training rows overlap (Nadeau and Bengio 2003, section
/// 3: the variance grows by the ratio of checked to learned rows).
void set_interval(double checked_to_learned, CrossScore& score);

}  // namespace dlwork::phase::classical
