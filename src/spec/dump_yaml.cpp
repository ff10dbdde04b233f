#include "dlwork/base/text.h"
#include "spec/value_json.h"

namespace dlwork::spec {
namespace {

std::string flow_text(const Json& value) {
  if (value.is_string()) return yaml_string(value.get_ref<const std::string&>());
  if (value.is_number_float()) return number_text(value.get<double>());
  if (!value.is_structured()) return value.dump();
  std::vector<std::string> parts;
  for (const auto& [key, item] : value.items()) {
    parts.push_back((value.is_object() ? yaml_string(key) + ": " : "") + flow_text(item));
  }
  return (value.is_object() ? "{" : "[") + join(parts, ", ") + (value.is_object() ? "}" : "]");
}

class Writer {
 public:
  Writer(const std::map<std::string, std::string>& origins, Origins show)
      : origins_(origins), show_(show) {}

  std::string text() const { return text_; }

  void write(const Fields& fields, const std::string& parent, std::size_t indent) {
    for (const Field& field : fields) {
      const std::string path = join_path(parent, field.name);
      const std::string head = std::string(indent, ' ') + field.name + ":";
      if (const Group* group = field.group()) {
        text_ += head + "\n";
        write(**group, path, indent + 2);
      } else if (!field.is_required || !value_json(field, Durations::kText).is_null()) {
        // A required key that another stands in for has no value to write.
        write_value(head, path, value_json(field, Durations::kText), indent + 2);
      }
    }
  }

 private:
  // Maps of the user's keys and lists of layers take a line for each item, all else stays in one.
  void write_value(const std::string& head, const std::string& path, const Json& value,
                   std::size_t indent) {
    const bool of_items = value.is_array() && !value.empty() && path_has_items(value);
    const bool of_keys = value.is_object() && !value.empty() && !value.contains("path");
    if (!of_items && !of_keys) {
      line(head + " " + flow_text(value), path);
      return;
    }
    line(head, path);
    for (const auto& [key, item] : value.items()) {
      const std::string start = std::string(indent, ' ');
      if (of_keys) {
        line(start + yaml_string(key) + ": " + flow_text(item), path + "." + key);
      } else if (item.is_object() && item.size() == 1) {
        const auto only = item.begin();
        line(start + "- " + yaml_string(only.key()) + ": " + flow_text(only.value()), "");
      } else {
        line(start + "- " + flow_text(item), "");
      }
    }
  }

  static bool path_has_items(const Json& list) {
    for (const Json& item : list) {
      if (item.is_object()) return true;
    }
    return false;
  }

  void line(const std::string& content, const std::string& path) {
    text_ += content;
    const auto origin = origins_.find(path);
    if (show_ == Origins::kShow && origin != origins_.end()) text_ += "  # " + origin->second;
    text_ += "\n";
  }

  const std::map<std::string, std::string>& origins_;
  Origins show_;
  std::string text_;
};

}  // namespace

std::string dump_yaml(const Project& project, Origins origins) {
  Project copy = project;
  Writer writer(project.origins, origins);
  writer.write(fields_of(copy), "", 0);
  return writer.text();
}

}  // namespace dlwork::spec
