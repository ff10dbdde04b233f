#include "phase/audit/against.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "dlwork/base/contingency.h"
#include "dlwork/base/files.h"
#include "dlwork/base/stats.h"
#include "dlwork/base/text.h"
#include "dlwork/base/two_samples.h"

namespace dlwork::phase::audit {

using artefact::Finding;
using artefact::PhaseResult;
using artefact::Severity;
using data::Column;

namespace {

constexpr int kQuantiles = 200;
constexpr std::size_t kFewestAgainstRows = 30;
constexpr const char* kSchema = "dlwork/profile/1";

Json quantiles_of(std::vector<double> values) {
  Json quantiles = Json::array();
  if (values.empty()) return quantiles;
  std::sort(values.begin(), values.end());
  for (int i = 0; i <= kQuantiles; ++i) {
    quantiles.push_back(quantile(values, static_cast<double>(i) / kQuantiles));
  }
  return quantiles;
}

Json profile_column(const Profile& profile) {
  Json json = {{"name", profile.name()},
               {"type", profile.is_number() ? "number" : "category"},
               {"rows", profile.rows},
               {"missing", profile.missing.size()}};
  if (profile.is_number()) {
    json["quantiles"] = quantiles_of(profile.values);
    return json;
  }
  Json counts = Json::object();
  for (std::size_t code = 0; code < profile.counts.size(); ++code) {
    if (profile.counts[code] > 0) counts[profile.column->categories[code]] = profile.counts[code];
  }
  json["counts"] = counts;
  return json;
}

Json profile_pictures(Context& context, Facts& facts) {
  const data::Pictures& pictures = context.dataset().samples.pictures;
  Json json = {{"channels", pictures.channels},
               {"height", pictures.height},
               {"width", pictures.width},
               {"properties", Json::object()}};
  for (const PictureProperty& property : picture_properties()) {
    std::vector<double> values;
    for (const auto row : context.dataset().part(data::Part::kTrain)) {
      values.push_back(property.of(facts.pictures()[row]));
    }
    json["properties"][property.name] = quantiles_of(std::move(values));
  }
  return json;
}

/// The newest profile of this workspace's audits.
Json read_profile(const artefact::Workspace& workspace) {
  auto runs = workspace.runs("audit");
  std::reverse(runs.begin(), runs.end());
  for (const auto& run : runs) {
    const auto file = run / "profile.json";
    if (!std::filesystem::exists(file)) continue;
    Json profile = parse_json(read_file(file), file.string());
    if (!profile.is_object() || profile.value("schema", "") != kSchema) {
      throw Error(ExitStatus::kInput, file.string() + " is no profile of this version",
                  "run dlwork audit again");
    }
    return profile;
  }
  throw Error(ExitStatus::kUsage, "--against: no audit has recorded a profile yet",
              "run dlwork audit first");
}

/// New data as a table or pictures, whether they hold the target or not.
class NewData {
 public:
  NewData(Context& context, const std::string& path, const Json& profile)
      : project_(context.project) {
    project_.data.root = std::filesystem::absolute(path).parent_path().string();
    project_.data.train = {};
    project_.data.train.paths = {std::filesystem::absolute(path).string()};
    project_.data.validation = {};
    project_.data.test = {};
    project_.data.expect = {};
    project_.data.split = {};
    project_.data.inputs = {};
    task_ = context.task.name();
    has_target_ = true;
    if (profile.contains("columns")) look(path, profile);
  }

  const std::vector<std::string>& columns() const { return columns_; }
  bool has_target() const { return has_target_; }

  /// The table's columns by name, the stand-in target among them.
  data::Samples read(RunContext& run) {
    data::Dataset loaded = data::load_dataset(project_, task_, run);
    if (!has_target_) add_stand_in(loaded.samples);
    return std::move(loaded.samples);
  }

 private:
  /// A file without the target is read with one of its number columns in the target's place.
  void look(const std::string& path, const Json& profile) {
    const std::string target = project_.data.target;
    std::map<std::string, bool> numeric;
    for (const Json& column : profile.at("columns")) {
      numeric[column.at("name").get<std::string>()] = column.at("type") == "number";
    }
    columns_ = data::probe_path(path, "").columns;
    has_target_ = std::find(columns_.begin(), columns_.end(), target) != columns_.end();
    for (auto it = project_.data.columns.begin(); it != project_.data.columns.end();) {
      const bool there = std::find(columns_.begin(), columns_.end(), it->first) != columns_.end();
      it = there ? std::next(it) : project_.data.columns.erase(it);
    }
    for (const std::string& name : columns_) {
      if (name != target && numeric.count(name) > 0) project_.data.inputs.push_back(name);
    }
    if (has_target_) return;
    auto& inputs = project_.data.inputs;
    const auto stand_in = std::find_if(inputs.begin(), inputs.end(),
                                       [&](const std::string& name) { return numeric.at(name); });
    if (stand_in == inputs.end() || inputs.size() < 2) {
      throw Error(ExitStatus::kInput, path + " has too few of the recorded columns to be compared",
                  "is it the right file?");
    }
    project_.data.target = *stand_in;
    inputs.erase(stand_in);
    task_ = "regression";
  }

