#include "phase/diagnose/input_names.h"

namespace dlwork::phase::diagnose {

std::vector<std::string> input_names(const data::Samples& samples) {
  std::vector<std::string> names;
  if (samples.kind == data::Kind::kSequence) {
    for (std::int64_t c = 0; c < samples.sequences.channels; ++c) {
      names.push_back("channel " + std::to_string(c + 1));
    }
    return names;
  }
  for (const auto& column : samples.table.columns) names.push_back(column.name);
  return names;
}

}  // namespace dlwork::phase::diagnose
