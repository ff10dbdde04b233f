#include "phase/diagnose/components.h"

#include <algorithm>
#include <map>
#include <type_traits>

#include "dlwork/base/text.h"
#include "phase/diagnose/input_names.h"

namespace dlwork::phase::diagnose {
namespace {

using Layers = std::vector<spec::LayerSpec>;

template <class... Kinds>
bool is_one_of(const spec::LayerSpec& layer) {
  return (std::holds_alternative<Kinds>(layer.options) || ...);
}

/// Takes layers of these kinds out, inside other layers too. Returns how many. What would leave
/// nothing (a branch, or the only layer inside another) becomes one that changes nothing.
template <class... Kinds>
int remove_kinds(Layers& layers) {
  const auto inside = [](Layers& inner) {
    const int removed = remove_kinds<Kinds...>(inner);
    if (inner.empty()) inner.push_back({"identity", {}, spec::Identity{}});
    return removed;
  };
  int removed = static_cast<int>(
      std::erase_if(layers, [](const auto& layer) { return is_one_of<Kinds...>(layer); }));
  for (auto& layer : layers) {
    if (auto* residual = std::get_if<spec::Residual>(&layer.options)) {
      removed += inside(residual->layers);
    } else if (auto* several = std::get_if<spec::Sequential>(&layer.options)) {
      removed += inside(several->layers);
    } else if (auto* concat = std::get_if<spec::Concat>(&layer.options)) {
      for (auto& branch : concat->branches) {
        Layers alone{branch};
        removed += inside(alone);
        branch = alone.front();
      }
    }
  }
  return removed;
}

/// Sets the dropout that layers have of their own to 0, inside other layers too. Returns of how
/// many.
int clear_own_dropout(Layers& layers) {
  int cleared = 0;
  for (auto& layer : layers) {
    std::visit(
        [&]<class Options>(Options& options) {
          if constexpr (requires { options.dropout; }) {
            cleared += options.dropout > 0 ? 1 : 0;
            options.dropout = 0;
          } else if constexpr (requires { options.branches; }) {
            cleared += clear_own_dropout(options.branches);
          } else if constexpr (std::is_same_v<Options, spec::Residual> ||
                               std::is_same_v<Options, spec::Sequential>) {
            cleared += clear_own_dropout(options.layers);
          }
        },
        layer.options);
  }
  return cleared;
}

void add_layer_kinds(const spec::Project& project, std::vector<Ablated>& found) {
  Ablated dropout{"dropout", project, {}};
  if (remove_dropout(dropout.project.model.layers) > 0) found.push_back(dropout);
  Ablated norm{"normalisation", project, {}};
  if (remove_kinds<spec::BatchNorm, spec::LayerNorm, spec::GroupNorm, spec::InstanceNorm>(
          norm.project.model.layers) > 0)
    found.push_back(norm);
}

/// What joins the layers before and after stays: without it shapes no longer fit.
bool is_joint(const spec::LayerSpec& layer) {
  return is_one_of<spec::Flatten, spec::ToSequence, spec::GlobalAvgPool, spec::GlobalMaxPool,
                   spec::AdaptiveAvgPool, spec::AdaptiveMaxPool, spec::Output>(layer);
}

bool begins_group(const spec::LayerSpec& layer) {
  return is_one_of<spec::Linear, spec::Conv2d, spec::Conv1d, spec::ConvTranspose2d,
                   spec::ConvTranspose1d, spec::DepthwiseConv2d, spec::Gru, spec::Lstm,
                   spec::Attention, spec::TransformerEncoder, spec::Residual, spec::Sequential,
                   spec::Concat, spec::Embedding, spec::TokenEmbedding>(layer);
}

void add_layer_groups(const spec::Project& project, std::vector<Ablated>& found) {
  const Layers& layers = project.model.layers;
  for (std::size_t begin = 0; begin < layers.size(); ++begin) {
    if (!begins_group(layers[begin]) ||
        is_one_of<spec::Embedding, spec::TokenEmbedding>(layers[begin]))
      continue;
    std::size_t end = begin + 1;
    while (end < layers.size() && !begins_group(layers[end]) && !is_joint(layers[end])) ++end;
    Ablated ablated{"", project, {}};
    ablated.name =
        (end - begin == 1 ? "layer " + std::to_string(begin)
                          : "layers " + std::to_string(begin) + " to " + std::to_string(end - 1)) +
        " (" + layers[begin].type + ")";
    auto& kept = ablated.project.model.layers;
    kept.erase(kept.begin() + static_cast<std::int64_t>(begin),
               kept.begin() + static_cast<std::int64_t>(end));
    found.push_back(std::move(ablated));
  }
}

/// Each setting of training.augment that differs from its default, which is off.
void add_augmentations(const spec::Project& project, std::vector<Ablated>& found) {
  const Json now = spec::dump_json(project)["training"]["augment"];
  const Json off = spec::dump_json(spec::Project{})["training"]["augment"];
  for (const auto& [key, value] : now.items()) {
    if (!off.contains(key) || off[key] == value || value.is_structured()) continue;
    Node node;
    node.kind = Node::Kind::kScalar;
    node.scalar = off[key].dump();
    found.push_back({"augmentation: " + key,
                     spec::with_override(project, "training.augment." + key, node),
                     {}});
  }
}

void add_training(const spec::Project& project, std::vector<Ablated>& found) {
  const auto without = [&](const std::string& name, bool used, auto change) {
    if (!used) return;
    Ablated ablated{name, project, {}};
    change(ablated.project.training);
    found.push_back(std::move(ablated));
  };
  const auto& training = project.training;
  without("weight decay", training.weight_decay > 0, [](spec::Training& t) { t.weight_decay = 0; });
  without("schedule (" + training.schedule + ")", training.schedule != "constant",
          [](spec::Training& t) { t.schedule = "constant"; });
  without("label smoothing", training.label_smoothing > 0,
          [](spec::Training& t) { t.label_smoothing = 0; });
  without("class weights", training.class_weights != "none",
          [](spec::Training& t) { t.class_weights = "none"; });
  without("gradient clipping", training.gradient_clip > 0,
          [](spec::Training& t) { t.gradient_clip = 0; });
  without("weight averaging (" + training.averaging.method + ")",
          training.averaging.method != "none",
          [](spec::Training& t) { t.averaging.method = "none"; });
  without("early stopping", training.early_stopping.patience > 0,
          [](spec::Training& t) { t.early_stopping.patience = 0; });
  if (project.model.init.empty()) return;
  Ablated start{"initial weights (" + project.model.init + ")", project, {}};
  start.project.model.init.clear();
  found.push_back(std::move(start));
}

/// The first word of a column's name: "mean radius" and "mean_area" share "mean".
std::string first_word(const std::string& name) {
  return name.substr(0, name.find_first_of(" _.-"));
}

void add_columns(const spec::Project& project, const data::Table& table,
                 std::vector<Ablated>& found) {
  if (table.columns.size() < 2) return;
  const bool singly = table.columns.size() <= kMostSingleInputs;
  std::map<std::string, std::vector<std::string>> groups;
  for (const auto& column : table.columns)
    groups[singly ? column.name : first_word(column.name)].push_back(column.name);
  if (groups.size() < 2) return;
  for (const auto& [name, columns] : groups) {
    const std::string text =
        columns.size() == 1 ? "column " + columns.front()
                            : "columns " + name + "... (" + std::to_string(columns.size()) + ")";
    found.push_back({text, project, columns});
  }
}

void add_channels(const spec::Project& project, const std::vector<std::string>& channels,
                  std::vector<Ablated>& found) {
  if (channels.size() < 2) return;
  const std::size_t groups = std::min(channels.size(), kMostSingleInputs);
  for (std::size_t i = 0; i < groups; ++i) {
    const std::size_t begin = i * channels.size() / groups;
    const std::size_t end = (i + 1) * channels.size() / groups;
    const std::string text =
        end - begin == 1 ? channels[begin]
                         : "channels " + std::to_string(begin + 1) + " to " + std::to_string(end);
    found.push_back({text, project, {channels.data() + begin, channels.data() + end}});
  }
}

void add_inputs(const spec::Project& project, const data::Samples& samples,
                std::vector<Ablated>& found) {
  if (samples.kind == data::Kind::kSequence) {
    add_channels(project, input_names(samples), found);
  } else {
    add_columns(project, samples.table, found);
  }
}

/// What stays of each step moves up.
void drop_channels(data::Sequences& series, const std::vector<bool>& dropped) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < series.values.size(); ++i) {
    if (!dropped[i % dropped.size()]) series.values[kept++] = series.values[i];
  }
  series.values.resize(kept);
  series.channels -= std::count(dropped.begin(), dropped.end(), true);
  series.sound.reset();  // recordings give all channels
}

}  // namespace

