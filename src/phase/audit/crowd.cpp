#include <algorithm>
#include <cmath>
#include <numeric>

#include "dlwork/base/rng.h"
#include "dlwork/base/stats.h"
#include "phase/audit/check.h"
#include "phase/audit/stats/isolation.h"
#include "phase/audit/stats/two_nn.h"

namespace dlwork::phase::audit {

using artefact::Severity;

namespace {

constexpr std::int64_t kFewestCrowdRows = 50;
constexpr std::size_t kCrowdShown = 10;
constexpr int kCrowdPermutations = 200;
/// Near twins must exceed what chance brings by this factor.
constexpr double kBeyondChance = 3;

Json sample_of(const Sampled& sampled, const Audit& audit) {
  return {{"samples", sampled.rows.size()}, {"of", audit.population(data::Part::kTrain)}};
}

/// The places of the `count` largest values, largest first.
std::vector<std::size_t> largest(const std::vector<double>& values, std::size_t count) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  count = std::min(count, order.size());
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count), order.end(),
                    [&](std::size_t a, std::size_t b) {
                      return values[a] != values[b] ? values[a] > values[b] : a < b;
                    });
  order.resize(count);
  return order;
}

std::vector<double> column_of(const Graph& graph, std::int64_t place) {
  std::vector<double> distances;
  for (std::int64_t row = 0; row < graph.rows; ++row) distances.push_back(graph.at(row, place));
  return distances;
}

std::vector<double> positive(std::vector<double> values) {
  std::erase_if(values, [](double value) { return !(value > 0); });
  return values;
}

/// Share of samples whose nearest other is closer than `ratio` medians of that distance, were the
/// samples spread evenly in so many dimensions: the distances of a Poisson process of density l
/// have P(r > x) = exp(-l V x^d), so P(r < ratio * median) = 1 - 2^(-ratio^d).
double expected_near(double ratio, double dimension) {
  return 1 - std::exp2(-std::pow(ratio, dimension));
}

/// That share for samples of the graph's dimension. Those nearer than `limit` are left out of it:
/// where a tenth or more are twins, they would pass for samples along a line, where near ones are
/// usual.
double near_by_chance(const Audit& audit, const Graph& graph, double limit) {
  std::vector<double> first, second;
  for (std::int64_t row = 0; row < graph.rows; ++row) {
    if (graph.at(row, 0) < limit) continue;
    first.push_back(graph.at(row, 0));
    second.push_back(graph.at(row, 1));
  }
  const double dimension = two_nn(first, second).least_squares;
  return std::isfinite(dimension) ? expected_near(audit.limits().near_distance, dimension) : 0;
}

double mean_gap(const Graph& graph, const std::vector<std::int64_t>& place) {
  double sum = 0;
  for (std::int64_t row = 0; row < graph.rows; ++row) {
    for (std::int64_t i = 0; i < graph.k; ++i) {
      sum += static_cast<double>(std::abs(place[row] - place[graph.neighbour(row, i)]));
    }
  }
  return sum / static_cast<double>(graph.rows * graph.k);
}

void report_near_tests(Audit& audit, const Graph& across, const Graph& graph) {
  const Sampled& sampled = audit.facts.sampled();
  const Sampled& tested = audit.facts.tested();
  const auto apart = positive(column_of(graph, 0));
  if (apart.size() < static_cast<std::size_t>(kFewestCrowdRows)) return;
  const double limit = audit.limits().near_distance * quantile(apart, 0.5);
  const double expected = near_by_chance(audit, graph, limit);
  Rows rows;
  Json pairs = Json::array();
  for (std::int64_t row = 0; row < across.rows; ++row) {
    if (!(across.at(row, 0) > 0) || across.at(row, 0) >= limit) continue;
    rows.push_back(tested.rows[row]);
    if (pairs.size() < kCrowdShown) {
      pairs.push_back({audit.samples().where(tested.rows[row]),
                       audit.samples().where(sampled.rows[across.neighbour(row, 0)])});
    }
  }
  const double share = share_of(rows.size(), tested.rows.size());
  if (rows.size() < 3 || share <= kBeyondChance * expected ||
      share <= audit.limits().near_overlap_warn) {
    return;
  }
  audit.add("split-overlap-near", Severity::kWarn,
            count_of(rows.size()) + " test samples (" + percent(share) +
                ") are nearly equal to a training sample, the first at " +
                audit.samples().where(rows.front()) + "; chance would bring " + percent(expected),
            {{"near", rows.size()},
             {"share", share},
             {"expected_share", expected},
             {"train_samples", sampled.rows.size()},
             {"test_samples", tested.rows.size()},
             {"pairs", pairs},
             {"rows", audit.places(rows)}});
}

}  // namespace

