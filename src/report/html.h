#pragma once

#include <filesystem>
#include <string>

#include "dlwork/report/render.h"

namespace dlwork::report {

/// Keeps the page below its limit: a block goes in whole or a note stands in its place.
class Budget {
 public:
  explicit Budget(size_t bytes) : left_(bytes) {}
  size_t left() const { return left_; }
  /// `block`, or where it is too large a line that `what` was left out.
  std::string fit(std::string block, const std::string& what);

 private:
  size_t left_;
};

/// The name a phase's section is linked by.
std::string anchor_of(const std::string& phase);
/// "<span class="badge pass">PASS</span>", with a sign beside the word.
std::string badge(artefact::Verdict verdict);

/// One phase: verdict, figures, findings, tables, what made it.
std::string html_section(const ReportInput::Entry& entry, Budget& budget);
/// Plot or gallery with its title and caption; pictures are read from `folder`.
std::string html_figure(const artefact::Figure& figure, const std::filesystem::path& folder,
                        Budget& budget);
/// A table that page.js makes sortable.
std::string html_table(const artefact::Table& table);

}  // namespace dlwork::report
