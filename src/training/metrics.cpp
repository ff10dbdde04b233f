#include "dlwork/training/metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "dlwork/base/rng.h"
#include "dlwork/base/stats.h"
#include "dlwork/base/text.h"
#include "dlwork/spec/task_names.h"
#include "training/metric_functions.h"

namespace dlwork::training {
namespace {

using data::Target;

constexpr int kResamples = 200;
/// A share of rows has Wilson's interval, all else is bootstrapped.
enum class IntervalBy { kWilson, kBootstrap };

struct MetricRow {
  MetricInfo info;
  MetricFunction* compute;
  IntervalBy interval = IntervalBy::kBootstrap;
  JudgeFunction* judge = nullptr;  ///< null: `compute` takes the outputs as they are
};

MetricInfo rising(const char* name, const char* task, const char* definition) {
  return {name, task, true, definition, 1.0};
}
MetricInfo falling(const char* name, const char* task, const char* definition) {
  return {name, task, false, definition, 0.0};
}
MetricInfo boundless(const char* name, const char* task, const char* definition) {
  return {name, task, true, definition, {}};
}

/// The one table of metrics.
const std::vector<MetricRow>& table() {
  using namespace spec::tasks;
  static const std::vector<MetricRow> rows{
      {rising("accuracy", classification, "share of samples whose likeliest class is right"),
       accuracy, IntervalBy::kWilson},
      {rising("top-3-accuracy", classification,
              "share of samples whose class is among the 3 likeliest"),
       top3_accuracy, IntervalBy::kWilson},
      {rising("top-5-accuracy", classification,
              "share of samples whose class is among the 5 likeliest"),
       top5_accuracy, IntervalBy::kWilson},
      {rising("balanced-accuracy", classification, "mean over classes of their recall"),
       balanced_accuracy},
      {rising("macro-f1", classification,
              "mean over classes of the harmonic mean of precision and recall"),
       macro_f1},
      {rising("micro-f1", classification,
              "harmonic mean of precision and recall over all decisions"),
       micro_f1, IntervalBy::kWilson},
      {rising("weighted-f1", classification,
              "macro-f1 with classes weighed by how often they occur"),
       weighted_f1},
      {falling("log-loss", classification,
               "mean of -ln of the probability given to the true class"),
       log_loss},
      {falling("brier", classification,
               "mean squared distance of the probabilities from the truth"),
       brier},
      {rising("auroc", classification,
              "area under the ROC curve; mean of one class against the rest"),
       auroc},
      {rising("average-precision", classification,
              "mean precision over all recalls; mean of one class against the rest"),
       average_precision},
      {falling("calibration-error", classification,
               "mean gap between confidence and accuracy over 15 bins of confidence"),
       expected_calibration_error},
      {rising("mcc", classification, "Matthews correlation of true and predicted class"), matthews},
      {rising("kappa", classification, "Cohen's kappa, agreement beyond chance"), kappa},
      {falling("rmse", regression, "root of the mean squared error, in the target's unit"), rmse},
      {falling("mae", regression, "mean absolute error, in the target's unit"), mae},
      {falling("median-absolute-error", regression, "median of the absolute error"),
       median_absolute_error},
      {rising("r2", regression, "share of the target's variance that is explained"), r2},
      {falling("mape", regression, "mean absolute error as a share of the target"), mape},
      {falling("pinball-10", regression, "loss of the 10 % quantile"), pinball10},
      {falling("pinball-50", regression, "loss of the median"), pinball50},
      {falling("pinball-90", regression, "loss of the 90 % quantile"), pinball90},
      {boundless("mean-return", reinforcement, "mean of the episodes' sums of rewards"),
       mean_output},
      {boundless("least-return", reinforcement, "the worst episode's sum of rewards"),
       least_output},
      {rising("neighbour-preference", embedding,
              "share of cases in which a word's true neighbour in unseen lines is preferred to a "
              "drawn word, mean over lines; 0.5 by chance"),
       mean_output},
      {boundless("psnr", super_resolution,
                 "peak signal-to-noise ratio: 10 log10 of the squared range of values over the "
                 "mean squared error of all pixels, in dB"),
       psnr_of_errors},
      {rising("ssim", super_resolution,
              "structural similarity to the true picture, mean over pictures"),
       mean_similarity},
      {falling("word-error-rate", transcription,
               "words put in, left out or replaced as a share of the true texts' words"),
       word_edit_share},
      {falling("character-error-rate", transcription,
               "characters put in, left out or replaced as a share of the true texts' characters"),
       character_edit_share},
      {falling("edit-distance", transcription,
               "fewest words to put in, leave out or replace, mean over texts"),
       mean_word_edits},
      {rising("recall-at-1", similarity,
              "share of samples whose nearest other sample of the same part is of their class"),
       mean_output, IntervalBy::kWilson, nearest_alike},
      {rising("map-at-r", similarity,
              "mean average precision of a sample's nearest R others, R being how many others of "
              "its class the part holds"),
       mean_output, IntervalBy::kBootstrap, precision_at_r},
  };
  return rows;
}

const MetricRow& find_row(const std::string& name) {
  for (const MetricRow& row : table()) {
    if (row.info.name == name) return row;
  }
  throw Error(ExitStatus::kUsage, "unknown metric '" + name + "'");
}

}  // namespace

const std::vector<MetricInfo>& metrics() {
  static const std::vector<MetricInfo> infos = [] {
    std::vector<MetricInfo> all;
    for (const MetricRow& row : table()) all.push_back(row.info);
    return all;
  }();
  return infos;
}

const MetricInfo& find_metric(const std::string& name, const std::string& task) {
  std::vector<std::string> known;
  for (const MetricInfo& info : metrics()) {
    if (info.task != task) continue;
    if (info.name == name) return info;
    known.push_back(info.name);
  }
  const std::string near = nearest(name, known);
  throw Error(ExitStatus::kUsage, Diagnostic{{},
                                             "goal.metric",
                                             "'" + name + "' is no metric of " + task,
                                             (near.empty() ? "" : "did you mean '" + near + "'? ") +
                                                 "known: " + join_words(known)});
}

namespace {

double compute(const MetricRow& row, const Outputs& outputs, const Target& target,
               const MetricRows& rows) {
  DLWORK_ASSERT(outputs.rows == static_cast<std::int64_t>(rows.size()), "one output a row");
  if (rows.empty()) return std::numeric_limits<double>::quiet_NaN();
  return row.compute(outputs, target, rows);
}

artefact::Metric measure_judged(const MetricRow& row, const Outputs& outputs, const Target& target,
                                const MetricRows& rows, std::uint64_t seed) {
  artefact::Metric metric;
  metric.name = row.info.name;
  metric.higher_is_better = row.info.higher_is_better;
  metric.count = static_cast<std::int64_t>(rows.size());
  metric.value = compute(row, outputs, target, rows);
  if (rows.empty()) return metric;
  Interval interval;
  if (row.interval == IntervalBy::kWilson) {
    interval = wilson(std::llround(metric.value * static_cast<double>(rows.size())), metric.count);
  } else {
    Rng rng(seed, "bootstrap " + metric.name);
    Outputs some{outputs.rows, outputs.columns, std::vector<float>(outputs.values.size())};
    MetricRows chosen(rows.size());
    interval = bootstrap(
        metric.count,
        [&](const MetricRows& which) {
          for (std::size_t i = 0; i < which.size(); ++i) {
            chosen[i] = rows[which[i]];
            std::copy_n(outputs.row(which[i]), outputs.columns,
                        some.values.begin() + static_cast<std::int64_t>(i) * outputs.columns);
          }
          return compute(row, some, target, chosen);
        },
        kResamples, rng);
  }
  metric.low = interval.low;
  metric.high = interval.high;
  return metric;
}

}  // namespace

Judged judge_rows(const std::string& name, const Outputs& outputs, const Target& target,
                  const MetricRows& rows) {
  const MetricRow& row = find_row(name);
  if (row.judge == nullptr || rows.empty()) return {outputs, rows};
  DLWORK_ASSERT(outputs.rows == static_cast<std::int64_t>(rows.size()), "one output a row");
  return row.judge(outputs, target, rows);
}

double compute_judged(const std::string& name, const Judged& judged, const Target& target) {
  return compute(find_row(name), judged.outputs, target, judged.rows);
}

double compute_metric(const std::string& name, const Outputs& outputs, const Target& target,
                      const MetricRows& rows) {
  const MetricRow& row = find_row(name);
  if (row.judge == nullptr) return compute(row, outputs, target, rows);
  return compute_judged(name, judge_rows(name, outputs, target, rows), target);
}

artefact::Metric measure(const std::string& name, const Outputs& outputs, const Target& target,
                         const MetricRows& rows, std::uint64_t seed) {
  const MetricRow& row = find_row(name);
  if (row.judge == nullptr) return measure_judged(row, outputs, target, rows, seed);
  const Judged judged = judge_rows(name, outputs, target, rows);
  return measure_judged(row, judged.outputs, target, judged.rows, seed);
}

artefact::Metric measure_items(const std::string& name, const Outputs& items, std::uint64_t seed) {
  MetricRows rows(static_cast<std::size_t>(items.rows));
  std::iota(rows.begin(), rows.end(), 0);
  return measure(name, items, Target{}, rows, seed);
}

}  // namespace dlwork::training
