#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "dlwork/base/json.h"

namespace dlwork::artefact {

/// Reads one value of a document that may hold anything: each question either gives the answer or
/// throws Error(kInput) naming the file and the value's path ("findings[2].severity"). The document
/// and the file's name must outlive it.
class JsonReader {
 public:
  JsonReader(const Json& json, const std::string& file) : JsonReader(json, file, "") {}
  JsonReader(const Json& json, const std::string&& file) = delete;

  const std::string& path() const { return path_; }
  const Json& json() const { return *json_; }
  bool has(const std::string& key) const;
  /// A member of an object; an absent one reads as null.
  JsonReader at(const std::string& key) const;
  std::vector<JsonReader> items() const;                            ///< of an array
  std::vector<std::pair<std::string, JsonReader>> members() const;  ///< of an object
  const Json& object() const;  ///< the value itself, which must be an object
  std::string text() const;
  bool truth() const;
  std::int64_t integer() const;
  double number() const;  ///< null reads as NaN, which JSON cannot hold

  [[noreturn]] void fail(const std::string& message) const;

 private:
  JsonReader(const Json& json, const std::string& file, std::string path);
  [[noreturn]] void expected(const char* what) const;
  const Json* json_;
  const std::string* file_;
  std::string path_;
};

}  // namespace dlwork::artefact
