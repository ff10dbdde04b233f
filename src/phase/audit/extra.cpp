#include "phase/audit/extra.h"

#include <algorithm>

#include "dlwork/base/text.h"
#include "phase/audit/check.h"

namespace dlwork::phase::audit {
namespace {

/// The column that decides the split is told by name, since its type may be taken off.
void name_split_column(spec::Data& data) {
  const bool by_group = data.split.method == "group";
  if (!data.split.column.empty() || (!by_group && data.split.method != "time")) return;
  for (const auto& [name, column] : data.columns) {
    if (column.type == (by_group ? "group" : "datetime")) data.split.column = name;
  }
}

/// What keeps a column from being an input is taken off; what tells how to read it stays.
void make_input(spec::Data& data, const std::string& name) {
  const auto found = data.columns.find(name);
  if (found == data.columns.end()) return;
  spec::ColumnOptions& column = found->second;
  column.truth_of.clear();
  const bool is_value =
      is_listed({"number", "integer", "category", "boolean", "datetime"}, column.type);
  if (!is_value) data.columns.erase(found);
}

}  // namespace

data::Table read_columns(Context& context, const std::vector<std::string>& names,
                         const StreamLimits& limits) {
  if (names.empty()) return {};
  const data::Samples& samples = context.dataset().samples;
  spec::Project project = context.project;
  name_split_column(project.data);
  project.data.inputs = names;
  // Where all are free text no input would be left, so one that is known comes along.
  for (const data::Column& column : samples.table.columns) {
    if (project.data.inputs.size() > names.size()) break;
    if (!is_listed(names, column.name)) project.data.inputs.push_back(column.name);
  }
  project.data.expect = {};
  for (const std::string& name : names) make_input(project.data, name);
  std::optional<data::Survey> unused;  // the same rows are drawn again
  data::FileFacts known;
  data::Dataset again = load_for_audit(project, limits, context, unused, known);
  if (again.samples.count != samples.count) {
    throw Error(ExitStatus::kInput, "the data files changed while they were audited",
                "run dlwork audit again");
  }
  data::Table table = std::move(again.samples.table);
  for (data::Column& text : again.samples.carried.columns) table.columns.push_back(std::move(text));
  std::erase_if(table.columns,
                [&](const data::Column& column) { return !is_listed(names, column.name); });
  return table;
}

std::vector<std::string> unused_columns(Context& context) {
  const data::Samples& samples = context.dataset().samples;
  if (samples.kind != data::Kind::kTable) return {};
  std::vector<std::string> names;
  for (const std::string& name : data::probe(context.project).columns) {
    const bool known = name == samples.target.name || samples.table.find(name) != nullptr ||
                       samples.carried.find(name) != nullptr;
    if (!known) names.push_back(name);
  }
  return names;
}

}  // namespace dlwork::phase::audit