  void add_stand_in(data::Samples& samples) const {
    Column column;
    column.name = project_.data.target;
    column.numbers = samples.target.values;
    samples.table.columns.push_back(std::move(column));
  }

  spec::Project project_;
  std::string task_;
  std::vector<std::string> columns_;
  bool has_target_ = true;
};

/// Gathers findings about new data.
class Comparison {
 public:
  Comparison(const Context& context, PhaseResult& result)
      : limits_(context.project.audit.thresholds), result_(result) {}

  void add(const std::string& id, Severity severity, const std::string& message, Json evidence) {
    result_.findings.push_back(artefact::make_finding(id, severity, message, std::move(evidence)));
  }

  void schema(const Json& profile, const std::vector<std::string>& columns,
              const std::string& target) {
    std::vector<std::string> lacking, known;
    for (const Json& column : profile.at("columns")) {
      known.push_back(column.at("name").get<std::string>());
      if (std::find(columns.begin(), columns.end(), known.back()) == columns.end()) {
        lacking.push_back(known.back());
      }
    }
    if (!lacking.empty()) {
      add("against-schema", Severity::kError, "the new data lack " + join_words(lacking),
          {{"missing", lacking}});
    }
    std::vector<std::string> extra;
    for (const std::string& name : columns) {
      if (name != target && std::find(known.begin(), known.end(), name) == known.end()) {
        extra.push_back(name);
      }
    }
    if (extra.empty()) return;
    add("against-schema", Severity::kInfo,
        "the new data have columns that are no inputs: " + join_words(extra), {{"extra", extra}});
  }

  void column(const Json& recorded, const Column& found) {
    const bool number = recorded.at("type") == "number";
    if (number != (found.type == data::ColumnType::kNumber)) {
      add("against-type", Severity::kError,
          "column " + found.name + " held " + (number ? "numbers" : "categories") +
              ", now it holds " + (number ? "texts" : "numbers alone"),
          {{"column", found.name}});
      return;
    }
    gaps(recorded, found);
    if (number) {
      numbers(recorded, found);
    } else {
      categories(recorded, found);
    }
  }

  /// q-values need all columns, so differences are told at the end.
  void finish() {
    std::vector<double> p;
    for (const Drift& drift : drifts_) p.push_back(drift.p);
    const auto q = adjust_false_discovery(p);
    for (std::size_t i = 0; i < drifts_.size(); ++i) {
      if (drifts_[i].effect < limits_.drift_effect || q[i] >= limits_.drift_significance) continue;
      add("against-drift", Severity::kWarn,
          drifts_[i].name + " is distributed otherwise than in the training part (" +
              drifts_[i].measure + " " + pretty_number(drifts_[i].effect, 2) + ", q " +
              pretty_number(q[i], 2) + ")",
          {{"name", drifts_[i].name}, {"effect", drifts_[i].effect}, {"q", q[i]}});
    }
  }

  void property(const std::string& name, const Json& quantiles, const std::vector<double>& values,
                std::size_t recorded_rows) {
    if (values.size() < kFewestAgainstRows || quantiles.empty()) return;
    const auto grid = quantiles.get<std::vector<double>>();
    const double distance = distance_to_quantiles(grid, values);
    const auto n = static_cast<double>(values.size()), m = static_cast<double>(recorded_rows);
    const double root = std::sqrt(n * m / (n + m));
    drifts_.push_back({name, "Kolmogorov-Smirnov", distance,
                       kolmogorov_tail((root + 0.12 + 0.11 / root) * distance)});
  }

  void counts(const std::string& name, const Json& recorded, const std::vector<std::string>& names,
              const std::vector<std::int64_t>& found) {
    Contingency table(2, names.size());
    double all = 0;
    for (std::size_t i = 0; i < names.size(); ++i) {
      table.add(0, i, recorded.value(names[i], 0.0));
      table.add(1, i, static_cast<double>(found[i]));
      all += static_cast<double>(found[i]);
    }
    if (all < static_cast<double>(kFewestAgainstRows)) return;
    drifts_.push_back({name, "Cramer's V", cramers_v_corrected(table), chi_square(table).p});
  }

