#include "dlwork/data/dataset.h"

#include <algorithm>
#include <cmath>

namespace dlwork::data {

std::string to_string(Kind kind) { return kind == Kind::kTable ? "table" : "image"; }

std::string to_string(Part part) {
  switch (part) {
    case Part::kTrain:
      return "train";
    case Part::kValidation:
      return "validation";
    case Part::kTest:
      return "test";
  }
  return "";
}

std::int64_t Column::count() const {
  return static_cast<std::int64_t>(type == ColumnType::kNumber ? numbers.size() : codes.size());
}

bool Column::is_missing(std::int64_t row) const {
  return type == ColumnType::kNumber ? std::isnan(numbers[row]) : codes[row] < 0;
}

const Column* Table::find(const std::string& name) const {
  const auto found = std::find_if(columns.begin(), columns.end(),
                                  [&](const Column& column) { return column.name == name; });
  return found == columns.end() ? nullptr : &*found;
}

const std::uint8_t* Pictures::at(std::int64_t index) const {
  return pixels.data() + index * size();
}

std::string Samples::where(std::int64_t row) const {
  const std::string& file = files[file_index[row]];
  return record[row] > 0 ? file + ":" + std::to_string(record[row]) : file;
}

}  // namespace dlwork::data
