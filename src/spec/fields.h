#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "dlwork/spec/project.h"

namespace dlwork::spec {

class Fields;

/// Numbers a key may take.
struct Range {
  std::optional<double> low;
  std::optional<double> high;
  bool without_low = false;  ///< low itself is left out
  bool without_high = false;

  bool given() const { return low || high; }
  bool holds(double value) const;
  /// "above 0 and at most 10".
  std::string text() const;
};

/// Where a key's value is, by type. A group is a struct with keys of its own.
using Group = std::shared_ptr<Fields>;
using Slot =
    std::variant<bool*, std::int64_t*, double*, std::optional<double>*, std::string*, Duration*,
                 Size*, std::vector<std::string>*, std::vector<double>*,
                 std::map<std::string, std::string>*, std::map<std::string, double>*, Source*,
                 std::vector<LayerSpec>*, std::map<std::string, Dimension>*,
                 std::map<std::string, ColumnOptions>*, std::vector<Waiver>*, Node*, Group>;

/// One key: its name, where its value is, what it may be, and a line of help.
struct Field {
  std::string name;
  Slot slot;
  std::string help;
  std::string unit_name{};  ///< "" for plain numbers and texts
  Range range{};
  std::vector<std::string> choices{};  ///< allowed texts, "" for unset; none: any
  bool is_required = false;
  std::string instead{};       ///< the key beside a required one that makes it needless, or ""
  bool is_path = false;        ///< `${env:NAME}` is replaced
  bool may_be_share = false;   ///< a Source that also takes a share or a count
  bool may_be_single = false;  ///< a list that is also written as its one item

  Field& unit(const char* name_of_unit);
  Field& at_least(double low);
  Field& above(double low);
  Field& at_most(double high);
  Field& below(double high);
  Field& one_of(std::vector<std::string> allowed);
  Field& required();
  Field& required_without(const char* other);
  Field& path();
  Field& or_share();
  Field& or_single();

  const Group* group() const { return std::get_if<Group>(&slot); }
  /// One number, text, duration, size or truth value: what tuning can vary.
  bool is_scalar() const;
};

/// The keys of one struct, in the order in which they are written. Filled by its `describe`.
class Fields {
 public:
  template <class T>
  Field& add(const char* name, T& value, const char* help) {
    fields_.push_back({name, &value, help});
    return fields_.back();
  }
  /// A struct with a `describe` of its own.
  template <class T>
  void group(const char* name, T& value, const char* help) {
    auto inner = std::make_shared<Fields>();
    describe(value, *inner);
    fields_.push_back({name, std::move(inner), help});
  }

  Field* find(const std::string& name);
  std::vector<std::string> names() const;
  bool empty() const { return fields_.empty(); }
  std::vector<Field>::iterator begin() { return fields_.begin(); }
  std::vector<Field>::iterator end() { return fields_.end(); }
  std::vector<Field>::const_iterator begin() const { return fields_.begin(); }
  std::vector<Field>::const_iterator end() const { return fields_.end(); }

 private:
  std::vector<Field> fields_;
};

void describe(Project& project, Fields& fields);
void describe(Goal& goal, Fields& fields);
void describe(Budget& budget, Fields& fields);
void describe(Readiness& readiness, Fields& fields);
void describe(Source& source, Fields& fields);
void describe(SplitOptions& split, Fields& fields);
void describe(ColumnOptions& column, Fields& fields);
void describe(Sound& sound, Fields& fields);
void describe(Reduce& reduce, Fields& fields);
void describe(Expect& expect, Fields& fields);
void describe(Data& data, Fields& fields);
void describe(Model& model, Fields& fields);
void describe(EarlyStopping& stopping, Fields& fields);
void describe(Augment& augment, Fields& fields);
void describe(RateDecay& decay, Fields& fields);
void describe(Averaging& averaging, Fields& fields);
void describe(WordVectors& words, Fields& fields);
void describe(Transcript& transcript, Fields& fields);
void describe(Enlarge& enlarge, Fields& fields);
void describe(Reinforcement& learning, Fields& fields);
void describe(Triplets& triplets, Fields& fields);
void describe(Training& training, Fields& fields);
void describe(AuditThresholds& thresholds, Fields& fields);
void describe(Audit& audit, Fields& fields);
void describe(NetworkTest& test, Fields& fields);
void describe(Baseline& baseline, Fields& fields);
void describe(Diagnose& diagnose, Fields& fields);
void describe(Costs& costs, Fields& fields);
void describe(Dimension& dimension, Fields& fields);
void describe(Tune& tune, Fields& fields);
void describe(Ensemble& ensemble, Fields& fields);
void describe(Waiver& waiver, Fields& fields);
void describe(Analogy& analogy, Fields& fields);
/// The keys of one layer; the first is its shorthand.
void describe(LayerOptions& options, Fields& fields);

/// The keys of `value`, for reading and writing it. Its owner must outlive them.
template <class T>
Fields fields_of(T& value) {
  Fields fields;
  describe(value, fields);
  return fields;
}

/// One line about a layer, for the reference page.
const char* layer_help(const std::string& type);
/// Default options of a layer, or nullopt for a name that is none.
std::optional<LayerOptions> default_layer(const std::string& type);

/// `parent.name`, or `name` at the top.
std::string join_path(const std::string& parent, const std::string& name);

/// Calls `visit(path, field)` for every key of `fields`, groups before their keys.
template <class Visit>
void walk(const Fields& fields, const std::string& parent, const Visit& visit) {
  for (const Field& field : fields) {
    const std::string path = join_path(parent, field.name);
    visit(path, field);
    if (const Group* group = field.group()) walk(**group, path, visit);
  }
}

}  // namespace dlwork::spec
