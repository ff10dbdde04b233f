#pragma once

#include <string>
#include <string_view>

namespace dlwork::report {

/// Text for XML and HTML, in elements and in double-quoted attributes: `& < > " '` as entities,
/// characters XML 1.0 does not allow and bytes that are no UTF-8 as U+FFFD. Line breaks and tabs
/// stay.
std::string xml_text(std::string_view text);

/// Text in Markdown (GitHub's dialect), in one line, shown as it is: also inside a table's cell.
std::string markdown_text(std::string_view text);
/// The same as code in the running text; `text` may hold backticks.
std::string markdown_code(std::string_view text);

/// Message and property values of GitHub's workflow commands.
std::string annotation_message(std::string_view text);
std::string annotation_property(std::string_view text);

}  // namespace dlwork::report
