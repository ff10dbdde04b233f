#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "dlwork/phase/phase.h"
#include "phase/audit/changes.h"

namespace dlwork::phase::audit {

/// One change that would mend the data: a cell's new text, or a row to leave out.
struct Patch {
  std::int64_t row = 0;  ///< of the samples
  std::string column;    ///< "" leaves the row out
  std::string text;      ///< what the cell becomes; "" is missing
  std::string why;       ///< id of the finding
};

/// What was written.
struct Mended {
  std::int64_t cells = 0;
  std::int64_t rows = 0;                       ///< left out
  std::vector<std::string> files;              ///< but those that are a sample each
  std::int64_t sample_files = 0;               ///< copied
  std::map<std::string, std::string> renamed;  ///< copies of other names, by source
  std::vector<std::string> not_copied;         ///< files for which patches.csv is all there is
};

/// Applies patches to copies of the data files in `folder` and writes patches.csv beside them:
/// file, line, column, before, after, why. Files without a change are copied too, so that the
/// folder can be named as data.root. The sources are only read. Tables that are no text become CSV,
/// packed files plain ones; of pictures and recordings in files of their own those that are kept
/// are copied; arrays of pictures or series are not copied. Throws Error(kInput) where a file has
/// changed, Error(kUsage) where `folder` holds the sources themselves.
Mended write_mended(Context& context, std::vector<Patch> patches,
                    const std::filesystem::path& folder);

}  // namespace dlwork::phase::audit
