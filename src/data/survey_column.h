#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "data/column_builder.h"
#include "data/survey_batch.h"
#include "dlwork/data/survey.h"

namespace dlwork::data {

/// Sums up one column, batch by batch.
class ColumnSurveyor {
 public:
  /// Values below `low` or above `high` are outside.
  ColumnSurveyor(const WantedColumn& wanted, const std::vector<std::string>& missing, double low,
                 double high, std::uint64_t seed);
  /// What values may be; none: all.
  void expect(const std::vector<std::string>& categories);
  /// Adds column `column` of the batch, of a file of that source, and writes its hashes.
  void add(SurveyBatch& batch, std::size_t column, std::int32_t file, std::size_t source);
  ColumnSurvey take();

 private:
  std::uint64_t add_value(const Value& value, Place place);
  std::uint64_t add_text(std::string_view text, Place place);
  std::uint64_t add_number(double value, Place place);
  std::uint64_t add_missing(Place place);
  void add_finite(double value, Place place);
  void count_text(std::string_view text, std::uint64_t hash, Place place);
  void count_number(double value, std::uint64_t hash, Place place);
  void count_again(TextCounts::Entry& entry);
  void check_declared(std::string_view text, Place place);
  void check_declared_number(double value, Place place);
  bool is_missing(std::string_view text) const;

  ColumnSurvey survey_;
  std::vector<std::string> missing_;
  std::set<std::string, std::less<>> expected_;  ///< declared categories
  double low_, high_;
  std::size_t source_ = 0;  ///< of the batch that is added
  bool as_texts_ = false;   ///< declared to be no numbers
  bool may_be_dates_ = true;
  bool missing_numbers_ = false;  ///< a missing token is itself a number, as -999
  bool month_first_ = false;
};

}  // namespace dlwork::data
