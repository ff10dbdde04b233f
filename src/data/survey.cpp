#include "dlwork/data/survey.h"

#include <algorithm>

namespace dlwork::data {

const ColumnSurvey* Survey::find(const std::string& name) const {
  for (const ColumnSurvey& column : columns) {
    if (column.name == name) return &column;
  }
  return nullptr;
}

void RepeatSurvey::add(std::uint64_t inputs, std::uint64_t target, std::size_t source,
                       Place place) {
  ++rows;
  if (inputs > limit) return;
  Drawn& row = drawn[inputs];
  if (row.count == 0) {
    row.first = place;
    row.target = target;
  } else {
    if (row.count == 1) row.later = place;
    row.conflict = row.conflict || target != row.target;
    const bool earlier =
        (source > 0 && row.of_source[0] > 0) || (source > 1 && row.of_source[1] > 0);
    if (earlier && row.across.file < 0) row.across = place;
  }
  ++row.count;
  ++row.of_source[source];
  if (drawn.size() <= 2 * kMostDrawn) return;
  limit /= 2;
  std::erase_if(drawn, [this](const auto& entry) { return entry.first > limit; });
}

double RepeatSurvey::share() const {
  return static_cast<double>(limit) / static_cast<double>(~std::uint64_t{0});
}

}  // namespace dlwork::data
