#pragma once

#include <cstdint>
#include <vector>

#include "dlwork/data/dataset.h"
#include "dlwork/training/learner.h"
#include "dlwork/training/metrics.h"

namespace dlwork::training {

using MetricRows = std::vector<std::int64_t>;
/// What every metric of the table is: of outputs, and the targets of the same rows in their order.
using MetricFunction = double(const Outputs&, const data::Target&, const MetricRows&);

// Classification: outputs are probabilities over the classes. K: classes.
MetricFunction accuracy, balanced_accuracy, macro_f1, micro_f1, weighted_f1, log_loss, brier, auroc,
    average_precision, top3_accuracy, top5_accuracy, expected_calibration_error, matthews, kappa;

// Regression: outputs are one value a row, in the target's unit.
MetricFunction rmse, mae, median_absolute_error, r2, mape, pinball10, pinball50, pinball90;

// Without targets: outputs are one figure a row.
MetricFunction mean_output, least_output;
MetricFunction psnr_of_errors;   ///< of picture_figures
MetricFunction mean_similarity;  ///< of picture_figures

/// What turns outputs into a figure for each row, of a metric that is the mean of such.
using JudgeFunction = Judged(const Outputs&, const data::Target&, const MetricRows&);

// Similarity: outputs are vectors, and each row is held against all others of `rows` by Euclidean
// distance. Rows that are alone of their class have no figure.
JudgeFunction nearest_alike;   ///< whether the nearest row is of the class
JudgeFunction precision_at_r;  ///< Musgrave et al. 2020, section 3.2, before the mean over rows

// Without targets: outputs are what `edits_of` gives.
MetricFunction word_edit_share, character_edit_share, mean_word_edits;

}  // namespace dlwork::training
