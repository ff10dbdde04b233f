#pragma once

#include <string>
#include <vector>

#include "phase/diagnose/statistics.h"
#include "phase/measuring.h"

namespace dlwork::phase::diagnose {

struct Study;

/// A part of the samples that is named by their inputs.
struct Slice {
  std::string name;                  ///< "age 25 to 37", "site = B and sex = F"
  std::string column;                ///< it is cut from; "a and b" for two
  std::vector<std::size_t> members;  ///< places in the rows it was cut from, ascending
};

/// Slices of every input column: fifths of a number by the training part's quantiles (each value
/// where there are few), each category, missing values; of pictures, series and
/// texts by their properties (properties.h). Those with fewer than 10 samples or 1 % of the rows
/// are left out.
std::vector<Slice> slices_of(const data::Dataset& dataset,
                             const std::vector<std::int64_t>& train_rows,
                             const std::vector<std::int64_t>& rows);
/// The same cut at two columns at once: pairs of the largest of the given slices of single ones.
/// Errors have no say in which, so a false discovery rate over all that are judged holds.
std::vector<Slice> crossed(const std::vector<Slice>& singles, std::size_t row_count);

/// A slice against all other samples.
struct JudgedSlice {
  const Slice* slice = nullptr;
  double inside = 0, outside = 0;  ///< mean error
  Difference gap;                  ///< inside - outside
  double p = 1;         ///< one-sided: Fisher's exact test of 0/1 errors, else Mann-Whitney
  double q = 1;         ///< Benjamini and Hochberg, over all slices judged together
  double explains = 0;  ///< share of all errors that is above what the rest would make
};
/// In the order of `slices`; `errors` by place.
std::vector<JudgedSlice> judge_slices(const std::vector<Slice>& slices,
                                      const std::vector<double>& errors);

/// From where on a slice counts as weak.
struct WeakFrom {
  double discovery = 0;  ///< q-values below this
  double gap = 0;        ///< differences above this
};
/// By the project's tolerances: points for shares, a share of the mean for other errors.
WeakFrom weak_from(const Study& study, const std::vector<double>& errors);
bool is_weak(const JudgedSlice& judged, const WeakFrom& limits);
/// By what they explain, weak ones first.
void sort_by_worth(std::vector<JudgedSlice>& judged, const WeakFrom& limits);

}  // namespace dlwork::phase::diagnose
