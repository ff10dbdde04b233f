// Numbers of samples where those at hand were drawn from more.
#include "phase/audit/check.h"

namespace dlwork::phase::audit {

using data::Part;

std::int64_t Audit::population(Part part) const { return context.population(part); }

double Audit::of_all(Part part, std::int64_t drawn) const {
  if (rows(part).empty()) return 0;
  return static_cast<double>(drawn) * static_cast<double>(population(part)) /
         static_cast<double>(rows(part).size());
}

std::string Audit::no_training_sample() const {
  if (survey == nullptr) return "no training sample";
  return "none of the " + grouped(static_cast<std::int64_t>(train().size())) +
         " training samples drawn";
}

}  // namespace dlwork::phase::audit
