// Decisions between more than two classes: each class against all others.
#include <algorithm>
#include <numeric>

#include "dlwork/base/text.h"
#include "phase/diagnose/decisions.h"

namespace dlwork::phase::diagnose {
namespace {

constexpr std::size_t kMostPoints = 400;
constexpr std::size_t kMostCurves = 10;
constexpr int kRankedResamples = 200;

Json curve_series(const DecisionCurve& curve, double (Threshold::*x_of)() const,
                  double (Threshold::*y_of)() const) {
  const auto& all = curve.thresholds;
  Json x = Json::array(), y = Json::array();
  const std::size_t step = std::max<std::size_t>(1, all.size() / kMostPoints);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i % step != 0 && i + 1 != all.size()) continue;
    x.push_back((all[i].*x_of)());
    y.push_back((all[i].*y_of)());
  }
  return {{"name", curve.name}, {"x", x}, {"y", y}};
}

/// One class against the rest, its samples from the highest probability down. Of a thousand classes
/// and as many samples of each these are many: what a few curves alone need is made for them.
struct Ranked {
  std::size_t code = 0;
  std::string name;
  std::int64_t count = 0;
  std::vector<std::uint32_t> order;  ///< places of the samples
  std::vector<bool> positive;        ///< by place
  std::vector<bool> ends_tie;        ///< by rank: the next sample's score is another
  double precision = 0;              ///< average precision
  double area = 0;                   ///< under the ROC curve

  /// Average precision where sample i counts `times[i]` times; nullopt where none is of the class.
  std::optional<double> with_counts(const std::vector<std::int64_t>& times) const {
    std::int64_t positives = 0;
    for (std::size_t i = 0; i < times.size(); ++i) positives += positive[i] ? times[i] : 0;
    if (positives == 0) return std::nullopt;
    double sum = 0;
    std::int64_t right = 0, called = 0, before = 0;
    for (std::size_t k = 0; k < order.size(); ++k) {
      const std::size_t i = order[k];
      called += times[i];
      right += positive[i] ? times[i] : 0;
      if (!ends_tie[k]) continue;
      if (right > before) {
        sum += static_cast<double>(right - before) * static_cast<double>(right) /
               static_cast<double>(called);
      }
      before = right;
    }
    return sum / static_cast<double>(positives);
  }
};

std::vector<double> scores_of(const Study& study, std::size_t code) {
  std::vector<double> scores(static_cast<std::size_t>(study.validation.rows));
  for (std::size_t i = 0; i < scores.size(); ++i) {
    scores[i] = study.validation.row(static_cast<std::int64_t>(i))[code];
  }
  return scores;
}

/// Classes that some but not all samples are of.
std::vector<Ranked> ranked_classes(const Study& study) {
  const auto labels = labels_of(study);
  const auto& classes = study.dataset().samples.target.classes;
  std::vector<Ranked> ranked;
  for (std::size_t c = 0; c < classes.size(); ++c) {
    Ranked one;
    one.code = c;
    one.name = classes[c];
    for (const auto label : labels) one.positive.push_back(label == static_cast<std::int32_t>(c));
    one.count = std::count(one.positive.begin(), one.positive.end(), true);
    if (one.count == 0 || one.count == static_cast<std::int64_t>(labels.size())) continue;
    const auto scores = scores_of(study, c);
    one.order.resize(labels.size());
    std::iota(one.order.begin(), one.order.end(), std::uint32_t{0});
    std::stable_sort(one.order.begin(), one.order.end(),
                     [&](auto a, auto b) { return scores[a] > scores[b]; });
    for (std::size_t k = 0; k < one.order.size(); ++k) {
      one.ends_tie.push_back(k + 1 == one.order.size() ||
                             scores[one.order[k + 1]] != scores[one.order[k]]);
    }
    const auto all = thresholds(scores, one.positive);
    one.precision = average_precision(all);
    one.area = area_under_roc(all);
    ranked.push_back(std::move(one));
  }
  return ranked;
}

double macro_precision(const std::vector<Ranked>& ranked, const std::vector<std::int64_t>& times) {
  std::vector<double> each;
  for (const auto& one : ranked) {
    if (const auto precision = one.with_counts(times)) each.push_back(*precision);
  }
  return mean(each);
}

artefact::Metric measure_macro(const Study& study, const std::vector<Ranked>& ranked) {
  const std::int64_t count = study.validation.rows;
  artefact::Metric metric;
  metric.name = "macro-average-precision";
  metric.value = macro_precision(ranked, std::vector<std::int64_t>(count, 1));
  Rng rng(study.seed, "average precision bootstrap");
  const Interval interval = bootstrap(
      count,
      [&](const std::vector<std::int64_t>& which) {
        std::vector<std::int64_t> times(count, 0);
        for (const auto i : which) ++times[i];
        return macro_precision(ranked, times);
      },
      kRankedResamples, rng);
  metric.low = interval.low;
  metric.high = interval.high;
  metric.part = data::to_string(data::Part::kValidation);
  metric.count = count;
  metric.of = "network";
  return metric;
}

}  // namespace

void show_decision_curves(Study& study, const std::vector<DecisionCurve>& curves,
                          const std::string& what, const std::string& caption) {
  Json precision = Json::array(), roc = Json::array();
  for (const auto& curve : curves) {
    precision.push_back(curve_series(curve, &Threshold::recall, &Threshold::precision));
    roc.push_back(curve_series(curve, &Threshold::false_alarm_rate, &Threshold::recall));
  }
  study.result.figures.push_back(
      {"precision-recall",
       "Precision by recall of " + what,
       "lines",
       {{"x_label", "recall"}, {"y_label", "precision"}, {"series", precision}},
       caption});
  study.result.figures.push_back(
      {"roc",
       "ROC curve of " + what,
       "lines",
       {{"x_label", "false alarm rate"}, {"y_label", "recall"}, {"series", roc}},
       caption});
}

void hold_against_rest(Study& study, const std::optional<std::size_t>& named) {
  auto ranked = ranked_classes(study);
  if (ranked.empty()) return;
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const Ranked& a, const Ranked& b) { return a.precision < b.precision; });
  const auto macro = measure_macro(study, ranked);
  artefact::Table table{"one-against-rest", "Each class against the rest", {}, {}, {}, ""};
  table.columns = {"class", "samples", "average precision", "area under the ROC curve"};
  table.right = {false, true, true, true};
  std::vector<DecisionCurve> curves;
  for (const auto& one : ranked) {
    table.rows.push_back({one.name, grouped(one.count), pretty_number(one.precision, 4),
                          pretty_number(one.area, 4)});
    if (curves.size() < kMostCurves)
      curves.push_back({one.name, thresholds(scores_of(study, one.code), one.positive)});
  }
  table.note = "worst first; " + metric_text(macro);
  study.result.tables.push_back(table);
  study.result.metrics.push_back(macro);
  if (named) return;
  const bool all = curves.size() == ranked.size();
  show_decision_curves(
      study, curves, "each class against the rest",
      (all ? ""
           : "The " + std::to_string(kMostCurves) + " of " + std::to_string(ranked.size()) +
                 " classes with the least average precision. ") +
          "One point for each threshold; " + metric_text(macro) + ".");
}

}  // namespace dlwork::phase::diagnose
