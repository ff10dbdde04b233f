#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "dlwork/artefact/result.h"
#include "dlwork/artefact/workspace.h"

/// One renderer for each reader. They know findings, tables and figures, not phases.
namespace dlwork::report {

enum class Colour { kNo, kYes };
enum class Detail { kQuiet, kNormal, kVerbose };

struct TerminalOptions {
  int width = 80;
  Colour colour = Colour::kNo;
  Detail detail = Detail::kNormal;
};

/// One result for a person at a terminal: verdict, headline, metrics, tables and findings that fit
/// the width, the next step. Ends with a newline.
std::string to_terminal(const artefact::PhaseResult& result, const TerminalOptions& options);
/// A table alone, wrapped and cut to the width.
std::string table_text(const artefact::Table& table, const TerminalOptions& options);

/// JUnit XML: a testsuite for each result, a testcase for each finding and for the gate.
std::string to_junit(const std::vector<artefact::PhaseResult>& results);
/// A Markdown summary for a CI job page, under 1 MiB.
std::string to_markdown(const std::vector<artefact::PhaseResult>& results,
                        const std::string& project_name);
/// GitHub workflow commands (`::error file=..,line=..::..`) for findings that have a place.
std::string to_annotations(const std::vector<artefact::PhaseResult>& results);

/// What TensorBoard shows of a result beside its training's own events: metrics, the result and the
/// settings as text, matrices and galleries as pictures. Writes one event file into the run's
/// folder. Throws Error(kRuntime).
void write_events(const artefact::PhaseResult& result, const std::filesystem::path& folder);

/// What the HTML page shows: results in the method's order with their run folders (for pictures).
struct ReportInput {
  std::string project_name;
  std::string question;
  /// An earlier run, or the newest one.
  struct Run {
    std::string id;
    artefact::PhaseResult result;
    std::string changed;  ///< settings in which it differs from the newest run
  };
  struct Entry {
    artefact::PhaseResult result;
    std::filesystem::path folder;
    std::string number;  ///< "1" .. "7"
    std::string title;
    bool ran = true;  ///< false: only `result.phase`, number and title, shown as not run yet
    std::vector<Run> runs{};  ///< all of the phase's, oldest first; compared where there are two
  };
  std::vector<Entry> entries;
  artefact::NextStep next;
};
/// A page from a file asks nobody for anything; one that `dlwork report --serve` serves is told by
/// its server what goes on.
enum class PageMode { kFile, kServed };
/// One self-contained page under 5 MB: strings from data are escaped, what does not fit is left out
/// and said so.
std::string to_html(const ReportInput& input, PageMode mode = PageMode::kFile);

}  // namespace dlwork::report
