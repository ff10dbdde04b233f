// Numbers of samples where those at hand were drawn from more.
#include <algorithm>
#include <cmath>

#include "dlwork/phase/phase.h"

namespace dlwork::phase {
namespace {

using data::Part;

constexpr Part kPartsOfFirst[] = {Part::kTrain, Part::kValidation, Part::kTest};

std::size_t part_place(Part part) { return static_cast<std::size_t>(part); }

/// Rows that were drawn, and what is known of all of them.
struct Drawn {
  const spec::Data& options;
  const data::Dataset& data;
  const data::Survey& survey;

  bool has_own_source(Part part) const {
    return part != Part::kTrain && survey.rows_of_source[part_place(part)] > 0;
  }
  double rows(Part part) const { return static_cast<double>(data.part(part).size()); }
  /// The part's rows that were drawn, as a number of all rows of their source.
  double scaled_rows(Part part) const {
    const std::size_t source = has_own_source(part) ? part_place(part) : 0;
    const auto drawn =
        static_cast<double>(std::max<std::int64_t>(1, survey.sampled_of_source[source]));
    return rows(part) * static_cast<double>(survey.rows_of_source[source]) / drawn;
  }
  /// A part that the project file gives as a number of rows has that number, however many were
  /// drawn.
  double part_rows(Part part) const {
    const auto& amount = part == Part::kTest ? options.test.amount : options.validation.amount;
    if (part == Part::kTrain || !amount || amount->is_fraction) return scaled_rows(part);
    return rows(part);
  }
};

}  // namespace

std::int64_t Context::population(Part part) {
  const data::Dataset& data = dataset();
  if (!survey || data.part(part).empty()) return static_cast<std::int64_t>(data.part(part).size());
  const Drawn drawn{project.data, data, *survey};
  if (drawn.has_own_source(part)) return std::llround(drawn.scaled_rows(part));
  if (part != Part::kTrain) return std::llround(drawn.part_rows(part));
  double count = 0;
  for (const Part each : kPartsOfFirst) {
    if (drawn.has_own_source(each)) continue;
    count += drawn.scaled_rows(each) - (each == Part::kTrain ? 0 : drawn.part_rows(each));
  }
  return std::llround(count);
}

}  // namespace dlwork::phase
