#include "data/problem.h"

#include <algorithm>

#include "dlwork/base/text.h"

namespace dlwork::data {
namespace {

constexpr std::size_t kNamesShown = 12;

}  // namespace

void input_error(const std::string& file, std::int64_t line, std::int64_t column,
                 const std::string& message, const std::string& hint) {
  Diagnostic diagnostic;
  diagnostic.at = {file, static_cast<int>(line), static_cast<int>(column)};
  diagnostic.message = message;
  diagnostic.hint = hint;
  throw Error(ExitStatus::kInput, diagnostic);
}

void usage_error(const spec::Project& project, const std::string& key, const std::string& message,
                 const std::string& hint) {
  Diagnostic diagnostic;
  diagnostic.at.file = project.file;
  diagnostic.key = key;
  diagnostic.message = message;
  diagnostic.hint = hint;
  // The key itself may be absent from the file; then its nearest parent tells the place.
  for (std::string path = key;; path.resize(path.rfind('.'))) {
    const auto place = project.places.find(path);
    if (place != project.places.end()) {
      diagnostic.at = place->second;
      break;
    }
    if (path.find('.') == std::string::npos) break;
  }
  throw Error(ExitStatus::kUsage, diagnostic);
}

std::string shown_text(std::string_view text) {
  constexpr std::size_t kShown = 40;
  std::string shown(text.substr(0, kShown));
  while (!is_utf8(shown) && !shown.empty()) shown.pop_back();
  return "'" + shown + (text.size() > kShown ? "...'" : "'");
}

std::string suggest(const std::string& name, const std::vector<std::string>& known) {
  const std::string near = nearest(name, known);
  if (!near.empty()) return "did you mean " + near + "?";
  if (known.empty()) return "";
  std::vector<std::string> shown(known.begin(),
                                 known.begin() + std::min(known.size(), kNamesShown));
  const std::string more = known.size() > kNamesShown
                               ? " and " + std::to_string(known.size() - kNamesShown) + " more"
                               : "";
  return "there are: " + join(shown, ", ") + more;
}

}  // namespace dlwork::data
