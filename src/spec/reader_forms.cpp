#include "dlwork/base/text.h"
#include "spec/reader.h"

// The values that have several forms: sources of data and layers.
namespace dlwork::spec {

void Reader::read_source(const Field& field, const Node& node, const std::string& path,
                         Source& value) {
  const std::size_t before = problems_.size();
  Source source;
  source.at = node.at;
  record_.forget_inside(path);
  if (node.is_null()) {
    if (field.is_required) {
      problem(node.at, path, "has no value", "name a file or folder");
      return;
    }
  } else if (looks_like_amount(node)) {
    if (!field.may_be_share) {
      problem(node.at, path, "expected a path, found " + found(node),
              "quote it if it is the name of a file");
      return;
    }
    Amount amount;
    if (const Fault fault = read_amount(node, amount); fault.any()) {
      problem(node.at, path, fault);
      return;
    }
    source.amount = amount;
  } else {
    Fields keys = fields_of(source);
    Field& paths = *keys.begin();
    if (node.kind == Node::Kind::kMap) {
      read(keys, node, path);
      require(keys, path, node.at);
    } else {
      read_field(paths, node, path);
    }
    const bool read_well = problems_.size() == before;
    for (const std::string& file : source.paths) {
      if (file.empty() && read_well) problem(node.at, path, "an empty path");
    }
    if (node.kind == Node::Kind::kSequence && node.items.empty()) {
      problem(node.at, path, "names no file");
    }
  }
  value = std::move(source);
  note(path, node.at);
}

void Reader::read_layers(const Node& node, const std::string& path, std::vector<LayerSpec>& value) {
  if (node.is_null()) return;
  if (node.kind != Node::Kind::kSequence) {
    problem(node.at, path, "expected a list of layers, found " + found(node),
            "as [linear: 64, relu]");
    return;
  }
  record_.forget_inside(path);
  std::vector<LayerSpec> layers;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    auto layer = read_layer(node.items[i], join_path(path, std::to_string(i)));
    if (layer) layers.push_back(std::move(*layer));
  }
  value = std::move(layers);
  note(path, node.at);
}

std::optional<LayerSpec> Reader::read_layer(const Node& node, const std::string& path) {
  Node::Entry entry{node.scalar, node.at, Node()};
  if (node.kind == Node::Kind::kMap) {
    std::vector<const Node::Entry*> own;
    for (const Node::Entry& each : node.entries) {
      if (each.key.rfind("x-", 0) != 0) own.push_back(&each);
    }
    if (own.size() != 1) {
      problem(node.at, path, "expected one layer, found " + std::to_string(own.size()) + " keys",
              "start each layer with '- ', and indent its options under it");
      return std::nullopt;
    }
    entry = *own.front();
  } else if (node.kind != Node::Kind::kScalar) {
    problem(node.at, path, "expected a layer, found " + found(node), "as relu or linear: 64");
    return std::nullopt;
  }
  auto options = default_layer(entry.key);
  if (!options) {
    const std::string near = nearest(entry.key, layer_names());
    problem(
        entry.key_at, path, "unknown layer '" + entry.key + "'",
        near.empty() ? "there are: " + join(layer_names(), ", ") : "did you mean '" + near + "'?");
    return std::nullopt;
  }
  LayerSpec layer{entry.key, entry.key_at, std::move(*options)};
  record_.places[path] = entry.key_at;
  read_layer_options(entry, path, layer);
  return layer;
}

void Reader::read_layer_options(const Node::Entry& entry, const std::string& path,
                                LayerSpec& layer) {
  Fields keys = fields_of(layer.options);
  const Node& value = entry.value;
  if (value.kind == Node::Kind::kMap) {
    read(keys, value, path);
  } else if (!value.is_null()) {
    if (keys.empty()) {
      problem(value.at, path, "'" + layer.type + "' takes no options, found " + found(value));
      return;
    }
    Field& first = *keys.begin();
    const std::string full = join_path(path, first.name);
    record_.places[full] = value.at;
    read_field(first, value, full);
  }
  require(keys, path, entry.key_at);
}

}  // namespace dlwork::spec
