#include "spec/value_json.h"

#include <cmath>

#include "dlwork/base/text.h"
#include "spec/scalars.h"

namespace dlwork::spec {
namespace {

Json to_json(const Duration& value, Durations durations) {
  const double seconds = value.seconds;
  if (durations == Durations::kSeconds) return seconds;
  const auto whole = [seconds](double unit) { return std::fmod(seconds, unit) == 0; };
  if (seconds >= 3600 && whole(3600)) return number_text(seconds / 3600) + "h";
  if (seconds >= 60 && whole(60)) return number_text(seconds / 60) + "min";
  const std::string text = number_text(seconds);
  if (text.find('e') != text.npos) return seconds;  // a bare number is in seconds too
  return text + "s";
}

Json to_json(const Size& size, Durations durations) {
  if (durations == Durations::kSeconds) return size.bytes;
  struct Unit {
    const char* name;
    std::int64_t bytes;
  };
  constexpr Unit kUnits[] = {{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}};
  for (const Unit& unit : kUnits) {
    if (size.bytes > 0 && size.bytes % unit.bytes == 0) {
      return std::to_string(size.bytes / unit.bytes) + unit.name;
    }
  }
  return size.bytes;
}

Json to_json(const Amount& amount) {
  if (amount.is_fraction) return amount.value;
  return static_cast<std::int64_t>(amount.value);
}

bool needs_map(const std::string& path) {
  Node node;
  node.kind = Node::Kind::kScalar;
  node.scalar = path;
  return looks_like_amount(node);
}

Json to_json(const Source& source) {
  if (source.amount) return to_json(*source.amount);
  if (source.paths.empty()) return nullptr;
  const bool one = source.paths.size() == 1;
  const Json paths = one ? Json(source.paths.front()) : Json(source.paths);
  if (source.labels.empty() && !(one && needs_map(source.paths.front()))) return paths;
  Json map{{"path", paths}};
  if (!source.labels.empty()) map["labels"] = source.labels;
  return map;
}

Json to_json(const LayerSpec& layer, Durations durations) {
  LayerOptions options = layer.options;
  const Fields fields = fields_of(options);
  if (fields.empty()) return layer.type;
  return Json{{layer.type, values_json(fields, durations)}};
}

Json to_json(const Dimension& dimension, Durations durations) {
  if (!dimension.choices.empty()) {
    Json list = Json::array();
    for (const Node& choice : dimension.choices) list.push_back(dlwork::to_json(choice));
    return list;
  }
  Dimension copy = dimension;
  return values_json(fields_of(copy), durations);
}

/// The type alone where nothing else is known; never keys that say nothing.
Json to_json(const ColumnOptions& column, Durations durations) {
  ColumnOptions copy = column;
  Json map = Json::object();
  const Json all = values_json(fields_of(copy), durations);
  for (const auto& [key, value] : all.items()) {
    if (!value.empty() && value != "") map[key] = value;
  }
  if (map.size() == 1 && map.contains("type")) return map["type"];
  return map;
}

template <class T>
Json list_json(const std::vector<T>& items, Durations durations) {
  Json list = Json::array();
  for (T item : items) {
    if constexpr (std::is_same_v<T, LayerSpec>) {
      list.push_back(to_json(item, durations));
    } else {
      list.push_back(values_json(fields_of(item), durations));
    }
  }
  return list;
}

}  // namespace

Json value_json(const Field& field, Durations durations) {
  return std::visit(
      [&](const auto& slot) -> Json {
        using T = std::decay_t<decltype(slot)>;
        if constexpr (std::is_same_v<T, Group>) {
          return values_json(*slot, durations);
        } else if constexpr (std::is_same_v<T, std::optional<double>*>) {
          return *slot ? Json(**slot) : Json(nullptr);
        } else if constexpr (std::is_same_v<T, Duration*> || std::is_same_v<T, Size*>) {
          return to_json(*slot, durations);
        } else if constexpr (std::is_same_v<T, Source*>) {
          return to_json(*slot);
        } else if constexpr (std::is_same_v<T, Node*>) {
          return dlwork::to_json(*slot);
        } else if constexpr (std::is_same_v<T, std::vector<LayerSpec>*> ||
                             std::is_same_v<T, std::vector<Waiver>*>) {
          return list_json(*slot, durations);
        } else if constexpr (std::is_same_v<T, std::map<std::string, Dimension>*> ||
                             std::is_same_v<T, std::map<std::string, ColumnOptions>*>) {
          Json map = Json::object();
          for (const auto& [key, value] : *slot) map[key] = to_json(value, durations);
          return map;
        } else if constexpr (std::is_same_v<T, std::map<std::string, std::string>*> ||
                             std::is_same_v<T, std::map<std::string, double>*>) {
          Json map = Json::object();
          for (const auto& [key, value] : *slot) map[key] = value;
          return map;
        } else {
          return *slot;
        }
      },
      field.slot);
}

Json values_json(const Fields& fields, Durations durations) {
  Json map = Json::object();
  for (const Field& field : fields) map[field.name] = value_json(field, durations);
  return map;
}

Json dump_json(const Project& project) {
  Project copy = project;
  return values_json(fields_of(copy), Durations::kSeconds);
}

}  // namespace dlwork::spec
