#pragma once

#include <cstdint>
#include <vector>

namespace dlwork::phase::audit {

/// How much samples of one group are alike: the one-way random effects ICC(1) (Shrout and Fleiss
/// 1979), with Donner's mean size where groups differ in size (1986).
struct Intraclass {
  double correlation = 0;  ///< below 0 where samples of a group differ more than others
  double mean_size = 0;    ///< of a sample's group: the sum of squared sizes over the samples
  std::int64_t groups = 0;
  /// By how much the samples are worth fewer independent ones (Kish 1965), at least 1.
  double design_effect() const;
};

/// `groups`: by sample, from 0 (-1: left out). Without two groups, or a group of two samples, the
/// correlation is 0.
Intraclass intraclass_of_numbers(const std::vector<std::int32_t>& groups,
                                 const std::vector<double>& values);
/// The same of classes as indicators, the squares of all classes added up.
Intraclass intraclass_of_classes(const std::vector<std::int32_t>& groups,
                                 const std::vector<std::int32_t>& classes, std::size_t class_count);

}  // namespace dlwork::phase::audit
