#pragma once

#include <string>
#include <vector>

#include "data/read_tables.h"
#include "dlwork/data/survey.h"

namespace dlwork::data {

/// How a survey is made.
struct SurveyPlan {
  std::vector<std::size_t> source_of_file;  ///< 0 train, 1 validation, 2 test
  std::size_t inputs = 0;                   ///< the first wanted columns: what repeats are told by
  std::size_t target = 0;                   ///< place of the target among the wanted columns
  std::vector<std::pair<double, double>>
      ranges;  ///< declared, of each wanted column; else infinite
  std::vector<std::vector<std::string>> categories;  ///< declared, of each wanted column
  std::uint64_t seed = 1;
};

/// Reads all files once into `survey`, and gives `rows` of each source, drawn with the seed as
/// `read_tables` would have read them.
TableColumns survey_tables(const std::vector<TableFile>& files, const CsvOptions& options,
                           const std::vector<WantedColumn>& wanted, const SurveyPlan& plan,
                           std::int64_t rows, RunContext& run, Survey& survey);

}  // namespace dlwork::data
