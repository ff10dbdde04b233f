#include "phase/audit/difference.h"

#include <algorithm>

#include "dlwork/base/contingency.h"
#include "dlwork/base/stats.h"
#include "dlwork/base/text.h"
#include "dlwork/base/two_samples.h"

namespace dlwork::phase::audit {

using artefact::Severity;

namespace {

/// Cells of the index expected to hold few samples make it large by chance.
constexpr double kStabilityFactor = 3;

}  // namespace

double stability_by_chance(std::size_t edges, double n, double m) {
  return static_cast<double>(edges) * (1 / n + 1 / m);
}

Difference difference_of_numbers(const std::vector<double>& train,
                                 const std::vector<double>& values) {
  Difference result;
  if (train.size() < kFewestCompared || values.size() < kFewestCompared) return result;
  const auto test = kolmogorov_smirnov(train, values);
  result.effect = test.distance;
  result.p = test.p;
  const double deviation = standard_deviation(train);
  result.wasserstein = deviation > 0 ? wasserstein(train, values) / deviation : 0;
  const auto edges = quantile_edges(train, kDeciles);
  result.stability = stability_index(bin_counts(train, edges), bin_counts(values, edges));
  result.stability_chance = stability_by_chance(edges.size(), static_cast<double>(train.size()),
                                                static_cast<double>(values.size()));
  return result;
}

Difference difference_of_counts(const std::vector<double>& train,
                                const std::vector<double>& counts) {
  Contingency table(2, train.size());
  for (std::size_t cell = 0; cell < train.size(); ++cell) {
    table.add(0, cell, train[cell]);
    table.add(1, cell, counts[cell]);
  }
  const auto used = std::count_if(train.begin(), train.end(), [](double n) { return n > 0; });
  return {"Cramer's V",
          cramers_v_corrected(table),
          chi_square(table).p,
          stability_index(train, counts),
          stability_by_chance(static_cast<std::size_t>(std::max<std::ptrdiff_t>(0, used - 1)),
                              table.row_sum(0), table.row_sum(1)),
          0};
}

std::vector<artefact::Finding> tell_difference(const Difference& difference, double q,
                                               const std::string& subject, const std::string& where,
                                               const spec::AuditThresholds& limits,
                                               const DifferenceIds& ids) {
  std::vector<artefact::Finding> told;
  if (q >= limits.drift_significance) return told;
  Json evidence = {
      {"effect", difference.effect}, {"q", q}, {"stability_index", difference.stability}};
  if (difference.wasserstein > 0) evidence["wasserstein"] = difference.wasserstein;
  if (difference.effect >= limits.drift_effect) {
    told.push_back(artefact::make_finding(
        ids.distribution, Severity::kWarn,
        subject + " is distributed otherwise " + where + " (" + difference.measure + " " +
            pretty_number(difference.effect, 2) + ", q " + pretty_number(q, 2) + ")",
        evidence));
  }
  if (difference.stability >
      std::max(limits.psi_info, kStabilityFactor * difference.stability_chance)) {
    told.push_back(artefact::make_finding(
        ids.stability, difference.stability > limits.psi_warn ? Severity::kWarn : Severity::kInfo,
        "the population stability index of " + subject + " " + where + " is " +
            pretty_number(difference.stability, 2) + " (chance brings " +
            pretty_number(difference.stability_chance, 2) + ")",
        evidence));
  }
  if (difference.wasserstein > limits.wasserstein) {
    told.push_back(artefact::make_finding(ids.distance, Severity::kInfo,
                                          subject + " " + where + " lies " +
                                              pretty_number(difference.wasserstein, 2) +
                                              " training deviations away (Wasserstein)",
                                          evidence));
  }
  return told;
}

}  // namespace dlwork::phase::audit
