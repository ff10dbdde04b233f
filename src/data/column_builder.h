#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/datetime.h"
#include "data/records.h"
#include "data/text_codes.h"
#include "dlwork/data/dataset.h"

namespace dlwork::data {

/// A column asked of tables.
struct WantedColumn {
  std::string name;
  std::optional<Meaning> meaning{};  ///< nullopt: found over all rows
  std::string hint{};                ///< what to do about a wrong value; empty: the general advice
  std::vector<std::string> missing{};  ///< tokens of this column alone
  DateOrder order = DateOrder::kUnknown;
  bool as_texts = false;  ///< a meaning that is not given is category or text
  bool lists = false;     ///< lists of numbers count as texts
};

/// Turns values of one column into numbers or codes, as its meaning is declared or found: numbers
/// when every value that is not missing is one, dates when every one is a date, else categories;
/// long texts that hardly ever return are texts.
class ColumnBuilder {
 public:
  ColumnBuilder(const WantedColumn& wanted, const std::vector<std::string>& missing);
  /// Takes the value at `index` of the current record. Throws Error(kInput) at it where it does not
  /// fit the declared meaning.
  void add(RecordReader& records, std::size_t index);
  void reserve(std::size_t rows);
  /// The meaning was found too late, so earlier texts are lost: a text among numbers or dates, or
  /// dates that may be day first or month first alike.
  bool late() const;
  /// Dates declared as such that may be day first or month first alike.
  bool ambiguous() const;
  std::size_t count() const;
  /// Memory held, in bytes.
  std::uint64_t bytes() const;
  /// Hands over the column; a builder of a declared meaning starts anew.
  Column take();
  /// Preloads the categories; texts outside them become missing.
  void fix_categories(const std::vector<std::string>& categories);

 private:
  enum class State { kUndecided, kNumber, kCategory, kBoolean, kDatetime, kLate };
  void add_missing();
  void add_number(RecordReader& records, std::size_t index, double value);
  void add_text(RecordReader& records, std::size_t index, std::string_view text);
  void add_category(RecordReader& records, std::size_t index, std::string_view text);
  void add_boolean(RecordReader& records, std::size_t index, std::string_view text);
  void add_moment(RecordReader& records, std::size_t index, std::string_view text,
                  const std::optional<Moment>& moment);
  void add_decided(RecordReader& records, std::size_t index, double value);
  void not_fitting(RecordReader& records, std::size_t index, std::string_view text,
                   const char* what);
  void become_categories();
  bool is_missing(std::string_view text) const;
  Meaning found_meaning() const;

  Column column_;
  std::string hint_;
  State state_ = State::kUndecided;
  bool declared_ = false;
  bool lists_ = false;
  bool fixed_categories_ = false;
  std::vector<std::string> missing_;
  bool missing_numbers_ = false;  ///< a missing token is itself a number, as -999
  TextCodes codes_;
  std::uint64_t text_bytes_ = 0;  ///< of the categories
  std::uint64_t letters_ = 0;     ///< in the categories
  bool whole_ = true;             ///< no number had a fraction
  DateOrder order_ = DateOrder::kUnknown;
  bool day_first_ = true, month_first_ = true;  ///< still possible for all dates
  std::vector<double> month_first_numbers_;     ///< once the order of a date was not told
};

/// "true", "yes", "1" and their opposites, in any case.
std::optional<bool> parse_truth(std::string_view text);

}  // namespace dlwork::data
