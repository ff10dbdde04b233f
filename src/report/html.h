#pragma once

#include <filesystem>
#include <string>

#include "dlwork/report/render.h"
#include "report/scale.h"

namespace dlwork::report {

/// Keeps the page below its limit: a block goes in whole or a note stands in its place.
class Budget {
 public:
  explicit Budget(size_t bytes) : left_(bytes) {}
  size_t left() const { return left_; }
  /// `block`, or where it is too large a line that `what` was left out. The line takes the block's
  /// `id`, which is linked to.
  std::string fit(std::string block, const std::string& what, const std::string& id = "");

 private:
  size_t left_;
};

/// A picture of a run folder: its bytes, or why they are not shown.
struct LoadedPicture {
  std::string png;
  std::string problem;
};
/// `name` comes from a result, so it is checked: it stays in the folder and is a PNG below 1 MiB.
LoadedPicture load_picture(const std::filesystem::path& folder, const std::string& name);

enum class Alignment { kLeft, kRight };

/// The name a phase's section is linked by.
std::string anchor_of(const std::string& phase);
/// "<span class="badge pass">PASS</span>", with a sign beside the word.
std::string badge(artefact::Verdict verdict);

/// One phase: verdict, figures, findings, tables, what made it.
std::string html_section(const ReportInput::Entry& entry, Budget& budget);
/// The name a phase's figure is linked by: the first of those with its id.
std::string figure_anchor(const std::string& phase, const std::string& figure);
/// Plots and galleries with their titles and captions; pictures are read from `folder`.
std::string html_figures(const artefact::PhaseResult& result, const std::filesystem::path& folder,
                         Budget& budget);
/// The phase's runs beside each other: verdict, the first metric, what was set otherwise.
std::string html_runs(const std::vector<ReportInput::Run>& runs);
/// The goal's metric as each phase measured it, or "" where fewer than two did.
std::string html_progress(const std::vector<ReportInput::Entry>& entries);
/// Figures of metrics: name, of, part, value, interval drawn on a common scale, samples.
std::string html_metrics(const std::vector<artefact::Metric>& metrics);
/// Text as markup, on one line.
std::string line_html(const std::string& raw);
/// `<name attributes>content</name>`; content and attributes are markup already.
std::string element(const std::string& name, const std::string& attributes,
                    const std::string& content);
std::string table_cell(const std::string& content, Alignment alignment);
/// A cell that says "4 min 38 s" and is sorted by its seconds.
std::string duration_cell(double seconds);
/// A drawing of an interval within a range, with its figures; "" without an interval.
std::string interval_html(const artefact::Metric& metric, const Range& range);

/// A table that page.js makes sortable and, where it is long, searchable.
std::string html_table(const artefact::Table& table);

}  // namespace dlwork::report
