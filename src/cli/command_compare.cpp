#include <algorithm>

#include "cli/commands.h"
#include "cli/run_history.h"
#include "cli/session.h"
#include "dlwork/base/files.h"
#include "dlwork/base/text.h"

namespace dlwork::cli {
namespace {

namespace fs = std::filesystem;

/// What is compared of one run.
struct RunFacts {
  std::string name;  ///< "tune/20261123-..."
  artefact::PhaseResult result;
  Values settings;  ///< key path of the resolved project -> value
  Values record;    ///< what made it: versions, machine, commit
};

/// A run by its folder or by its name in the workspace.
fs::path run_folder(Session& session, const std::string& name) {
  std::error_code unreadable;  // as good as absent
  if (fs::is_regular_file(fs::path(name) / "result.json", unreadable)) {
    return fs::absolute(name).lexically_normal();
  }
  return session.workspace().find_run(name);
}

RunFacts read_run(Session& session, const std::string& name) {
  const fs::path folder = run_folder(session, name);
  RunFacts facts;
  facts.name = folder.parent_path().filename().string() + "/" + folder.filename().string();
  facts.result = run_result(folder);
  facts.settings = run_settings(folder);
  facts.record = flat_values(facts.result.record);
  return facts;
}

std::vector<std::string> header(const std::vector<RunFacts>& runs, const std::string& first) {
  std::vector<std::string> columns{first};
  for (const RunFacts& run : runs) columns.push_back(run.name);
  return columns;
}

/// Rows of the keys whose values are not the same in all runs.
artefact::Table differences(const std::vector<RunFacts>& runs, Values RunFacts::*part,
                            const std::string& id, const std::string& title) {
  artefact::Table table;
  table.id = id;
  table.title = title;
  table.columns = header(runs, "key");
  Values keys;
  for (const RunFacts& run : runs) keys.insert((run.*part).begin(), (run.*part).end());
  for (const auto& entry : keys) {
    std::vector<std::string> row{entry.first};
    for (const RunFacts& run : runs) {
      const auto found = (run.*part).find(entry.first);
      row.push_back(found == (run.*part).end() ? "-" : found->second);
    }
    const bool same = std::all_of(row.begin() + 2, row.end(),
                                  [&](const std::string& value) { return value == row[1]; });
    if (!same) table.rows.push_back(row);
  }
  if (table.rows.empty()) table.note = "none";
  return table;
}

std::string metric_name(const artefact::Metric& metric) {
  std::string name = metric.name;
  if (!metric.of.empty()) name += " of " + metric.of;
  return metric.part.empty() ? name : name + ", " + metric.part;
}

std::string metric_text(const artefact::Metric& metric) {
  std::string text = pretty_number(metric.value);
  if (metric.low && metric.high) {
    text += " [" + pretty_number(*metric.low) + ", " + pretty_number(*metric.high) + "]";
  }
  return text;
}

std::vector<std::string> metric_names(const std::vector<RunFacts>& runs) {
  std::vector<std::string> names;
  for (const RunFacts& run : runs) {
    for (const artefact::Metric& metric : run.result.metrics) {
      const std::string name = metric_name(metric);
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
  }
  return names;
}

const artefact::Metric* find_metric(const RunFacts& run, const std::string& name) {
  const auto& all = run.result.metrics;
  const auto found = std::find_if(all.begin(), all.end(), [&](const artefact::Metric& metric) {
    return metric_name(metric) == name;
  });
  return found == all.end() ? nullptr : &*found;
}

/// "+0.012" from the first to the last run, and whether that is for the better.
std::string change_text(const artefact::Metric* first, const artefact::Metric* last) {
  if (first == nullptr || last == nullptr) return "";
  const double change = last->value - first->value;
  if (change == 0) return "same";
  const bool better = (change > 0) == last->higher_is_better;
  return (change > 0 ? "+" : "") + pretty_number(change, 3) + (better ? " better" : " worse");
}

artefact::Table metric_table(const std::vector<RunFacts>& runs) {
  artefact::Table table;
  table.id = "metrics";
  table.title = "Figures, with 95 % intervals";
  table.columns = header(runs, "metric");
  table.columns.push_back("change");
  for (const std::string& name : metric_names(runs)) {
    std::vector<std::string> row{name};
    for (const RunFacts& run : runs) {
      const artefact::Metric* metric = find_metric(run, name);
      row.push_back(metric == nullptr ? "-" : metric_text(*metric));
    }
    row.push_back(change_text(find_metric(runs.front(), name), find_metric(runs.back(), name)));
    table.rows.push_back(row);
  }
  table.note = table.rows.empty() ? "none" : "change: from the first run to the last";
  return table;
}

Json table_json(const artefact::Table& table) {
  Json rows = Json::array();
  for (const auto& row : table.rows) {
    Json object;
    for (size_t c = 0; c < row.size(); ++c) object[table.columns[c]] = row[c];
    rows.push_back(object);
  }
  return rows;
}

Json metrics_json(const std::vector<RunFacts>& runs) {
  Json list = Json::array();
  for (const std::string& name : metric_names(runs)) {
    Json entry = {{"metric", name}, {"runs", Json::object()}};
    for (const RunFacts& run : runs) {
      const artefact::Metric* metric = find_metric(run, name);
      if (metric == nullptr) continue;
      Json value = {{"value", metric->value}};
      value["low"] = metric->low ? Json(*metric->low) : Json();
      value["high"] = metric->high ? Json(*metric->high) : Json();
      entry["runs"][run.name] = value;
    }
    list.push_back(entry);
  }
  return list;
}

std::string cell(std::string text) {
  for (size_t at = 0; (at = text.find_first_of("|\n", at)) != std::string::npos; at += 2) {
    text.replace(at, 1, text[at] == '|' ? "\\|" : "  ");
  }
  return text;
}

std::string markdown(const std::vector<artefact::Table>& tables) {
  std::string text = "# Comparison\n";
  for (const artefact::Table& table : tables) {
    text += "\n## " + table.title + "\n\n";
    if (!table.rows.empty()) {
      std::vector<std::string> columns = table.columns;
      std::transform(columns.begin(), columns.end(), columns.begin(), cell);
      text += "| " + join(columns, " | ") + " |\n|";
      for (size_t c = 0; c < columns.size(); ++c) text += "---|";
      text += '\n';
    }
    for (std::vector<std::string> row : table.rows) {
      std::transform(row.begin(), row.end(), row.begin(), cell);
      text += "| " + join(row, " | ") + " |\n";
    }
    if (!table.note.empty()) text += (table.rows.empty() ? "" : "\n") + table.note + "\n";
  }
  return text;
}

}  // namespace

ExitStatus compare_command(Session& session) {
  std::vector<RunFacts> runs;
  for (const std::string& name : session.line().arguments) {
    runs.push_back(read_run(session, name));
  }
  const std::vector<artefact::Table> tables{
      differences(runs, &RunFacts::settings, "settings", "Settings that differ"),
      metric_table(runs),
      differences(runs, &RunFacts::record, "record", "What made them, where it differs")};
  const std::string target = session.value("markdown");
  if (!target.empty() && target != "-") write_file(target, markdown(tables));
  if (session.json()) {
    session.print({{"schema", "dlwork/compare/1"},
                   {"settings", table_json(tables[0])},
                   {"metrics", metrics_json(runs)},
                   {"record", table_json(tables[2])}});
  } else if (target == "-") {
    session.out() << markdown(tables);
  } else {
    for (const artefact::Table& table : tables) {
      session.out() << report::table_text(table, session.terminal()) << '\n';
    }
  }
  return ExitStatus::kOk;
}

}  // namespace dlwork::cli
