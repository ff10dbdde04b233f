#pragma once

#include <string_view>
#include <vector>

namespace dlwork::phase {

/// What the program knows of a phase without opening the library that runs it.
struct PhaseInfo {
  std::string_view name;
  int number;                 ///< of the method, 1 to 7
  std::string_view summary;   ///< for --help
  std::string_view question;  ///< that it answers
  std::string_view gate;      ///< when it passes
  std::string_view sections;  ///< of the project file it depends on, space-separated
  std::string_view needs;     ///< earlier phases whose results it reads, space-separated
};

/// In the method's order.
inline const std::vector<PhaseInfo>& phases() {
  static const std::vector<PhaseInfo> all{
#define PHASE(name, number, summary, question, gate, sections, needs) \
  {#name, number, summary, question, gate, sections, needs},
#include "dlwork/phase/phases.def"
#undef PHASE
  };
  return all;
}

}  // namespace dlwork::phase
