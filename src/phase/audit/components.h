#pragma once

#include <optional>
#include <string>

#include "dlwork/data/pca.h"
#include "phase/audit/check.h"

namespace dlwork::phase::audit {

/// Principal components of the training part, and of what they were found.
struct Components {
  data::Pca pca;  ///< all, or the first alone
  std::int64_t samples = 0;
  bool first_alone = false;
  std::string note;  ///< " of means of 2 x 2 pixels", or ""
  /// Whether those found carry this share of the variance.
  bool reach(double share) const;
  std::int64_t features() const { return static_cast<std::int64_t>(pca.mean.size()); }
};

/// Of up to 1,024 features by the sums of all training samples (of so many as 10^11 products
/// allow); of more on samples drawn with the seed: all components up to 1,500 features, else the
/// first 100. Nothing where there are fewer than two features or three samples.
std::optional<Components> find_components(Audit& audit);

/// Tells how many carry most of the variance, with the curve.
void report_components(Audit& audit, const Components& components);

}  // namespace dlwork::phase::audit
