#include "cli/errors.h"

#include <filesystem>
#include <fstream>
#include <optional>

#include "dlwork/base/text.h"

namespace dlwork::cli {
namespace {

constexpr size_t kLongestShown = 160;  // longer lines are data, not something to read
constexpr std::string_view kSetOrigin = "--set #";

/// Line `number` of what the user wrote: of a file, or of a --set argument.
std::optional<std::string> source_line(const Location& at, const Invocation& invocation) {
  if (at.line <= 0) return std::nullopt;
  const auto sets = invocation.values.find("set");
  if (at.file.starts_with(kSetOrigin) && sets != invocation.values.end()) {
    const auto place = parse_integer(std::string_view(at.file).substr(kSetOrigin.size()));
    if (!place || *place < 1 || *place > static_cast<std::int64_t>(sets->second.size())) {
      return std::nullopt;
    }
    return sets->second[*place - 1];
  }
  std::error_code unreadable;
  if (!std::filesystem::is_regular_file(at.file, unreadable)) return std::nullopt;
  std::ifstream file(at.file);
  std::string text;
  for (int line = 0; line < at.line; ++line) {
    if (!std::getline(file, text)) return std::nullopt;
  }
  return text;
}

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.'; }

/// "  14 |     learnig_rate: 0.01" and the mark under the word at the place.
std::string excerpt(const Location& at, const std::string& line) {
  const bool printable = line.size() <= kLongestShown && is_utf8(line) &&
                         line.find_first_of(std::string("\x1b\0", 2)) == std::string::npos;
  if (!printable) return "";
  const std::string number = std::to_string(at.line);
  const std::string margin(number.size() + 3, ' ');
  std::string text = "   " + number + " | " + line + "\n";
  const size_t start = static_cast<size_t>(at.column) - 1;
  if (at.column <= 0 || start > line.size()) return text;
  size_t end = start;
  while (end < line.size() && is_word(line[end])) ++end;
  std::string indent;
  for (size_t i = 0; i < start; ++i) {
    if (line[i] == '\t')
      indent += '\t';
    else if ((line[i] & 0xC0) != 0x80)
      indent += ' ';
  }
  return text + margin + " | " + indent + std::string(std::max<size_t>(1, end - start), '^') + "\n";
}

}  // namespace

void show_error(const Error& error, const Invocation& invocation, std::ostream& err, bool colour) {
  for (const Diagnostic& diagnostic : error.diagnostics()) {
    std::string text = format(diagnostic);
    const size_t word = text.find("error: ");
    if (colour && word != std::string::npos) text.replace(word, 6, "\x1b[31merror:\x1b[0m");
    err << text << '\n';
    const auto line = source_line(diagnostic.at, invocation);
    if (line) err << excerpt(diagnostic.at, *line);
  }
  const size_t count = error.diagnostics().size();
  if (count > 1) err << count << " errors\n";
  err.flush();
}

Json error_document(const Error& error) {
  Json document = {{"schema", "dlwork/error/1"}, {"status", static_cast<int>(error.status())}};
  document["diagnostics"] = Json::array();
  for (const Diagnostic& diagnostic : error.diagnostics()) {
    document["diagnostics"].push_back({{"file", diagnostic.at.file},
                                       {"line", diagnostic.at.line},
                                       {"column", diagnostic.at.column},
                                       {"key", diagnostic.key},
                                       {"message", diagnostic.message},
                                       {"hint", diagnostic.hint}});
  }
  return document;
}

}  // namespace dlwork::cli
