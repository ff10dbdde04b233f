#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dlwork/base/error.h"
#include "dlwork/base/json.h"

namespace dlwork::artefact {

enum class Verdict { kPass, kWarn, kFail };
enum class Severity { kInfo, kWarn, kError };
std::string to_string(Verdict verdict);    ///< "pass", "warn", "fail"
std::string to_string(Severity severity);  ///< "info", "warn", "error"

/// One thing a phase found out. `id` is stable across versions ("split-overlap-exact").
struct Finding {
  std::string id;
  Severity severity = Severity::kInfo;
  std::string message;             ///< what, with the numbers
  std::string advice;              ///< what to do about it
  Json evidence = Json::object();  ///< rows, files, figures
  std::string key;                 ///< project key it is about, or ""
  Location at;                     ///< its place in the project file, or a data file's line
  std::string waived;              ///< reason of the waiver, or ""
  bool checked = true;             ///< false: the check could not run, which fails the gate
  std::string skipped;             ///< why there is nothing to check here, or ""
};

/// How a finding counts for the gate, in the order in which findings are listed. A check that could
/// not run counts as an error.
enum class Standing { kError, kUnchecked, kWarn, kWaived, kInfo };
Standing standing_of(const Finding& finding);

/// What `dlwork explain ID` tells; one line each in findings.def.
struct FindingInfo {
  std::string id;
  std::string phase;
  std::string meaning;  ///< what is computed and when it fires
  std::string advice;   ///< the default advice
};
const std::vector<FindingInfo>& finding_infos();
const FindingInfo* find_finding(const std::string& id);
/// A finding of a declared id (an undeclared one is a programmer's error) with its default advice.
Finding make_finding(const std::string& id, Severity severity, const std::string& message,
                     Json evidence = Json::object());

/// A measured figure with its 95 % interval.
struct Metric {
  std::string name;  ///< "accuracy"
  double value = 0;
  std::optional<double> low;
  std::optional<double> high;
  std::string part;        ///< "train", "validation", "test"
  std::int64_t count = 0;  ///< samples it rests on
  std::string of;          ///< what was measured: "network", "knn", "ensemble", ...
  bool higher_is_better = true;
};

/// A file in the run folder.
struct Artefact {
  std::string name;  ///< "model"
  std::string path;  ///< relative to the run folder
  std::string summary;
};

/// A table of results. Cells are text; numbers are already formatted.
struct Table {
  std::string id;
  std::string title;
  std::vector<std::string> columns;
  std::vector<bool> right;  ///< aligned right, by column; may be shorter
  std::vector<std::vector<std::string>> rows;
  std::string note;
};

/// A picture of figures, drawn by each renderer in its own way. `data` by kind:
///   lines:     {x_label, y_label, log_x?, series: [{name, x: [..], y: [..], low?: [..], high?:
///   [..]}],
///               marks?: [{y or x, label}], diagonal?: true draws y = x}
///   bars:      {y_label, labels: [..], series: [{name, values: [..]}]}
///   matrix:    {row_label, column_label, rows: [..], columns: [..], values: [[..]]}; a heat map
///   scatter:   {x_label, y_label, series: [{name, x: [..], y: [..], labels?: [a text a point]}],
///               marks?, diagonal?}
///   histogram: {x_label, y_label?, edges: [n + 1 rising bounds], series: [{name, counts: [n]}]}
///   embedding: {method, series: [{name, x: [..], y: [..], space?: [x: [..], y: [..], z: [..]],
///               labels?: [..], tiles?: [..]}], space_method?,
///               sprite?: {file: PNG in the run folder, width, height: of one tile, columns}};
///               `space` places the same points in three dimensions; `tiles` number their pictures
///               in the sprite, row by row from 0
///   pictures:  {items: [{file: path in the run folder, caption}]}
/// Of any kind, `group`: figures in a row of one group stand in one fold, which it names.
struct Figure {
  std::string id;
  std::string title;
  std::string kind;
  Json data;
  std::string caption;
};

/// The one next step.
struct NextStep {
  std::string command;  ///< "dlwork audit"
  std::string reason;
};

/// What a phase returns, and all that renderers know.
struct PhaseResult {
  std::string phase;
  Verdict verdict = Verdict::kPass;
  std::string headline;  ///< one line: the figure that matters
  std::vector<Finding> findings;
  std::vector<Metric> metrics;
  std::vector<Artefact> artefacts;
  std::vector<Table> tables;
  std::vector<Figure> figures;
  NextStep next;
  Json values = Json::object();  ///< what later phases read (chosen subset, best trial, ...)
  Json record = Json::object();  ///< what made it; filled by the run folder
};

/// pass without warnings or errors, warn with warnings, fail with an error or an unchecked check;
/// waived findings do not count.
Verdict verdict_of(const std::vector<Finding>& findings);

/// The document `--json` prints and result.json holds: {"schema": "dlwork/result/1", ...}.
Json to_json(const PhaseResult& result);
/// Throws Error(kInput) when the document is not one of ours.
PhaseResult result_from_json(const Json& json, const std::string& file);

}  // namespace dlwork::artefact
