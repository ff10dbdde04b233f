// Numbers of samples where those at hand were drawn from more.
#include <algorithm>
#include <cmath>

#include "dlwork/data/survey.h"
#include "phase/audit/check.h"

namespace dlwork::phase::audit {

using data::Part;

namespace {

constexpr Part kPartsOfFirst[] = {Part::kTrain, Part::kValidation, Part::kTest};

std::size_t part_place(Part part) { return static_cast<std::size_t>(part); }

bool has_own_source(const data::Survey& survey, Part part) {
  return part != Part::kTrain && survey.rows_of_source[part_place(part)] > 0;
}

/// The part's rows that were drawn, as a number of all rows of their source.
double scaled_rows(const Audit& audit, Part part) {
  const data::Survey& survey = *audit.survey;
  const std::size_t source = has_own_source(survey, part) ? part_place(part) : 0;
  const auto drawn =
      static_cast<double>(std::max<std::int64_t>(1, survey.sampled_of_source[source]));
  return static_cast<double>(audit.rows(part).size()) *
         static_cast<double>(survey.rows_of_source[source]) / drawn;
}

/// A part that the project file gives as a number of rows has that number, however many were drawn.
double part_rows(const Audit& audit, Part part) {
  const spec::Data& data = audit.context.project.data;
  const auto& amount = part == Part::kTest ? data.test.amount : data.validation.amount;
  if (part == Part::kTrain || !amount || amount->is_fraction) return scaled_rows(audit, part);
  return static_cast<double>(audit.rows(part).size());
}

}  // namespace

std::int64_t Audit::population(Part part) const {
  if (survey == nullptr || rows(part).empty()) return static_cast<std::int64_t>(rows(part).size());
  if (has_own_source(*survey, part)) return std::llround(scaled_rows(*this, part));
  if (part != Part::kTrain) return std::llround(part_rows(*this, part));
  double count = 0;
  for (const Part each : kPartsOfFirst) {
    if (has_own_source(*survey, each)) continue;
    count += scaled_rows(*this, each) - (each == Part::kTrain ? 0 : part_rows(*this, each));
  }
  return std::llround(count);
}

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
