#include "dlwork/data/dataset.h"

#include <algorithm>
#include <cmath>

namespace dlwork::data {

std::string to_string(Kind kind) {
  switch (kind) {
    case Kind::kTable:
      return "table";
    case Kind::kImage:
      return "image";
    case Kind::kSequence:
      return "sequence";
    case Kind::kText:
      return "text";
    case Kind::kEnvironment:
      return "environment";
  }
  return "";
}

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

std::string to_string(Meaning meaning) {
  static constexpr const char* kNames[] = {"number", "integer", "category", "boolean", "datetime",
                                           "text",   "id",      "group",    "weight"};
  return kNames[static_cast<std::size_t>(meaning)];
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

const Column* Samples::file_column() const {
  return media_columns.size() == 1 ? carried.find(media_columns.front()) : nullptr;
}

const float* Sequences::at(std::int64_t index) const { return values.data() + index * size(); }

std::string Samples::where(std::int64_t row) const {
  if (file_index.empty()) return "sample " + std::to_string(row + 1);  // made, not read
  const std::string& file = files[file_index[row]];
  std::string place = record[row] > 0 ? file + ":" + std::to_string(record[row]) : file;
  for (const Column& column : carried.columns) {
    if (column.info.meaning != Meaning::kId || column.is_missing(row)) continue;
    place += " (" + column.name + " " + column.categories[column.codes[row]] + ")";
  }
  return place;
}

}  // namespace dlwork::data
