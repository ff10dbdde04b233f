#include "dlwork/base/text.h"
#include "spec/value_json.h"

namespace dlwork::spec {
namespace {

std::string type_name(const Field& field) {
  return std::visit(
      [&](const auto& slot) -> std::string {
        using T = std::decay_t<decltype(slot)>;
        if constexpr (std::is_same_v<T, bool*>) return "true or false";
        if constexpr (std::is_same_v<T, std::int64_t*>) return "whole number";
        if constexpr (std::is_same_v<T, double*>) return "number";
        if constexpr (std::is_same_v<T, std::optional<double>*>) return "number";
        if constexpr (std::is_same_v<T, std::string*>) return field.is_path ? "path" : "text";
        if constexpr (std::is_same_v<T, Duration*>) return "duration";
        if constexpr (std::is_same_v<T, Size*>) return "size";
        if constexpr (std::is_same_v<T, std::vector<std::string>*>) {
          return field.may_be_single ? "path or list of paths" : "list of texts";
        }
        if constexpr (std::is_same_v<T, std::map<std::string, std::string>*>) return "map of texts";
        if constexpr (std::is_same_v<T, std::map<std::string, double>*>) return "map of numbers";
        if constexpr (std::is_same_v<T, std::map<std::string, Dimension>*>) {
          return "map of dimensions";
        }
        if constexpr (std::is_same_v<T, std::vector<double>*>) return "list of numbers";
        if constexpr (std::is_same_v<T, std::map<std::string, ColumnOptions>*>) {
          return "map of columns";
        }
        if constexpr (std::is_same_v<T, Source*>) {
          return field.may_be_share ? "source, share or count" : "source";
        }
        if constexpr (std::is_same_v<T, std::vector<LayerSpec>*>) return "list of layers";
        if constexpr (std::is_same_v<T, std::vector<Waiver>*>) return "list of waivers";
        return "map";
      },
      field.slot);
}

std::string code(const std::string& text) { return "`" + text + "`"; }

std::string default_text(const Field& field) {
  if (field.is_required) {
    return field.instead.empty() ? "required" : "required without " + code(field.instead);
  }
  const Json value = value_json(field, Durations::kText);
  if (value.is_null() || value == "" || (value.is_structured() && value.empty())) return "";
  if (value.is_string()) return code(value.get<std::string>());
  if (value.is_number_float()) return code(number_text(value.get<double>()));
  return code(value.dump());
}

std::string allowed_text(const Field& field) {
  std::vector<std::string> choices;
  for (const std::string& choice : field.choices) {
    if (!choice.empty()) choices.push_back(code(choice));
  }
  std::string text = choices.empty() ? field.range.text() : join(choices, ", ");
  const std::string& unit = field.unit_name;
  if (unit.empty() || unit == "time") return text;
  return text.empty() ? unit : text + " " + unit;
}

std::string cell(std::string text) {
  for (std::size_t at = text.find('|'); at != text.npos; at = text.find('|', at + 2)) {
    text.insert(at, "\\");
  }
  return text;
}

std::string table(const Fields& fields, const std::string& parent) {
  std::string text = "| key | type | default | allowed | meaning |\n|---|---|---|---|---|\n";
  walk(fields, parent, [&](const std::string& path, const Field& field) {
    if (field.group() != nullptr) return;
    text += "| " + code(path) + " | " + type_name(field) + " | " + cell(default_text(field)) +
            " | " + cell(allowed_text(field)) + " | " + cell(field.help) + " |\n";
  });
  return text;
}

std::string section(const std::string& title, const std::string& help, const std::string& body) {
  return "\n## " + title + "\n\n" + help + "\n\n" + body;
}

constexpr const char* kHead = R"(# The project file

Generated from the declarations in `src/spec/describe_*.cpp`; change it there.

- A key that is not listed here is an error, except those that start with `x-`: they are yours.
- Durations: `90s`, `30min`, `1h30min`, `2d`; a bare number is in seconds.
- Sizes: `512MiB`, `2GiB`, `1.5GB`; a bare number is in bytes.
- Shares and counts: `0.1` and `10%` are shares, `5000` is a count of rows.
- Truth values are `true` and `false` only. Numbers are finite decimals; `1e-3` is one.
- Anchors, aliases and merge keys (`<<`) work. Lists and maps are replaced as a whole.
- Paths are relative to `data.root`, and `data.root` to the project file. `${env:NAME}` and
  `${env:NAME:-default}` are replaced in paths.
- Order of precedence: default, analogy, project file, `--set key.path=value`.
)";

std::string layers_section() {
  std::string text =
      "\n## Layers\n\nEach item of `model.layers` is a name (`relu`), a name with its first key "
      "(`linear: 128`) or a\nname with its keys (`conv2d: {channels: 32, kernel: 5}`). `--set` and "
      "`tune.space` reach a key as\n`model.layers.2.units`, counted from 0.\n\n"
      "| layer | key | type | default | allowed | meaning |\n|---|---|---|---|---|---|\n";
  for (const std::string& name : layer_names()) {
    LayerOptions options = *default_layer(name);
    text += "| " + code(name) + " | | | | | " + layer_help(name) + " |\n";
    for (const Field& field : fields_of(options)) {
      text += "| | " + code(field.name) + " | " + type_name(field) + " | " + default_text(field) +
              " | " + allowed_text(field) + " | " + field.help + " |\n";
    }
  }
  return text;
}

}  // namespace

std::string reference_page() {
  Project project;
  Source source;
  ColumnOptions column;
  Dimension dimension;
  Waiver waiver;
  const Fields fields = fields_of(project);
  Fields top;
  std::string sections;
  std::string text = kHead;
  std::string plain = "| key | type | default | allowed | meaning |\n|---|---|---|---|---|\n";
  for (const Field& field : fields) {
    if (const Group* group = field.group()) {
      sections += section(code(field.name), field.help, table(**group, field.name));
    } else {
      plain += "| " + code(field.name) + " | " + type_name(field) + " | " + default_text(field) +
               " | " + allowed_text(field) + " | " + field.help + " |\n";
    }
  }
  text += section("At the top", "Keys outside any section.", plain) + sections;
  text +=
      section("Sources", "A path, a list of paths, or these keys.", table(fields_of(source), ""));
  text +=
      section("Columns in `data.columns`", "A type, or these keys.", table(fields_of(column), ""));
  text += section("Dimensions of `tune.space`", "A list of values, or these keys.",
                  table(fields_of(dimension), ""));
  text += section("Waivers in `accept`", "Each item has these keys.", table(fields_of(waiver), ""));
  return text + layers_section();
}

}  // namespace dlwork::spec
