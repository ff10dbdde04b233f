#include <algorithm>

#include "dlwork/base/files.h"
#include "dlwork/base/text.h"
#include "dlwork/data/png.h"
#include "phase/audit/check.h"

namespace dlwork::phase::audit {

using artefact::Severity;
using Rows = std::vector<std::int64_t>;

namespace {

constexpr std::int64_t kShownPictures = 24;
/// Small pictures are enlarged to about this many pixels a side.
constexpr std::int64_t kShownSide = 84;

/// "" without a target.
std::string class_of(const data::Target& target, std::int64_t row) {
  if (!target.given()) return "";
  return target.is_class ? target.classes[target.codes[row]] : pretty_number(target.values[row]);
}

/// The first training rows of each class in turn; without classes, rows spread over the part.
Rows choose_rows(const Audit& audit) {
  const Rows& rows = audit.train();
  Rows chosen;
  if (!audit.is_class()) {
    const std::size_t step = std::max<std::size_t>(1, rows.size() / kShownPictures);
    for (std::size_t i = 0; i < rows.size(); i += step) chosen.push_back(rows[i]);
  } else {
    const auto classes = audit.samples().target.classes.size();
    const auto each = static_cast<std::size_t>(
        std::max<std::int64_t>(1, kShownPictures / static_cast<std::int64_t>(classes)));
    std::vector<Rows> by_class(classes);
    for (const auto row : rows) {
      Rows& members = by_class[audit.samples().target.codes[row]];
      if (members.size() < each) members.push_back(row);
    }
    for (const Rows& members : by_class)
      chosen.insert(chosen.end(), members.begin(), members.end());
  }
  if (chosen.size() > kShownPictures) chosen.resize(kShownPictures);
  return chosen;
}

}  // namespace

void check_blank_pictures(Audit& audit) {
  const data::Pictures& pictures = audit.samples().pictures;
  Rows blank;
  for (std::int64_t row = 0; row < pictures.count; ++row) {
    const std::uint8_t* first = pictures.at(row);
    const bool is_blank = std::all_of(first, first + pictures.size(),
                                      [&](std::uint8_t pixel) { return pixel == *first; });
    if (is_blank) blank.push_back(row);
  }
  if (blank.empty()) return;
  audit.add("picture-blank", Severity::kWarn,
            grouped(static_cast<std::int64_t>(blank.size())) +
                " pictures have one value in every pixel, the first at " +
                audit.samples().where(blank.front()),
            {{"samples", blank.size()}, {"rows", audit.places(blank)}});
}

void show_pictures(Audit& audit) {
  const data::Pictures& pictures = audit.samples().pictures;
  make_folder(audit.context.folder.file("samples"));
  const int zoom = static_cast<int>(
      std::max<std::int64_t>(1, kShownSide / std::max<std::int64_t>(1, pictures.width)));
  Json items = Json::array();
  for (const auto row : choose_rows(audit)) {
    const std::string name = "samples/" + std::to_string(row) + ".png";
    data::write_png(pictures, row, audit.context.folder.file(name), zoom);
    items.push_back({{"file", name}, {"caption", class_of(audit.samples().target, row)}});
  }
  artefact::Figure figure{"samples", "Sample pictures", "pictures", {}, ""};
  figure.data = {{"items", items}};
  figure.caption = audit.is_class() ? "The first training pictures of each class."
                                    : "Training pictures from all over the part.";
  audit.result.figures.push_back(std::move(figure));
}

}  // namespace dlwork::phase::audit
