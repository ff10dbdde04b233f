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

namespace {

data::Sequences series_rows(const data::Sequences& series, const std::vector<std::int64_t>& rows) {
  data::Sequences part;
  if (series.count == 0) return part;
  part = {
      static_cast<std::int64_t>(rows.size()), series.steps, series.channels, {}, {}, series.sound};
  for (const auto row : rows) {
    part.values.insert(part.values.end(), series.at(row), series.at(row) + series.size());
    part.lengths.push_back(series.lengths[row]);
  }
  return part;
}

}  // namespace

data::Samples table_rows(const data::Samples& samples, const std::vector<std::int64_t>& rows) {
  data::Samples taken;
  taken.kind = samples.kind;
  taken.count = static_cast<std::int64_t>(rows.size());
  taken.table.rows = taken.count;
  for (const auto& column : samples.table.columns) {
    taken.table.columns.push_back(column_rows(column, rows));
  }
  taken.sequences = series_rows(samples.sequences, rows);
  return taken;
}

}  // namespace dlwork::phase::diagnose
