// Where in its input the network's answers come from, and whether that depends on what it learned.
#include <algorithm>
#include <cmath>

#include "dlwork/base/files.h"
#include "dlwork/base/text.h"
#include "dlwork/data/png.h"
#include "phase/diagnose/study.h"

namespace dlwork::phase::diagnose {

using artefact::Severity;
using training::Attribution;
using training::AttributionOptions;
using Method = AttributionOptions::Method;

namespace {

constexpr char kAttributionTable[] = "attribution-sanity";
constexpr std::int64_t kShownSide = 84;
/// Samples whose maps are compared, at least.
constexpr std::int64_t kCompared = 32;
/// Maps of a trained and a random network that are more alike than this show the input, not what
/// was learned.
constexpr double kTooAlike = 0.7;
constexpr std::size_t kShownFeatures = 20;

struct Named {
  Method method;
  const char* name;
};
constexpr Named kMethods[] = {{Method::kGradient, "gradient"},
                              {Method::kIntegratedGradients, "integrated gradients"},
                              {Method::kOcclusion, "occlusion"},
                              {Method::kGradCam, "Grad-CAM"}};

std::vector<double> sizes(const Attribution& maps, std::int64_t index) {
  const float* map = maps.at(index);
  std::vector<double> values;
  for (std::int64_t i = 0; i < maps.height * maps.width; ++i) values.push_back(std::abs(map[i]));
  return values;
}

bool varies(const std::vector<double>& values) {
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  return *least < *most;
}

/// Rank correlation of the maps' sizes, sample by sample; without samples one of whose maps is flat
/// (a score that a rectifier cut off), which is like none.
std::vector<double> likeness(const Attribution& a, const Attribution& b) {
  std::vector<double> correlations;
  for (std::int64_t i = 0; i < a.count; ++i) {
    const auto first = sizes(a, i), second = sizes(b, i);
    if (varies(first) && varies(second)) correlations.push_back(rank_correlation(first, second));
  }
  return correlations;
}

/// The sanity check of Adebayo et al., Sanity Checks for Saliency Maps (2018): an explanation that
/// hardly changes when all weights are drawn anew does not explain the network.
void check_sanity(Study& study, const std::vector<std::int64_t>& rows) {
  const auto& samples = study.dataset().samples;
  artefact::Table table{kAttributionTable,
                        "Explanations by a network with random weights",
                        {"method", "samples", "rank correlation", "95 %"},
                        {false, true, true, true},
                        {},
                        ""};
  std::vector<std::string> names;
  std::vector<double> values;
  std::optional<Difference> of_gradient;
  std::size_t compared = 0;
  for (const auto& [method, name] : kMethods) {
    const auto own = study.learner->attribute(samples, rows, {method, false});
    if (own.count == 0 || own.height * own.width < 3) continue;
    const auto random = study.learner->attribute(samples, rows, {method, true});
    const auto correlations = likeness(own, random);
    if (correlations.empty()) {
      table.rows.push_back({name, "0", "-", "-"});
      continue;
    }
    const Difference alike = mean_of_pairs(correlations);
    table.rows.push_back({name, std::to_string(correlations.size()), pretty_number(alike.value, 3),
                          interval_text(alike.low, alike.high)});
    names.emplace_back(name);
    values.push_back(alike.value);
    if (method != Method::kGradient) continue;
    of_gradient = alike;
    compared = correlations.size();
  }
  if (table.rows.empty()) return;
  table.note =
      "of the maps' sizes with those of the trained network, over " + std::to_string(rows.size()) +
      " samples but those with a flat map; near 0: the explanation comes from what was learned";
  study.result.tables.push_back(table);
  if (names.empty()) return;
  study.result.figures.push_back(
      bars(kAttributionTable, "Likeness of explanations with random weights", "rank correlation",
           names, values, "High bars explain the input rather than the network."));
  if (!of_gradient || !(of_gradient->low > kTooAlike)) return;
  study.add("diagnosis-attribution", Severity::kWarn,
            "the gradient's map has a rank correlation of " + difference_text(*of_gradient) +
                " with that of a network with random weights: the answers rest on the input's "
                "shape, not on what was learned",
            {{"correlation", of_gradient->value},
             {"interval", of_gradient->interval()},
             {"samples", compared}},
            kAttributionTable);
}

/// The picture beside its maps: white is what speaks for the answer, black what speaks against it,
/// grey nothing.
data::Pictures panel_of(const data::Pictures& pictures, std::int64_t row,
                        const std::vector<Attribution>& maps, std::int64_t index) {
  const std::int64_t width = pictures.width * static_cast<std::int64_t>(maps.size() + 1);
  data::Pictures panel{1, 3, pictures.height, width, {}};
  panel.pixels.assign(3 * pictures.height * width, 0);
  const std::int64_t area = pictures.height * pictures.width;
  for (std::int64_t c = 0; c < 3; ++c) {
    const std::uint8_t* from = pictures.at(row) + (pictures.channels == 3 ? c : 0) * area;
    for (std::int64_t i = 0; i < area; ++i) {
      panel.pixels[(c * pictures.height + i / pictures.width) * width + i % pictures.width] =
          from[i];
    }
    for (std::size_t m = 0; m < maps.size(); ++m) {
      const float* map = maps[m].at(index);
      const float most = std::abs(*std::max_element(
          map, map + area, [](float a, float b) { return std::abs(a) < std::abs(b); }));
      for (std::int64_t i = 0; i < area; ++i) {
        const double level = 128 + (most > 0 ? 127 * map[i] / most : 0);
        panel.pixels[(c * pictures.height + i / pictures.width) * width +
                     static_cast<std::int64_t>(m + 1) * pictures.width + i % pictures.width] =
            static_cast<std::uint8_t>(std::lround(level));
      }
    }
  }
  return panel;
}

void show_pictures(Study& study, const std::vector<std::int64_t>& rows) {
  const auto& samples = study.dataset().samples;
  std::vector<Attribution> maps;
  std::vector<std::string> names;
  for (const auto& [method, name] : kMethods) {
    auto map = study.learner->attribute(samples, rows, {method, false});
    if (map.count == 0 || map.width != samples.pictures.width ||
        map.height != samples.pictures.height)
      continue;
    maps.push_back(std::move(map));
    names.emplace_back(name);
  }
  if (maps.empty()) return;
  make_folder(study.context.folder.file("attribution"));
  const int zoom = static_cast<int>(
      std::max<std::int64_t>(1, kShownSide / std::max<std::int64_t>(1, samples.pictures.width)));
  const auto outputs = study.learner->predict(samples, rows);
  Json items = Json::array();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::string name = "attribution/" + std::to_string(rows[i]) + ".png";
    data::write_png(panel_of(samples.pictures, rows[i], maps, static_cast<std::int64_t>(i)), 0,
                    study.context.folder.file(name), zoom);
    items.push_back(
        {{"file", name},
         {"caption", sample_text(study, outputs, static_cast<std::int64_t>(i), rows[i])}});
  }
  artefact::Figure figure{"attribution", "Where the answers come from", "pictures", {}, ""};
  figure.data = {{"items", items}};
  figure.caption = "The picture, then: " + join(names, ", ") +
                   ". White speaks for the answer, black against it.";
  study.result.figures.push_back(figure);
}

/// Of series, whose single steps have no name: what the steps of each channel give together.
Attribution by_channel(const Attribution& maps, std::int64_t channels) {
  if (channels < 1 || maps.width % channels != 0) return maps;
  Attribution summed{maps.count, 1, channels, {}, {}};
  for (std::int64_t c = 0; c < channels; ++c) {
    summed.features.push_back("channel " + std::to_string(c + 1));
  }
  for (std::int64_t i = 0; i < maps.count; ++i) {
    for (std::int64_t c = 0; c < channels; ++c) {
      float sum = 0;
      for (std::int64_t k = c; k < maps.width; k += channels) sum += maps.at(i)[k];
      summed.values.push_back(sum);
    }
  }
  return summed;
}

/// Mean size of the integrated gradients (or of occlusion, where inputs have no gradient) of each
/// feature.
void show_features(Study& study, const std::vector<std::int64_t>& rows) {
  const auto& samples = study.dataset().samples;
  auto maps = study.learner->attribute(samples, rows, {Method::kIntegratedGradients, false});
  const bool by_gradient = maps.count > 0;
  if (!by_gradient) maps = study.learner->attribute(samples, rows, {Method::kOcclusion, false});
  const bool by_steps =
      by_gradient && maps.features.empty() && samples.kind == data::Kind::kSequence;
  if (by_steps) maps = by_channel(maps, samples.sequences.channels);
  if (maps.count == 0 || maps.features.empty()) return;
  std::vector<std::pair<double, std::string>> features;
  for (std::size_t f = 0; f < maps.features.size(); ++f) {
    double sum = 0;
    for (std::int64_t i = 0; i < maps.count; ++i) sum += std::abs(maps.at(i)[f]);
    features.emplace_back(-sum / static_cast<double>(maps.count), maps.features[f]);
  }
  std::sort(features.begin(), features.end());
  if (features.size() > kShownFeatures) features.resize(kShownFeatures);
  std::vector<std::string> names;
  std::vector<double> values;
  for (const auto& [size, name] : features) {
    names.push_back(name);
    values.push_back(-size);
  }
  study.result.figures.push_back(
      bars("attribution", "What the answers rest on",
           by_gradient ? "mean |integrated gradient|" : "mean |fall of the score|", names, values,
           "Over " + std::to_string(rows.size()) +
               " validation samples; of the score before the softmax" +
               (by_steps ? ", over a channel's steps." : ".")));
}

/// At which steps of series lies what the answers rest on: each sample's map as shares of its
/// largest value, averaged over the samples that reach a step.
void show_steps(Study& study, const std::vector<std::int64_t>& rows) {
  const auto& samples = study.dataset().samples;
  auto method = Method::kGradCam;
  auto maps = study.learner->attribute(samples, rows, {method, false});
  if (maps.count == 0) {
    method = Method::kOcclusion;
    maps = study.learner->attribute(samples, rows, {method, false});
  }
  if (maps.count == 0 || maps.width < 2) return;
  std::vector<double> sums(maps.width, 0), reached(maps.width, 0);
  for (std::int64_t i = 0; i < maps.count; ++i) {
    const auto values = sizes(maps, i);
    const double largest = *std::max_element(values.begin(), values.end());
    const auto length = std::min<std::int64_t>(samples.sequences.lengths[rows[i]], maps.width);
    for (std::int64_t step = 0; step < length; ++step) {
      sums[step] += largest > 0 ? values[step] / largest : 0;
      ++reached[step];
    }
  }
  Json x = Json::array(), y = Json::array();
  for (std::int64_t step = 0; step < maps.width && reached[step] > 0; ++step) {
    x.push_back(step + 1);
    y.push_back(sums[step] / reached[step]);
  }
  const std::string name = method == Method::kGradCam ? "Grad-CAM" : "occlusion";
  artefact::Figure figure{"attribution-steps", "When the answers are decided", "lines", {}, ""};
  figure.data = {{"x_label", "step"},
                 {"y_label", "share of a sample's largest"},
                 {"series", Json::array({{{"name", name}, {"x", x}, {"y", y}}})}};
  figure.caption = "By " + name + ", over " + std::to_string(rows.size()) +
                   " validation samples, as far as each reaches.";
  study.result.figures.push_back(figure);
}

}  // namespace

void trace_answers(Study& study) {
  const std::int64_t count = study.settings().attributed;
  if (count == 0 || study.validation_rows().empty()) return;
  const auto shown = some_rows(study.validation_rows(), count, study.seed, "attribution");
  const auto compared = some_rows(study.validation_rows(), std::max(count, kCompared), study.seed,
                                  "attribution sanity");
  check_sanity(study, compared);
  // Components of pictures lie nowhere in them.
  if (study.dataset().samples.kind == data::Kind::kImage && !study.project().data.reduce.given()) {
    show_pictures(study, shown);
  } else {
    show_features(study, compared);
    if (study.dataset().samples.kind == data::Kind::kSequence) show_steps(study, compared);
  }
}

}  // namespace dlwork::phase::diagnose
