#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dlwork/artefact/result.h"
#include "dlwork/data/dataset.h"
#include "dlwork/training/learner.h"

namespace dlwork::training {

/// A metric by name. `compute` sees rows of outputs and the target of the same rows.
struct MetricInfo {
  std::string name;
  std::string task;  ///< "classification", "regression", ...
  bool higher_is_better = true;
  std::string definition;
  /// The best figure there can be, 1 for shares and 0 for errors; none where nothing bounds it.
  std::optional<double> best = {};
};
/// Every metric there is, by task; src/training/metrics.cpp has the table.
const std::vector<MetricInfo>& metrics();
/// Throws Error(kUsage) listing the task's metrics and the nearest name.
const MetricInfo& find_metric(const std::string& name, const std::string& task);

/// `rows` picks rows of `target` that stand in the order of `outputs`.
double compute_metric(const std::string& name, const Outputs& outputs, const data::Target& target,
                      const std::vector<std::int64_t>& rows);

/// What a metric is worked out from: the outputs of `rows`; of one that holds rows against each
/// other, a figure for each row that has one. Resamples are drawn of these, since a row that is
/// drawn twice would be nearest to itself.
struct Judged {
  Outputs outputs;
  std::vector<std::int64_t> rows;
};
Judged judge_rows(const std::string& name, const Outputs& outputs, const data::Target& target,
                  const std::vector<std::int64_t>& rows);
/// `compute_metric` from (a resample of) what `judge_rows` gave.
double compute_judged(const std::string& name, const Judged& judged, const data::Target& target);

/// The metric with its 95 % interval: Wilson for shares of samples, percentile bootstrap (200
/// resamples, seeded) for the others.
artefact::Metric measure(const std::string& name, const Outputs& outputs,
                         const data::Target& target, const std::vector<std::int64_t>& rows,
                         std::uint64_t seed);
/// The same of a metric that needs no targets, because `items` tell how each sample went: psnr and
/// ssim of picture_figures, the metrics of transcripts of edits_of. The bootstrap draws samples.
artefact::Metric measure_items(const std::string& name, const Outputs& items, std::uint64_t seed);

}  // namespace dlwork::training
