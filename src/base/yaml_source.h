#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dlwork/base/error.h"

namespace dlwork {

/// The text of a YAML file by byte position: lines, columns, quotes. Positions leave out a byte
/// order mark. Functions that look for something give `npos` when it is not there.
class YamlSource {
 public:
  static constexpr std::size_t npos = std::string_view::npos;

  /// Keeps a view of `text`.
  YamlSource(std::string_view text, std::string file);

  std::string_view text() const { return text_; }
  /// Bytes of a byte order mark left out at the front: 0 or 3.
  std::size_t skipped() const { return skipped_; }

  /// What makes this no text to parse: too long, not UTF-8, control characters, an unsettled merge.
  std::optional<Diagnostic> unreadable() const;

  Location place(std::size_t at) const;
  /// The position of a place that `place` gave.
  std::size_t position(const Location& at) const;

  /// Past anchors (`&name`) and tags (`!name`) in front of a value.
  std::size_t skip_properties(std::size_t at) const;
  /// The closing quote of the quoted text that starts at `at`; `at` itself when no quote is there.
  std::size_t end_of_quoted(std::size_t at) const;
  /// The first quote from `at` on that is never closed.
  std::size_t find_open_quote(std::size_t at) const;
  /// True when `~`, `null`, an anchor or a tag stands at `at`: a null that is written out.
  bool starts_null(std::size_t at) const;
  /// A tab in the indentation of the line of `at`.
  std::size_t indenting_tab(std::size_t at) const;

 private:
  std::size_t line_start(std::size_t at) const;
  std::string_view text_;
  std::string file_;
  std::size_t skipped_ = 0;
  std::vector<std::size_t> line_starts_{0};
  // The last place asked for: places mostly come in order, and a line may be megabytes long.
  mutable std::size_t last_at_ = 0;
  mutable int last_column_ = 1;
};

}  // namespace dlwork
