#include "spec/paths.h"

#include "dlwork/base/text.h"

namespace dlwork::spec {
namespace {

Found find_in_layers(std::vector<LayerSpec>& layers, const std::string& rest,
                     const std::string& path) {
  const std::size_t dot = rest.find('.');
  const auto index = parse_integer(rest.substr(0, dot));
  if (!index || *index < 0 || dot == rest.npos) {
    return {nullptr, nullptr, {"unknown key", "layers are named as model.layers.0.units"}};
  }
  if (layers.empty()) return {};
  if (*index >= static_cast<std::int64_t>(layers.size())) {
    return {nullptr,
            nullptr,
            {"there are " + std::to_string(layers.size()) + " layers, counted from 0", ""}};
  }
  LayerSpec& layer = layers[static_cast<std::size_t>(*index)];
  Found found;
  found.owner = std::make_shared<Fields>(fields_of(layer.options));
  const std::string name = rest.substr(dot + 1);
  found.field = found.owner->find(name);
  if (found.field == nullptr) {
    const std::string near = nearest(name, found.owner->names());
    found.fault = {
        "'" + layer.type + "' has no key '" + name + "'",
        near.empty() ? ""
                     : "did you mean '" + path.substr(0, path.size() - name.size()) + near + "'?"};
  }
  return found;
}

}  // namespace

std::string suggest_path(const std::string& path, const std::string& group) {
  const std::vector<std::string> known = key_paths();
  std::string near = nearest(path, known);
  const std::string name = path.substr(path.rfind('.') + 1);
  for (const std::string& candidate : known) {
    if (!near.empty()) break;
    if (candidate.substr(candidate.rfind('.') + 1) == name) near = candidate;
  }
  const bool is_within = !group.empty() || path.size() > name.size();
  if (is_within && near == name) return "'" + near + "' stands at the top of the file";
  return near.empty() ? "" : "did you mean '" + near + "'?";
}

Found find_key(Project& project, const std::string& path) {
  Found found;
  found.owner = std::make_shared<Fields>(fields_of(project));
  Fields* keys = found.owner.get();
  for (std::size_t start = 0;;) {
    const std::size_t dot = path.find('.', start);
    Field* field = keys->find(path.substr(start, dot - start));
    if (field == nullptr) break;
    if (dot == path.npos) {
      found.field = field;
      return found;
    }
    start = dot + 1;
    if (auto layers = std::get_if<std::vector<LayerSpec>*>(&field->slot)) {
      return find_in_layers(**layers, path.substr(start), path);
    }
    const Group* group = field->group();
    if (group == nullptr) break;
    keys = group->get();
  }
  found.fault = {"unknown key", suggest_path(path)};
  return found;
}

std::vector<std::string> key_paths() {
  Project project;
  std::vector<std::string> paths;
  walk(fields_of(project), "", [&](const std::string& path, const Field& field) {
    if (field.group() == nullptr) paths.push_back(path);
  });
  return paths;
}

}  // namespace dlwork::spec
