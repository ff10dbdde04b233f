#pragma once

#include <string>
#include <vector>

#include "dlwork/artefact/result.h"
#include "dlwork/spec/project.h"

namespace dlwork::phase::audit {

/// Fewer values than this on either side are not compared.
inline constexpr std::size_t kFewestCompared = 30;
inline constexpr int kDeciles = 10;

/// How values of one column differ from those of the training part.
struct Difference {
  const char* measure = "Kolmogorov-Smirnov";  ///< or Cramer's V
  double effect = 0, p = 1;                    ///< of the measure
  double stability = 0;                        ///< population stability index
  double stability_chance = 0;                 ///< what it is on average where nothing differs
  double wasserstein = 0;                      ///< in training deviations; numbers alone
};
/// The stability index of cells with so many edges between them, on average over two lists of n and
/// m values from one distribution.
double stability_by_chance(std::size_t edges, double n, double m);
Difference difference_of_numbers(const std::vector<double>& train,
                                 const std::vector<double>& values);
/// Of the same categories on both sides, in the same order.
Difference difference_of_counts(const std::vector<double>& train,
                                const std::vector<double>& counts);

/// Ids of the findings about the distribution, the stability index and the Wasserstein distance.
struct DifferenceIds {
  const char *distribution, *stability, *distance;
};
/// What is to be told of a difference, `q` being p after the correction over all columns:
/// "column age is distributed otherwise in the test part (...)".
std::vector<artefact::Finding> tell_difference(const Difference& difference, double q,
                                               const std::string& subject, const std::string& where,
                                               const spec::AuditThresholds& limits,
                                               const DifferenceIds& ids);

}  // namespace dlwork::phase::audit
