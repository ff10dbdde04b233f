#pragma once

#include "phase/measuring.h"

namespace dlwork::phase {

/// Samples to look at, under a name.
struct Shown {
  std::string id;  ///< of the figure or table, and its folder of pictures
  std::string title;
  std::string caption;
  std::string text_column;  ///< head of the column that holds their texts
};

/// Samples as a gallery of pictures (written to the run folder) or a table of rows.
void show_samples(Context& context, const Shown& shown, const std::vector<task::Mistake>& samples,
                  artefact::PhaseResult& result);

/// The worst mistakes.
void show_mistakes(Context& context, const training::Outputs& outputs,
                   const std::vector<std::int64_t>& rows, artefact::PhaseResult& result);

}  // namespace dlwork::phase
