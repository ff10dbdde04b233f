#include <algorithm>
#include <bit>
#include <unordered_map>

#include "dlwork/base/files.h"
#include "dlwork/base/hash.h"
#include "dlwork/data/png.h"
#include "phase/audit/moved.h"
#include "phase/audit/near_pairs.h"
#include "phase/audit/twins.h"

namespace dlwork::phase::audit {

using artefact::Severity;
using data::Part;
using data::Pictures;

namespace {

/// The nearest must be this much nearer than the second nearest: pictures of one kind are all
/// alike.
constexpr double kRatio = 0.7;
/// Where so many pictures drawn at random have like hashes, the hashes say nothing.
constexpr double kUselessHashes = 0.05;
constexpr int kRandomPairs = 2000;
constexpr std::size_t kPictureTwinsShown = 6;
constexpr std::int64_t kTwinSide = 84;

bool hashes_useful(const Audit& audit, int most) {
  const Pictures& pictures = audit.samples().pictures;
  Rng rng(audit.seed(), "audit hash pairs");
  int like = 0;
  for (int i = 0; i < kRandomPairs; ++i) {
    const auto a = rng.below(static_cast<std::uint64_t>(pictures.count));
    const auto b = rng.below(static_cast<std::uint64_t>(pictures.count));
    if (a == b) continue;
    like += std::popcount(perceptual_hash(pictures, static_cast<std::int64_t>(a)) ^
                          perceptual_hash(pictures, static_cast<std::int64_t>(b))) <= most;
  }
  return like < kUselessHashes * kRandomPairs;
}

/// Pairs of pictures that are nearly one, each once, the earlier row first.
std::vector<NearPair> near_pairs(const Audit& audit, bool& by_hash) {
  const Pictures& pictures = audit.samples().pictures;
  const auto twins =
      find_twins(pictures, derive_seed(audit.seed(), "picture twins"), audit.context.run.threads);
  const auto most_bits = static_cast<int>(audit.limits().near_hash);
  by_hash = hashes_useful(audit, most_bits);
  std::vector<NearPair> pairs;
  for (std::size_t row = 0; row < twins.size(); ++row) {
    const Twin& twin = twins[row];
    if (twin.first < 0 || twin.correlation < audit.limits().near_correlation) continue;
    const auto self = static_cast<std::int64_t>(row);
    const bool alone = twin.ratio() < kRatio;
    if (!alone && !(by_hash && std::popcount(perceptual_hash(pictures, self) ^
                                             perceptual_hash(pictures, twin.first)) <= most_bits)) {
      continue;
    }
    pairs.emplace_back(std::min(self, twin.first), std::max(self, twin.first));
  }
  std::sort(pairs.begin(), pairs.end());
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
  return pairs;
}

void draw_pairs(Audit& audit, const std::vector<NearPair>& pairs, const std::string& id,
                const std::string& title) {
  const Pictures& pictures = audit.samples().pictures;
  make_folder(audit.context.folder.file(id));
  const int zoom = static_cast<int>(
      std::max<std::int64_t>(1, kTwinSide / std::max<std::int64_t>(1, pictures.width)));
  Json items = Json::array();
  for (std::size_t i = 0; i < pairs.size() && i < kPictureTwinsShown; ++i) {
    for (const auto row : {pairs[i].first, pairs[i].second}) {
      const std::string name = id + "/" + std::to_string(row) + ".png";
      data::write_png(pictures, row, audit.context.folder.file(name), zoom);
      items.push_back({{"file", name}, {"caption", audit.samples().where(row)}});
    }
  }
  artefact::Figure figure{id, title, "pictures", {}, "Pairs stand side by side."};
  figure.data = {{"items", items}};
  audit.result.figures.push_back(std::move(figure));
}

/// Pixels of a picture mirrored and turned: 1 to 7 of the eight ways to lay a square down.
std::vector<std::uint8_t> laid(const Pictures& pictures, std::int64_t row, int way) {
  const bool turned = (way & 4) != 0;
  const std::int64_t height = turned ? pictures.width : pictures.height;
  const std::int64_t width = turned ? pictures.height : pictures.width;
  std::vector<std::uint8_t> result;
  result.reserve(static_cast<std::size_t>(pictures.size()));
  const std::uint8_t* pixels = pictures.at(row);
  for (std::int64_t c = 0; c < pictures.channels; ++c) {
    for (std::int64_t y = 0; y < height; ++y) {
      for (std::int64_t x = 0; x < width; ++x) {
        const std::int64_t v = (way & 1) != 0 ? height - 1 - y : y;
        const std::int64_t u = (way & 2) != 0 ? width - 1 - x : x;
        const std::int64_t from = turned ? u * pictures.width + v : v * pictures.width + u;
        result.push_back(pixels[c * pictures.height * pictures.width + from]);
      }
    }
  }
  return result;
}

/// Pairs of which one is made of the other.
void report_augmented(Audit& audit, const std::vector<NearPair>& pairs, const std::string& how) {
  const std::vector<int> parts = parts_of_rows(audit);
  std::vector<NearPair> inside, across;
  for (const NearPair& pair : pairs) {
    const int first = parts[pair.first], second = parts[pair.second];
    if (first >= 0 && second >= 0) (first == second ? inside : across).push_back(pair);
  }
  if (!inside.empty()) {
    audit.add("duplicate-augmented", Severity::kInfo,
              count_of(inside.size()) + " pictures are another one of their part, " + how +
                  ", the first at " + audit.samples().where(inside.front().second),
              {{"pairs", shown_pairs(audit, inside)}, {"count", inside.size()}, {"how", how}});
  }
  if (across.empty()) return;
  audit.add("duplicate-augmented", Severity::kError,
            count_of(across.size()) + " pictures are one of another part, " + how + ", the first " +
                audit.samples().where(across.front().second) + " and " +
                audit.samples().where(across.front().first),
            {{"pairs", shown_pairs(audit, across)}, {"count", across.size()}, {"how", how}});
}

}  // namespace

void check_near_pictures(Audit& audit) {
  bool by_hash = false;
  const auto pairs = near_pairs(audit, by_hash);
  const auto by_later = by_later_part(audit, pairs);
  if (auto* finding =
          report_near_inside(audit, "picture-duplicate-near", "pictures", by_later[0])) {
    finding->evidence["perceptual_hash"] = by_hash;
    draw_pairs(audit, by_later[0], "near-pictures", "Training pictures that are nearly one");
  }
  for (const Part part : {Part::kValidation, Part::kTest}) {
    const auto& across = by_later[static_cast<std::size_t>(part)];
    if (auto* finding = report_near_across(audit, part, "pictures", across)) {
      finding->evidence["perceptual_hash"] = by_hash;
      const std::string name = data::to_string(part);
      draw_pairs(audit, across, "near-pictures-" + name,
                 "Pictures of the " + name + " part that are nearly one with an earlier part's");
    }
  }
}

void check_laid_pictures(Audit& audit) {
  const Pictures& pictures = audit.samples().pictures;
  const auto size = static_cast<std::size_t>(pictures.size());
  std::unordered_map<std::uint64_t, std::int64_t> seen;
  for (std::int64_t row = 0; row < pictures.count; ++row) {
    seen.emplace(hash64(pictures.at(row), size), row);
  }
  std::vector<NearPair> pairs;
  const int ways = pictures.height == pictures.width ? 8 : 4;
  for (std::int64_t row = 0; row < pictures.count; ++row) {
    for (int way = 1; way < ways; ++way) {
      const auto changed = laid(pictures, row, way);
      const auto found = seen.find(hash64(changed.data(), size));
      // A symmetric picture is its own mirror image.
      if (found == seen.end() || found->second >= row ||
          !std::equal(changed.begin(), changed.end(), pictures.at(found->second)) ||
          std::equal(changed.begin(), changed.end(), pictures.at(row))) {
        continue;
      }
      pairs.emplace_back(found->second, row);
      break;
    }
  }
  report_augmented(audit, pairs, "mirrored or turned");
}

void check_moved_pictures(Audit& audit) {
  report_augmented(audit, find_moved(audit.samples().pictures), "moved by a few pixels");
}

}  // namespace dlwork::phase::audit
