#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dlwork/data/copies.h"

/// Changes to the text of one file of samples. Records with a change are written anew, all others
/// copied byte for byte. All throw Error(kInput) where a record to be changed is not there.
namespace dlwork::phase::audit {

struct CellChange {
  std::int64_t line = 0;  ///< at which the record begins; of files that are no text, its number
  std::string column;     ///< "" leaves the record out
  std::string text;
  std::string why;
  std::string before{};  ///< filled in
};

/// Of a text with separators, unpacked: its path, separator and columns are the plan's.
std::string apply_changes(const data::CopyPlan& plan, const std::string& name,
                          std::vector<CellChange>& changes);

/// Of JSON Lines. "" becomes null; a number stays a number and a truth value one where the new text
/// is one.
std::string apply_object_changes(const std::string& text, const std::string& name,
                                 std::vector<CellChange>& changes);

/// Of a text with a line for each sample, which can only be left out.
std::string leave_lines_out(const std::string& text, const std::string& name,
                            std::vector<CellChange>& changes);

/// True where one of them leaves the record out.
bool leaves_out(const std::vector<CellChange*>& changes);

/// Changes cells that are at hand. Names are by place.
void change_cells(std::vector<std::string>& cells, const std::vector<std::string>& names,
                  const std::vector<CellChange*>& changes);

[[noreturn]] void fail_as_changed(const std::string& name, std::int64_t line);

}  // namespace dlwork::phase::audit
