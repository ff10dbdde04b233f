#include "phase/readiness/models/model.h"

#include "dlwork/base/error.h"
#include "dlwork/base/machine.h"

namespace dlwork::phase::classical {

bool Limits::out_of_time() const { return monotonic_seconds() >= deadline; }

void Limits::check_stop() const {
  if (stop != nullptr && stop->requested()) {
    throw Error(ExitStatus::kInterrupted, "readiness: stopped");
  }
}

Matrix take_rows(const Matrix& features, const std::vector<std::int64_t>& rows) {
  Matrix taken(static_cast<std::int64_t>(rows.size()), features.cols());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    taken.row(static_cast<std::int64_t>(i)) = features.row(rows[i]);
  }
  return taken;
}

}  // namespace dlwork::phase::classical
