#include "phase/audit/free_text.h"

#include <algorithm>

#include "phase/measuring.h"

namespace dlwork::phase::audit {

std::vector<FreeText> free_texts(const data::Samples& samples) {
  std::vector<FreeText> found;
  if (samples.kind == data::Kind::kText) {
    found.push_back({nullptr, {samples.texts.begin(), samples.texts.end()}});
  }
  for (const data::Column& column : samples.carried.columns) {
    if (column.info.meaning != data::Meaning::kText) continue;
    FreeText texts{&column, std::vector<std::string_view>(column.codes.size())};
    for (std::size_t row = 0; row < column.codes.size(); ++row) {
      if (column.codes[row] >= 0) texts.texts[row] = column.categories[column.codes[row]];
    }
    found.push_back(std::move(texts));
  }
  return found;
}

artefact::Finding& add_about_texts(Audit& audit, const FreeText& texts, const std::string& id,
                                   artefact::Severity severity, const std::string& message,
                                   Json evidence) {
  return texts.column == nullptr
             ? audit.add(id, severity, message, std::move(evidence))
             : audit.add_about(*texts.column, id, severity, message, std::move(evidence));
}

Rows compared_rows(const Audit& audit) {
  Rows all;
  for (const auto& part : audit.data.rows) all.insert(all.end(), part.begin(), part.end());
  std::sort(all.begin(), all.end());
  return some_rows(all, audit.context.project.audit.rows, audit.seed(), "audit texts");
}

}  // namespace dlwork::phase::audit
