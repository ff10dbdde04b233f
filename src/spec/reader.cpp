#include "spec/reader.h"

#include "dlwork/base/text.h"
#include "spec/paths.h"

namespace dlwork::spec {
namespace {

bool is_users_own(const std::string& key) { return key.rfind("x-", 0) == 0; }

}  // namespace

std::string origin_of(const Location& at) {
  const std::string name = at.file.substr(at.file.rfind('/') + 1);
  return at.line > 0 ? name + ":" + std::to_string(at.line) : name;
}

Location Record::place(std::string path, const Location& otherwise) const {
  for (;;) {
    const auto found = places.find(path);
    if (found != places.end()) return found->second;
    const std::size_t dot = path.rfind('.');
    if (dot == path.npos) return otherwise;
    path.resize(dot);
  }
}

void Record::forget_inside(const std::string& path) {
  const auto drop = [prefix = path + "."](auto& map) {
    auto at = map.lower_bound(prefix);
    while (at != map.end() && at->first.rfind(prefix, 0) == 0) at = map.erase(at);
  };
  drop(places);
  drop(origins);
}

void Reader::problem(const Location& at, const std::string& key, const std::string& message,
                     const std::string& hint) {
  problems_.push_back({at, key, message, hint});
}

void Reader::problem(const Location& at, const std::string& key, const Fault& fault) {
  problem(at, key, fault.message, fault.hint);
}

void Reader::note(const std::string& path, const Location& at) {
  record_.places[path] = at;
  record_.origins[path] = origin_.empty() ? origin_of(at) : origin_;
}

void Reader::read(Fields& fields, const Node& node, const std::string& path) {
  if (node.is_null()) return;
  if (node.kind != Node::Kind::kMap) {
    problem(node.at, path, "expected a map of keys, found " + found(node));
    return;
  }
  for (const Node::Entry& entry : node.entries) {
    if (is_users_own(entry.key)) continue;
    Field* field = fields.find(entry.key);
    if (field == nullptr) {
      unknown_key(fields, entry, path);
      continue;
    }
    const std::string full = join_path(path, entry.key);
    record_.places[full] = entry.key_at;
    read_field(*field, entry.value, full);
  }
}

void Reader::unknown_key(const Fields& fields, const Node::Entry& entry, const std::string& path) {
  const std::string near = nearest(entry.key, fields.names());
  std::string hint;
  if (!near.empty()) {
    hint = "did you mean '" + near + "'?";
  } else if (const std::string other = suggest_path(entry.key, path); !other.empty()) {
    hint = other;
  } else if (fields.empty()) {
    hint = "nothing can be set here";
  } else {
    hint = "known here: " + join(fields.names(), ", ");
  }
  problem(entry.key_at, join_path(path, entry.key), "unknown key", hint);
}

void Reader::require(const Fields& fields, const std::string& path, const Location& at) {
  for (const Field& field : fields) {
    const std::string full = join_path(path, field.name);
    if (const Group* group = field.group()) {
      require(**group, full, at);
    } else if (field.is_required && record_.places.count(full) == 0) {
      const bool replaced =
          !field.instead.empty() && record_.places.count(join_path(path, field.instead)) > 0;
      if (!replaced) problem(record_.place(path, at), full, "is missing", field.help);
    }
  }
}

void Reader::set(Fields& fields, const std::string& path, const Node& value) {
  set_in(fields, "", path, value);
}

void Reader::set_in(Fields& fields, const std::string& done, const std::string& rest,
                    const Node& value) {
  const std::size_t dot = rest.find('.');
  const std::string name = rest.substr(0, dot);
  const std::string path = join_path(done, name);
  Field* field = fields.find(name);
  if (field != nullptr && dot == rest.npos) {
    record_.places[path] = value.at;
    read_field(*field, value, path);
    return;
  }
  if (field != nullptr && set_inside(*field, path, rest.substr(dot + 1), value)) return;
  const std::string full = join_path(done, rest);
  problem(value.at, full, "unknown key", suggest_path(full));
}

// True when `field` has keys and `rest` was dealt with, even if by a problem.
bool Reader::set_inside(Field& field, const std::string& path, const std::string& rest,
                        const Node& value) {
  if (const Group* group = field.group()) {
    set_in(**group, path, rest, value);
    return true;
  }
  const auto set_item = [&](auto& map) {
    note(join_path(path, rest), value.at);
    note(path, value.at);
    read_item(field, value, join_path(path, rest), map[rest]);
    return true;
  };
  if (auto texts = std::get_if<std::map<std::string, std::string>*>(&field.slot)) {
    return set_item(**texts);
  }
  if (auto numbers = std::get_if<std::map<std::string, double>*>(&field.slot)) {
    return set_item(**numbers);
  }
  if (auto space = std::get_if<std::map<std::string, Dimension>*>(&field.slot)) {
    return set_item(**space);
  }
  if (auto columns = std::get_if<std::map<std::string, ColumnOptions>*>(&field.slot)) {
    return set_item(**columns);
  }
  if (auto layers = std::get_if<std::vector<LayerSpec>*>(&field.slot)) {
    return set_layer(**layers, path, rest, value);
  }
  if (auto source = std::get_if<Source*>(&field.slot)) {
    Fields keys = fields_of(**source);
    set_in(keys, path, rest, value);
    return true;
  }
  return false;
}

// `model.layers.2.units`: layers count from 0.
bool Reader::set_layer(std::vector<LayerSpec>& layers, const std::string& path,
                       const std::string& rest, const Node& value) {
  const std::size_t dot = rest.find('.');
  const auto index = parse_integer(rest.substr(0, dot));
  if (!index || dot == rest.npos) return false;
  if (*index < 0 || *index >= static_cast<std::int64_t>(layers.size())) {
    problem(value.at, join_path(path, rest),
            "there are " + std::to_string(layers.size()) + " layers, counted from 0");
    return true;
  }
  LayerSpec& layer = layers[static_cast<std::size_t>(*index)];
  Fields keys = fields_of(layer.options);
  note(path, value.at);
  set_in(keys, join_path(path, rest.substr(0, dot)), rest.substr(dot + 1), value);
  return true;
}

}  // namespace dlwork::spec
