#pragma once

#include <map>
#include <string>
#include <vector>

#include "spec/fields.h"
#include "spec/scalars.h"

namespace dlwork::spec {

/// Where values came from: for messages (place) and for people (origin).
struct Record {
  std::map<std::string, Location> places;
  std::map<std::string, std::string> origins;

  /// The place of `path`, or of its nearest parent that was written, or `otherwise`.
  Location place(std::string path, const Location& otherwise) const;
  /// Drops what is known of the keys inside `path`, which is being written anew as a whole.
  void forget_inside(const std::string& path);
};

/// Reads located trees into described structs. Notes every problem and goes on.
class Reader {
 public:
  /// `origin` names the layer that is read; when empty each value's file and line do.
  Reader(Diagnostics& problems, Record& record, std::string origin = "")
      : problems_(problems), record_(record), origin_(std::move(origin)) {}

  /// All keys of a map. Unknown keys are problems; those starting with `x-` are the user's own.
  void read(Fields& fields, const Node& node, const std::string& path);
  /// One key given by its dotted path, as --set and tuning do. `at` is for unknown paths.
  void set(Fields& fields, const std::string& path, const Node& value);
  /// Notes required keys that no layer gave, at `at`.
  void require(const Fields& fields, const std::string& path, const Location& at);

 private:
  void read_field(Field& field, const Node& node, const std::string& path);
  template <class T>
  void read_value(const Field& field, const Node& node, const std::string& path, T& value);
  void read_optional(const Field& field, const Node& node, const std::string& path,
                     std::optional<double>& value);
  void read_list(const Field& field, const Node& node, const std::string& path,
                 std::vector<std::string>& value);
  template <class T>
  void read_map(const Field& field, const Node& node, const std::string& path,
                std::map<std::string, T>& value);
  void read_source(const Field& field, const Node& node, const std::string& path, Source& value);
  void read_layers(const Node& node, const std::string& path, std::vector<LayerSpec>& value);
  std::optional<LayerSpec> read_layer(const Node& node, const std::string& path);
  void read_layer_options(const Node::Entry& entry, const std::string& path, LayerSpec& layer);
  /// Puts each item behind what `items` holds; what is wrong with one is said at its place.
  template <class T>
  void read_items(const Field& field, const Node& node, const std::string& path,
                  std::vector<T>& items);
  void read_numbers(const Field& field, const Node& node, const std::string& path,
                    std::vector<double>& value);
  void read_item(const Field& field, const Node& node, const std::string& path, Dimension& value);
  void read_item(const Field& field, const Node& node, const std::string& path,
                 ColumnOptions& value);
  template <class T>
  void read_item(const Field& field, const Node& node, const std::string& path, T& value) {
    read_value(field, node, path, value);
  }
  void read_waivers(const Node& node, const std::string& path, std::vector<Waiver>& value);

  void set_in(Fields& fields, const std::string& done, const std::string& rest, const Node& value);
  bool set_inside(Field& field, const std::string& path, const std::string& rest,
                  const Node& value);
  bool set_layer(std::vector<LayerSpec>& layers, const std::string& path, const std::string& rest,
                 const Node& value);

  void unknown_key(const Fields& fields, const Node::Entry& entry, const std::string& path);
  void note(const std::string& path, const Location& at);
  void problem(const Location& at, const std::string& key, const std::string& message,
               const std::string& hint = "");
  void problem(const Location& at, const std::string& key, const Fault& fault);

  Diagnostics& problems_;
  Record& record_;
  std::string origin_;
};

/// "project.yaml:12"; the file's name alone where there is no line.
std::string origin_of(const Location& at);

}  // namespace dlwork::spec
