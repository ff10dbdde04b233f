#pragma once

#include <string>
#include <string_view>

namespace dlwork::phase::audit {

/// The language a text seems to be in, by name ("English", "Russian", ...), or "" where it does not
/// say. Letters tell scripts with one common language apart (by the most frequent among them); of
/// Latin letters, the language whose frequent short words make up most of the words, at least two
/// of them and more than any other language's. Short texts often say nothing.
std::string language_of(std::string_view text);

/// Share of the characters that are neither letters, digits, blanks nor usual punctuation; bytes
/// beyond ASCII count as letters.
double special_share(std::string_view text);

/// Whether a text holds tags or character references of HTML or XML: "<b>", "</p>", "&amp;".
bool holds_markup(std::string_view text);

}  // namespace dlwork::phase::audit