void check_far_samples(Audit& audit) {
  const Sampled& sampled = audit.facts.sampled();
  const Graph& graph = audit.facts.neighbours();
  if (graph.rows < kFewestCrowdRows || graph.k == 0) return;
  std::vector<double> distances;
  for (std::int64_t row = 0; row < graph.rows; ++row) distances.push_back(graph.mean_distance(row));
  const Spread spread = spread_of(distances);
  const double limit = spread.upper_quartile + audit.limits().outlier_distance * spread.range();
  const auto far = static_cast<std::size_t>(std::count_if(
      distances.begin(), distances.end(), [&](double distance) { return distance > limit; }));
  artefact::Table table{"outliers",
                        "Training samples farthest from their neighbours",
                        {"sample", "distance", "of the median"},
                        {false, true, true},
                        {},
                        ""};
  Rows rows;
  for (const auto place : largest(distances, kCrowdShown)) {
    const auto row = sampled.rows[place];
    if (distances[place] > limit) rows.push_back(row);
    table.rows.push_back({audit.samples().where(row), pretty_number(distances[place], 3),
                          pretty_number(distances[place] / std::max(spread.median, 1e-12), 3)});
  }
  table.note = "mean distance to the " + std::to_string(graph.k) + " nearest of " +
               grouped(graph.rows) + " samples, standardised inputs";
  audit.result.tables.push_back(std::move(table));
  const double share = share_of(far, distances.size());
  if (share <= audit.limits().outlier_rows_share) return;
  Json evidence = sample_of(sampled, audit);
  evidence.update({{"far", far}, {"share", share}, {"limit", limit}, {"rows", audit.places(rows)}});
  audit.add("outlier-multivariate", Severity::kInfo,
            count_of(far) + " training samples (" + percent(share) +
                ") lie far from all others, the farthest at " + audit.samples().where(rows.front()),
            evidence);
}

void check_isolated_samples(Audit& audit) {
  const Sampled& sampled = audit.facts.sampled();
  if (sampled.problem.features.rows() < kFewestCrowdRows || sampled.problem.features.cols() == 0)
    return;
  const auto scores = isolation_scores(
      sampled.problem.features, derive_seed(audit.seed(), "isolation"), audit.context.run.threads);
  Rows rows;
  Json shown = Json::array();
  for (const auto place : largest(scores, scores.size())) {
    if (scores[place] < audit.limits().isolation_score) break;
    rows.push_back(sampled.rows[place]);
    if (shown.size() < kCrowdShown) shown.push_back(scores[place]);
  }
  if (rows.empty()) return;
  Json evidence = sample_of(sampled, audit);
  evidence.update({{"isolated", rows.size()}, {"scores", shown}, {"rows", audit.places(rows)}});
  audit.add("outlier-isolation", Severity::kInfo,
            count_of(rows.size()) +
                " training samples are easily told apart from all others "
                "(isolation forest), the first at " +
                audit.samples().where(rows.front()),
            evidence);
}

