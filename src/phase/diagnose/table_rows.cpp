#include "phase/diagnose/table_rows.h"

namespace dlwork::phase::diagnose {

data::Column column_rows(const data::Column& column, const std::vector<std::int64_t>& rows) {
  data::Column part{column.name, column.type, {}, {}, column.categories, column.info};
  for (const auto row : rows) {
    if (column.type == data::ColumnType::kNumber) {
      part.numbers.push_back(column.numbers[row]);
    } else {
      part.codes.push_back(column.codes[row]);
    }
  }
  return part;
}

data::Samples table_rows(const data::Samples& samples, const std::vector<std::int64_t>& rows) {
  data::Samples taken;
  taken.kind = samples.kind;
  taken.count = static_cast<std::int64_t>(rows.size());
  taken.table.rows = taken.count;
  for (const auto& column : samples.table.columns) {
    taken.table.columns.push_back(column_rows(column, rows));
  }
  return taken;
}

}  // namespace dlwork::phase::diagnose
