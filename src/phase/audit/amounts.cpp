#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "dlwork/base/contingency.h"
#include "dlwork/base/power.h"
#include "dlwork/base/stats.h"
#include "phase/audit/goal_share.h"
#include "phase/audit/stats/two_nn.h"
#include "phase/measuring.h"

namespace dlwork::phase::audit {

using artefact::Severity;
using data::Part;

namespace {

constexpr double kUsualRecall = 0.9;
constexpr std::size_t kMostSliced = 10;
constexpr std::size_t kMostPaired = 12;
constexpr std::size_t kAmountsShown = 5;

/// How often two models' predictions differ, by class.
double disagreement(const Predictions& predictions) {
  if (predictions.models.size() < 2) return 0;
  const auto& a = predictions.models[0].outputs;
  const auto& b = predictions.models[1].outputs;
  std::int64_t differ = 0;
  for (std::int64_t row = 0; row < a.rows; ++row) {
    const auto best = [&](const training::Outputs& outputs) {
      return std::max_element(outputs.row(row), outputs.row(row) + outputs.columns) -
             outputs.row(row);
    };
    differ += best(a) != best(b) ? 1 : 0;
  }
  return static_cast<double>(differ) / static_cast<double>(std::max<std::int64_t>(1, a.rows));
}

std::vector<std::int64_t> test_counts(const Audit& audit) {
  std::vector<std::int64_t> counts(audit.target().classes.size(), 0);
  for (const auto row : audit.rows(Part::kTest)) ++counts[audit.target().codes[row]];
  for (auto& count : counts) count = std::llround(audit.of_all(Part::kTest, count));
  return counts;
}

IntrinsicDimension dimension_of(const Graph& graph) {
  std::vector<double> first, second;
  for (std::int64_t row = 0; row < graph.rows; ++row) {
    first.push_back(graph.at(row, 0));
    second.push_back(graph.at(row, 1));
  }
  return two_nn(first, second);
}

/// Of one in `of` samples. Where the samples lie on a surface it stays the same; noise, which only
/// near neighbours see, makes it grow with their number (Facco et al. 2017).
double dimension_of_some(Audit& audit, std::int64_t of) {
  const Matrix& features = audit.facts.sampled().problem.features;
  Rows all(static_cast<std::size_t>(features.rows()));
  std::iota(all.begin(), all.end(), 0);
  const Rows some = some_rows(all, features.rows() / of, audit.seed(), "audit dimension");
  if (some.size() < 3) return NAN;
  const Graph graph =
      nearest_others(classical::take_rows(features, some), 2, audit.context.run.threads);
  return dimension_of(graph).least_squares;
}

struct Slice {
  std::string name;
  double share = 0, loss = 0, p = 1;
};

/// Mean loss of each category, or quarter of a number column, against that of all others.
std::vector<Slice> slices_of(const Profile& profile, const Rows& rows,
                             const std::vector<double>& losses) {
  const auto name = [&](std::int64_t row) {
    if (profile.column->is_missing(row)) return std::string("missing");
    if (!profile.is_number()) return value_text(*profile.column, row);
    const Spread& spread = profile.spread;
    const double value = profile.column->numbers[row];
    if (value <= spread.lower_quartile) return "at most " + pretty_number(spread.lower_quartile);
    if (value <= spread.median) return "up to " + pretty_number(spread.median);
    if (value <= spread.upper_quartile) return "up to " + pretty_number(spread.upper_quartile);
    return "above " + pretty_number(spread.upper_quartile);
  };
  std::map<std::string, std::vector<double>> parts;
  for (std::size_t i = 0; i < rows.size(); ++i) parts[name(rows[i])].push_back(losses[i]);
  const double middle = mean(losses), deviation = standard_deviation(losses);
  std::vector<Slice> slices;
  for (const auto& [label, part] : parts) {
    const auto n = static_cast<double>(part.size());
    const double z = deviation > 0 ? (mean(part) - middle) / deviation * std::sqrt(n) : 0;
    slices.push_back({profile.name() + " " + label, share_of(part.size(), rows.size()), mean(part),
                      normal_cdf(-z)});
  }
  return slices;
}

}  // namespace

void check_class_intervals(Audit& audit) {
  if (audit.rows(Part::kTest).empty()) return;
  const auto counts = test_counts(audit);
  std::vector<std::string> wide;
  for (std::size_t c = 0; c < counts.size(); ++c) {
    if (counts[c] == 0) continue;
    const auto interval =
        wilson(std::llround(kUsualRecall * static_cast<double>(counts[c])), counts[c]);
    const double half = (interval.high - interval.low) / 2;
    if (half <= audit.limits().test_half_width_class) continue;
    wide.push_back(audit.target().classes[c] + " (" + std::to_string(counts[c]) + " samples, " +
                   pretty_number(half, 2) + ")");
  }
  if (wide.empty()) return;
  const std::size_t count = wide.size();
  if (wide.size() > kMostSliced) wide.resize(kMostSliced);
  audit.add(
      "test-size-class", Severity::kInfo,
      "a recall of " + pretty_number(kUsualRecall) + " of " + count_of(count) +
          " classes is known on the test part only to within half a 95 % interval of more than " +
          pretty_number(audit.limits().test_half_width_class) + ": " + join_words(wide),
      {{"classes", count}});
}

void check_proportions(Audit& audit) {
  const auto train = audit.population(Part::kTrain), test = audit.population(Part::kTest);
  if (train == 0 || test == 0) return;
  const double share = static_cast<double>(test) / static_cast<double>(train);
  if (share >= audit.limits().test_share_least && share <= 1) return;
  audit.add("split-proportion", Severity::kInfo,
            "the test part has " + pretty_number(share, 2) + " samples for each of training",
            {{"share", share}});
}

void check_detectable(Audit& audit) {
  const auto count = static_cast<double>(audit.population(Part::kTest));
  if (count == 0) return;
  const auto& goal = audit.context.project.goal;
  const bool both = goal_is_share(audit) && goal.target && goal.incumbent && *goal.target <= 1;
  const double wanted =
      both ? std::abs(*goal.target - *goal.incumbent) : audit.limits().detectable_gain;
  constexpr double kLeastDisagreement = 0.02;
  const double differ = std::max(disagreement(audit.facts.predictions()), kLeastDisagreement);
  const double power = audit.limits().detectable_power;
  const double gain = detectable_gain(count, differ, 0.05, power);
  audit.result.values["detectable_gain"] = gain;
  if (gain <= wanted || wanted <= 0) return;
  const double needed = samples_for_gain(std::min(wanted, differ), differ, 0.05, power);
  audit.add("test-size-detectable", Severity::kWarn,
            "with " + grouped(audit.population(Part::kTest)) +
                " test samples the smallest gain of one model over another that shows is " +
                percent(gain) + " (they disagree on " + percent(differ) + "); " + percent(wanted) +
                (both ? " is what the goal asks, and needs " : " needs ") +
                grouped(static_cast<std::int64_t>(std::ceil(needed))),
            {{"gain", gain},
             {"wanted", wanted},
             {"disagreement", differ},
             {"samples_needed", needed},
             {"power", power}});
}

void check_features_per_sample(Audit& audit) {
  const auto features = static_cast<double>(audit.facts.sampled().problem.features.cols());
  if (features == 0) return;
  auto events = static_cast<double>(audit.population(Part::kTrain));
  if (audit.is_class()) {
    std::vector<std::int64_t> counts(audit.target().classes.size(), 0);
    for (const auto row : audit.train()) ++counts[audit.target().codes[row]];
    events = audit.of_all(Part::kTrain, *std::min_element(counts.begin(), counts.end()));
  }
  const double ratio = events / features;
  const auto& limits = audit.limits();
  if (ratio >= limits.events_network) return;
  audit.add("train-size-rule", Severity::kInfo,
            pretty_number(ratio, 3) + " training samples" +
                (audit.is_class() ? " of the rarest class" : "") + " for each of " +
                pretty_number(features) + " features: " +
                (ratio < limits.events_linear ? "few even for a linear model"
                                              : "enough for a linear model, few for a network"),
            {{"ratio", ratio}, {"features", features}, {"events", events}});
}

void check_capacity(Audit& audit) {
  const spec::Project& project = audit.context.project;
  if (project.model.layers.empty() || audit.train().empty()) return;
  const auto learner = audit.context.task.make_learner(project, audit.data, project.model,
                                                       audit.seed(), audit.context.run);
  const auto parameters = static_cast<double>(learner->parameter_count());
  const double outputs = audit.is_class() ? static_cast<double>(audit.target().classes.size()) : 1;
  const double ratio = parameters / (static_cast<double>(audit.population(Part::kTrain)) * outputs);
  if (ratio <= audit.limits().capacity) return;
  auto& finding = audit.add("capacity-ratio", Severity::kWarn,
                            "the network of model.layers has " +
                                grouped(learner->parameter_count()) + " parameters, " +
                                pretty_number(ratio, 3) + " for each training sample and output",
                            {{"parameters", parameters}, {"ratio", ratio}});
  finding.key = "model.layers";
}

void check_subgroups(Audit& audit) {
  for (const Profile& profile : audit.facts.profiles()) {
    if (profile.is_number() || profile.kinds() < 2 ||
        profile.kinds() > static_cast<std::int64_t>(kMostSliced)) {
      continue;
    }
    std::vector<std::int64_t> counts(profile.counts.size(), 0);
    for (const auto row : audit.rows(Part::kTest)) {
      if (profile.column->codes[row] >= 0) ++counts[profile.column->codes[row]];
    }
    std::vector<std::string> small;
    for (std::size_t code = 0; code < counts.size(); ++code) {
      const double tests = audit.of_all(Part::kTest, counts[code]);
      if (profile.counts[code] == 0 || tests >= audit.limits().subgroup_samples) continue;
      small.push_back("'" + profile.column->categories[code] + "' (" +
                      std::to_string(std::llround(tests)) + ")");
    }
    if (small.empty()) continue;
    audit.add_about(*profile.column, "subgroup-small", Severity::kInfo,
                    "figures of some groups of column " + profile.name() +
                        " will mean little, they have few test samples: " + join_words(small),
                    {{"groups", small}});
  }
}

void check_slices(Audit& audit) {
  const Predictions& predictions = audit.facts.predictions();
  const auto losses = losses_of(predictions.best().outputs, audit.facts.sampled().problem);
  std::vector<Slice> slices;
  for (const Profile& profile : audit.facts.profiles()) {
    const bool sliceable = profile.is_number()
                               ? profile.kinds() >= 8
                               : profile.kinds() <= static_cast<std::int64_t>(kMostPaired);
    if (!sliceable || profile.kinds() < 2) continue;
    for (Slice& slice : slices_of(profile, predictions.rows, losses)) {
      if (slice.share >= audit.limits().slice_share) slices.push_back(std::move(slice));
    }
  }
  std::vector<double> p;
  for (const Slice& slice : slices) p.push_back(slice.p);
  const auto q = adjust_false_discovery(p);
  const double middle = mean(losses);
  std::vector<Slice> weak;
  for (std::size_t i = 0; i < slices.size(); ++i) {
    if (middle > 0 && slices[i].loss > (1 + audit.limits().slice_loss) * middle && q[i] < 0.01) {
      weak.push_back(slices[i]);
    }
  }
  if (weak.empty()) return;
  std::stable_sort(weak.begin(), weak.end(),
                   [](const Slice& a, const Slice& b) { return a.loss > b.loss; });
  artefact::Table table{"weak-slices",
                        "Where " + predictions.best().model + " errs most",
                        {"samples", "share", "loss", "of the mean"},
                        {false, true, true, true},
                        {},
                        ""};
  for (std::size_t i = 0; i < weak.size() && i < kMostSliced; ++i) {
    table.rows.push_back({weak[i].name, percent(weak[i].share), pretty_number(weak[i].loss, 3),
                          pretty_number(weak[i].loss / middle, 3)});
  }
  table.note = "out of fold; loss is the share wrong, or the squared error";
  audit.result.tables.push_back(std::move(table));
  audit.add("slice-weak", Severity::kInfo,
            "a classical model errs most where " + weak.front().name + ": " +
                pretty_number(weak.front().loss / middle, 3) + " times the mean",
            {{"slices", weak.size()},
             {"worst", weak.front().name},
             {"loss", weak.front().loss},
             {"mean_loss", middle},
             {"samples", losses.size()}});
}

void check_pairs(Audit& audit) {
  std::vector<const Profile*> columns;
  for (const Profile& profile : audit.facts.profiles()) {
    if (!profile.is_number() && profile.kinds() >= 2 &&
        profile.kinds() <= static_cast<std::int64_t>(kMostPaired)) {
      columns.push_back(&profile);
    }
  }
  for (std::size_t i = 0; i < columns.size(); ++i) {
    for (std::size_t j = i + 1; j < columns.size(); ++j) {
      const auto &a = *columns[i]->column, &b = *columns[j]->column;
      Contingency table(a.categories.size() + 1, b.categories.size() + 1);
      for (const auto row : audit.train()) {
        table.add(static_cast<std::size_t>(a.codes[row] + 1),
                  static_cast<std::size_t>(b.codes[row] + 1));
      }
      std::vector<std::string> empty;
      for (std::size_t r = 1; r < table.rows(); ++r) {
        for (std::size_t c = 1; c < table.columns(); ++c) {
          const double expected = table.row_sum(r) * table.column_sum(c) / table.total();
          if (table.at(r, c) > 0 || expected < audit.limits().pair_expected) continue;
          empty.push_back("'" + a.categories[r - 1] + "' with '" + b.categories[c - 1] + "'");
        }
      }
      if (empty.empty()) continue;
      const std::size_t count = empty.size();
      if (empty.size() > kAmountsShown) empty.resize(kAmountsShown);
      audit.add_about(a, "space-pair-coverage", Severity::kInfo,
                      audit.no_training_sample() + " of columns " + a.name + " and " + b.name +
                          " has " + join_words(empty) +
                          (count > kAmountsShown ? " and others" : ""),
                      {{"with", b.name}, {"pairs", count}});
    }
  }
}

void check_intrinsic_dimension(Audit& audit) {
  const Graph& graph = audit.facts.neighbours();
  if (graph.k < 2) return;
  const auto dimension = dimension_of(graph);
  if (!std::isfinite(dimension.least_squares)) return;
  Json evidence = {{"least_squares", dimension.least_squares},
                   {"likelihood", dimension.likelihood},
                   {"samples", dimension.samples}};
  const double half = dimension_of_some(audit, 2), quarter = dimension_of_some(audit, 4);
  const bool compared = std::isfinite(half) && std::isfinite(quarter);
  if (compared) {
    evidence["of_half"] = half;
    evidence["of_quarter"] = quarter;
  }
  audit.result.values["intrinsic_dimension"] = evidence;
  const bool sparse =
      dimension.least_squares > audit.limits().intrinsic_most &&
      static_cast<double>(audit.population(Part::kTrain)) < audit.limits().intrinsic_samples;
  audit.add("dimension-intrinsic", Severity::kInfo,
            "the samples fill about " + pretty_number(dimension.least_squares, 3) +
                " dimensions (two nearest neighbours" +
                (compared ? "; of half the samples " + pretty_number(half, 3) + ", of a quarter " +
                                pretty_number(quarter, 3)
                          : "") +
                ")" + (sparse ? ", more than so few samples can cover" : ""),
            evidence);
}

}  // namespace dlwork::phase::audit
