#include "task/similarity/similarity_figures.h"

#include <algorithm>
#include <cmath>

#include "dlwork/base/text.h"
#include "dlwork/data/pca.h"
#include "training/vector_distances.h"

namespace dlwork::task {
namespace {

using artefact::Figure;
using training::Outputs;
using Rows = std::vector<std::int64_t>;

constexpr std::int64_t kShownRows = 1000;
constexpr std::size_t kShownClasses = 10;
constexpr int kBins = 30;

/// Vectors with their rows.
struct Shown {
  Outputs vectors;
  Rows rows;
};
Shown evenly_spread(const Outputs& vectors, const Rows& rows) {
  const auto count = std::min(kShownRows, vectors.rows);
  Shown shown{{count, vectors.columns, {}}, {}};
  for (std::int64_t k = 0; k < count; ++k) {
    const std::int64_t place = k * vectors.rows / count;
    const float* vector = vectors.row(place);
    shown.vectors.values.insert(shown.vectors.values.end(), vector, vector + vectors.columns);
    shown.rows.push_back(rows[place]);
  }
  return shown;
}

Json counts_in_bins(const std::vector<double>& distances, double longest) {
  std::vector<std::int64_t> counts(kBins, 0);
  for (const double distance : distances) {
    ++counts[std::clamp(static_cast<int>(distance / longest * kBins), 0, kBins - 1)];
  }
  return counts;
}

/// Of pairs of one class all, and of pairs of two as many, evenly drawn, so that both can be seen.
Figure distances_of_pairs(const Shown& shown, const data::Target& target) {
  std::vector<std::vector<double>> alike(shown.rows.size()), apart(shown.rows.size());
  training::visit_distances(shown.vectors, [&](std::int64_t at, const float* squared) {
    for (std::int64_t other = 0; other < at; ++other) {
      const bool same = target.codes[shown.rows[other]] == target.codes[shown.rows[at]];
      (same ? alike : apart)[at].push_back(std::sqrt(static_cast<double>(squared[other])));
    }
  });
  std::vector<double> within, all_between, between;
  for (const auto& some : alike) within.insert(within.end(), some.begin(), some.end());
  for (const auto& some : apart) all_between.insert(all_between.end(), some.begin(), some.end());
  const std::size_t drawn = std::min(all_between.size(), std::max<std::size_t>(1, within.size()));
  for (std::size_t k = 0; k < drawn; ++k) {
    between.push_back(all_between[k * all_between.size() / drawn]);
  }
  double longest = 0;
  for (const auto* some : {&within, &between}) {
    for (const double each : *some) longest = std::max(longest, std::isfinite(each) ? each : 0);
  }
  if (longest == 0) longest = 1;
  std::vector<double> edges;
  for (int bin = 0; bin <= kBins; ++bin) edges.push_back(longest * bin / kBins);
  Figure figure{"pair-distances", "How far pairs are apart", "histogram", {}, ""};
  figure.data = {
      {"x_label", "distance"},
      {"y_label", "pairs"},
      {"edges", edges},
      {"series",
       Json::array({{{"name", "of one class"}, {"counts", counts_in_bins(within, longest)}},
                    {{"name", "of two classes"}, {"counts", counts_in_bins(between, longest)}}})}};
  figure.caption = "Pairs among " + grouped(shown.vectors.rows) +
                   " samples: those of one class, and as many of two.";
  return figure;
}

/// The classes of which most is shown, the others under one name.
Figure places_by_class(const Shown& shown, const data::Target& target) {
  const auto scores = data::principal_scores(shown.vectors.values.data(), shown.vectors.rows,
                                             shown.vectors.columns, 2);
  std::vector<std::int64_t> counts(target.classes.size(), 0);
  for (const auto row : shown.rows) ++counts[target.codes[row]];
  auto order = std::vector<std::size_t>(counts.size());
  for (std::size_t c = 0; c < order.size(); ++c) order[c] = c;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return counts[a] > counts[b]; });
  std::vector<std::size_t> series_of(counts.size(), kShownClasses);
  for (std::size_t k = 0; k < std::min(kShownClasses, order.size()); ++k) series_of[order[k]] = k;
  const std::size_t series = std::min(kShownClasses + 1, counts.size());
  std::vector<Json> all(series);
  for (std::size_t k = 0; k < series; ++k) {
    const std::string name = k < kShownClasses ? target.classes[order[k]] : "other classes";
    all[k] = {{"name", name}, {"x", Json::array()}, {"y", Json::array()}};
  }
  for (std::size_t i = 0; i < shown.rows.size(); ++i) {
    Json& own = all[series_of[target.codes[shown.rows[i]]]];
    const float* score = scores.values.data() + static_cast<std::int64_t>(i) * scores.columns;
    own["x"].push_back(score[0]);
    own["y"].push_back(scores.columns > 1 ? score[1] : 0.0f);
  }
  Figure figure{"places", "Where the network places samples", "scatter", {}, ""};
  figure.data = {{"x_label", "first principal component"},
                 {"y_label", "second principal component"},
                 {"series", all}};
  figure.caption =
      "The vectors of " + grouped(shown.vectors.rows) + " samples; these two components hold " +
      percent(scores.explained(std::min<std::int64_t>(2, scores.columns))) + " of their variance.";
  return figure;
}

}  // namespace

std::vector<Figure> similarity_figures(const Outputs& vectors, const data::Dataset& dataset,
                                       const Rows& rows) {
  if (vectors.rows == 0) return {};
  const Shown shown = evenly_spread(vectors, rows);
  const auto& target = dataset.samples.target;
  return {distances_of_pairs(shown, target), places_by_class(shown, target)};
}

}  // namespace dlwork::task
