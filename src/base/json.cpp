#include "dlwork/base/json.h"

#include <algorithm>

#include "dlwork/base/error.h"

namespace dlwork {
namespace {

// `byte` counts from 1 and is the last one read.
Location place_of(std::string_view text, size_t byte, const std::string& file) {
  const std::string_view before = text.substr(0, byte == 0 ? 0 : byte - 1);
  const size_t line_start = before.rfind('\n');
  const auto lines = std::count(before.begin(), before.end(), '\n');
  const size_t column =
      line_start == std::string_view::npos ? before.size() : before.size() - line_start - 1;
  return {file, static_cast<int>(lines) + 1, static_cast<int>(column) + 1};
}

}  // namespace

std::string json_text(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

Json parse_json(std::string_view text, const std::string& file) {
  // The library's parser copes with any depth, but copying and writing a document recurse.
  const auto limit = [&file](int depth, Json::parse_event_t, Json&) {
    if (depth > kMaxJsonDepth) {
      throw Error(ExitStatus::kInput, Diagnostic{{file}, "", "JSON nested too deeply", ""});
    }
    return true;
  };
  try {
    return Json::parse(text.begin(), text.end(), limit);
  } catch (const Json::parse_error& problem) {
    throw Error(ExitStatus::kInput,
                Diagnostic{place_of(text, problem.byte, file), "",
                           text.empty() ? "the file is empty" : "this is not valid JSON here", ""});
  } catch (const Json::exception& problem) {  // a number out of range
    throw Error(ExitStatus::kInput, Diagnostic{{file}, "", problem.what(), ""});
  }
}

}  // namespace dlwork
