#include "phase/audit/extra.h"

#include <algorithm>

#include "dlwork/base/text.h"

namespace dlwork::phase::audit {

data::Table read_columns(Context& context, const std::vector<std::string>& names,
                         const StreamLimits& limits) {
  if (names.empty()) return {};
  spec::Project project = context.project;
  project.data.inputs = names;
  project.data.expect = {};
  for (const std::string& name : names) project.data.columns.erase(name);
  std::optional<data::Survey> unused;  // the same rows are drawn again
  data::Dataset again = load_for_audit(project, limits, context, unused);
  if (again.samples.count != context.dataset().samples.count) {
    throw Error(ExitStatus::kInput, "the data files changed while they were audited",
                "run dlwork audit again");
  }
  return std::move(again.samples.table);
}

std::vector<std::string> unused_columns(Context& context) {
  const data::Samples& samples = context.dataset().samples;
  if (samples.kind != data::Kind::kTable) return {};
  std::vector<std::string> names;
  for (const std::string& name : data::probe(context.project).columns) {
    if (name != samples.target.name && samples.table.find(name) == nullptr) names.push_back(name);
  }
  return names;
}

}  // namespace dlwork::phase::audit