void check_near_samples(Audit& audit) {
  const Sampled& sampled = audit.facts.sampled();
  const Graph& graph = audit.facts.neighbours();
  if (graph.rows < kFewestCrowdRows || graph.k < 2) return;
  const auto first = column_of(graph, 0);
  const auto apart = positive(first);
  if (apart.size() < static_cast<std::size_t>(kFewestCrowdRows)) return;
  const double limit = audit.limits().near_distance * quantile(apart, 0.5);
  const double expected = near_by_chance(audit, graph, limit);
  Rows rows;
  Json pairs = Json::array();
  for (std::int64_t row = 0; row < graph.rows; ++row) {
    if (!(first[row] > 0) || first[row] >= limit) continue;
    rows.push_back(sampled.rows[row]);
    if (pairs.size() < kCrowdShown) {
      pairs.push_back({audit.samples().where(sampled.rows[row]),
                       audit.samples().where(sampled.rows[graph.neighbour(row, 0)])});
    }
  }
  const double share = share_of(rows.size(), first.size());
  if (rows.empty() || share <= kBeyondChance * expected) return;
  Json evidence = sample_of(sampled, audit);
  evidence.update({{"near", rows.size()},
                   {"share", share},
                   {"expected_share", expected},
                   {"pairs", pairs},
                   {"rows", audit.places(rows)}});
  audit.add("duplicate-near", share > audit.limits().near_share ? Severity::kWarn : Severity::kInfo,
            count_of(rows.size()) + " training samples (" + percent(share) +
                ") are nearly equal to another one, the first at " +
                audit.samples().where(rows.front()) + "; chance would bring " + percent(expected),
            evidence);
}

/// Test samples farther from the training part than its own samples hardly ever are from each
/// other, and test samples that nearly repeat a training sample.
void check_covered_tests(Audit& audit) {
  const Sampled& sampled = audit.facts.sampled();
  const Sampled& tested = audit.facts.tested();
  const Graph& graph = audit.facts.neighbours();
  if (graph.rows < kFewestCrowdRows || graph.k < 2 || tested.rows.empty()) return;
  const Graph across = nearest(sampled.problem.features, tested.problem.features, graph.k,
                               audit.context.run.threads);
  std::vector<double> inside;
  for (std::int64_t row = 0; row < graph.rows; ++row) inside.push_back(graph.mean_distance(row));
  constexpr double kCovered = 0.99;
  const double reach = quantile(inside, kCovered);
  Rows beyond;
  for (std::int64_t row = 0; row < across.rows; ++row) {
    if (across.mean_distance(row) > reach) beyond.push_back(tested.rows[row]);
  }
  const double share = share_of(beyond.size(), tested.rows.size());
  const Json counts = {{"train_samples", graph.rows}, {"test_samples", across.rows}};
  if (share > audit.limits().hole_share && beyond.size() >= 3) {
    Json evidence = counts;
    evidence.update({{"share", share}, {"reach", reach}, {"rows", audit.places(beyond)}});
    audit.add("space-hole", Severity::kWarn,
              percent(share) +
                  " of the test samples lie farther from the training part than 99 % of "
                  "its own samples from each other, the first at " +
                  audit.samples().where(beyond.front()),
              evidence);
  }
  if (audit.samples().kind != data::Kind::kImage) {
    report_near_tests(audit, across, graph);
  }
}

void check_order_of_neighbours(Audit& audit) {
  const Graph& graph = audit.facts.neighbours();
  if (graph.rows < kFewestCrowdRows || graph.k == 0) return;
  std::vector<std::int64_t> place(graph.rows);
  std::iota(place.begin(), place.end(), std::int64_t{0});
  const double found = mean_gap(graph, place);
  Rng rng(audit.seed(), "audit order");
  int below = 0;
  double expected = 0;
  for (int i = 0; i < kCrowdPermutations; ++i) {
    rng.shuffle(place);
    const double gap = mean_gap(graph, place);
    expected += gap / kCrowdPermutations;
    below += gap <= found ? 1 : 0;
  }
  const double p = (1.0 + below) / (1 + kCrowdPermutations);
  // Sorting by the target explains the order, and is told by a check of its own.
  const bool sorted = std::any_of(
      audit.result.findings.begin(), audit.result.findings.end(),
      [](const artefact::Finding& finding) { return finding.id == "row-order-by-target"; });
  if (p >= audit.limits().order_significance) return;
  audit.add("row-order-non-iid", sorted ? Severity::kInfo : Severity::kWarn,
            "samples that are alike stand together in the files: " + pretty_number(found, 4) +
                " rows apart on average, " + pretty_number(expected, 4) + " by chance (p " +
                pretty_number(p, 2) + ")",
            {{"mean_gap", found},
             {"expected_gap", expected},
             {"p", p},
             {"permutations", kCrowdPermutations},
             {"samples", graph.rows}});
}

}  // namespace dlwork::phase::audit
