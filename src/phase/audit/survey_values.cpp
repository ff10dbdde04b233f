#include <algorithm>
#include <map>

#include "phase/audit/dates.h"
#include "phase/audit/stats/personal.h"
#include "phase/audit/survey.h"

namespace dlwork::phase::audit {

using artefact::Severity;
using data::ColumnSurvey;
using data::Place;

namespace {

constexpr std::size_t kShownUndeclared = 5;
constexpr std::int64_t kFewestSurveyed = 20;

void report_undeclared(Audit& audit, const ColumnSurvey& column) {
  if (column.undeclared == 0) return;
  std::vector<std::string> shown;
  for (const auto& [text, count] : column.undeclared_texts) {
    if (shown.size() < kShownUndeclared) shown.push_back("'" + text + "' (" + grouped(count) + ")");
  }
  add_surveyed(audit, column, "category-undeclared", Severity::kError,
               grouped(column.undeclared) + " values of column " + column.name +
                   " are none of its declared categories: " + join_words(shown) +
                   (column.undeclared_texts.size() > shown.size() ? " and others" : "") +
                   ", the first at " + place_text(audit, column.undeclared_at.front()),
               {{"samples", column.undeclared},
                {"categories", column.undeclared_texts},
                {"rows", place_list(audit, column.undeclared_at)}});
}

/// The least and the greatest value, where they lie far from the middle half.
void report_extremes(Audit& audit, const ColumnSurvey& column) {
  if (column.numbers < kFewestSurveyed || column.dates > 0) return;
  const auto middle = column.quantiles.quantiles({0.25, 0.5, 0.75});
  const double reach = audit.limits().outlier_ranges * (middle[2] - middle[0]);
  if (reach <= 0) return;
  std::vector<std::string> ends;
  std::vector<Place> places;
  Json values = Json::array();
  const auto add_end = [&](double value, Place place) {
    ends.push_back(pretty_number(value) + " at " + place_text(audit, place));
    places.push_back(place);
    values.push_back(value);
  };
  if (column.low < middle[0] - reach) add_end(column.low, column.low_at);
  if (column.high > middle[2] + reach) add_end(column.high, column.high_at);
  if (ends.empty()) return;
  add_surveyed(audit, column, "value-outlier-extreme", Severity::kWarn,
               "column " + column.name + " reaches more than " +
                   pretty_number(audit.limits().outlier_ranges) + " interquartile ranges out, to " +
                   join_words(ends) + " (median " + pretty_number(middle[1]) + ")",
               {{"farthest", values}, {"rows", place_list(audit, places)}});
}

/// The earliest and the latest of a column of dates.
void report_unlikely_dates(Audit& audit, const ColumnSurvey& column) {
  if (column.dates == 0) return;
  std::vector<std::string> ends;
  std::vector<Place> places;
  Json texts = Json::array();
  for (const auto& [seconds, place] :
       {std::pair(column.low, column.low_at), std::pair(column.high, column.high_at)}) {
    const Day day = day_of(seconds);
    if (is_plausible(audit, day)) continue;
    ends.push_back(day_text(day) + " at " + place_text(audit, place));
    places.push_back(place);
    texts.push_back(day_text(day));
  }
  if (ends.empty()) return;
  add_surveyed(audit, column, "date-implausible", Severity::kWarn,
               "dates of column " + column.name + " lie too early or in the future, as far as " +
                   join_words(ends),
               {{"texts", texts}, {"rows", place_list(audit, places)}});
}

/// Where each text of a column was counted.
void report_personal_texts(Audit& audit, const ColumnSurvey& column) {
  if (!column.counts.complete || column.numbers > column.texts) return;
  struct Seen {
    std::int64_t count = 0;
    std::vector<Place> places;
  };
  std::map<std::string, Seen> kinds;
  for (const auto& [hash, entry] : column.counts.by_hash) {
    const std::string kind = personal_kind(entry.text);
    if (kind.empty()) continue;
    kinds[kind].count += entry.count;
    kinds[kind].places.push_back(entry.first);
  }
  for (auto& [kind, seen] : kinds) {
    if (static_cast<double>(seen.count) < audit.limits().personal_samples) continue;
    std::sort(seen.places.begin(), seen.places.end(), [](const Place& a, const Place& b) {
      return std::pair(a.file, a.record) < std::pair(b.file, b.record);
    });
    if (seen.places.size() > data::kMostPlaces) seen.places.resize(data::kMostPlaces);
    // The texts themselves stay out of the report.
    add_surveyed(
        audit, column, "text-personal-data", Severity::kWarn,
        grouped(seen.count) + " values of column " + column.name + " look like a " + kind +
            ", the first at " + place_text(audit, seen.places.front()),
        {{"kind", kind}, {"samples", seen.count}, {"rows", place_list(audit, seen.places)}});
  }
}

}  // namespace

void report_odd_values(Audit& audit, const ColumnSurvey& column) {
  report_undeclared(audit, column);
  report_personal_texts(audit, column);
  const data::Column* held = audit.samples().table.find(column.name);
  if (held == nullptr || held->type != data::ColumnType::kNumber) return;
  if (held->info.meaning == data::Meaning::kDatetime) {
    report_unlikely_dates(audit, column);
  } else {
    report_extremes(audit, column);
  }
}

void report_repeated_headers(Audit& audit, const data::Survey& survey) {
  std::map<std::pair<std::int32_t, std::int64_t>, std::size_t> own;
  for (const ColumnSurvey& column : survey.columns) {
    for (const Place place : column.headers_at) ++own[{place.file, place.record}];
  }
  std::vector<Place> found;
  for (const auto& [place, columns] : own) {
    if (columns >= 2 && 2 * columns >= survey.columns.size()) {
      found.push_back({place.first, place.second});
    }
  }
  if (found.empty()) return;
  // Some columns may hold their own name elsewhere too.
  std::int64_t count = survey.rows;
  for (const ColumnSurvey& column : survey.columns) {
    if (column.headers > 0) count = std::min(count, column.headers);
  }
  audit.add("header-as-data", Severity::kError,
            grouped(count) + " rows repeat the column names, the first at " +
                place_text(audit, found.front()),
            {{"samples", count}, {"rows", place_list(audit, found)}});
}

}  // namespace dlwork::phase::audit
