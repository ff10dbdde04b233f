#include "data/json_lines.h"

#include <algorithm>
#include <unordered_set>

#include "data/problem.h"
#include "dlwork/base/json.h"
#include "dlwork/base/text.h"

namespace dlwork::data {
namespace {

constexpr std::size_t kJsonLook = 1u << 20;
constexpr std::size_t kJsonRecordsLooked = 200;

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t") == std::string_view::npos;
}

/// Keys of the outermost object alone; holds no values.
class KeyCollector final : public nlohmann::json_sax<Json> {
 public:
  explicit KeyCollector(std::vector<std::string>& names) : names_(names) {
    seen_.insert(names.begin(), names.end());
  }
  bool is_object() const { return is_object_; }

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override {
    if (depth_++ == 0) is_object_ = true;
    return true;
  }
  bool key(string_t& name) override {
    if (depth_ == 1 && seen_.insert(name).second) names_.push_back(name);
    return true;
  }
  bool end_object() override {
    --depth_;
    return true;
  }
  bool start_array(std::size_t) override {
    ++depth_;
    return true;
  }
  bool end_array() override {
    --depth_;
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    return false;
  }

 private:
  std::vector<std::string>& names_;
  std::unordered_set<std::string> seen_;
  std::size_t depth_ = 0;
  bool is_object_ = false;
};

}  // namespace

/// Keeps the values of the outermost object.
class JsonLinesReader::Handler final : public nlohmann::json_sax<Json> {
 public:
  explicit Handler(JsonLinesReader& reader) : reader_(reader) {}
  bool is_object() const { return is_object_; }
  std::size_t error_at() const { return error_at_; }

  bool null() override { return keep(Value::Kind::kMissing); }
  bool boolean(bool truth) override {
    if (Held* held = place()) held->text = truth ? "true" : "false";
    return keep(Value::Kind::kText);
  }
  bool number_integer(number_integer_t number) override { return keep_number(number); }
  bool number_unsigned(number_unsigned_t number) override { return keep_number(number); }
  bool number_float(number_float_t number, const string_t&) override { return keep_number(number); }
  bool string(string_t& text) override {
    if (Held* held = place()) held->text = std::move(text);
    return keep(Value::Kind::kText);
  }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override {
    if (depth_ == 0) is_object_ = true;
    no_list();
    return open(false);
  }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override {
    add_to_list("[");
    return open(true);
  }
  bool end_array() override {
    if (list() != nullptr) current_->text += ']';
    return close();
  }
  bool key(string_t& name) override {
    if (depth_ != 1) return true;
    const auto found = reader_.places_.find(name);
    current_ = found == reader_.places_.end() ? nullptr : &reader_.values_[found->second];
    return true;
  }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception&) override {
    error_at_ = position;
    return false;
  }

 private:
  Held* place() const { return depth_ == 1 ? current_ : nullptr; }
  bool keep(Value::Kind kind) {
    if (Held* held = place()) held->kind = kind;
    if (kind == Value::Kind::kMissing) add_to_list("null");
    if (kind == Value::Kind::kText) no_list();
    return true;
  }
  template <class T>
  bool keep_number(T number) {
    if (Held* held = place()) held->number = static_cast<double>(number);
    if (list() != nullptr) add_to_list(number_text(static_cast<double>(number)));
    return keep(Value::Kind::kNumber);
  }
  bool open(bool is_list) {
    if (Held* held = place()) {
      held->nested = true;
      held->numbers = is_list;
      held->text = "[";
    }
    ++depth_;
    return true;
  }

  /// The list of numbers that is being read; null: none is.
  Held* list() const {
    return depth_ > 1 && current_ != nullptr && current_->numbers ? current_ : nullptr;
  }
  void add_to_list(const std::string& text) {
    Held* held = list();
    if (held == nullptr) return;
    if (held->text.back() != '[') held->text += ", ";
    held->text += text;
  }
  /// What is read is no number, and so its list none of numbers.
  void no_list() {
    if (Held* held = list()) held->numbers = false;
  }
  bool close() {
    --depth_;
    return true;
  }

  JsonLinesReader& reader_;
  Held* current_ = nullptr;
  std::size_t depth_ = 0;
  std::size_t error_at_ = 0;
  bool is_object_ = false;
};

