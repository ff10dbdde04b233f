#include "phase/audit/survey.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "phase/audit/column_name.h"

namespace dlwork::phase::audit {

using artefact::Severity;
using data::ColumnSurvey;
using data::Place;
using data::RepeatSurvey;
using data::Survey;

namespace {

/// What a survey decides for all rows; the same of the drawn rows would be less exact.
const std::set<std::string>& surveyed() {
  static const std::set<std::string> ids{"missing-rate",
                                         "column-empty",
                                         "value-not-finite",
                                         "out-of-declared-range",
                                         "type-mixed",
                                         "missing-target",
                                         "duplicate-exact",
                                         "rows-missing",
                                         "label-conflict-exact",
                                         "split-overlap-exact",
                                         "category-high-cardinality"};
  return ids;
}

double surveyed_share(std::int64_t count, std::int64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(count) / static_cast<double>(whole);
}

std::int64_t present(const ColumnSurvey& column) { return column.rows - column.missing; }

void report_gaps(Audit& audit, const ColumnSurvey& column) {
  const double share = surveyed_share(column.missing, column.rows);
  const Json evidence = {{"share", share},
                         {"samples", column.missing},
                         {"rows", place_list(audit, column.missing_at)}};
  if (present(column) == 0) {
    add_surveyed(audit, column, "column-empty", Severity::kWarn,
                 "column " + column.name + " has no value", evidence);
  } else if (share > audit.limits().missing_info) {
    add_surveyed(audit, column, "missing-rate",
                 share > audit.limits().missing_warn ? Severity::kWarn : Severity::kInfo,
                 percent(share) + " of column " + column.name + " are missing, the first at " +
                     place_text(audit, column.missing_at.front()),
                 evidence);
  }
}

/// A few texts among numbers, or numbers among texts: too few for the drawn rows to show.
void report_types(Audit& audit, const ColumnSurvey& column) {
  const auto few = std::min(column.numbers, column.texts);
  const double share = surveyed_share(few, column.numbers + column.texts);
  if (few == 0 || share > audit.limits().mixed_share) return;
  const bool texts = column.texts <= column.numbers;
  const auto& places = texts ? column.text_at : column.number_at;
  add_surveyed(audit, column, "type-mixed", Severity::kWarn,
               grouped(few) + (texts ? " texts" : " numbers") + " stand among " +
                   grouped(texts ? column.numbers : column.texts) +
                   (texts ? " numbers" : " texts") + " in column " + column.name +
                   (texts ? ", such as '" + column.odd_texts.front() + "'" : "") + " at " +
                   place_text(audit, places.front()),
               {{"samples", few}, {"share", share}, {"rows", place_list(audit, places)}});
}

void report_values(Audit& audit, const ColumnSurvey& column) {
  if (column.infinite > 0) {
    add_surveyed(audit, column, "value-not-finite", Severity::kError,
                 grouped(column.infinite) + " values of column " + column.name +
                     " are infinite, the first at " + place_text(audit, column.infinite_at.front()),
                 {{"samples", column.infinite}, {"rows", place_list(audit, column.infinite_at)}});
  }
  if (column.outside > 0) {
    add_surveyed(audit, column, "out-of-declared-range", Severity::kError,
                 grouped(column.outside) + " values of column " + column.name +
                     " lie outside the declared range, the first at " +
                     place_text(audit, column.outside_at.front()),
                 {{"samples", column.outside}, {"rows", place_list(audit, column.outside_at)}});
  }
}

void report_variety(Audit& audit, const ColumnSurvey& column) {
  const bool one_number = column.texts == 0 && column.infinite == 0 && column.sums.count() > 0 &&
                          column.low == column.high;
  const bool one_text = column.numbers == 0 && column.dates == 0 && column.counts.complete &&
                        column.counts.by_hash.size() == 1;
  if (one_number || one_text) {
    add_surveyed(audit, column, "column-constant", Severity::kWarn,
                 "column " + column.name + " has one value in all rows",
                 {{"samples", present(column)}});
    return;
  }
  // Identifiers, groups and free texts are no inputs of categories.
  if (audit.samples().table.find(column.name) == nullptr) return;
  const double kinds = column.distinct.estimate();
  const auto count = static_cast<double>(present(column));
  const auto& limits = audit.limits();
  if (column.texts <= column.numbers + column.dates || kinds <= limits.categories_many ||
      kinds <= limits.categories_share * count) {
    return;
  }
  add_surveyed(audit, column, "category-high-cardinality", Severity::kWarn,
               "column " + column.name + " has about " +
                   grouped(static_cast<std::int64_t>(std::llround(kinds))) + " different texts",
               {{"categories", kinds}, {"standard_error", DistinctCount::kStandardError}});
}

/// Repeats among the drawn inputs, each of which was counted every time it occurred.
struct Repeated {
  std::int64_t rows = 0, repeats = 0, conflicting = 0, unreachable = 0;
  double crossing = 0;  ///< rows of a random fifth that have a twin in the rest
  std::int64_t across = 0, of_later = 0;
  std::vector<const RepeatSurvey::Drawn*> twice, torn, shared;
};

Repeated repeated_of(const RepeatSurvey& survey, double held_out) {
  Repeated found;
  std::vector<const RepeatSurvey::Drawn*> all;
  for (const auto& [hash, row] : survey.drawn) all.push_back(&row);
  // In the order of the files, since that of a hash table is not told.
  std::sort(all.begin(), all.end(), [](const auto* a, const auto* b) {
    return std::pair(a->first.file, a->first.record) < std::pair(b->first.file, b->first.record);
  });
  for (const auto* row : all) {
    found.rows += row->count;
    found.repeats += row->count - 1;
    const auto later = row->of_source[1] + row->of_source[2];
    found.of_later += later;
    if (row->count > 1) {
      found.twice.push_back(row);
      found.crossing += static_cast<double>(row->count) * held_out *
                        (1 - std::pow(held_out, static_cast<double>(row->count - 1)));
    }
    if (row->conflict) {
      found.torn.push_back(row);
      found.conflicting += row->count;
    }
    if (row->across.file >= 0) {
      found.shared.push_back(row);
      found.across += later;
    }
  }
  return found;
}

Json pair_list(const Audit& audit, const std::vector<const RepeatSurvey::Drawn*>& rows,
               bool across) {
  Json pairs = Json::array();
  for (std::size_t i = 0; i < rows.size() && i < data::kMostPlaces; ++i) {
    pairs.push_back({place_text(audit, across ? rows[i]->across : rows[i]->later),
                     place_text(audit, rows[i]->first)});
  }
  return pairs;
}

std::string first_pair(const Audit& audit, const RepeatSurvey::Drawn& row, bool across) {
  return place_text(audit, across ? row.across : row.later) + " and " +
         place_text(audit, row.first);
}

void report_repeats(Audit& audit, const Survey& survey) {
  const auto count = static_cast<double>(audit.samples().count);
  const double held_out =
      count == 0 ? 0 : static_cast<double>(audit.rows(data::Part::kTest).size()) / count;
  const Repeated found = repeated_of(survey.repeats, held_out);
  if (found.repeats == 0) return;
  const auto& limits = audit.limits();
  const double share = surveyed_share(found.repeats, found.rows);
  const Json drawn = {{"rows_drawn", found.rows}, {"share_drawn", survey.repeats.share()}};
  const auto evidence = [&](double of_rows, const auto& rows, bool across) {
    Json json = drawn;
    json.update({{"share", of_rows}, {"pairs", pair_list(audit, rows, across)}});
    return json;
  };
  audit.add("duplicate-exact", share > limits.duplicate_warn ? Severity::kWarn : Severity::kInfo,
            percent(share) + " of the rows repeat an earlier one, the first found " +
                first_pair(audit, *found.twice.front(), false),
            evidence(share, found.twice, false));
  if (audit.is_class() && found.conflicting > 0) {
    const double torn = surveyed_share(found.conflicting, found.rows);
    audit.add("label-conflict-exact",
              torn > limits.conflict_error && !audit.equal_by_chance() ? Severity::kError
                                                                       : Severity::kWarn,
              percent(torn) + " of the rows are equal to one of another class, the first found " +
                  first_pair(audit, *found.torn.front(), false),
              evidence(torn, found.torn, false));
  }
  const bool own_files = survey.rows_of_source[2] + survey.rows_of_source[1] > 0;
  const double overlap =
      own_files ? surveyed_share(found.across, found.of_later)
                : found.crossing / std::max(1.0, held_out * static_cast<double>(found.rows));
  if (overlap <= 0) return;
  const auto& rows = own_files ? found.shared : found.twice;
  audit.add("split-overlap-exact",
            overlap > limits.overlap_error && !audit.equal_by_chance() ? Severity::kError
                                                                       : Severity::kWarn,
            percent(overlap) +
                (own_files ? " of the rows of later parts are also in an earlier part, the first "
                             "found "
                           : " of the test rows of a split at random have a twin in training, "
                             "such as ") +
                first_pair(audit, *rows.front(), own_files),
            evidence(overlap, rows, own_files));
}

/// A class that is rare among the rows drawn has as many times more samples as rows were drawn
/// from.
void report_rare_classes(Audit& audit, const ColumnSurvey& target) {
  if (!audit.is_class() || !target.counts.complete) return;
  const auto train = static_cast<double>(audit.train().size()) /
                     static_cast<double>(std::max<std::int64_t>(1, audit.samples().count));
  std::vector<std::string> few;
  bool too_few = false;
  for (const auto& [hash, entry] : target.counts.by_hash) {
    const double expected = train * static_cast<double>(entry.count);
    if (expected >= audit.limits().class_few) continue;
    few.push_back(entry.text + " (" + grouped(entry.count) + " in all)");
    too_few = too_few || expected < audit.limits().class_too_few;
  }
  if (few.empty()) return;
  std::sort(few.begin(), few.end());
  audit.add("class-too-few", too_few ? Severity::kError : Severity::kWarn,
            "fewer than " + pretty_number(audit.limits().class_few) + " training samples of " +
                join_words(few),
            {{"classes", few}});
}

/// Classes without a row in the files of a source, by every row of these.
void report_absent_classes(Audit& audit, const Survey& survey, const ColumnSurvey& target) {
  if (!audit.is_class() || !target.counts.complete) return;
  const auto& entries = target.counts.by_hash;
  const auto& expected = audit.context.project.data.expect.classes;
  std::set<std::string> wanted(expected.begin(), expected.end());
  for (const auto& [hash, entry] : entries) wanted.insert(entry.text);
  for (std::size_t source = 0; source < survey.rows_of_source.size(); ++source) {
    if (survey.rows_of_source[source] == 0) continue;
    std::set<std::string> absent = wanted;
    for (const auto& [hash, entry] : entries) {
      if (entry.of_source[source] > 0) absent.erase(entry.text);
    }
    if (absent.empty()) continue;
    const auto part = data::to_string(static_cast<data::Part>(source));
    const std::vector<std::string> names(absent.begin(), absent.end());
    audit.add("class-missing", source == 0 ? Severity::kError : Severity::kWarn,
              "no row of " + join_words(names) + " in the files of the " + part + " part",
              {{"part", part}, {"classes", names}, {"of_all_rows", true}});
  }
}

artefact::Table survey_table(const Audit& audit, const Survey& survey) {
  artefact::Table table{"survey",
                        "Every row, gone through once",
                        {"column", "missing", "different", "least", "1 %", "quartile", "median",
                         "quartile", "99 %", "most", "mean", "deviation"},
                        {false, true, true, true, true, true, true, true, true, true, true, true},
                        {},
                        ""};
  double rank_error = 0;
  for (const ColumnSurvey& column : survey.columns) {
    std::vector<std::string> row{
        name_with_unit(audit, column.name), percent(surveyed_share(column.missing, column.rows)),
        grouped(static_cast<std::int64_t>(std::llround(column.distinct.estimate())))};
    const bool numbers =
        column.numbers >= column.texts && column.dates == 0 && column.sums.count() > 0;
    if (numbers) {
      for (const double value : column.quantiles.quantiles({0, 0.01, 0.25, 0.5, 0.75, 0.99, 1})) {
        row.push_back(pretty_number(value));
      }
      row.push_back(pretty_number(column.sums.mean()));
      row.push_back(pretty_number(column.sums.deviation()));
      rank_error = std::max(rank_error, column.quantiles.rank_error());
    } else {
      row.resize(table.columns.size(), "-");
    }
    table.rows.push_back(std::move(row));
  }
  table.note = grouped(survey.rows) + " rows; quantiles are off by at most " + percent(rank_error) +
               " of the rows (99 %), different values by " +
               percent(DistinctCount::kStandardError) + " (one standard error)";
  return table;
}

}  // namespace

std::string place_text(const Audit& audit, Place place) {
  return audit.samples().files[static_cast<std::size_t>(place.file)] + ":" +
         std::to_string(place.record);
}

Json place_list(const Audit& audit, const std::vector<Place>& places) {
  Json list = Json::array();
  for (const Place place : places) list.push_back(place_text(audit, place));
  return list;
}

artefact::Finding& add_surveyed(Audit& audit, const ColumnSurvey& column, const std::string& id,
                                Severity severity, const std::string& message, Json evidence) {
  evidence["column"] = column.name;
  evidence["of_all_rows"] = true;
  artefact::Finding& finding = audit.add(id, severity, message, std::move(evidence));
  finding.key = "data.columns." + column.name;
  return finding;
}

void report_survey(Audit& audit, const Survey& survey) {
  audit.add("audit-sampled", Severity::kInfo,
            grouped(survey.rows) +
                " rows were gone through once; checks that compare samples or "
                "fit models look at " +
                grouped(survey.sampled) + " of them, drawn with the seed",
            {{"rows", survey.rows}, {"sampled", survey.sampled}, {"bytes", survey.bytes}});
  const auto expected = audit.context.project.data.expect.rows;
  if (survey.rows < expected) {
    audit
        .add("rows-missing", Severity::kError,
             grouped(survey.rows) + " rows, but data.expect.rows says " + grouped(expected),
             {{"samples", survey.rows}, {"expected", expected}})
        .key = "data.expect.rows";
  }
  for (const ColumnSurvey& column : survey.columns) {
    if (column.name == survey.target) {
      report_rare_classes(audit, column);
      report_absent_classes(audit, survey, column);
      report_values(audit, column);
      report_odd_values(audit, column);
      if (column.missing == 0) continue;
      add_surveyed(audit, column, "missing-target", Severity::kError,
                   grouped(column.missing) + " rows have no " + column.name + ", the first at " +
                       place_text(audit, column.missing_at.front()),
                   {{"samples", column.missing}, {"rows", place_list(audit, column.missing_at)}});
      continue;
    }
    report_gaps(audit, column);
    report_types(audit, column);
    report_values(audit, column);
    report_variety(audit, column);
    report_odd_values(audit, column);
  }
  report_repeated_headers(audit, survey);
  report_repeats(audit, survey);
  audit.result.tables.push_back(survey_table(audit, survey));
}

void drop_what_survey_knows(const Survey& survey, std::size_t first_of_sample,
                            artefact::PhaseResult& result) {
  const ColumnSurvey* target = survey.find(survey.target);
  const bool classes = target != nullptr && target->counts.complete;
  const auto subject = [](const artefact::Finding& finding) {
    const auto column = finding.evidence.find("column");
    const bool named = column != finding.evidence.end() && column->is_string();
    return std::pair(finding.id, named ? column->get<std::string>() : std::string());
  };
  std::set<std::pair<std::string, std::string>> told;
  for (std::size_t i = 0; i < first_of_sample; ++i) told.insert(subject(result.findings[i]));
  const auto known = [&](const artefact::Finding& finding) {
    if (told.contains(subject(finding))) return true;
    const bool of_classes = finding.id == "class-too-few" || finding.id == "class-missing";
    return surveyed().contains(finding.id) || (classes && of_classes);
  };
  const auto begin = result.findings.begin() + static_cast<std::ptrdiff_t>(first_of_sample);
  result.findings.erase(std::remove_if(begin, result.findings.end(), known), result.findings.end());
}

}  // namespace dlwork::phase::audit
