#pragma once

#include "dlwork/data/survey.h"
#include "phase/audit/check.h"

namespace dlwork::phase::audit {

/// What was seen of every row of tables that are too large to be held: a table of the columns, and
/// the findings that concern single values, gaps and repeats.
void report_survey(Audit& audit, const data::Survey& survey);

/// Findings about single values of a column, which the drawn rows need not hold: undeclared
/// categories, values far out, dates that are not believed, personal data.
void report_odd_values(Audit& audit, const data::ColumnSurvey& column);
/// Rows that repeat the names of the columns.
void report_repeated_headers(Audit& audit, const data::Survey& survey);

/// "train.csv:17".
std::string place_text(const Audit& audit, data::Place place);
Json place_list(const Audit& audit, const std::vector<data::Place>& places);
/// Adds a finding about a column of the files, which need not be one of the loaded table.
artefact::Finding& add_surveyed(Audit& audit, const data::ColumnSurvey& column,
                                const std::string& id, artefact::Severity severity,
                                const std::string& message, Json evidence);

/// Takes out what was found among the drawn rows alone where the survey speaks of all rows.
void drop_what_survey_knows(const data::Survey& survey, std::size_t first_of_sample,
                            artefact::PhaseResult& result);

}  // namespace dlwork::phase::audit
