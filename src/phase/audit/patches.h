#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dlwork/phase/phase.h"

namespace dlwork::phase::audit {

/// One change that would mend the data: a cell's new text, or a row to leave out.
struct Patch {
  std::int64_t row = 0;  ///< of the samples
  std::string column;    ///< "" leaves the row out
  std::string text;      ///< what the cell becomes; "" is missing
  std::string why;       ///< id of the finding
};

/// Applies patches to copies of the data files in `folder` and writes patches.csv beside them:
/// file, line, column, before, after, why. Files without a change are copied too, so that the
/// folder can be named as data.root. The sources are only read. Pictures are not copied: their
/// patches are a list alone. Throws Error(kInput) where a file is packed or has changed,
/// Error(kUsage) where `folder` holds the sources themselves.
struct Mended {
  std::int64_t cells = 0;
  std::int64_t rows = 0;  ///< left out
  std::vector<std::string> files;
};
Mended write_mended(Context& context, std::vector<Patch> patches,
                    const std::filesystem::path& folder);

/// The same for the text of one file, whose records begin at the lines that `line_of` tells.
struct CellChange {
  std::int64_t line = 0;
  std::string column;  ///< "" leaves the record out
  std::string text;
  std::string why;
  std::string before{};  ///< filled in
};
/// Records with a change are written anew, others copied byte for byte. `columns`: names by place,
/// for files without a header.
std::string apply_changes(const std::string& text, const std::string& name,
                          const std::vector<std::string>& columns, bool has_header,
                          std::vector<CellChange>& changes);

}  // namespace dlwork::phase::audit
