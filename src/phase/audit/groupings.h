#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dlwork/phase/phase.h"

namespace dlwork::phase::audit {

/// Which samples belong together by a column: those of a patient, a speaker, a site.
struct Groups {
  std::string name;
  std::vector<std::int32_t> of;  ///< by sample; -1 where missing
  std::int64_t count = 0;
  bool declared = false;  ///< by the project file; else its name says so
  bool is_input = false;
};

/// When samples were taken, by a column.
struct Times {
  std::string name;
  std::vector<double> of;  ///< by sample; NaN where there is none
  bool declared = false;   ///< as the column of a split by time
  bool is_input = false;
};

struct Groupings {
  std::vector<Groups> groups;
  std::vector<Times> times;
  data::Table unused;  ///< columns of the files that are neither inputs, carried nor the target
};

/// Groups and times among the inputs, what samples carry, and the columns left out, which are read
/// for it. Of inputs, groups need a name that says so and at least ten of them (fewer are levels of
/// a factor), and times must be dates.
Groupings find_groupings(Context& context, const data::Samples& samples);

}  // namespace dlwork::phase::audit
