#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "data/records.h"
#include "data/text_lines.h"

namespace dlwork::data {

/// Records of a JSON Lines file: one object a line, its keys the columns. A key that is absent and
/// null are missing; true and false are texts. Keys that are not among `names` are passed over.
class JsonLinesReader final : public RecordReader {
 public:
  JsonLinesReader(const std::string& path, const std::vector<std::string>& names,
                  std::size_t most_bytes = 0);

  bool next() override;
  Value value(std::size_t column) override;
  Value list(std::size_t column) override;
  std::int64_t record() const override { return lines_.line(); }
  [[noreturn]] void fail(std::size_t column, const std::string& message,
                         const std::string& hint) const override;
  Progress progress() const override;

 private:
  class Handler;
  struct Held {
    Value::Kind kind = Value::Kind::kMissing;
    bool nested = false;   ///< a list or an object
    bool numbers = false;  ///< a list of numbers, or of lists of them: `text` is what it says
    double number = 0;
    std::string text;
  };

  TextLines lines_;
  std::vector<std::string> names_;
  std::unordered_map<std::string, std::size_t> places_;
  std::vector<Held> values_;
};

/// True when the first character of the text is an opening brace.
bool is_json_lines(const std::string& path);
/// Keys of the first records, in order of appearance. Throws Error(kInput): no object, empty file.
std::vector<std::string> json_lines_names(const std::string& path);

}  // namespace dlwork::data
