#pragma once

#include "dlwork/data/file_facts.h"
#include "phase/audit/facts.h"

namespace dlwork::phase::audit {

/// What samples are compared by with those that come later: the columns of a table, else figures of
/// each sample, which are put into `made`: brightness and contrast of a picture, length and levels
/// of a series, loudness and rate of a recording, words of a line.
const data::Table& compared_columns(const data::Samples& samples, const data::FileFacts& files,
                                    Facts& facts, data::Table& made);

/// "column age", or the name alone where the columns are figures of samples of another kind.
std::string column_subject(const std::string& kind, const std::string& name);

}  // namespace dlwork::phase::audit
