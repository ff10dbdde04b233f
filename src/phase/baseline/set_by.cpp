#include "phase/baseline/set_by.h"

namespace dlwork::phase {

SetBy set_by(const spec::Project& project, const std::string& key) {
  const auto origin = project.origins.find(key);
  if (origin == project.origins.end() || origin->second == "default") return SetBy::kNobody;
  return origin->second.starts_with("analogy ") ? SetBy::kAnalogy : SetBy::kProject;
}

}  // namespace dlwork::phase
