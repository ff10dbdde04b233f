#include "artefact/json_reader.h"

#include <limits>
#include <utility>

#include "dlwork/base/error.h"

namespace dlwork::artefact {
namespace {

const Json& null_json() {
  static const Json null;
  return null;
}

}  // namespace

JsonReader::JsonReader(const Json& json, const std::string& file, std::string path)
    : json_(&json), file_(&file), path_(std::move(path)) {}

bool JsonReader::has(const std::string& key) const {
  return json_->is_object() && json_->contains(key);
}

JsonReader JsonReader::at(const std::string& key) const {
  if (!json_->is_object()) expected("an object");
  const auto found = json_->find(key);
  const Json& value = found == json_->end() ? null_json() : *found;
  return JsonReader(value, *file_, path_.empty() ? key : path_ + "." + key);
}

std::vector<JsonReader> JsonReader::items() const {
  if (!json_->is_array()) expected("a list");
  std::vector<JsonReader> all;
  for (size_t i = 0; i < json_->size(); ++i) {
    all.push_back(JsonReader((*json_)[i], *file_, path_ + "[" + std::to_string(i) + "]"));
  }
  return all;
}

std::vector<std::pair<std::string, JsonReader>> JsonReader::members() const {
  if (!json_->is_object()) expected("an object");
  std::vector<std::pair<std::string, JsonReader>> all;
  for (const auto& [key, value] : json_->items()) all.emplace_back(key, at(key));
  return all;
}

const Json& JsonReader::object() const {
  if (!json_->is_object()) expected("an object");
  return *json_;
}

std::string JsonReader::text() const {
  if (!json_->is_string()) expected("text");
  return json_->get_ref<const std::string&>();
}

bool JsonReader::truth() const {
  if (!json_->is_boolean()) expected("true or false");
  return json_->get<bool>();
}

std::int64_t JsonReader::integer() const {
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (!json_->is_number_integer()) expected("a whole number");
  if (json_->is_number_unsigned() && json_->get<std::uint64_t>() > kMost) {
    expected("a whole number of 64 bits");
  }
  return json_->get<std::int64_t>();
}

double JsonReader::number() const {
  if (json_->is_null()) return std::numeric_limits<double>::quiet_NaN();
  if (!json_->is_number()) expected("a number");
  return json_->get<double>();
}

void JsonReader::fail(const std::string& message) const {
  throw Error(ExitStatus::kInput, Diagnostic{{*file_}, path_, message, ""});
}

void JsonReader::expected(const char* what) const {
  fail(json_->is_null() ? std::string("missing; it must be ") + what
                        : std::string("must be ") + what + ", not " + json_->type_name());
}

}  // namespace dlwork::artefact
