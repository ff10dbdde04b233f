#include "dlwork/artefact/result.h"

#include <cmath>
#include <limits>
#include <utility>

#include "artefact/json_reader.h"

namespace dlwork::artefact {
namespace {

constexpr char kResultSchema[] = "dlwork/result/1";

Json number_json(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json location_json(const Location& at) {
  if (at.file.empty() && at.line == 0) return nullptr;
  return {{"file", at.file}, {"line", at.line}, {"column", at.column}};
}

Json to_json(const Finding& finding) {
  Json json{{"id", finding.id},
            {"severity", to_string(finding.severity)},
            {"message", finding.message},
            {"advice", finding.advice},
            {"evidence", finding.evidence},
            {"key", finding.key},
            {"at", location_json(finding.at)},
            {"waived", finding.waived},
            {"checked", finding.checked}};
  if (!finding.skipped.empty()) json["skipped"] = finding.skipped;
  return json;
}

Json to_json(const Metric& metric) {
  Json json{{"name", metric.name}, {"value", number_json(metric.value)}};
  if (metric.low) json["low"] = number_json(*metric.low);
  if (metric.high) json["high"] = number_json(*metric.high);
  json["part"] = metric.part;
  json["count"] = metric.count;
  json["of"] = metric.of;
  json["higher_is_better"] = metric.higher_is_better;
  return json;
}

Json to_json(const Artefact& artefact) {
  return {{"name", artefact.name}, {"path", artefact.path}, {"summary", artefact.summary}};
}

Json to_json(const Table& table) {
  return {{"id", table.id},       {"title", table.title}, {"columns", table.columns},
          {"right", table.right}, {"rows", table.rows},   {"note", table.note}};
}

Json to_json(const Figure& figure) {
  return {{"id", figure.id},
          {"title", figure.title},
          {"kind", figure.kind},
          {"data", figure.data},
          {"caption", figure.caption}};
}

template <typename Item>
Json list_json(const std::vector<Item>& items) {
  Json list = Json::array();
  for (const Item& item : items) list.push_back(to_json(item));
  return list;
}

template <typename Enum>
Enum choice(const JsonReader& reader, std::initializer_list<Enum> choices) {
  const std::string text = reader.text();
  for (const Enum value : choices) {
    if (to_string(value) == text) return value;
  }
  reader.fail("unknown value '" + text + "'");
}

Location read_location(const JsonReader& reader) {
  if (reader.json().is_null()) return {};
  const auto small = [&](const char* key) {
    const std::int64_t value = reader.at(key).integer();
    if (value < 0 || value > std::numeric_limits<int>::max()) {
      reader.at(key).fail("out of range");
    }
    return static_cast<int>(value);
  };
  return {reader.at("file").text(), small("line"), small("column")};
}

Finding read_finding(const JsonReader& reader) {
  Finding finding;
  finding.id = reader.at("id").text();
  finding.severity =
      choice(reader.at("severity"), {Severity::kInfo, Severity::kWarn, Severity::kError});
  finding.message = reader.at("message").text();
  finding.advice = reader.at("advice").text();
  finding.evidence = reader.at("evidence").json();
  finding.key = reader.at("key").text();
  finding.at = read_location(reader.at("at"));
  finding.waived = reader.at("waived").text();
  finding.checked = reader.at("checked").truth();
  if (reader.has("skipped")) finding.skipped = reader.at("skipped").text();
  return finding;
}

Metric read_metric(const JsonReader& reader) {
  Metric metric;
  metric.name = reader.at("name").text();
  metric.value = reader.at("value").number();
  if (reader.has("low")) metric.low = reader.at("low").number();
  if (reader.has("high")) metric.high = reader.at("high").number();
  metric.part = reader.at("part").text();
  metric.count = reader.at("count").integer();
  metric.of = reader.at("of").text();
  metric.higher_is_better = reader.at("higher_is_better").truth();
  return metric;
}

Artefact read_artefact(const JsonReader& reader) {
  return {reader.at("name").text(), reader.at("path").text(), reader.at("summary").text()};
}

std::vector<std::string> read_texts(const JsonReader& reader) {
  std::vector<std::string> texts;
  for (const JsonReader& item : reader.items()) texts.push_back(item.text());
  return texts;
}

Table read_table(const JsonReader& reader) {
  Table table;
  table.id = reader.at("id").text();
  table.title = reader.at("title").text();
  table.columns = read_texts(reader.at("columns"));
  for (const JsonReader& item : reader.at("right").items()) table.right.push_back(item.truth());
  for (const JsonReader& row : reader.at("rows").items()) table.rows.push_back(read_texts(row));
  table.note = reader.at("note").text();
  return table;
}

Figure read_figure(const JsonReader& reader) {
  return {reader.at("id").text(), reader.at("title").text(), reader.at("kind").text(),
          reader.at("data").json(), reader.at("caption").text()};
}

template <typename Item>
std::vector<Item> read_list(const JsonReader& reader, Item (*read)(const JsonReader&)) {
  std::vector<Item> all;
  for (const JsonReader& item : reader.items()) all.push_back(read(item));
  return all;
}

}  // namespace

std::string to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPass:
      return "pass";
    case Verdict::kWarn:
      return "warn";
    case Verdict::kFail:
      return "fail";
  }
  assertion_failed("verdict", "a verdict outside of its enumeration", __FILE__, __LINE__);
}

std::string to_string(Severity severity) {
  switch (severity) {
    case Severity::kInfo:
      return "info";
    case Severity::kWarn:
      return "warn";
    case Severity::kError:
      return "error";
  }
  assertion_failed("severity", "a severity outside of its enumeration", __FILE__, __LINE__);
}

Json to_json(const PhaseResult& result) {
  return {{"schema", kResultSchema},
          {"phase", result.phase},
          {"verdict", to_string(result.verdict)},
          {"headline", result.headline},
          {"next", {{"command", result.next.command}, {"reason", result.next.reason}}},
          {"findings", list_json(result.findings)},
          {"metrics", list_json(result.metrics)},
          {"artefacts", list_json(result.artefacts)},
          {"tables", list_json(result.tables)},
          {"figures", list_json(result.figures)},
          {"values", result.values},
          {"record", result.record}};
}

PhaseResult result_from_json(const Json& json, const std::string& file) {
  const JsonReader reader(json, file);
  if (!reader.has("schema") || !reader.at("schema").json().is_string()) {
    reader.fail("this is no result of dlwork: it names no schema");
  }
  if (reader.at("schema").text() != kResultSchema) {
    reader.at("schema").fail("'" + reader.at("schema").text() + "' is not '" + kResultSchema +
                             "', the one this version of dlwork reads");
  }
  PhaseResult result;
  result.phase = reader.at("phase").text();
  result.verdict = choice(reader.at("verdict"), {Verdict::kPass, Verdict::kWarn, Verdict::kFail});
  result.headline = reader.at("headline").text();
  const JsonReader next = reader.at("next");
  result.next = {next.at("command").text(), next.at("reason").text()};
  result.findings = read_list(reader.at("findings"), read_finding);
  result.metrics = read_list(reader.at("metrics"), read_metric);
  result.artefacts = read_list(reader.at("artefacts"), read_artefact);
  result.tables = read_list(reader.at("tables"), read_table);
  result.figures = read_list(reader.at("figures"), read_figure);
  result.values = reader.at("values").object();
  result.record = reader.at("record").object();
  return result;
}

}  // namespace dlwork::artefact
