#include "dlwork/base/text.h"
#include "spec/value_json.h"

namespace dlwork::spec {
namespace {

constexpr const char* kDurationPattern = R"(^([0-9]+(\.[0-9]*)?(d|h|min|s|ms))+$|^0$)";
constexpr const char* kSizePattern = R"(^[0-9]+(\.[0-9]*)? *(([kKmMgGtT][iI]?)?[bB])?$)";
constexpr const char* kPercentPattern = R"(^[0-9.]+ *%$)";

Json object_schema(const Fields& fields);

void add_range(Json& schema, const Range& range) {
  if (range.low) schema[range.without_low ? "exclusiveMinimum" : "minimum"] = *range.low;
  if (range.high) schema[range.without_high ? "exclusiveMaximum" : "maximum"] = *range.high;
}

// A text as written: names that look like numbers are texts all the same.
Json text_schema(const Field& field) {
  if (!field.choices.empty()) return {{"enum", field.choices}};
  return {{"type", {"string", "number", "boolean"}}};
}

Json number_schema(const Field& field, const Json& type) {
  Json schema{{"type", type}};
  add_range(schema, field.range);
  return schema;
}

Json duration_schema(const Field& field) {
  Json number{{"type", "number"}, {"minimum", 0}};
  add_range(number, field.range);
  return {{"anyOf", {number, {{"type", "string"}, {"pattern", kDurationPattern}}}}};
}

Json size_schema(const Field& field) {
  Json bytes = number_schema(field, "integer");
  if (!field.range.low) bytes["minimum"] = 0;
  return {{"anyOf", {bytes, {{"type", "string"}, {"pattern", kSizePattern}}}}};
}

Json list_schema(const Json& items) { return {{"type", "array"}, {"items", items}}; }

Json map_schema(const Json& values) {
  return {{"type", {"object", "null"}}, {"additionalProperties", values}};
}

Json path_list_schema() {
  const Json path{{"type", "string"}, {"minLength", 1}};
  return {{"anyOf", {path, {{"type", "array"}, {"items", path}, {"minItems", 1}}}}};
}

Json source_schema(const Field& field) {
  Source source;
  Json forms = path_list_schema().at("anyOf");
  forms.push_back(object_schema(fields_of(source)));
  if (field.may_be_share) {
    forms.push_back({{"type", "number"}, {"exclusiveMinimum", 0}});
    forms.push_back({{"type", "string"}, {"pattern", kPercentPattern}});
  }
  if (!field.is_required) forms.push_back({{"type", "null"}});
  return {{"anyOf", forms}};
}

Json space_schema() {
  Dimension dimension;
  Project project;
  Json names = Json::array();
  walk(fields_of(project), "", [&](const std::string& path, const Field& field) {
    if (field.is_scalar()) names.push_back(path);
  });
  const Json choices{
      {"type", "array"}, {"items", {{"type", {"string", "number", "boolean"}}}}, {"minItems", 1}};
  Json range = object_schema(fields_of(dimension));
  Json schema = map_schema({{"anyOf", {choices, range}}});
  schema["propertyNames"] = {
      {"anyOf", {{{"enum", names}}, {{"pattern", R"(^(baseline\.)?model\.layers\.[0-9]+\..+$)"}}}}};
  return schema;
}

Json columns_schema() {
  ColumnOptions column;
  const Fields keys = fields_of(column);
  return map_schema({{"anyOf", {text_schema(*keys.begin()), object_schema(keys)}}});
}

Json value_schema(const Field& field) {
  return std::visit(
      [&](const auto& slot) -> Json {
        using T = std::decay_t<decltype(slot)>;
        if constexpr (std::is_same_v<T, Group>) {
          Json schema = object_schema(*slot);
          if (!schema.contains("required")) schema["type"] = {"object", "null"};
          return schema;
        } else if constexpr (std::is_same_v<T, bool*>) {
          return {{"type", "boolean"}};
        } else if constexpr (std::is_same_v<T, std::int64_t*>) {
          return number_schema(field, "integer");
        } else if constexpr (std::is_same_v<T, double*>) {
          return number_schema(field, "number");
        } else if constexpr (std::is_same_v<T, std::optional<double>*>) {
          return number_schema(field, {"number", "null"});
        } else if constexpr (std::is_same_v<T, std::string*>) {
          return text_schema(field);
        } else if constexpr (std::is_same_v<T, Duration*>) {
          return duration_schema(field);
        } else if constexpr (std::is_same_v<T, Size*>) {
          return size_schema(field);
        } else if constexpr (std::is_same_v<T, std::vector<std::string>*>) {
          if (field.may_be_single) return path_list_schema();
          Json schema = list_schema(text_schema(field));
          schema["type"] = {"array", "null"};
          return schema;
        } else if constexpr (std::is_same_v<T, std::vector<double>*>) {
          Json schema = list_schema(number_schema(field, "number"));
          schema["type"] = {"array", "null"};
          return schema;
        } else if constexpr (std::is_same_v<T, std::map<std::string, ColumnOptions>*>) {
          return columns_schema();
        } else if constexpr (std::is_same_v<T, std::map<std::string, std::string>*>) {
          return map_schema(text_schema(field));
        } else if constexpr (std::is_same_v<T, std::map<std::string, double>*>) {
          return map_schema(number_schema(field, "number"));
        } else if constexpr (std::is_same_v<T, std::map<std::string, Dimension>*>) {
          return space_schema();
        } else if constexpr (std::is_same_v<T, Source*>) {
          return source_schema(field);
        } else if constexpr (std::is_same_v<T, std::vector<LayerSpec>*>) {
          Json schema = list_schema({{"$ref", "#/$defs/layer"}});
          if (!field.is_required) schema["type"] = {"array", "null"};
          return schema;
        } else if constexpr (std::is_same_v<T, std::vector<Waiver>*>) {
          Waiver waiver;
          Json schema = list_schema(object_schema(fields_of(waiver)));
          schema["type"] = {"array", "null"};
          return schema;
        } else {
          return {{"type", "object"}};
        }
      },
      field.slot);
}

Json field_schema(const Field& field) {
  Json schema;
  std::string help = field.help;
  if (!field.unit_name.empty()) help += " [" + field.unit_name + "]";
  schema["description"] = help;
  schema.update(value_schema(field));
  const bool has_default = field.group() == nullptr && !field.is_required;
  if (has_default) schema["default"] = value_json(field, Durations::kText);
  return schema;
}

Json object_schema(const Fields& fields) {
  Json schema{{"type", "object"},
              {"additionalProperties", false},
              {"patternProperties", {{"^x-", true}}},
              {"properties", Json::object()}};
  Json required = Json::array();
  for (const Field& field : fields) {
    schema["properties"][field.name] = field_schema(field);
    bool needed = field.is_required && field.instead.empty();
    if (const Group* group = field.group()) {
      for (const Field& inner : **group) needed = needed || inner.is_required;
    }
    if (needed) required.push_back(field.name);
    if (field.instead.empty()) continue;
    schema["anyOf"] = {{{"required", {field.name}}}, {{"required", {field.instead}}}};
  }
  if (!required.empty()) schema["required"] = required;
  return schema;
}

// `{name: options}`, with the shorthand of the layer's first key.
Json layer_form(const std::string& name, const Fields& fields) {
  Json forms = Json::array();
  forms.push_back(object_schema(fields));
  bool has_required = false;
  for (const Field& field : fields) has_required = has_required || field.is_required;
  if (!fields.empty()) forms.push_back(value_schema(*fields.begin()));
  if (!has_required) forms.push_back({{"type", "null"}});
  return {{"type", "object"},
          {"description", layer_help(name)},
          {"properties", {{name, {{"anyOf", forms}}}}},
          {"patternProperties", {{"^x-", true}}},
          {"additionalProperties", false},
          {"required", {name}}};
}

Json layer_schema() {
  Json bare = Json::array();
  Json forms = Json::array();
  for (const std::string& name : layer_names()) {
    LayerOptions options = *default_layer(name);
    const Fields fields = fields_of(options);
    forms.push_back(layer_form(name, fields));
    bool has_required = false;
    for (const Field& field : fields) has_required = has_required || field.is_required;
    if (!has_required) bare.push_back(name);
  }
  forms.insert(forms.begin(), Json{{"enum", bare}, {"description", "A layer with its defaults."}});
  return {{"oneOf", forms}};
}

}  // namespace

Json project_schema() {
  Project project;
  Json schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
              {"title", "dlwork project file"}};
  schema.update(object_schema(fields_of(project)));
  schema["$defs"] = {{"layer", layer_schema()}};
  return schema;
}

}  // namespace dlwork::spec
