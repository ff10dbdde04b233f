#pragma once

#include "dlwork/data/survey.h"
#include "phase/audit/check.h"

namespace dlwork::phase::audit {

/// What was seen of every row of tables that are too large to be held: a table of the columns, and
/// the findings that concern single values, gaps and repeats.
void report_survey(Audit& audit, const data::Survey& survey);

/// Takes out what was found among the drawn rows alone where the survey speaks of all rows.
void drop_what_survey_knows(const data::Survey& survey, std::size_t first_of_sample,
                            artefact::PhaseResult& result);

}  // namespace dlwork::phase::audit
