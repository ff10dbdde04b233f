#include <algorithm>
#include <cmath>
#include <map>

#include "phase/audit/check.h"

namespace dlwork::phase::audit {

using artefact::Severity;
using data::PictureFile;

namespace {

template <class Key>
using RowsBy = std::map<Key, Rows>;

/// Rows of the files by what `of` says of each.
template <class Of>
auto rows_by(const std::vector<PictureFile>& files, const Of& of) {
  RowsBy<decltype(of(files.front()))> rows;
  for (std::size_t row = 0; row < files.size(); ++row) {
    rows[of(files[row])].push_back(static_cast<std::int64_t>(row));
  }
  return rows;
}

/// The entry with most rows, the first of those with as many.
template <class Key>
const Key& usual(const RowsBy<Key>& rows) {
  return std::max_element(
             rows.begin(), rows.end(),
             [](const auto& a, const auto& b) { return a.second.size() < b.second.size(); })
      ->first;
}

template <class Key>
Rows rows_other_than(const RowsBy<Key>& rows, const Key& key) {
  Rows others;
  for (const auto& [name, members] : rows) {
    if (name != key) others.insert(others.end(), members.begin(), members.end());
  }
  std::sort(others.begin(), others.end());
  return others;
}

std::string size_name(const std::pair<int, int>& size) {
  return std::to_string(size.second) + " x " + std::to_string(size.first);
}

void report_odd_sizes(Audit& audit) {
  std::vector<double> sides;
  for (const PictureFile& file : audit.files.pictures) {
    sides.push_back(std::sqrt(static_cast<double>(file.width) * file.height));
  }
  const Spread spread = spread_of(sides);
  const double reach = audit.limits().size_ranges * spread.range();
  if (reach <= 0) return;
  Rows odd;
  for (std::size_t row = 0; row < sides.size(); ++row) {
    if (sides[row] > spread.upper_quartile + reach || sides[row] < spread.lower_quartile - reach) {
      odd.push_back(static_cast<std::int64_t>(row));
    }
  }
  if (odd.empty()) return;
  const PictureFile& first = audit.files.pictures[odd.front()];
  audit.add("image-size-mixed", Severity::kInfo,
            count_of(odd.size()) +
                " pictures are far larger or smaller than the others, the first " +
                audit.samples().where(odd.front()) + " of " +
                size_name({first.height, first.width}) + " (width x height)",
            {{"samples", odd.size()}, {"median", spread.median}, {"rows", audit.places(odd)}});
}

}  // namespace

void check_picture_sizes(Audit& audit) {
  const auto& files = audit.files.pictures;
  if (files.empty()) return;
  const auto sizes =
      rows_by(files, [](const PictureFile& file) { return std::pair(file.height, file.width); });
  if (sizes.size() < 2) return;
  const auto& common = usual(sizes);
  const Rows others = rows_other_than(sizes, common);
  const bool declared = !audit.context.project.data.picture_size.empty();
  auto& finding = audit.add(
      "image-size-mixed", declared ? Severity::kInfo : Severity::kError,
      "the pictures have " + count_of(sizes.size()) + " sizes: most (" +
          percent(share_of(sizes.at(common).size(), files.size())) + ") are " + size_name(common) +
          " (width x height), " + count_of(others.size()) + " are not, the first " +
          audit.samples().where(others.front()) +
          (declared ? "" : "; all are brought to one, which data.picture_size does not name"),
      {{"sizes", sizes.size()},
       {"usual", {{"width", common.second}, {"height", common.first}}},
       {"samples", others.size()},
       {"declared", declared},
       {"rows", audit.places(others)}});
  finding.key = "data.picture_size";
  report_odd_sizes(audit);
}

void check_picture_aspects(Audit& audit) {
  const auto& files = audit.files.pictures;
  Rows odd;
  bool one_size = true;
  for (std::size_t row = 0; row < files.size(); ++row) {
    const auto [shorter, longer] = std::minmax(files[row].width, files[row].height);
    if (shorter < audit.limits().aspect_least * longer) {
      odd.push_back(static_cast<std::int64_t>(row));
    }
    one_size =
        one_size && files[row].width == files[0].width && files[row].height == files[0].height;
  }
  if (odd.empty() || one_size) return;
  const double share = share_of(odd.size(), files.size());
  const PictureFile& first = files[odd.front()];
  audit.add("image-aspect-odd",
            share > audit.limits().aspect_share ? Severity::kWarn : Severity::kInfo,
            count_of(odd.size()) + " pictures (" + percent(share) +
                ") are far longer one way than the other, the first " +
                audit.samples().where(odd.front()) + " of " +
                size_name({first.height, first.width}) + " (width x height)",
            {{"samples", odd.size()}, {"share", share}, {"rows", audit.places(odd)}});
}

void check_picture_modes(Audit& audit) {
  const auto& files = audit.files.pictures;
  if (files.empty()) return;
  const auto modes = rows_by(files, [](const PictureFile& file) { return file.mode(); });
  if (modes.size() < 2) return;
  const std::string& common = usual(modes);
  const Rows others = rows_other_than(modes, common);
  Json counts = Json::object();
  for (const auto& [mode, rows] : modes) counts[mode] = rows.size();
  audit.add(
      "image-mode-mixed", Severity::kError,
      "most pictures are " + common + ", " + count_of(others.size()) +
          " are of another mode, the first " + audit.samples().where(others.front()) + " (" +
          files[others.front()].mode() + ")",
      {{"modes", std::move(counts)}, {"samples", others.size()}, {"rows", audit.places(others)}});
}

void check_picture_orientation(Audit& audit) {
  const auto& files = audit.files.pictures;
  Rows turned;
  for (std::size_t row = 0; row < files.size(); ++row) {
    if (files[row].orientation != 1) turned.push_back(static_cast<std::int64_t>(row));
  }
  if (turned.empty()) return;
  audit.add("image-exif-rotation", Severity::kWarn,
            count_of(turned.size()) +
                " pictures are marked as mirrored or turned (Exif), the first " +
                audit.samples().where(turned.front()) + " with orientation " +
                std::to_string(files[turned.front()].orientation) +
                "; their pixels are read as they are stored, not turned",
            {{"samples", turned.size()},
             {"share", share_of(turned.size(), files.size())},
             {"pixels_turned", false},
             {"rows", audit.places(turned)}});
}

}  // namespace dlwork::phase::audit
