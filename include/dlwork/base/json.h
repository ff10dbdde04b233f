#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace dlwork {

/// JSON whose objects keep the order in which keys were added, so that documents read well and
/// their bytes are reproducible. Non-finite numbers are written as null.
using Json = nlohmann::ordered_json;

/// Text of a document, in one line or indented by so many spaces. Bytes that are no UTF-8 become
/// U+FFFD (plain `dump` throws on them).
inline constexpr int kOneLine = -1;
std::string json_text(const Json& json, int indent = kOneLine);

/// Reads a document of any origin. Throws Error(kInput) with line and column where it is no JSON,
/// or nests deeper than `kMaxJsonDepth`.
Json parse_json(std::string_view text, const std::string& file);
inline constexpr int kMaxJsonDepth = 200;

}  // namespace dlwork
