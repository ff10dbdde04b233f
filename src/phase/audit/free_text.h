#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "phase/audit/check.h"

namespace dlwork::phase::audit {

/// Texts that people wrote: the lines of a text file, or a column of free text that samples carry.
struct FreeText {
  const data::Column* column = nullptr;  ///< none: lines
  std::vector<std::string_view> texts;   ///< by sample; empty where missing

  /// "lines" or "texts of column note".
  std::string name() const {
    return column == nullptr ? "lines" : "texts of column " + column->name;
  }
};
/// Those of the samples, which must outlive them.
std::vector<FreeText> free_texts(const data::Samples& samples);

/// Adds a finding about them; the column, where there is one, joins the evidence.
artefact::Finding& add_about_texts(Audit& audit, const FreeText& texts, const std::string& id,
                                   artefact::Severity severity, const std::string& message,
                                   Json evidence);

/// Rows of all parts that checks which compare texts look at, at most `audit.rows`, ascending.
Rows compared_rows(const Audit& audit);

}  // namespace dlwork::phase::audit
