#include "spec/reader.h"

namespace dlwork::spec {

template <class T>
void Reader::read_value(const Field& field, const Node& node, const std::string& path, T& value) {
  if (const Fault fault = read_scalar(field, node, value); fault.any()) {
    problem(node.at, path, fault);
    return;
  }
  note(path, node.at);
}

void Reader::read_optional(const Field& field, const Node& node, const std::string& path,
                           std::optional<double>& value) {
  if (node.is_null()) {
    value.reset();
    note(path, node.at);
    return;
  }
  double number = 0;
  if (const Fault fault = read_scalar(field, node, number); fault.any()) {
    problem(node.at, path, fault);
    return;
  }
  value = number;
  note(path, node.at);
}

template <class T>
void Reader::read_items(const Field& field, const Node& node, const std::string& path,
                        std::vector<T>& items) {
  for (const Node& item : node.items) {
    items.emplace_back();
    if (const Fault fault = read_scalar(field, item, items.back()); fault.any()) {
      problem(item.at, path, fault);
    }
  }
}

void Reader::read_list(const Field& field, const Node& node, const std::string& path,
                       std::vector<std::string>& value) {
  if (node.is_null()) return;
  std::vector<std::string> items;
  if (node.kind == Node::Kind::kScalar && field.may_be_single) {
    items.emplace_back();
    read_value(field, node, path, items.back());
  } else if (node.kind != Node::Kind::kSequence) {
    problem(node.at, path, "expected a list, found " + found(node),
            node.kind == Node::Kind::kScalar ? "write [" + node.scalar + "]" : "");
    return;
  }
  read_items(field, node, path, items);
  value = std::move(items);
  note(path, node.at);
}

void Reader::read_numbers(const Field& field, const Node& node, const std::string& path,
                          std::vector<double>& value) {
  if (node.is_null()) return;
  if (node.kind != Node::Kind::kSequence) {
    problem(node.at, path, "expected a list of numbers, found " + found(node), "as [1, 2]");
    return;
  }
  std::vector<double> items;
  read_items(field, node, path, items);
  value = std::move(items);
  note(path, node.at);
}

template <class T>
void Reader::read_map(const Field& field, const Node& node, const std::string& path,
                      std::map<std::string, T>& value) {
  if (node.is_null()) return;
  if (node.kind != Node::Kind::kMap) {
    problem(node.at, path, "expected a map, found " + found(node));
    return;
  }
  record_.forget_inside(path);
  note(path, node.at);
  value.clear();
  for (const Node::Entry& entry : node.entries) {
    const std::string full = join_path(path, entry.key);
    record_.places[full] = entry.key_at;
    const std::size_t before = problems_.size();
    read_item(field, entry.value, full, value[entry.key]);
    if (problems_.size() > before) value.erase(entry.key);  // so that it is not faulted again
  }
}

void Reader::read_item(const Field&, const Node& node, const std::string& path, Dimension& value) {
  value = Dimension();
  value.at = node.at;
  if (node.kind == Node::Kind::kSequence) {
    value.choices = node.items;
    if (node.items.empty()) problem(node.at, path, "names no value");
    for (const Node& item : node.items) {
      if (item.kind == Node::Kind::kScalar) continue;
      problem(item.at, path, "expected one value, found " + found(item));
    }
  } else if (node.kind == Node::Kind::kMap) {
    Fields keys = fields_of(value);
    read(keys, node, path);
  } else {
    problem(node.at, path, "expected a list of values or a range, found " + found(node),
            "write [a, b] or {low: 1, high: 10}");
    return;
  }
  note(path, node.at);
}

/// A type alone, or its keys.
void Reader::read_item(const Field&, const Node& node, const std::string& path,
                       ColumnOptions& value) {
  value = ColumnOptions();
  value.at = node.at;
  Fields keys = fields_of(value);
  if (node.kind == Node::Kind::kMap) {
    read(keys, node, path);
    note(path, node.at);
  } else {
    read_field(*keys.begin(), node, path);
  }
}

void Reader::read_waivers(const Node& node, const std::string& path, std::vector<Waiver>& value) {
  if (node.is_null()) return;
  if (node.kind != Node::Kind::kSequence) {
    problem(node.at, path, "expected a list of waivers, found " + found(node),
            "each is {finding, reason, until}");
    return;
  }
  record_.forget_inside(path);
  value.assign(node.items.size(), {});
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const std::string full = join_path(path, std::to_string(i));
    record_.places[full] = node.items[i].at;
    Fields keys = fields_of(value[i]);
    if (node.items[i].kind != Node::Kind::kMap) {
      problem(node.items[i].at, full,
              "expected {finding, reason, until}, found " + found(node.items[i]));
      continue;
    }
    read(keys, node.items[i], full);
    require(keys, full, node.items[i].at);
  }
  note(path, node.at);
}

namespace {

// Calls the right read_* for a slot.
template <class... Ts>
struct Overload : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
Overload(Ts...) -> Overload<Ts...>;

}  // namespace

void Reader::read_field(Field& field, const Node& node, const std::string& path) {
  std::visit(
      Overload{
          [&](Group& group) { read(*group, node, path); },
          [&](std::optional<double>* value) { read_optional(field, node, path, *value); },
          [&](std::vector<std::string>* value) { read_list(field, node, path, *value); },
          [&](std::vector<double>* value) { read_numbers(field, node, path, *value); },
          [&](std::map<std::string, std::string>* value) { read_map(field, node, path, *value); },
          [&](std::map<std::string, double>* value) { read_map(field, node, path, *value); },
          [&](std::map<std::string, Dimension>* value) { read_map(field, node, path, *value); },
          [&](std::map<std::string, ColumnOptions>* value) { read_map(field, node, path, *value); },
          [&](Source* value) { read_source(field, node, path, *value); },
          [&](std::vector<LayerSpec>* value) { read_layers(node, path, *value); },
          [&](std::vector<Waiver>* value) { read_waivers(node, path, *value); },
          [&](Node* value) {
            *value = node;
            note(path, node.at);
          },
          [&](auto* value) { read_value(field, node, path, *value); }},
      field.slot);
}

template void Reader::read_value(const Field&, const Node&, const std::string&, std::string&);
template void Reader::read_value(const Field&, const Node&, const std::string&, double&);

}  // namespace dlwork::spec
