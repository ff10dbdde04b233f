// The network's inside: its layers, what is in them, and what is not as it should be.
#include <algorithm>
#include <cmath>

#include "dlwork/base/evenly.h"
#include "dlwork/base/files.h"
#include "dlwork/base/text.h"
#include "dlwork/data/png.h"
#include "phase/diagnose/study.h"

namespace dlwork::phase::diagnose {

using artefact::Severity;
using training::Histogram;
using training::LayerReport;

namespace {

constexpr std::size_t kShownHistograms = 10;
constexpr std::int64_t kShownFilters = 64;
constexpr int kFilterZoom = 12;
/// A layer whose weights changed less than this share of the fastest layer's does not learn.
constexpr double kStill = 1e-3;
/// Activations that deviate less or more than these lose digits or the gradient.
constexpr double kFaint = 1e-3, kLoud = 1e3;

artefact::Table layer_table(const std::vector<LayerReport>& layers) {
  artefact::Table table{"layers", "Layers", {}, {}, {}, ""};
  table.columns = {"layer", "output",     "parameters", "multiply-adds", "bytes",
                   "ms",    "activation", "zeros",      "gradient",      "moved"};
  table.right = {false, false, true, true, true, true, true, true, true, true};
  std::int64_t work = 0, bytes = 0, parameters = 0;
  double milliseconds = 0;
  for (const auto& layer : training::with_inner(layers)) {
    const bool learns = layer.parameters > 0;
    table.rows.push_back(
        {layer.name, layer.output, grouped(layer.parameters), grouped(layer.multiply_adds),
         grouped(layer.activation_bytes), pretty_number(layer.milliseconds, 2),
         pretty_number(layer.activation_mean, 3) + " ± " +
             pretty_number(layer.activation_deviation, 3),
         percent(layer.zero_fraction), learns ? pretty_number(layer.gradient_deviation, 3) : "-",
         learns ? percent(layer.moved) : "-"});
  }
  for (const auto& layer : layers) {
    work += layer.multiply_adds;
    bytes += layer.activation_bytes;
    parameters += layer.parameters;
    milliseconds += layer.milliseconds;
  }
  table.rows.push_back({"all", "", grouped(parameters), grouped(work), grouped(bytes),
                        pretty_number(milliseconds, 2), "", "", "", ""});
  table.note =
      "multiply-adds (FLOPs are about twice as many) and bytes of activations: of one sample "
      "forward; ms: a batch of at most 128 forward; activation: mean ± deviation; "
      "zeros: share of activations that are 0; gradient: deviation over the layer's parameters; "
      "moved: change of the weights by training; what a layer holds inside is counted in it";
  return table;
}

void show_histograms(Study& study, const std::string& id, const std::string& title,
                     const std::vector<LayerReport>& layers, Histogram LayerReport::*of) {
  std::vector<const LayerReport*> all_layers;
  for (const auto& layer : layers) {
    if (!(layer.*of).counts.empty()) all_layers.push_back(&layer);
  }
  Json series = Json::array();
  for (const std::size_t place : evenly_among(all_layers.size(), kShownHistograms)) {
    const LayerReport& layer = *all_layers[place];
    const Histogram& histogram = layer.*of;
    double all = 0;
    for (const auto count : histogram.counts) all += static_cast<double>(count);
    const double width =
        (histogram.high - histogram.low) / static_cast<double>(histogram.counts.size());
    Json x = Json::array(), y = Json::array();
    for (std::size_t bin = 0; bin < histogram.counts.size(); ++bin) {
      x.push_back(histogram.low + (static_cast<double>(bin) + 0.5) * width);
      y.push_back(static_cast<double>(histogram.counts[bin]) / std::max(1.0, all));
    }
    series.push_back({{"name", layer.name}, {"x", x}, {"y", y}});
  }
  if (series.empty()) return;  // a learner of its own kind has none
  artefact::Figure figure{
      id, title, "lines", {}, "Share of values in 40 bins of equal width, by layer"};
  if (series.size() < all_layers.size()) {
    figure.caption += "; " + std::to_string(series.size()) + " of " +
                      std::to_string(all_layers.size()) + " layers";
  }
  figure.caption += ".";
  figure.data = {{"x_label", "value"}, {"y_label", "share"}, {"series", series}};
  study.result.figures.push_back(figure);
}

/// How a layer's values moved while it learned: the median, in a band that holds nine in ten.
Json spread_series(const std::vector<training::LayerSpread>& spreads, std::size_t layer,
                   training::LayerSpread::Of of, const std::string& name) {
  Json x = Json::array(), y = Json::array(), low = Json::array(), high = Json::array();
  for (const auto& spread : spreads) {
    if (spread.layer != static_cast<std::int64_t>(layer) || spread.of != of) continue;
    x.push_back(spread.epoch);
    y.push_back(spread.median);
    low.push_back(spread.low);
    high.push_back(spread.high);
  }
  if (x.empty()) return nullptr;
  return {{"name", name}, {"x", x}, {"y", y}, {"low", low}, {"high", high}};
}

void show_spreads(Study& study, const std::vector<LayerReport>& layers) {
  using Of = training::LayerSpread::Of;
  struct Picture {
    std::string id, title;
    std::vector<std::pair<Of, std::string>> series;
  };
  const std::vector<Picture> pictures{
      {"parameters", "weights and biases", {{Of::kWeights, "weights"}, {Of::kBiases, "biases"}}},
      {"activations", "activations", {{Of::kActivations, "activations"}}},
      {"gradients", "gradients", {{Of::kGradients, "gradients"}}}};
  for (std::size_t layer = 0; layer < layers.size(); ++layer) {
    for (const auto& picture : pictures) {
      Json series = Json::array();
      for (const auto& [of, name] : picture.series) {
        Json one = spread_series(study.report.spreads, layer, of, name);
        if (!one.is_null()) series.push_back(std::move(one));
      }
      if (series.empty()) continue;
      artefact::Figure figure{"spread-" + picture.id + "-" + std::to_string(layer),
                              layers[layer].name + ": " + picture.title,
                              "lines",
                              {},
                              "Median, in a band from the 5 % to the 95 % quantile."};
      figure.data = {{"x_label", "epoch"},
                     {"y_label", "value"},
                     {"series", series},
                     {"group", "Distributions over the epochs"}};
      study.result.figures.push_back(figure);
    }
  }
}

/// A filter's weights as they are shown: red, green and blue, or the mean over other channels.
std::vector<float> shown_weights(const training::Filters& filters, std::int64_t filter) {
  const std::int64_t area = filters.height * filters.width, size = filters.channels * area;
  const float* weights = filters.values.data() + filter * size;
  if (filters.channels == 3) return {weights, weights + size};
  std::vector<float> means(static_cast<std::size_t>(area), 0);
  for (std::int64_t i = 0; i < size; ++i) {
    means[i % area] += weights[i] / static_cast<float>(filters.channels);
  }
  return means;
}

/// First filters, each stretched to its own range.
void show_filters(Study& study) {
  const auto filters = study.learner->first_filters();
  if (filters.count == 0 || filters.height * filters.width < 2) return;
  make_folder(study.context.folder.file("filters"));
  const bool colour = filters.channels == 3;
  Json items = Json::array();
  for (std::int64_t f = 0; f < std::min(filters.count, kShownFilters); ++f) {
    const auto weights = shown_weights(filters, f);
    const auto [low, high] = std::minmax_element(weights.begin(), weights.end());
    data::Pictures picture{1, colour ? 3 : 1, filters.height, filters.width, {}};
    for (std::int64_t i = 0; i < picture.size(); ++i) {
      const float level = *high > *low ? (weights[i] - *low) / (*high - *low) : 0.5f;
      picture.pixels.push_back(static_cast<std::uint8_t>(std::lround(255 * level)));
    }
    const std::string name = "filters/" + std::to_string(f) + ".png";
    data::write_png(picture, 0, study.context.folder.file(name), kFilterZoom);
    items.push_back({{"file", name}, {"caption", std::to_string(f)}});
  }
  artefact::Figure figure{"filters",
                          "First filters",
                          "pictures",
                          {},
                          "Weights of the first convolution, each stretched to its own range."};
  if (!colour && filters.channels > 1) {
    figure.caption = "Weights of the first convolution, the mean over its " +
                     std::to_string(filters.channels) +
                     " channels, each stretched to its own range.";
  }
  figure.data = {{"items", items}};
  study.result.figures.push_back(figure);
}

/// How fast each layer learned.
void check_speed(Study& study, const std::vector<LayerReport>& layers) {
  std::vector<std::string> names;
  std::vector<double> moved;
  for (const auto& layer : layers) {
    if (layer.parameters == 0) continue;
    names.push_back(layer.name);
    moved.push_back(layer.moved);
  }
  if (names.empty()) return;
  study.result.figures.push_back(bars(
      "learning-speed", "How far each layer moved in training", "change / initial weights", names,
      moved, "2-norm of the change of a layer's weights over that of its initial weights."));
  const auto slowest = std::min_element(moved.begin(), moved.end()),
             fastest = std::max_element(moved.begin(), moved.end());
  if (names.size() < 2 || *slowest >= kStill * *fastest) return;
  study.add(
      "diagnosis-layer-still", Severity::kWarn,
      "layer " + names[slowest - moved.begin()] + " moved by " + percent(*slowest) +
          " of its weights in training, layer " + names[fastest - moved.begin()] + " by " +
          percent(*fastest),
      {{"layers", names}, {"moved", moved}, {"ratio", *fastest > 0 ? *slowest / *fastest : 0}},
      "learning-speed");
}

void check_scale(Study& study, const std::vector<LayerReport>& layers) {
  std::vector<std::string> names;
  std::vector<double> deviations;
  for (const auto& layer : layers) {
    names.push_back(layer.name);
    deviations.push_back(layer.activation_deviation);
  }
  for (const auto& layer : layers) {
    const bool fine = layer.activation_deviation >= kFaint && layer.activation_deviation <= kLoud;
    if (fine || layer.dead_fraction >= 1) continue;  // dead layers have a finding of their own
    study.result.figures.push_back(bars("activation-scale", "Deviation of each layer's activations",
                                        "deviation", names, deviations,
                                        "On a batch of training samples."));
    study.add("diagnosis-activation-scale", Severity::kWarn,
              "activations of layer " + layer.name + " deviate by " +
                  pretty_number(layer.activation_deviation, 3) + ", outside " +
                  pretty_number(kFaint) + " to " + pretty_number(kLoud),
              {{"layer", layer.name},
               {"deviation", layer.activation_deviation},
               {"least", kFaint},
               {"most", kLoud}},
              "activation-scale");
    return;
  }
}

}  // namespace

void look_inside(Study& study) {
  const auto& layers = study.layers();
  if (layers.empty()) return;
  study.result.tables.push_back(layer_table(layers));
  show_histograms(study, "weights", "Weights", layers, &LayerReport::weights);
  show_histograms(study, "biases", "Biases", layers, &LayerReport::biases);
  show_histograms(study, "activations", "Activations", layers, &LayerReport::activations);
  show_histograms(study, "gradients", "Gradients", layers, &LayerReport::gradients);
  show_spreads(study, layers);
  show_filters(study);
  if (!study.trained()) return;
  check_speed(study, layers);
  check_scale(study, layers);
}

}  // namespace dlwork::phase::diagnose
