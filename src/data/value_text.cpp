#include "dlwork/data/value_text.h"

#include "data/datetime.h"
#include "dlwork/base/text.h"

namespace dlwork::data {

std::string value_text(const Column& column, double value) {
  return column.info.meaning == Meaning::kDatetime ? moment_text(value) : pretty_number(value);
}

}  // namespace dlwork::data
