#include "phase/audit/recorded.h"

#include <algorithm>
#include <cmath>

#include "dlwork/base/files.h"
#include "dlwork/base/stats.h"
#include "dlwork/base/two_samples.h"
#include "dlwork/data/words.h"
#include "phase/audit/categories.h"
#include "phase/audit/difference.h"
#include "phase/audit/figures.h"
#include "phase/measuring.h"

namespace dlwork::phase::audit {
namespace {

constexpr const char* kProfileFile = "profile.json";
constexpr const char* kRowsFile = "profile-rows.json";
constexpr const char* kProfileSchema = "dlwork/profile/2";
constexpr const char* kRowsSchema = "dlwork/profile-rows/1";
constexpr int kQuantiles = 200;
/// Values of rows that are kept, at most: some ten megabytes of text.
constexpr std::int64_t kMostRecordedValues = 1'000'000;
constexpr std::size_t kMostRecordedWords = 100'000;

Json recorded_quantiles(std::vector<double> values) {
  Json quantiles = Json::array();
  if (values.empty()) return quantiles;
  std::sort(values.begin(), values.end());
  for (int i = 0; i <= kQuantiles; ++i) {
    quantiles.push_back(sorted_quantile(values, static_cast<double>(i) / kQuantiles));
  }
  return quantiles;
}

void record_numbers(const std::vector<double>& finite, Json& json) {
  json["finite"] = finite.size();
  json["quantiles"] = recorded_quantiles(finite);
  if (finite.empty()) return;
  const auto edges = quantile_edges(finite, kDeciles);
  json["edges"] = edges;
  json["between"] = bin_counts(finite, edges);
  json["deviation"] = finite.size() > 1 ? standard_deviation(finite) : 0;
}

/// Those that occur; two lists, since there may be very many.
void record_counts(const std::vector<std::string>& names, const std::vector<std::int64_t>& counts,
                   Json& json) {
  json["categories"] = Json::array();
  json["counts"] = Json::array();
  for (std::size_t code = 0; code < counts.size(); ++code) {
    if (counts[code] == 0) continue;
    json["categories"].push_back(names[code]);
    json["counts"].push_back(counts[code]);
  }
}

Json recorded_column(const Profile& profile) {
  Json json = {{"name", profile.name()},
               {"type", profile.is_number() ? "number" : "category"},
               {"rows", profile.rows},
               {"missing", profile.missing.size()}};
  if (profile.is_number()) {
    record_numbers(profile.values, json);
    return json;
  }
  record_counts(profile.column->categories, profile.counts, json);
  return json;
}

void record_target(const data::Target& target, const Rows& train, Json& profile) {
  if (!target.given()) return;
  if (target.is_class) {
    std::vector<std::int64_t> counts(target.classes.size(), 0);
    for (const auto row : train) ++counts[target.codes[row]];
    Json classes = Json::object();
    record_counts(target.classes, counts, classes);
    profile["classes"] = classes;
    return;
  }
  Json numbers = {{"name", target.name}, {"type", "number"}};
  record_numbers(finite_values(target.values, train), numbers);
  profile["target"] = numbers;
}

/// Of recordings and of samples without a shape there is none to keep to.
Json recorded_shape(const data::Samples& samples) {
  const bool series = samples.kind == data::Kind::kSequence && !samples.sequences.sound;
  return series || samples.kind == data::Kind::kImage ? shape_of(samples) : Json::object();
}

/// The most frequent words, and the share of the text that is made of others.
Json recorded_words(const data::Samples& samples, const Rows& train) {
  std::vector<std::pair<std::string, std::int64_t>> words;
  std::int64_t all = 0, left_out = 0;
  for (auto& word : data::count_words(samples, train)) words.push_back(word);
  std::stable_sort(words.begin(), words.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  Json list = Json::array();
  for (const auto& [word, count] : words) {
    all += count;
    if (list.size() < kMostRecordedWords) {
      list.push_back(word);
    } else {
      left_out += count;
    }
  }
  const double share = all == 0 ? 0 : static_cast<double>(left_out) / static_cast<double>(all);
  return {{"list", list}, {"left_out_share", share}};
}

Json profile_of(const data::Samples& samples, const data::Table& columns, const Rows& train) {
  Json profile = {{"schema", kProfileSchema},
                  {"kind", data::to_string(samples.kind)},
                  {"rows", train.size()},
                  {"shape", recorded_shape(samples)},
                  {"columns", Json::array()}};
  for (const Profile& column : make_profiles(columns, train)) {
    profile["columns"].push_back(recorded_column(column));
  }
  if (samples.kind == data::Kind::kText) profile["words"] = recorded_words(samples, train);
  record_target(samples.target, train, profile);
  return profile;
}

Json recorded_rows(const data::Table& columns, const Rows& train, std::uint64_t seed) {
  const auto width = std::max<std::int64_t>(1, static_cast<std::int64_t>(columns.columns.size()));
  const std::int64_t most = std::min(kMostRecordedRows, kMostRecordedValues / width);
  const Rows rows = some_rows(train, most, seed, "audit profile");
  Json list = Json::array();
  for (const data::Column& column : columns.columns) {
    const bool number = column.type == data::ColumnType::kNumber;
    Json values = Json::array();
    for (const auto row : rows) {
      if (column.is_missing(row)) {
        values.push_back(nullptr);
      } else if (number) {
        values.push_back(column.numbers[row]);
      } else {
        values.push_back(column.categories[column.codes[row]]);
      }
    }
    list.push_back({{"name", column.name},
                    {"type", number ? "number" : "category"},
                    {"values", std::move(values)}});
  }
  return {{"schema", kRowsSchema}, {"rows", rows.size()}, {"columns", std::move(list)}};
}

data::Column read_column(const Json& json) {
  data::Column column;
  column.name = json.at("name").get<std::string>();
  if (json.at("type") == "number") {
    for (const Json& value : json.at("values")) {
      column.numbers.push_back(value.is_number() ? value.get<double>() : NAN);
    }
    return column;
  }
  column.type = data::ColumnType::kCategory;
  CategoryFiller filler(column);
  for (const Json& value : json.at("values")) {
    if (value.is_string()) {
      filler.add(value.get<std::string>());
    } else {
      filler.add_missing();
    }
  }
  return column;
}

Json read_versioned(const std::filesystem::path& file, const char* schema) {
  Json json = parse_json(read_file(file), file.string());
  if (!json.is_object() || json.value("schema", "") != schema) {
    throw Error(ExitStatus::kInput,
                file.string() + " is of another version: " + std::string(schema) + " is read",
                "run dlwork audit again");
  }
  return json;
}

data::Table read_rows(const std::filesystem::path& file) {
  data::Table table;
  if (!std::filesystem::exists(file)) return table;
  const Json json = read_versioned(file, kRowsSchema);
  table.rows = json.at("rows").get<std::int64_t>();
  for (const Json& column : json.at("columns")) {
    table.columns.push_back(read_column(column));
    if (table.columns.back().count() == table.rows) continue;
    throw Error(ExitStatus::kInput, file.string() + " is damaged", "run dlwork audit again");
  }
  return table;
}

}  // namespace

Json shape_of(const data::Samples& samples) {
  if (samples.kind != data::Kind::kImage) return {{"channels", samples.sequences.channels}};
  return {{"channels", samples.pictures.channels},
          {"height", samples.pictures.height},
          {"width", samples.pictures.width}};
}

void record_profile(Context& context, const data::FileFacts& files, Facts& facts,
                    artefact::PhaseResult& result) {
  const data::Samples& samples = context.dataset().samples;
  const Rows& train = context.dataset().part(data::Part::kTrain);
  data::Table made;
  const data::Table& columns = compared_columns(samples, files, facts, made);
  write_file(context.folder.file(kProfileFile),
             json_text(profile_of(samples, columns, train), 1) + "\n");
  write_file(
      context.folder.file(kRowsFile),
      json_text(recorded_rows(columns, train, static_cast<std::uint64_t>(context.project.seed))) +
          "\n");
  result.artefacts.push_back(
      {"profile", kProfileFile, "what the training part looks like, for dlwork audit --against"});
  result.artefacts.push_back(
      {"profile-rows", kRowsFile, "some training samples that new ones are held against"});
}

Recorded read_recorded(const artefact::Workspace& workspace) {
  auto runs = workspace.runs("audit");
  std::reverse(runs.begin(), runs.end());
  for (const auto& run : runs) {
    if (!std::filesystem::exists(run / kProfileFile)) continue;
    return {read_versioned(run / kProfileFile, kProfileSchema), read_rows(run / kRowsFile)};
  }
  throw Error(ExitStatus::kUsage, "--against: no audit has recorded a profile yet",
              "run dlwork audit first");
}

}  // namespace dlwork::phase::audit