 private:
  struct Drift {
    std::string name, measure;
    double effect = 0, p = 1;
  };

  void gaps(const Json& recorded, const Column& found) {
    std::int64_t missing = 0;
    for (std::int64_t row = 0; row < found.count(); ++row) missing += found.is_missing(row) ? 1 : 0;
    const double now = share_of(missing, found.count());
    const double then = share_of(recorded.at("missing").get<std::int64_t>(),
                                 recorded.at("rows").get<std::int64_t>());
    if (now - then < limits_.missing_shift) return;
    add("against-missing", Severity::kWarn,
        percent(now) + " of column " + found.name + " are missing, " + percent(then) +
            " in the training part",
        {{"column", found.name}, {"share", now}, {"train_share", then}});
  }

  static double share_of(std::int64_t count, std::int64_t whole) {
    return whole == 0 ? 0 : static_cast<double>(count) / static_cast<double>(whole);
  }

  void numbers(const Json& recorded, const Column& found) {
    std::vector<double> values;
    std::copy_if(found.numbers.begin(), found.numbers.end(), std::back_inserter(values),
                 [](double value) { return std::isfinite(value); });
    const Json& quantiles = recorded.at("quantiles");
    if (values.empty() || quantiles.empty()) return;
    const double low = quantiles.front().get<double>(), high = quantiles.back().get<double>();
    // A few samples just beyond the extremes of others are to be expected: a tenth of the range.
    const double margin = 0.1 * (high - low);
    const auto beyond = std::count_if(values.begin(), values.end(), [&](double value) {
      return value < low - margin || value > high + margin;
    });
    const double share = share_of(beyond, static_cast<std::int64_t>(values.size()));
    if (share > limits_.range_share) {
      add("against-range", Severity::kWarn,
          percent(share) + " of column " + found.name + " lie well outside " + pretty_number(low) +
              " to " + pretty_number(high) + ", the training part's range",
          {{"column", found.name}, {"share", share}, {"low", low}, {"high", high}});
    }
    property("column " + found.name, quantiles, values, recorded.at("rows").get<std::size_t>());
  }

  void categories(const Json& recorded, const Column& found) {
    const Json& known = recorded.at("counts");
    std::vector<std::int64_t> now(found.categories.size(), 0);
    std::int64_t unseen = 0, present = 0;
    std::string example;
    for (const auto code : found.codes) {
      if (code < 0) continue;
      ++now[code];
      ++present;
      if (known.contains(found.categories[code])) continue;
      ++unseen;
      if (example.empty()) example = found.categories[code];
    }
    const double share = share_of(unseen, present);
    if (unseen > 0) {
      add("against-category",
          share > limits_.new_category_share ? Severity::kWarn : Severity::kInfo,
          grouped(unseen) + " values of column " + found.name +
              " are categories that training has not, such as '" + example + "'",
          {{"column", found.name}, {"samples", unseen}, {"share", share}});
    }
    std::vector<std::string> names = found.categories;
    for (const auto& [name, count] : known.items()) {
      if (std::find(names.begin(), names.end(), name) == names.end()) {
        names.push_back(name);
        now.push_back(0);
      }
    }
    counts("column " + found.name, known, names, now);
  }

