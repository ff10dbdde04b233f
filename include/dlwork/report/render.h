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

/// What the HTML page shows: results in the method's order with their run folders (for pictures).
struct ReportInput {
  std::string project_name;
  std::string question;
  struct Entry {
    artefact::PhaseResult result;
    std::filesystem::path folder;
    std::string number;  ///< "1" .. "7"
    std::string title;
    bool ran = true;  ///< false: only `result.phase`, number and title, shown as not run yet
  };
  std::vector<Entry> entries;
  artefact::NextStep next;
};
/// One self-contained page under 5 MB: no request leaves it, strings from data are escaped, what
/// does not fit is left out and said so.
std::string to_html(const ReportInput& input);

}  // namespace dlwork::report
