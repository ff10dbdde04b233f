#pragma once

#include <string>
#include <vector>

namespace dlwork::spec {

/// One question of the method's first phase, answered under readiness.answers.<id>.
struct Question {
  std::string id;
  std::string text;
};
const std::vector<Question>& questions();

}  // namespace dlwork::spec