  const spec::AuditThresholds& limits_;
  PhaseResult& result_;
  std::vector<Drift> drifts_;
};

void compare_tables(Context& context, const Json& profile, const std::string& path,
                    Comparison& comparison) {
  NewData fresh(context, path, profile);
  comparison.schema(profile, fresh.columns(), context.project.data.target);
  const data::Samples samples = fresh.read(context.run);
  for (const Json& recorded : profile.at("columns")) {
    const Column* found = samples.table.find(recorded.at("name").get<std::string>());
    if (found != nullptr) comparison.column(recorded, *found);
  }
  if (!fresh.has_target() || !samples.target.is_class || !profile.contains("classes")) return;
  std::vector<std::int64_t> counts(samples.target.classes.size(), 0);
  for (const auto code : samples.target.codes) {
    if (code >= 0) ++counts[code];
  }
  comparison.counts("the class", profile.at("classes"), samples.target.classes, counts);
}

void compare_pictures(Context& context, const Json& profile, const std::string& path,
                      Comparison& comparison) {
  NewData fresh(context, path, profile);
  const data::Samples samples = fresh.read(context.run);
  const Json& recorded = profile.at("pictures");
  const data::Pictures& pictures = samples.pictures;
  if (recorded.at("height") != pictures.height || recorded.at("width") != pictures.width ||
      recorded.at("channels") != pictures.channels) {
    comparison.add("against-schema", Severity::kError,
                   "the new pictures are " + std::to_string(pictures.width) + " x " +
                       std::to_string(pictures.height) + " in " +
                       std::to_string(pictures.channels) + " channels, those of training " +
                       std::to_string(recorded.at("width").get<int>()) + " x " +
                       std::to_string(recorded.at("height").get<int>()) + " in " +
                       std::to_string(recorded.at("channels").get<int>()),
                   Json::object());
    return;
  }
  std::vector<PictureFacts> facts;
  for (std::int64_t row = 0; row < pictures.count; ++row) {
    facts.push_back(picture_facts(pictures, row));
  }
  for (const PictureProperty& property : picture_properties()) {
    std::vector<double> values;
    for (const PictureFacts& fact : facts) values.push_back(property.of(fact));
    comparison.property(std::string(property.name) + " of the pictures",
                        recorded.at("properties").at(property.name), values,
                        profile.at("rows").get<std::size_t>());
  }
}

}  // namespace

double distance_to_quantiles(const std::vector<double>& quantiles, std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const auto n = static_cast<double>(values.size());
  const double steps = static_cast<double>(quantiles.size()) - 1;
  double distance = 0;
  // Between quantiles the recorded function is not known, so it is compared at them alone: just
  // below and at each, equal quantiles being a step.
  for (std::size_t i = 0; i < quantiles.size(); ++i) {
    const auto equal = std::equal_range(quantiles.begin(), quantiles.end(), quantiles[i]);
    const double below = static_cast<double>(equal.first - quantiles.begin()) / steps;
    const double up_to =
        std::min(1.0, static_cast<double>(equal.second - quantiles.begin() - 1) / steps);
    const auto found = std::equal_range(values.begin(), values.end(), quantiles[i]);
    const double found_below = static_cast<double>(found.first - values.begin()) / n;
    const double found_up_to = static_cast<double>(found.second - values.begin()) / n;
    distance = std::max({distance, std::abs(up_to - found_up_to),
                         equal.second - equal.first > 1 ? std::abs(below - found_below) : 0.0});
  }
  return distance;
}

Json make_profile(Context& context, Facts& facts) {
  const data::Samples& samples = context.dataset().samples;
  const auto& train = context.dataset().part(data::Part::kTrain);
  Json profile = {{"schema", kSchema}, {"rows", train.size()}};
  if (samples.kind == data::Kind::kImage) {
    profile["pictures"] = profile_pictures(context, facts);
  } else {
    profile["columns"] = Json::array();
    for (const Profile& column : facts.profiles()) {
      profile["columns"].push_back(profile_column(column));
    }
  }
  if (samples.target.given() && samples.target.is_class) {
    Json classes = Json::object();
    std::vector<std::int64_t> counts(samples.target.classes.size(), 0);
    for (const auto row : train) ++counts[samples.target.codes[row]];
    for (std::size_t c = 0; c < counts.size(); ++c) classes[samples.target.classes[c]] = counts[c];
    profile["classes"] = classes;
  }
  return profile;
}

PhaseResult audit_against(Context& context, const std::string& path) {
  const auto kind = data::probe(context.project).kind;
  if (kind == data::Kind::kText || kind == data::Kind::kEnvironment) {
    throw Error(ExitStatus::kUsage, "--against: compares tables and pictures, and these are " +
                                        data::to_string(kind) + " data");
  }
  const Json profile = read_profile(context.workspace);
  PhaseResult result;
  Comparison comparison(context, result);
  try {
    if (profile.contains("pictures")) {
      compare_pictures(context, profile, path, comparison);
    } else {
      compare_tables(context, profile, path, comparison);
    }
  } catch (const Error& error) {
    if (error.status() != ExitStatus::kInput) throw;
    // What the readers refuse the network would not see either.
    comparison.add(
        "against-schema", Severity::kError,
        "the new data cannot be read as the training data were: " + std::string(error.what()),
        {{"file", path}});
  }
  comparison.finish();
  const auto errors =
      std::count_if(result.findings.begin(), result.findings.end(),
                    [](const Finding& finding) { return finding.severity == Severity::kError; });
  result.headline = path + " against the training part: " + std::to_string(errors) + " errors, " +
                    std::to_string(static_cast<std::int64_t>(result.findings.size()) - errors) +
                    " other findings";
  result.next = {"dlwork predict --input " + path, "predict these data"};
  return result;
}

}  // namespace dlwork::phase::audit
