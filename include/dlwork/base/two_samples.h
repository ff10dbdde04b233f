#pragma once

#include <cstdint>
#include <vector>

namespace dlwork {

/// Largest difference of two empirical distribution functions (Smirnov 1939), with the limiting
/// p-value under Stephens' correction for finite samples (1970). Lists need not be sorted; {0, 1}
/// where one is empty.
struct KolmogorovSmirnov {
  double distance = 0;
  double p = 1;
};
KolmogorovSmirnov kolmogorov_smirnov(std::vector<double> a, std::vector<double> b);
/// The p-value of such a distance between samples of n and m values.
double kolmogorov_p(double distance, double n, double m);
/// Upper tail of Kolmogorov's distribution: 2 sum (-1)^(k-1) exp(-2 k^2 x^2).
double kolmogorov_tail(double x);

/// First Wasserstein distance of two empirical distributions: the area between their distribution
/// functions, in the values' own unit. 0 where one is empty.
double wasserstein(std::vector<double> a, std::vector<double> b);

/// Population stability index, sum (q - p) ln(q / p) over cells, of two lists of counts; a share
/// below `least` counts as `least`, so that an empty cell does not give infinity.
double stability_index(const std::vector<double>& a, const std::vector<double>& b,
                       double least = 1e-4);
/// Counts of values below or at each edge, with one cell more for those above the last and one for
/// NaN.
std::vector<double> bin_counts(const std::vector<double>& values, const std::vector<double>& edges);
/// Inner edges of `bins` cells of about equal count; fewer where values repeat.
std::vector<double> quantile_edges(std::vector<double> values, int bins);

/// Jensen-Shannon distance (the root of the divergence, natural logarithm) of two lists of counts.
double jensen_shannon(const std::vector<double>& a, const std::vector<double>& b);
/// Total variation distance of two lists of counts or shares, each scaled to sum 1.
double total_variation(const std::vector<double>& a, const std::vector<double>& b);

}  // namespace dlwork
