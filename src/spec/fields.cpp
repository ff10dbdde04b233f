#include "spec/fields.h"

#include "dlwork/base/text.h"

namespace dlwork::spec {

bool Range::holds(double value) const {
  if (low && (without_low ? value <= *low : value < *low)) return false;
  return !(high && (without_high ? value >= *high : value > *high));
}

std::string Range::text() const {
  if (low && high && *low == *high) return number_text(*low);
  std::string words;
  if (low) words = (without_low ? "above " : "at least ") + number_text(*low);
  if (low && high) words += " and ";
  if (high) words += (without_high ? "below " : "at most ") + number_text(*high);
  return words;
}

Field& Field::unit(const char* name_of_unit) {
  unit_name = name_of_unit;
  return *this;
}

Field& Field::at_least(double low) {
  range.low = low;
  return *this;
}

Field& Field::above(double low) {
  range.low = low;
  range.without_low = true;
  return *this;
}

Field& Field::at_most(double high) {
  range.high = high;
  return *this;
}

Field& Field::below(double high) {
  range.high = high;
  range.without_high = true;
  return *this;
}

Field& Field::one_of(std::vector<std::string> allowed) {
  choices = std::move(allowed);
  return *this;
}

Field& Field::required_without(const char* other) {
  instead = other;
  return required();
}

Field& Field::required() {
  is_required = true;
  return *this;
}

Field& Field::path() {
  is_path = true;
  return *this;
}

Field& Field::or_share() {
  may_be_share = true;
  return *this;
}

Field& Field::or_single() {
  may_be_single = true;
  return *this;
}

bool Field::is_scalar() const {
  return std::holds_alternative<bool*>(slot) || std::holds_alternative<std::int64_t*>(slot) ||
         std::holds_alternative<double*>(slot) || std::holds_alternative<std::string*>(slot) ||
         std::holds_alternative<std::optional<double>*>(slot) ||
         std::holds_alternative<Duration*>(slot) || std::holds_alternative<Size*>(slot);
}

Field* Fields::find(const std::string& name) {
  for (Field& field : fields_) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

std::vector<std::string> Fields::names() const {
  std::vector<std::string> names;
  for (const Field& field : fields_) names.push_back(field.name);
  return names;
}

std::string join_path(const std::string& parent, const std::string& name) {
  return parent.empty() ? name : parent + "." + name;
}

}  // namespace dlwork::spec
