#pragma once

#include <string>

#include "data/sources.h"
#include "dlwork/data/survey.h"

namespace dlwork::data {

/// The tables of a project gone through once: `survey` tells of every row, at most `rows` of each
/// source are given, drawn with the seed.
Raw read_table_sample(const spec::Project& project, const std::string& task, std::int64_t rows,
                      RunContext& run, Survey& survey);

}  // namespace dlwork::data
