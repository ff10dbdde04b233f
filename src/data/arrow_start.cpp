#include "data/arrow_table.h"

namespace dlwork::data {

bool is_arrow_start(std::string_view start) {
  return start.starts_with("PAR1") || start.starts_with("ARROW1") || start.starts_with("FEA1");
}

}  // namespace dlwork::data