JsonLinesReader::JsonLinesReader(const std::string& path, const std::vector<std::string>& names,
                                 std::size_t most_bytes)
    : lines_(path, most_bytes), names_(names), values_(names.size()) {
  for (std::size_t i = 0; i < names.size(); ++i) places_.emplace(names[i], i);
}

bool JsonLinesReader::next() {
  do {
    if (!lines_.next()) return false;
  } while (is_blank(lines_.text()));
  for (Held& held : values_) {
    held.kind = Value::Kind::kMissing;
    held.nested = held.numbers = false;
  }
  const std::string_view text = lines_.text();
  Handler handler(*this);
  const bool read = Json::sax_parse(text.begin(), text.end(), &handler);
  if (!read) {
    const std::size_t at =
        std::min(handler.error_at() > 0 ? handler.error_at() - 1 : 0, text.size());
    lines_.fail(text.data() + at, "this is no valid JSON",
                "each line is one object, as {\"age\": 41, \"job\": \"baker\"}, in UTF-8");
  }
  if (!handler.is_object()) {
    lines_.fail(text.data(), "the line is no JSON object",
                "each line is one object, as {\"age\": 41, \"job\": \"baker\"}");
  }
  return true;
}

Value JsonLinesReader::value(std::size_t column) {
  const Held& held = values_[column];
  if (held.nested) {
    fail(column, "the value of " + names_[column] + " is a list or an object",
         "a table has one number or text in each place; set data.columns." + names_[column] +
             ": ignore");
  }
  return {held.kind, held.text, held.number};
}

Value JsonLinesReader::list(std::size_t column) {
  const Held& held = values_[column];
  return held.nested && held.numbers ? Value{Value::Kind::kText, held.text, 0} : value(column);
}

void JsonLinesReader::fail(std::size_t column, const std::string& message,
                           const std::string& hint) const {
  // Where the key stands, as far as it is written plainly.
  const std::string key = "\"" + names_[column] + "\"";
  const auto at = lines_.text().find(key);
  lines_.fail(at == std::string_view::npos ? nullptr : lines_.text().data() + at, message, hint);
}

RecordReader::Progress JsonLinesReader::progress() const {
  return {static_cast<double>(lines_.source().position()),
          static_cast<double>(lines_.source().file_size()), "bytes"};
}

bool is_json_lines(const std::string& path) {
  TextLines lines(path, kJsonLook);
  try {
    while (lines.next()) {
      const auto first = lines.text().find_first_not_of(" \t");
      if (first != std::string_view::npos) return lines.text()[first] == '{';
    }
  } catch (const Error&) {
    return false;  // no text; its reader says so
  }
  return false;
}

std::vector<std::string> json_lines_names(const std::string& path) {
  std::vector<std::string> names;
  std::size_t records = 0;
  for (std::size_t look = kJsonLook;; look *= 8) {
    TextLines lines(path, look);
    for (records = 0; records < kJsonRecordsLooked && lines.next();) {
      if (is_blank(lines.text())) continue;
      KeyCollector collector(names);
      // What is wrong with a line is told when it is read.
      const bool read = Json::sax_parse(lines.text().begin(), lines.text().end(), &collector);
      if (read && !collector.is_object()) lines.fail(nullptr, "the line is no JSON object");
      ++records;
    }
    if (records > 0 || !lines.cut() || look > kMostRecordBytes) break;
  }
  if (records == 0)
    input_error(path, 0, 0, "the file has no records", "each line is one JSON object");
  if (names.empty()) {
    JsonLinesReader(path, names).next();  // tells where the first line is no JSON
    input_error(path, 1, 0, "the objects have no keys, so there are no columns");
  }
  return names;
}

}  // namespace dlwork::data
