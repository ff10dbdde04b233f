#include "phase/diagnose/mistakes.h"

#include <algorithm>

#include "dlwork/base/files.h"
#include "dlwork/data/png.h"
#include "dlwork/data/value_text.h"

namespace dlwork::phase {
namespace {

/// Small pictures are enlarged to about this many pixels a side.
constexpr std::int64_t kShownSide = 84;
/// Columns of a table row shown beside its mistake.
constexpr std::size_t kShownColumns = 6;

artefact::Figure gallery(Context& context, const Shown& shown,
                         const std::vector<task::Mistake>& mistakes) {
  const auto& samples = context.dataset().samples;
  make_folder(context.folder.file(shown.id));
  const int zoom = static_cast<int>(
      std::max<std::int64_t>(1, kShownSide / std::max<std::int64_t>(1, samples.pictures.width)));
  Json items = Json::array();
  for (const auto& mistake : mistakes) {
    const std::string name = shown.id + "/" + std::to_string(mistake.row) + ".png";
    data::write_png(samples.pictures, mistake.row, context.folder.file(name), zoom);
    items.push_back({{"file", name}, {"caption", mistake.text}});
  }
  artefact::Figure figure{shown.id, shown.title, "pictures", {}, shown.caption};
  figure.data = {{"items", items}};
  return figure;
}

std::string cell(const data::Column& column, std::int64_t row) {
  if (column.is_missing(row)) return "missing";
  return column.type == data::ColumnType::kNumber ? data::value_text(column, column.numbers[row])
                                                  : column.categories[column.codes[row]];
}

artefact::Table table(Context& context, const Shown& what,
                      const std::vector<task::Mistake>& mistakes) {
  const auto& samples = context.dataset().samples;
  artefact::Table shown{what.id, what.title, {"where", what.text_column}, {}, {}, ""};
  const std::size_t columns = std::min(samples.table.columns.size(), kShownColumns);
  for (std::size_t c = 0; c < columns; ++c) shown.columns.push_back(samples.table.columns[c].name);
  for (const auto& mistake : mistakes) {
    std::vector<std::string> line{samples.where(mistake.row), mistake.text};
    for (std::size_t c = 0; c < columns; ++c) {
      line.push_back(cell(samples.table.columns[c], mistake.row));
    }
    shown.rows.push_back(std::move(line));
  }
  if (columns < samples.table.columns.size()) {
    shown.note = "first " + std::to_string(columns) + " of " +
                 std::to_string(samples.table.columns.size()) + " columns";
  }
  return shown;
}

}  // namespace

void show_samples(Context& context, const Shown& shown, const std::vector<task::Mistake>& samples,
                  artefact::PhaseResult& result) {
  if (samples.empty()) return;
  if (context.dataset().samples.kind == data::Kind::kImage) {
    result.figures.push_back(gallery(context, shown, samples));
  } else {
    result.tables.push_back(table(context, shown, samples));
  }
}

void show_mistakes(Context& context, const training::Outputs& outputs,
                   const std::vector<std::int64_t>& rows, artefact::PhaseResult& result) {
  const bool pictures = context.dataset().samples.kind == data::Kind::kImage;
  show_samples(
      context,
      {"mistakes", pictures ? "Most confident mistakes" : "Worst mistakes",
       "True class, then what the network took it for and how sure it was.", "true and predicted"},
      context.task.worst(outputs, context.dataset(), rows, context.project.diagnose.mistakes),
      result);
}

}  // namespace dlwork::phase