int remove_dropout(Layers& layers) {
  return remove_kinds<spec::Dropout, spec::Dropout2d, spec::AlphaDropout>(layers) +
         clear_own_dropout(layers);
}

std::vector<Ablated> components_of(const spec::Project& project, const data::Dataset& dataset) {
  std::vector<Ablated> found;
  add_augmentations(project, found);
  add_layer_kinds(project, found);
  add_layer_groups(project, found);
  add_inputs(project, dataset.samples, found);
  add_training(project, found);
  return found;
}

std::unique_ptr<data::Dataset> without_inputs(const data::Dataset& dataset,
                                              const std::vector<std::string>& inputs) {
  const auto is_out = [&](const std::string& name) {
    return std::find(inputs.begin(), inputs.end(), name) != inputs.end();
  };
  auto reduced = std::make_unique<data::Dataset>(dataset);
  data::Samples& samples = reduced->samples;
  if (samples.kind == data::Kind::kSequence) {
    std::vector<bool> dropped;
    for (const auto& name : input_names(samples)) dropped.push_back(is_out(name));
    drop_channels(samples.sequences, dropped);
  } else {
    std::erase_if(samples.table.columns, [&](const auto& column) { return is_out(column.name); });
  }
  return reduced;
}

}  // namespace dlwork::phase::diagnose
